"""Only locked packages are installed: wheels with exact versions, checked against their hashes."""

import shutil
import subprocess

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.deploy.requirements import PINNED, ROOT, constrained, declared, lock_lines, locked

# Each package index has its own build of torch, so only its version is pinned.
UNHASHED = {"torch"}
LOCKS = {"serving": declared(), "everything": declared("files", "training", "dev")}

NOT_FOR_SERVING = {
    *("torch", "scikit-learn", "scipy", "pandas", "joblib", "skops", "cloudpickle", "dill", "pyyaml"),
    *("python-multipart", "multipart", "pip", "setuptools", "wheel"),
}

# Older versions have a known vulnerability or lack a protection.
MINIMUM_VERSIONS = {
    "fastapi": "0.165",  # has a limit on bodies
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

    assert options == "--only-binary :all:"  # a build would run code without a hash
    assert len(packages) > 20
    assert [line for line in packages if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_the_versions_are_those_of_the_constraints(lock):
    constraints = constrained()

    assert {name: constraints.get(name) for name in locked(lock)} == locked(lock), "run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_locked(lock):
    pins = locked(lock)
    required = [requirement for requirement in LOCKS[lock] if requirement.name not in UNHASHED]

    missing = [
        str(requirement)
        for requirement in required
        if not requirement.specifier.contains(pins.get(canonicalize_name(requirement.name), "0"))
    ]

    assert missing == [], "run `make lock`"


def test_the_serving_packages_are_tested_in_the_same_versions():
    assert locked("serving").items() <= locked("everything").items()


def test_the_serving_environment_lacks_the_packages_that_the_server_must_not_import():
    assert NOT_FOR_SERVING & locked("serving").keys() == set()


@pytest.mark.parametrize(("name", "minimum"), MINIMUM_VERSIONS.items())
def test_no_minimum_version_has_a_known_vulnerability(name, minimum):
    (requirement,) = {wanted for wanted in declared("training") if wanted.name == name}

    (lowest,) = [bound.version for bound in requirement.specifier if bound.operator == ">="]

    assert Version(lowest) >= Version(minimum)
    assert Version(constrained()[name]) >= Version(minimum)


@pytest.mark.parametrize("target", ["serve", "install", "sbom"])
def test_make_checks_the_hashes_of_all_packages_except_torch(target):
    command = [shutil.which("make") or "make", "--dry-run", "--always-make", target]

    plan = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    installs = [line for line in plan.stdout.splitlines() if " install " in line]
    unchecked = [line for line in installs if "--require-hashes -r requirements/" not in line]

    assert len(installs) > len(unchecked)
    assert all(line.endswith("-c constraints.txt torch") for line in unchecked)


def test_the_image_checks_the_hashes_of_all_packages_except_torch():
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()

    installs = [line for line in lines if " install " in line and not line.startswith("#")]
    unchecked = [line for line in installs if "--require-hashes -r serving.txt" not in line]

    assert len(installs) == 2
    assert all(line.endswith("-c constraints.txt torch") for line in unchecked)
