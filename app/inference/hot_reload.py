"""Another version while the server runs: loaded beside the one that serves, proven, then put in its place.

A version is never changed once it is published, so only its number is looked at: a higher one is
taken, and a lower one where the one that serves has been removed. A request looks its desk up once,
and a desk holds a model with all that belongs to it, so no answer mixes two versions.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.http.problem_details import log_unexpected
from app.inference.model_service import ModelService
from app.settings import SettingRefused, Settings
from predictor.artefact.reader import find_versions
from predictor.schema.errors import PredictorError
from predictor.schema.task import Task

Outcome = Literal["swapped", "refused"]
OpenFolder = Callable[[Task, Path], ModelService]
# Hears of a task's every swap and refusal.
Observer = Callable[[str, Outcome], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rejection:
    """Why a version is not served; a `lasting` reason is in its files, another may pass."""

    files: object
    why: str
    lasting: bool


class VersionStore:
    """The versions on disk, and which of them have been refused, how often for each task."""

    def __init__(self, models: Path, open_folder: OpenFolder) -> None:
        self._models = models
        self._open = open_folder
        self._rejected: dict[Path, Rejection] = {}
        self.rejections: Counter[str] = Counter()

    def load_best(self, task: Task, served: Path | None = None) -> ModelService | None:
        """Open the highest good version of a task; None where that is the served one, or there is none.

        A bad one is logged with one line and counted, and not tried again until its files change; where
        the trouble is not in its files, it is tried again each time. A version removed meanwhile is
        passed over.
        """
        for folder in reversed(find_versions(self._models, task.name)):
            if folder == served:
                return None
            service = self._try(task, folder)
            if service is not None:
                return service
        return None

    def _try(self, task: Task, folder: Path) -> ModelService | None:
        files, before = None, self._rejected.get(folder)
        try:
            files = describe_files(folder)
            if before is None or not before.lasting or before.files != files:
                return self._open(task, folder)
        except Exception as error:  # noqa: BLE001 (no version may end the server that runs)
            rejection = Rejection(files, explain(error, folder), lasting=is_lasting(error))
            if rejection != before and folder.exists():
                self._rejected[folder] = rejection
                logger.error("A new version is refused. %s", rejection.why)  # noqa: TRY400 (one line)
                self.rejections[task.name] += 1
        return None


def explain(error: Exception, folder: Path) -> str:
    """Say in one line why a version cannot be served."""
    if isinstance(error, PredictorError | SettingRefused):
        return " ".join(str(error).split())
    return f"The model in {folder} cannot be loaded ({type(error).__name__})."


def is_lasting(error: Exception) -> bool:
    """Say whether the same files will surely meet the same error again."""
    if isinstance(error, SettingRefused | MemoryError):
        return False
    reason = error.__cause__ or error
    return isinstance(reason, FileNotFoundError) or not isinstance(reason, OSError)


def describe_files(folder: Path) -> object:
    """Give what changes whenever a file of a version does."""
    stats = [(path.name, path.stat()) for path in folder.iterdir() if path.exists()]
    return {(name, stat.st_ino, stat.st_size, stat.st_ctime_ns) for name, stat in stats}


class HotReloader:
    """Looks every APP_RELOAD_SECONDS whether another version is to be served; with 0, never."""

    def __init__(
        self, services: dict[str, ModelService], versions: VersionStore, settings: Settings, observe: Observer
    ) -> None:
        self._desks = services
        self._versions = versions
        self._observe = observe
        self._seconds = settings.reload_seconds
        self._names = [name for name in services if name not in settings.versions]
        self._troubles: dict[str, str] = {}

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look from now on until left."""
        if self._seconds == 0:
            yield
            return
        watch = asyncio.create_task(self._input_checks())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    async def _input_checks(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            for name in self._names:
                await self._check_timeout(name)

    async def _check_timeout(self, name: str) -> None:
        try:
            await self._parse(name)
        except OSError as error:
            self._tell_once(name, f"Cannot look for new versions of {name}: {error.strerror}.")
        except Exception as error:  # noqa: BLE001 (else nobody would ever look again)
            log_unexpected(error, f"Looking for new versions of {name}")
        else:
            self._troubles.pop(name, None)

    async def _parse(self, name: str) -> None:
        served, started = self._desks[name].predictor, time.perf_counter()
        service = await asyncio.to_thread(self._versions.load_best, served.task, served.folder)
        for _ in range(self._versions.rejections.pop(name, 0)):
            self._observe(name, "refused")
        if service is not None:
            self._desks[name] = service
            took_ms = 1000 * (time.perf_counter() - started)
            now, before = service.predictor.manifest.version, served.manifest.version
            logger.info("%s: version %d serves in place of %d (%.0f ms).", name, now, before, took_ms)
            self._observe(name, "swapped")

    def _tell_once(self, name: str, line: str) -> None:
        if self._troubles.get(name) != line:
            self._troubles[name] = line
            logger.warning(line)
