"""Opening desks: from a version's folder to a model that can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.inference.batching import BatchQueue
from app.inference.hot_reload import VersionStore
from app.inference.model_service import ModelService
from app.lifecycle import is_worker
from app.observability.request_log import LabelCounts
from app.settings import SettingRefused, Settings
from predictor.artefact.reader import find_versions, newest_version
from predictor.model.predictor import read_predictor
from predictor.schema.errors import DeviceUnavailable, KeyUnusable
from predictor.schema.task import Task
from predictor.tasks import find_tasks


@dataclass(frozen=True)
class ModelLoader:
    """Opens desks as the settings say; all of them share their turns, and count the labels they give."""

    settings: Settings
    batch_queue: BatchQueue
    label_counts: LabelCounts

    def open(self, task: Task, folder: Path) -> ModelService:
        """Load one version of a task, and make it ready to be asked."""
        prevalence = self.settings.prevalence.get(task.name)
        try:
            predictor = read_predictor(
                folder, task, self.settings.device, prevalence, self.settings.model_public_key
            )
        except DeviceUnavailable as error:
            raise SettingRefused(f"APP_DEVICE: {error}") from None
        except KeyUnusable as error:
            raise SettingRefused(f"APP_MODEL_PUBLIC_KEY: {error}") from None
        return ModelService(
            predictor, self.batch_queue, self.settings.thresholds.get(task.name), self.label_counts
        )

    def load_all(self, versions: VersionStore) -> dict[str, ModelService]:
        """Load the model of every task that this installation knows."""
        tasks = find_tasks()
        binary = [name for name, task in tasks.items() if task.kind == "binary"]
        refuse_other_names("APP_THRESHOLDS", self.settings.thresholds, list(tasks))
        refuse_other_names("APP_VERSIONS", self.settings.versions, list(tasks))
        refuse_other_names("APP_PREVALENCE", self.settings.prevalence, binary)
        return {name: self._open_first(task, versions) for name, task in tasks.items()}

    def _open_first(self, task: Task, versions: VersionStore) -> ModelService:
        """Load the pinned or the newest version of one task."""
        if task.name in self.settings.versions:
            return self.open(task, pinned_version(task.name, self.settings))
        # A worker replaces one that served; a version that has since turned up bad must not end the server.
        if self.settings.reload_seconds and is_worker():
            service = versions.load_best(task)
            if service is not None:
                return service
        return self.open(task, newest_version(self.settings.models_dir, task.name))


def pinned_version(name: str, settings: Settings) -> Path:
    """Give the folder of the version that APP_VERSIONS names."""
    folders = {int(folder.name): folder for folder in find_versions(settings.models_dir, name)}
    version = settings.versions[name]
    if version not in folders:
        there = ", ".join(map(str, folders)) or "none"
        where = settings.models_dir / name
        raise SettingRefused(f"APP_VERSIONS: there is no version {version} in {where}; there are: {there}.")
    return folders[version]


def refuse_other_names(variable: str, given: Mapping[str, float], known: list[str]) -> None:
    """Refuse a setting by task that names a task it cannot be for."""
    if not given.keys() <= set(known):
        raise SettingRefused(f"{variable} may only name tasks among: {', '.join(known)}.")
