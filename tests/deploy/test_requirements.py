"""Only what is written gets installed: exact versions, as wheels, checked against their hashes."""

import shutil
import subprocess

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.deploy.requirements import PINNED, ROOT, constrained, declared, lock_lines, locked

# Its wheel is not the same everywhere, so it is installed by its version alone.
UNHASHED = {"torch"}
LOCKS = {"serving": declared(), "everything": declared("training", "dev")}

NEVER_SERVED = {
    *("torch", "scikit-learn", "scipy", "pandas", "joblib", "skops", "cloudpickle", "dill", "pyyaml"),
    *("python-multipart", "multipart", "pip", "setuptools", "wheel"),
}

# Below each of these, a hole is known or a defence is missing.
FLOORS = {
    "fastapi": "0.165",  # its own limit on bodies
    "h11": "0.16",  # CVE-2025-43859
    "httptools": "0.8",
    "joblib": "1.6",  # GHSA-m62q-453p-gv66
    "safetensors": "0.8",
    "starlette": "1.3.1",  # CVE-2026-48710, CVE-2026-54283
    "torch": "2.10",  # CVE-2025-32434, CVE-2026-24747
    "uvicorn": "0.51",
}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_one_version_and_its_hashes(lock):
    options, packages = lock_lines(lock)[0], lock_lines(lock)[1:]

    assert options == "--only-binary :all:"  # building would run code that has no hash here
    assert len(packages) > 20
    assert [line for line in packages if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_the_versions_are_those_of_the_constraints(lock):
    constraints = constrained()

    assert {name: constraints.get(name) for name in locked(lock)} == locked(lock), "run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_all_that_is_asked_for_is_locked(lock):
    pins = locked(lock)
    asked = [requirement for requirement in LOCKS[lock] if requirement.name not in UNHASHED]

    missed = [
        str(requirement)
        for requirement in asked
        if not requirement.specifier.contains(pins.get(canonicalize_name(requirement.name), "0"))
    ]

    assert missed == [], "run `make lock`"


def test_what_serves_is_also_what_is_tested():
    assert locked("serving").items() <= locked("everything").items()


def test_the_server_is_installed_without_what_it_must_not_load():
    assert NEVER_SERVED & locked("serving").keys() == set()


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_no_floor_sinks_below_a_mended_hole(name, floor):
    (requirement,) = {wanted for wanted in declared("training") if wanted.name == name}

    (lowest,) = [bound.version for bound in requirement.specifier if bound.operator == ">="]

    assert Version(lowest) >= Version(floor)
    assert Version(constrained()[name]) >= Version(floor)


@pytest.mark.parametrize("target", ["serve", "install", "sbom"])
def test_make_checks_the_hashes_of_all_that_it_installs(target):
    command = [shutil.which("make") or "make", "--dry-run", "--always-make", target]

    plan = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    installs = [line for line in plan.stdout.splitlines() if " install " in line]
    unchecked = [line for line in installs if "--require-hashes -r requirements/" not in line]

    assert len(installs) > len(unchecked)
    assert all(line.endswith("-c constraints.txt torch") for line in unchecked)


def test_the_image_checks_the_hashes_of_all_that_it_installs():
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()

    installs = [line for line in lines if " install " in line and not line.startswith("#")]
    unchecked = [line for line in installs if "--require-hashes -r serving.txt" not in line]

    assert len(installs) == 2
    assert all(line.endswith("-c constraints.txt torch") for line in unchecked)
