"""The bill of materials lists the installed packages; here it describes the environment of the tests."""

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
    # `make sbom` also validates it against the CycloneDX schema, which takes too long here for all packages.
    flags = ["--output-reproducible", "--no-validate", "--output-file", path, sys.executable]
    done = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text("utf-8"))


def test_it_describes_this_project(bill):
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == PROJECT["name"]
    assert bill["metadata"]["component"]["version"] == PROJECT["version"]


def test_it_lists_every_serving_package_in_its_locked_version(bill):
    wanted = {
        canonicalize_name(requirement.name)
        for requirement in (Requirement(line.split(" --hash")[0]) for line in lock_lines("serving")[1:])
        if requirement.marker is None or requirement.marker.evaluate()
    }
    named = {canonicalize_name(component["name"]): component["version"] for component in bill["components"]}

    assert {name: named.get(name) for name in wanted} == {name: locked("serving")[name] for name in wanted}


def test_it_contains_no_path_of_the_machine(bill):
    assert str(ROOT) not in json.dumps(bill)
    assert sys.prefix not in json.dumps(bill)
