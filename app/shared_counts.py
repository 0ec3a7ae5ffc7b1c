"""Where the workers of one server put their counts, so that any of them can tell those of all."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
    """Make a folder that bears this process's number, and clear away those of processes that are gone."""
    for parent in (MEMORY, None):
        try:
            where = parent or Path(tempfile.gettempdir())
            remove_left_over(where)
            return Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=where))
        except OSError:
            continue
    return None


def remove_left_over(where: Path) -> None:
    """Remove the folders of servers that were killed before they could do it."""
    for folder in where.glob(f"{FOLDER_PREFIX}*"):
        number = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if Path("/proc/self").exists() and not Path("/proc", number).exists():
            shutil.rmtree(folder, ignore_errors=True)
