"""What the images that serve leave out, and that a build ends where it is still found."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCKERFILE = (Path(__file__).parents[2] / "Dockerfile").read_text("utf-8")

SERVED = ("cpu", "gpu")
INSTALLERS = re.compile(r"\b(install|apt|apt-get|apk|dnf|pip|easy_install|curl|wget|ADD)\b")

# Where Python's own images, and Debian's, have pip and what it needs.
REMOVED = {
    "/usr/local/lib/python3*/site-packages/*",
    "/usr/local/lib/python3*/ensurepip",
    "/usr/local/bin/pip*",
    "/usr/lib/python3/dist-packages/*",
    "/usr/lib/python3*/ensurepip",
    "/usr/share/python-wheels",
    "/usr/bin/pip*",
}


def read_stages():
    """Give the parent and the instructions of each stage, by its name."""
    plain = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", plain).splitlines()
    stages: dict[str, tuple[str, list[str]]] = {}
    for line in filter(None, lines):
        if found := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            stages[found[2]] = (found[1], instructions := [])
        elif stages:
            instructions.append(line)
    return stages


STAGES = read_stages()
CLEARING = next((line for line in STAGES["runtime"][1] if line.startswith("RUN rm ")), "")
REMOVAL, *LOOKS = CLEARING.removeprefix("RUN ").split(" && ")


def looks_pass(folder):
    """Run what looks for tools and modules, where the commands are those of a folder alone."""
    assert all(look.startswith("for ") for look in LOOKS)
    command = [shutil.which("sh") or "sh", "-c", " && ".join(LOOKS)]
    return (
        subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, check=False).returncode == 0
    )


def write_command(folder, name, script):
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def bare(tmp_path):
    """Give a folder of commands with a python that can import nothing."""
    write_command(tmp_path, "python", "exit 1")
    return tmp_path


def test_every_image_that_serves_is_the_cleared_base_and_what_is_copied_into_it():
    assert set(SERVED) == {name for name, (parent, _) in STAGES.items() if parent == "runtime"}
    assert list(STAGES)[-1] == "cpu"
    assert STAGES["runtime"][0] == "${BASE}"
    assert set(REMOVAL.removeprefix("rm -rf ").split()) == REMOVED
    for name in SERVED:
        copied = [line.split()[1] for line in STAGES[name][1] if line.startswith("COPY ")]
        assert copied == [
            "--from=dependencies" if name == "cpu" else "--from=gpu-dependencies",
            "--from=service",
        ]


def test_no_image_that_serves_installs_anything():
    after = [line for name in SERVED for line in STAGES[name][1] if "find_spec" not in line]
    lines = [*after, *(line for line in STAGES["runtime"][1] if line != CLEARING)]

    assert [line for line in lines if INSTALLERS.search(line)] == []


def test_a_base_without_compiler_and_pip_is_built_on(bare):
    assert looks_pass(bare)


@pytest.mark.parametrize("tool", ["pip", "pip3", "cc", "gcc", "ld", "make"])
def test_a_build_ends_where_a_tool_is_left(bare, tool):
    write_command(bare, tool, "exit 0")

    assert not looks_pass(bare)


@pytest.mark.parametrize("module", ["pip", "setuptools", "wheel", "ensurepip"])
def test_a_build_ends_where_a_module_that_installs_is_left(bare, module):
    write_command(bare, "python", f'test "$2" = "import {module}"')

    assert not looks_pass(bare)


@pytest.mark.parametrize("stage", SERVED)
@pytest.mark.parametrize("module", ["pip", "multipart", "python_multipart", None])
def test_a_build_ends_where_the_virtual_environment_brings_pip_or_a_form_parser(stage, module, tmp_path):
    (look,) = [line for line in STAGES[stage][1] if line.startswith("RUN ")]
    _, *arguments = json.loads(look.removeprefix("RUN "))
    (tmp_path / f"{module}.py").touch()

    # Without the packages that are installed here, of which pip may be one.
    command, found = [sys.executable, "-S", *arguments], {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=found, capture_output=True, cwd=tmp_path, check=False)

    assert done.returncode == (0 if module is None else 1)
