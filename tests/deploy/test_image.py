"""The images contain no installer, compiler or form parser, and a build that finds one fails."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCKERFILE = (Path(__file__).parents[2] / "Dockerfile").read_text("utf-8")

IMAGES = ("cpu", "gpu")
INSTALLERS = re.compile(r"\b(install|apt|apt-get|apk|dnf|pip|easy_install|curl|wget|ADD)\b")

# The locations of pip and its dependencies in the images of Python and of Debian.
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
    """Return the parent and the instructions of each stage, by its name."""
    without_comments = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", without_comments).splitlines()
    stages: dict[str, tuple[str, list[str]]] = {}
    for line in filter(None, lines):
        if match := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            stages[match[2]] = (match[1], instructions := [])
        elif stages:
            instructions.append(line)
    return stages


STAGES = read_stages()
CLEANUP = next((line for line in STAGES["runtime"][1] if line.startswith("RUN rm ")), "")
REMOVAL, *SEARCHES = CLEANUP.removeprefix("RUN ").split(" && ")


def searches_pass(folder):
    """Run the searches of the build for tools and modules; only the commands of `folder` exist."""
    assert all(search.startswith("for ") for search in SEARCHES)
    command = [shutil.which("sh") or "sh", "-c", " && ".join(SEARCHES)]
    return (
        subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, check=False).returncode == 0
    )


def write_command(folder, name, script):
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def bare(tmp_path):
    """Return a folder of commands with a python that cannot import any module."""
    write_command(tmp_path, "python", "exit 1")
    return tmp_path


def test_every_image_is_the_cleaned_base_and_the_copied_files():
    assert set(IMAGES) == {name for name, (parent, _) in STAGES.items() if parent == "runtime"}
    assert list(STAGES)[-1] == "cpu"
    assert STAGES["runtime"][0] == "${BASE}"
    assert set(REMOVAL.removeprefix("rm -rf ").split()) == REMOVED
    for name in IMAGES:
        copied = [line.split()[1] for line in STAGES[name][1] if line.startswith("COPY ")]
        assert copied == [
            "--from=dependencies" if name == "cpu" else "--from=gpu-dependencies",
            "--from=service",
        ]


def test_no_stage_of_an_image_installs_anything():
    after = [line for name in IMAGES for line in STAGES[name][1] if "find_spec" not in line]
    lines = [*after, *(line for line in STAGES["runtime"][1] if line != CLEANUP)]

    assert [line for line in lines if INSTALLERS.search(line)] == []


def test_a_base_without_compiler_and_pip_passes(bare):
    assert searches_pass(bare)


@pytest.mark.parametrize("tool", ["pip", "pip3", "cc", "gcc", "ld", "make"])
def test_a_build_fails_if_a_tool_remains(bare, tool):
    write_command(bare, tool, "exit 0")

    assert not searches_pass(bare)


@pytest.mark.parametrize("module", ["pip", "setuptools", "wheel", "ensurepip"])
def test_a_build_fails_if_an_installer_module_remains(bare, module):
    write_command(bare, "python", f'test "$2" = "import {module}"')

    assert not searches_pass(bare)


@pytest.mark.parametrize("stage", IMAGES)
@pytest.mark.parametrize("module", ["pip", "multipart", "python_multipart", None])
def test_a_build_fails_if_the_virtual_environment_contains_pip_or_a_form_parser(stage, module, tmp_path):
    (search,) = [line for line in STAGES[stage][1] if line.startswith("RUN ")]
    _, *arguments = json.loads(search.removeprefix("RUN "))
    (tmp_path / f"{module}.py").touch()

    # -S hides the packages of the test environment, which may contain pip.
    command, environment = [sys.executable, "-S", *arguments], {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, cwd=tmp_path, check=False)

    assert done.returncode == (0 if module is None else 1)
