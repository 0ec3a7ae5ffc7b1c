"""Where the workers of one server put their counts, so that any of them can tell those of all."""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# prometheus_client's own name; it must be there before that is imported.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
FOLDER_PREFIX = "prediction-service-counts-"
MEMORY = Path("/dev", "shm")

logger = logging.getLogger("app")


@contextmanager
def shared_counts() -> Iterator[None]:
    """Have a folder for counts in memory, or where there is none, among the temporary files."""
    folder = make_folder()
    if folder is None:
        logger.warning("There is no folder to write to, so /metrics counts for one worker alone.")
        yield
        return
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_folder() -> Path | None:
    """Make a folder that is locked as long as this process lives, and clear away what others left."""
    for where in (MEMORY, Path(tempfile.gettempdir())):
        try:
            remove_left_over(where)
            return make_locked(where)
        except OSError:
            continue
    return None


def make_locked(where: Path) -> Path:
    """Make a folder that is never seen under its name without its lock."""
    folder = Path(tempfile.mkdtemp(dir=where))
    try:
        lock(folder)
        return folder.rename(where / f"{FOLDER_PREFIX}{os.getpid()}-{folder.name}")
    except OSError:
        folder.rmdir()
        raise


def remove_left_over(where: Path) -> None:
    """Remove the folders of servers that were killed before they could do it."""
    for folder in where.glob(f"{FOLDER_PREFIX}*"):
        with suppress(OSError):
            descriptor = lock(folder)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)


def lock(folder: Path) -> int:
    """Lock a folder until what is given is closed, by the end of the process at last; OSError if it is.

    Not by the number of a process: in containers each server may be number 1.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
