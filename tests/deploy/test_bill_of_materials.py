"""The bill of materials names what is installed; here it is written of the tests' own environment."""

import json
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.requirements import PROJECT, ROOT, lock_lines, locked


@pytest.fixture(scope="module")
def bill(tmp_path_factory) -> dict:
    path = tmp_path_factory.mktemp("bill") / "sbom.json"
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", "pyproject.toml"]
    # `make sbom` has it validated against CycloneDX's own schema, too; that takes long for so many packages.
    flags = ["--output-reproducible", "--no-validate", "--output-file", path, sys.executable]
    done = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text("utf-8"))


def test_it_is_a_bill_of_this_project(bill):
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == PROJECT["name"]
    assert bill["metadata"]["component"]["version"] == PROJECT["version"]


def test_it_names_all_that_the_server_runs_on_in_the_locked_versions(bill):
    wanted = {
        canonicalize_name(requirement.name)
        for requirement in (Requirement(line.split(" --hash")[0]) for line in lock_lines("serving")[1:])
        if requirement.marker is None or requirement.marker.evaluate()
    }
    named = {canonicalize_name(part["name"]): part["version"] for part in bill["components"]}

    assert {name: named.get(name) for name in wanted} == {name: locked("serving")[name] for name in wanted}


def test_it_says_nothing_of_the_machine_that_it_was_written_on(bill):
    assert str(ROOT) not in json.dumps(bill)
    assert sys.prefix not in json.dumps(bill)
