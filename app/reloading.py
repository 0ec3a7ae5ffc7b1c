"""Another version while the server runs: loaded beside the one that serves, proven, then put in its place.

A version is never changed once it is published, so only its number is looked at: a higher one is
taken, and a lower one where the one that serves has been removed. A request looks its desk up once,
and a desk holds a model with all that belongs to it, so no answer mixes two versions.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

from app.desk import Desk
from app.settings import SettingRefused, Settings
from predictor.artefact import find_versions
from predictor.errors import PredictorError
from predictor.task import Task

Outcome = Literal["swapped", "refused"]
OpenFolder = Callable[[Task, Path], Desk]
Observer = Callable[[str, Outcome], None]

logger = logging.getLogger(__name__)


def observe_nothing(_task: str, _outcome: Outcome) -> None:
    """Take no notice."""


class Versions:
    """The versions on disk, and which of them have been found bad.

    `reloaded(task, outcome)` hears of every swap, and from another thread of every bad version.
    """

    def __init__(self, models: Path, open_folder: OpenFolder, reloaded: Observer = observe_nothing) -> None:
        self._models = models
        self._open = open_folder
        self.reloaded = reloaded
        self._bad: dict[Path, object] = {}

    def open_best(self, task: Task, served: Path | None = None) -> Desk | None:
        """Open the highest good version of a task; None where that is the served one, or there is none.

        A bad one is logged with one line, and not tried again until its files change.
        """
        for folder in reversed(find_versions(self._models, task.name)):
            if folder == served:
                return None
            files = describe_files(folder)
            if self._bad.get(folder) != files:
                desk = self._try(task, folder)
                if desk is not None:
                    return desk
                self._bad[folder] = files
        return None

    def _try(self, task: Task, folder: Path) -> Desk | None:
        try:
            return self._open(task, folder)
        except (PredictorError, SettingRefused) as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 (no version may end the server that runs)
            why = f"The model in {folder} cannot be loaded ({type(error).__name__})."
        logger.error("A new version is refused. %s", " ".join(why.split()))
        self.reloaded(task.name, "refused")
        return None


def describe_files(folder: Path) -> object:
    """Give what changes whenever a file of a version does."""
    stats = [(path.name, path.stat()) for path in folder.iterdir() if path.exists()]
    return {(name, stat.st_ino, stat.st_size, stat.st_ctime_ns) for name, stat in stats}


class Reloader:
    """Looks every APP_RELOAD_SECONDS whether another version is to be served; with 0, never."""

    def __init__(self, desks: dict[str, Desk], versions: Versions, settings: Settings) -> None:
        self._desks = desks
        self._versions = versions
        self._seconds = settings.reload_seconds
        self._names = [name for name in desks if name not in settings.versions]
        self._told: set[str] = set()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look from now on until left."""
        if self._seconds == 0:
            yield
            return
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            for name in self._names:
                await self._look(name)

    async def _look(self, name: str) -> None:
        served, started = self._desks[name].predictor, time.perf_counter()
        try:
            desk = await asyncio.to_thread(self._versions.open_best, served.task, served.folder)
        except FileNotFoundError:
            return  # a version was removed while it was looked at
        except OSError as error:
            self._tell_once(f"Cannot look for new versions of {name}: {error.strerror}.")
            return
        if desk is not None:
            self._desks[name] = desk
            took_ms = 1000 * (time.perf_counter() - started)
            now, before = desk.predictor.manifest.version, served.manifest.version
            logger.info("%s: version %d serves in place of %d (%.0f ms).", name, now, before, took_ms)
            self._versions.reloaded(name, "swapped")

    def _tell_once(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            logger.warning(line)
