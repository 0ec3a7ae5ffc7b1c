"""The versions of each model on disk: the one to serve, and the rejected ones."""

import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.inference.model_loader import ModelLoader
from app.inference.model_service import ModelService
from app.lifecycle import is_worker
from app.settings import SettingRefused, Settings
from predictor.artefact.reader import find_versions, newest_version
from predictor.schema.errors import PredictorError
from predictor.schema.task import Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rejection:
    """Why a version is not served; a permanent reason lasts until the files of the version change."""

    files: object
    reason: str
    is_permanent: bool


class VersionStore:
    """Loads versions from APP_MODELS_DIR, remembers the rejected ones, and counts rejections by task."""

    def __init__(self, loader: ModelLoader) -> None:
        self._loader = loader
        self._settings = loader.settings
        self._rejected: dict[Path, Rejection] = {}
        self.rejections: Counter[str] = Counter()

    def load_all(self, tasks: Mapping[str, Task]) -> dict[str, ModelService]:
        """Load the first model of every task; SettingRefused where a setting names another task."""
        binary = [name for name, task in tasks.items() if task.kind == "binary"]
        refuse_unknown_tasks("APP_THRESHOLDS", self._settings.thresholds, list(tasks))
        refuse_unknown_tasks("APP_VERSIONS", self._settings.versions, list(tasks))
        refuse_unknown_tasks("APP_PREVALENCE", self._settings.prevalence, binary)
        return {name: self._load_first(task) for name, task in tasks.items()}

    def load_best(self, task: Task, served: Path | None = None) -> ModelService | None:
        """Load the highest valid version of a task; None where it is the served one, or there is none.

        A rejected version is logged and counted once. It is loaded again when its files have changed, or each
        time where the reason is not permanent. A version that is removed during the loading is ignored.
        """
        for folder in reversed(find_versions(self._settings.models_dir, task.name)):
            if folder == served:
                return None
            service = self._load_or_reject(task, folder)
            if service is not None:
                return service
        return None

    def _load_first(self, task: Task) -> ModelService:
        """Load the pinned or the newest version of one task."""
        if task.name in self._settings.versions:
            return self._loader.load(task, pinned_version(task.name, self._settings))
        # This worker may replace another one: an invalid version published since must not stop the server.
        if self._settings.reload_seconds and is_worker():
            service = self.load_best(task)
            if service is not None:
                return service
        return self._loader.load(task, newest_version(self._settings.models_dir, task.name))

    def _load_or_reject(self, task: Task, folder: Path) -> ModelService | None:
        files, before = None, self._rejected.get(folder)
        try:
            files = describe_files(folder)
            if before is None or not before.is_permanent or before.files != files:
                return self._loader.load(task, folder)
        except Exception as error:  # noqa: BLE001 (no version may stop a running server)
            rejection = Rejection(files, explain(error, folder), is_permanent=is_permanent(error))
            if rejection != before and folder.exists():
                self._rejected[folder] = rejection
                logger.error("A new version is rejected. %s", rejection.reason)  # noqa: TRY400 (one line)
                self.rejections[task.name] += 1
        return None


def pinned_version(name: str, settings: Settings) -> Path:
    """Give the folder of the version that APP_VERSIONS names; SettingRefused where there is none."""
    folders = {int(folder.name): folder for folder in find_versions(settings.models_dir, name)}
    version = settings.versions[name]
    if version not in folders:
        available = ", ".join(map(str, folders)) or "none"
        where = settings.models_dir / name
        raise SettingRefused(
            f"APP_VERSIONS: there is no version {version} in {where}; there are: {available}."
        )
    return folders[version]


def refuse_unknown_tasks(variable: str, setting: Mapping[str, float], known: list[str]) -> None:
    """Raise SettingRefused where a setting names a task that is not `known`."""
    if not setting.keys() <= set(known):
        raise SettingRefused(f"{variable} may only name tasks among: {', '.join(known)}.")


def explain(error: Exception, folder: Path) -> str:
    """Say in one line why a version cannot be served."""
    if isinstance(error, PredictorError | SettingRefused):
        return " ".join(str(error).split())
    return f"The model in {folder} cannot be loaded ({type(error).__name__})."


def is_permanent(error: Exception) -> bool:
    """Say whether the same files would lead to the same error again."""
    if isinstance(error, SettingRefused | MemoryError):
        return False
    reason = error.__cause__ or error
    return isinstance(reason, FileNotFoundError) or not isinstance(reason, OSError)


def describe_files(folder: Path) -> object:
    """Give a value that changes whenever a file of a version does."""
    files = set()
    # A link may have no target.
    for path in filter(Path.exists, folder.iterdir()):
        # An update of a mounted volume removes the target.
        with suppress(FileNotFoundError):
            stat = path.stat()
            files.add((path.name, stat.st_ino, stat.st_size, stat.st_ctime_ns))
    return files
