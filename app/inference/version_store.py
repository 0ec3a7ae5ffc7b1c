"""The versions of each model on disk: the one to serve, and the rejected ones."""

import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.inference.model_loader import ModelLoader
from app.inference.model_service import ModelService
from app.inference.services import Services, Untrained
from app.lifecycle import is_worker
from app.settings import SettingRefused, Settings
from predictor.artefact.reader import find_versions, newest_version
from predictor.schema.definitions import Definitions
from predictor.schema.errors import ArtefactMissing, PredictorError, SchemaMismatch, training_command
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

    def load_all(self, tasks: Definitions[Task]) -> Services:
        """Load the first model of every task; a task without a model that fits it is listed as untrained.

        SettingRefused where a setting names another task. With APP_REQUIRE_MODELS, raises ArtefactMissing,
        SchemaMismatch, or DefinitionInvalid for a mistake in the file of a task.
        """
        settings = self._settings
        if settings.require_models and tasks.mistakes:
            raise next(iter(tasks.mistakes.values()))
        check_task_names(settings, tasks)
        services = Services(tasks)
        for name, task in tasks.valid.items():
            try:
                services.serve(self._load_first(task))
            except (ArtefactMissing, SchemaMismatch) as error:
                if settings.require_models:
                    raise
                services.untrained[name] = describe_untrained(task, error, settings)
        return services

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
        folder = newest_version(self._settings.models_dir, task.name)
        try:
            return self._loader.load(task, folder)
        except SchemaMismatch as error:
            # Hot reload must not report this version as a new one.
            self._rejected[folder] = Rejection(describe_files(folder), str(error), is_permanent=True)
            raise

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
    # Without any version, its error says how to train one.
    newest_version(settings.models_dir, name)
    folders = {int(folder.name): folder for folder in find_versions(settings.models_dir, name)}
    version = settings.versions[name]
    if version not in folders:
        available = ", ".join(map(str, folders))
        where = settings.models_dir / name
        raise SettingRefused(
            f"APP_VERSIONS: there is no version {version} in {where}; there are: {available}."
        )
    return folders[version]


def describe_untrained(task: Task, error: PredictorError, settings: Settings) -> Untrained:
    """Say why a task has no model, and how to train one."""
    is_reloaded = settings.reload_seconds and task.name not in settings.versions
    then = "the server then serves it" if is_reloaded else "then restart the server"
    is_old = isinstance(error, SchemaMismatch)
    fact = (
        f"The model of {task.name} was trained for other features" if is_old else f"{task.name} has no model"
    )
    return Untrained(task, f"{fact}. Train one with {training_command(task.name)}; {then}.", str(error))


def check_task_names(settings: Settings, tasks: Definitions[Task]) -> None:
    """Raise SettingRefused where a setting names an unknown task; a mistake in a file makes none unknown."""
    names = list(dict.fromkeys([*tasks.valid, *tasks.mistakes]))
    multiclass = [name for name, task in tasks.valid.items() if task.kind == "multiclass"]
    refuse_unknown_tasks("APP_THRESHOLDS", settings.thresholds, names)
    refuse_unknown_tasks("APP_VERSIONS", settings.versions, names)
    binary = [name for name in names if name not in multiclass]
    refuse_unknown_tasks("APP_PREVALENCE", settings.prevalence, binary)


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
