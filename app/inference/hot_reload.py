"""Hot reload: a new version is loaded and verified while the old one serves, and then replaces it.

A task without a model is served as soon as it has a valid version.

A version never changes after it is published, so only its number matters: a higher version is served, or a
lower one where the served version was removed. A request looks up its service once, and a service contains
everything that belongs to one version, so no answer mixes two versions.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from app.inference.services import Services
from app.inference.version_store import VersionStore
from app.observability.log_lines import log_unexpected
from app.observability.telemetry import Telemetry
from app.settings import Settings

logger = logging.getLogger(__name__)


class HotReloader:
    """Looks for new versions every APP_RELOAD_SECONDS, or never where that is 0."""

    def __init__(
        self,
        services: Services,
        versions: VersionStore,
        settings: Settings,
        telemetry: Telemetry,
    ) -> None:
        self._services = services
        self._versions = versions
        self._telemetry = telemetry
        self._interval_seconds = settings.reload_seconds
        self._task_names = [name for name in services.tasks if name not in settings.versions]
        self._last_warnings: dict[str, str] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look for new versions until the context ends."""
        if self._interval_seconds == 0:
            yield
            return
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._interval_seconds)
            for name in self._task_names:
                await self._check(name)

    async def _check(self, name: str) -> None:
        try:
            await self._reload(name)
        except OSError as error:
            self._warn_once(name, f"Cannot look for new versions of {name}: {error.strerror}.")
        except Exception as error:  # noqa: BLE001 (any other error would end the reloader)
            log_unexpected(error, f"Looking for new versions of {name}")
        else:
            self._last_warnings.pop(name, None)

    async def _reload(self, name: str) -> None:
        served, started = self._services.get(name), time.perf_counter()
        folder = None if served is None else served.predictor.folder
        service = await asyncio.to_thread(self._versions.load_best, self._services.tasks[name], folder)
        for _ in range(self._versions.rejections.pop(name, 0)):
            self._telemetry.count_reload(name, "refused")
        if service is not None:
            self._services.serve(service)
            milliseconds = 1000 * (time.perf_counter() - started)
            instead = "" if served is None else f" in place of {served.version}"
            logger.info("%s: version %d serves%s (%.0f ms).", name, service.version, instead, milliseconds)
            self._telemetry.count_reload(name, "swapped")

    def _warn_once(self, name: str, warning: str) -> None:
        if self._last_warnings.get(name) != warning:
            self._last_warnings[name] = warning
            logger.warning(warning)
