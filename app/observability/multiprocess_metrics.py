"""The folder in which the workers of one server share their metrics, so that each can report all of them."""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# prometheus_client reads this variable when it is imported.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
FOLDER_PREFIX = "prediction-service-counts-"
SHARED_MEMORY = Path("/dev", "shm")

logger = logging.getLogger("app")


@contextmanager
def shared_counts() -> Iterator[None]:
    """Provide the folder: in shared memory if possible, otherwise among the temporary files."""
    folder = make_folder()
    if folder is None:
        logger.warning("No folder is writable, so each worker reports its own metrics only.")
        yield
        return
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_folder() -> Path | None:
    """Create a folder, locked until this process ends, and remove stale ones; None if that is impossible."""
    for parent in (SHARED_MEMORY, Path(tempfile.gettempdir())):
        with suppress(OSError):
            remove_stale_folders(parent)
            return make_locked_folder(parent)
    return None


def make_locked_folder(parent: Path) -> Path:
    """Create a folder that has its lock before it has its final name."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        lock(folder)
        return folder.rename(parent / f"{FOLDER_PREFIX}{os.getpid()}-{folder.name}")
    except OSError:
        folder.rmdir()
        raise


def remove_stale_folders(parent: Path) -> None:
    """Remove the folders of servers that were killed."""
    for folder in parent.glob(f"{FOLDER_PREFIX}*"):
        with suppress(OSError):
            descriptor = lock(folder)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)


def lock(folder: Path) -> int:
    """Lock a folder until the returned descriptor is closed; OSError if another process has locked it.

    A process id would not do, because in containers several servers may have the id 1.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
