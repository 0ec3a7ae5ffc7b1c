"""Training on hosts with paths that are not UTF-8, ASCII terminals, and users without a name or a home."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.support.repository import ROOT
from tests.support.training.made_up import stroke_records, write_csv
from tests.support.training.runs import lines_about_added_tasks

NOT_UTF_8 = os.fsdecode(b"M\xff \xc3\xa4")
ASCII_TERMINAL = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
QUICK = ("--recipe", "lecture", "--epochs", "2")
# Even root cannot create a folder there.
NO_HOME = {"HOME": "/dev/null/home"}
UNNAMED_USER = 12345


def run(*words, before=(), **variables):
    removed = ("APP_", "XDG_", "MPL", "LC_", "USER", "LOGNAME", "PYTHONUTF8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(removed)}
    command = [*before, sys.executable, "-m", "training", *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment | variables, capture_output=True, check=False, timeout=500
    )


def as_unnamed_user():
    """Give the start of a command that runs as a user who may read every file, as root may."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("this needs root and setpriv")
    may_read = "+dac_read_search"
    user = (f"--reuid={UNNAMED_USER}", f"--regid={UNNAMED_USER}", "--clear-groups")
    return ("setpriv", *user, f"--inh-caps={may_read}", f"--ambient-caps={may_read}")


def test_names_that_are_not_utf_8_are_read_written_and_printed_on_an_ascii_terminal(tmp_path):
    (tmp_path / NOT_UTF_8).mkdir()
    data = write_csv(tmp_path / NOT_UTF_8 / f"{NOT_UTF_8}.csv", stroke_records())
    out = tmp_path / NOT_UTF_8 / "out"

    done = run("stroke", "--data", data, "--out", out, *QUICK, **ASCII_TERMINAL)

    assert (done.returncode, done.stderr.decode().splitlines()) == (0, lines_about_added_tasks())
    assert b"Wrote " in done.stdout
    assert rb"M\udcff" in done.stdout
    assert (out / "stroke" / "1" / "manifest.json").exists()


def test_a_mistake_in_a_file_whose_name_is_not_utf_8_is_one_line(tmp_path):
    done = run("stroke", "--data", tmp_path / NOT_UTF_8, "--out", tmp_path, **ASCII_TERMINAL)

    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert rb"M\udcff" in done.stderr


def test_a_user_without_a_name_and_a_home_gets_only_the_lines_of_training(tmp_path):
    before = as_unnamed_user()
    out = tmp_path / "out"
    out.mkdir()
    os.chown(out, UNNAMED_USER, UNNAMED_USER)
    data = write_csv(tmp_path / "people.csv", stroke_records())

    done = run("stroke", "--data", data, "--out", out, *QUICK, before=before, TMPDIR=str(out), **NO_HOME)

    assert (done.returncode, done.stderr.decode().splitlines()) == (0, lines_about_added_tasks())
    assert b"Wrote " in done.stdout
    assert list(out.glob("matplotlib*")) == []
