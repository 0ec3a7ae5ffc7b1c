"""A run that fails while it publishes leaves the previous version unchanged and no other file."""

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
from tests.support.training.namespace import find_unshare_command
from tests.support.training.runs import contents
from training.__main__ import main
from training.errors import StoppedAfterPublication
from training.publication.publish import publish


def test_a_file_size_limit_leaves_the_previous_version_and_nothing_else(models, capsys):
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
    """Run a shell script in a mount namespace of its own; skip where that is not permitted."""
    unshare = find_unshare_command()
    if unshare is None:
        pytest.skip("this machine does not permit mounting a folder in a namespace")
    return subprocess.run(
        [*unshare, "sh", "-c", script, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_a_full_disk_ends_with_status_1_and_the_previous_version_unchanged(models, tmp_path):
    script = (
        'mount -t tmpfs -o size="$4"k tmpfs "$1" && cp -r "$0/." "$1" && '
        '"$2" -m training iris --out "$1" --epochs 3 --patience 0 >"$3"; status=$?; '
        'diff -r "$0" "$1" >&2; exit $status'
    )
    mounted = tmp_path / "mounted"
    mounted.mkdir()

    kilobytes = 32 + sum(len(content) // 1024 + 4 for content in contents(models).values())

    process = in_namespace(script, models, mounted, sys.executable, tmp_path / "output", kilobytes)

    assert process.returncode == 1
    assert "No space left on device" in process.stderr
    # The line is that of the command: diff, which also finds hidden files, prints none.
    assert process.stderr.count("\n") == 1


def test_a_read_only_folder_ends_with_status_1_and_the_previous_version_unchanged(models, tmp_path):
    script = (
        'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && '
        'exec "$1" -m training iris --out "$0" --epochs 3 --patience 0 >"$2"'
    )
    before = contents(models)

    process = in_namespace(script, models, sys.executable, tmp_path / "output")

    assert process.returncode == 1
    assert "Read-only file system" in process.stderr
    assert process.stderr.count("\n") == 1
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


def test_ctrl_c_during_the_imports_ends_in_one_line(tmp_path):
    # The signal arrives inside an import, which may swallow the exception or print several lines.
    (tmp_path / "torch.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{Path.cwd()}"}

    process = subprocess.run(
        [sys.executable, "-m", "training", "iris", "--out", tmp_path / "models"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 130
    assert process.stderr == "Stopped; no model was written.\n"
    assert not (tmp_path / "models").exists()


def test_ctrl_c_after_the_rename_reports_that_the_model_was_written(trained_iris, tmp_path, monkeypatch):
    def interrupt(path):
        if path == tmp_path / "iris":
            raise KeyboardInterrupt

    monkeypatch.setattr("training.publication.publish._fsync", interrupt)

    with pytest.raises(StoppedAfterPublication, match=r"iris/1 was written already") as caught:
        publish(trained_iris, tmp_path)

    assert caught.value.exit_status == 130
    assert [path.name for path in (tmp_path / "iris").iterdir()] == ["1"]


def test_two_runs_that_publish_at_the_same_time_get_a_version_each(models):
    command = [sys.executable, "-m", "training", "iris", "--out", models, *QUICK]

    runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [run.communicate(timeout=120)[1] for run in runs]

    assert errors == [b"", b""]
    assert sorted(path.name for path in (models / "iris").iterdir()) == ["1", "2", "3"]


def test_a_run_waits_for_another_run_that_publishes(trained_iris, models):
    descriptor = os.open(models / "iris", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(publish, trained_iris, models)
        (models / "iris" / "2").mkdir()
        os.close(descriptor)

        assert waiting.result(timeout=120).name == "3"


def test_the_next_publication_removes_the_temporary_folder_of_a_killed_run(trained_iris, models):
    abandoned = models / "iris" / ".writing-killed"
    (abandoned / "2" / "figures").mkdir(parents=True)
    (abandoned / "2" / "model.safetensors").write_bytes(b"half")

    assert publish(trained_iris, models).name == "2"

    assert sorted(path.name for path in (models / "iris").iterdir()) == ["1", "2"]


def test_the_temporary_folder_of_a_run_in_progress_is_not_removed(trained_iris, models):
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
        """A pipeline that raises KeyboardInterrupt when it is written."""

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
