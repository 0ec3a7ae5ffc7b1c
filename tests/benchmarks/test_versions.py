import os
import subprocess

import pytest

from benchmarks.launch.versions import RESULTS, describe_environments, find_commit

AUTHOR = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def run_git(folder, *arguments):
    command = ("git", "-C", str(folder), *AUTHOR, *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    # A git hook sets these variables; with them git would use the repository of the hook.
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    results = tmp_path / RESULTS
    results.parent.mkdir()
    results.write_text("old", "utf-8")
    run_git(tmp_path, "init", "--quiet")
    run_git(tmp_path, "add", "--all")
    run_git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def test_a_checkout_is_named_by_its_commit_even_if_the_results_changed(checkout):
    (checkout / RESULTS).write_text("new", "utf-8")

    assert find_commit(checkout) == run_git(checkout, "rev-parse", "--short", "HEAD")


def test_changes_are_reported(checkout):
    (checkout / "new.py").touch()

    assert find_commit(checkout).endswith(" + changes")


def test_a_folder_inside_a_checkout_has_no_commit_of_its_own(checkout):
    inside = checkout / "inside"
    inside.mkdir()

    assert find_commit(inside) == ""


def test_versions_are_read_from_the_environments_that_exist(tmp_path):
    metadata = tmp_path / "one" / "lib" / "python3.99" / "site-packages" / "Peer-1.2.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: Peer\nVersion: 1.2\n", "utf-8")

    description = describe_environments({"one": ("peer", "lacking"), "absent": ("other",)}, tmp_path)

    assert description == "In separate environments: peer 1.2."
