"""Whatever stops a run on its way to the disk leaves the previous version as it was, and nothing else."""

import dataclasses
import fcntl
import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.training.made_up import QUICK
from tests.support.training.namespace import find_way_to_mount
from tests.support.training.runs import contents
from training.__main__ import main
from training.errors import StoppedTooLate
from training.publication.publish import publish


def test_a_disk_that_takes_no_more_leaves_the_previous_version_and_nothing_else(models, capsys):
    before = contents(models)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        status = main(["iris", "--out", str(models), *QUICK])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    error = capsys.readouterr().err
    assert status == 1
    assert "could not be written" in error
    assert error.count("\n") == 1
    assert contents(models) == before
    assert [path.name for path in (models / "iris").iterdir()] == ["1"]


def in_namespace(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a shell script that may mount folders for itself alone; skip where that is not permitted."""
    way = find_way_to_mount()
    if way is None:
        pytest.skip("this machine lets nobody mount a folder of their own")
    return subprocess.run(
        [*way, "sh", "-c", script, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_a_full_disk_ends_with_status_1_and_the_previous_version_untouched(models, tmp_path):
    script = (
        'mount -t tmpfs -o size="$4"k tmpfs "$1" && cp -r "$0/." "$1" && '
        '"$2" -m training iris --out "$1" --epochs 3 --patience 0 >"$3"; status=$?; '
        'diff -r "$0" "$1" >&2; exit $status'
    )
    mounted = tmp_path / "mounted"
    mounted.mkdir()

    kilobytes = 32 + sum(len(content) // 1024 + 4 for content in contents(models).values())

    done = in_namespace(script, models, mounted, sys.executable, tmp_path / "told", kilobytes)

    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    # One line of the command, and none of diff, which also tells of hidden leftovers.
    assert done.stderr.count("\n") == 1


def test_a_read_only_folder_ends_with_status_1_and_the_previous_version_untouched(models, tmp_path):
    script = (
        'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && '
        'exec "$1" -m training iris --out "$0" --epochs 3 --patience 0 >"$2"'
    )
    before = contents(models)

    done = in_namespace(script, models, sys.executable, tmp_path / "told")

    assert done.returncode == 1
    assert "Read-only file system" in done.stderr
    assert done.stderr.count("\n") == 1
    assert contents(models) == before


def test_ctrl_c_while_training_leaves_the_previous_version_and_nothing_else(models):
    before = contents(models)
    command = [sys.executable, "-u", "-m", "training", "iris", "--epochs", "1000000", "--patience", "0"]

    with subprocess.Popen(
        [*command, "--out", models], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first_line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)

    assert first_line.startswith("epoch    1")
    assert process.returncode == 130
    assert error.count("\n") == 1
    assert contents(models) == before


def test_ctrl_c_while_torch_and_the_like_are_imported_ends_in_one_line(tmp_path):
    # Ctrl-C comes from within an import, where an exception would be swallowed or told in many lines.
    (tmp_path / "torch.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{Path.cwd()}"}

    done = subprocess.run(
        [sys.executable, "-m", "training", "iris", "--out", tmp_path / "models"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 130
    assert done.stderr == "Stopped; no model was written.\n"
    assert not (tmp_path / "models").exists()


def test_ctrl_c_after_the_rename_says_that_the_model_was_written(trained_iris, tmp_path, monkeypatch):
    def interrupt(path):
        if path == tmp_path / "iris":
            raise KeyboardInterrupt

    monkeypatch.setattr("training.publication.publish._fsync", interrupt)

    with pytest.raises(StoppedTooLate, match=r"iris/1 was written already") as caught:
        publish(trained_iris, tmp_path)

    assert caught.value.exit_status == 130
    assert [path.name for path in (tmp_path / "iris").iterdir()] == ["1"]


def test_two_runs_that_publish_at_the_same_time_both_get_a_version(models):
    command = [sys.executable, "-m", "training", "iris", "--out", models, *QUICK]

    runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    told = [run.communicate(timeout=120)[1] for run in runs]

    assert told == [b"", b""]
    assert sorted(path.name for path in (models / "iris").iterdir()) == ["1", "2", "3"]


def test_a_run_waits_for_another_that_is_about_to_publish(trained_iris, models):
    descriptor = os.open(models / "iris", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(publish, trained_iris, models)
        (models / "iris" / "2").mkdir()
        os.close(descriptor)

        assert waiting.result(timeout=120).name == "3"


def test_what_a_killed_run_left_half_written_goes_with_the_next_publication(trained_iris, models):
    left = models / "iris" / ".writing-killed"
    (left / "2" / "figures").mkdir(parents=True)
    (left / "2" / "model.safetensors").write_bytes(b"half")

    assert publish(trained_iris, models).name == "2"

    assert sorted(path.name for path in (models / "iris").iterdir()) == ["1", "2"]


def test_what_a_run_in_progress_has_half_written_is_left_alone(trained_iris, models):
    in_progress = models / "iris" / ".writing-now"
    descriptor = os.open(models / "iris", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    in_progress.mkdir()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(publish, trained_iris, models)
        time.sleep(0.5)
        assert in_progress.exists()
        assert not waiting.done()
        in_progress.rename(models / "iris" / "2")
        os.close(descriptor)

        assert waiting.result(timeout=120).name == "3"


def test_ctrl_c_while_writing_leaves_the_previous_version_and_nothing_else(trained_iris, models):
    class Interrupted:
        """A pipeline that Ctrl-C finds on its way to the disk."""

        def __init__(self, fitted) -> None:
            self._fitted = fitted

        def __getattr__(self, name):
            return getattr(self._fitted, name)

        def __reduce__(self):
            raise KeyboardInterrupt

    interrupted = dataclasses.replace(trained_iris, preprocessor=Interrupted(trained_iris.preprocessor))

    with pytest.raises(KeyboardInterrupt):
        publish(interrupted, models)

    assert [path.name for path in (models / "iris").iterdir()] == ["1"]
