"""Opening desks: from a version's folder to a model that can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.desk import Desk, LabelsGiven
from app.parentage import is_worker
from app.reloading import Versions
from app.settings import SettingRefused, Settings
from app.turns import Turns
from predictor.artefact import find_versions, newest_version
from predictor.errors import DeviceUnavailable, KeyUnusable
from predictor.predictor import read_predictor
from predictor.task import Task
from predictor.tasks import find_tasks


@dataclass(frozen=True)
class Opener:
    """Opens desks as the settings say; all of them share their turns, and count the labels they give."""

    settings: Settings
    turns: Turns
    labels_given: LabelsGiven

    def open(self, task: Task, folder: Path) -> Desk:
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
        return Desk(predictor, self.turns, self.settings.thresholds.get(task.name), self.labels_given)

    def open_all(self, versions: Versions) -> dict[str, Desk]:
        """Load the model of every task that this installation knows."""
        tasks = find_tasks()
        binary = [name for name, task in tasks.items() if task.kind == "binary"]
        refuse_other_names("APP_THRESHOLDS", self.settings.thresholds, list(tasks))
        refuse_other_names("APP_VERSIONS", self.settings.versions, list(tasks))
        refuse_other_names("APP_PREVALENCE", self.settings.prevalence, binary)
        return {name: self._open_first(task, versions) for name, task in tasks.items()}

    def _open_first(self, task: Task, versions: Versions) -> Desk:
        """Load the pinned or the newest version of one task."""
        if task.name in self.settings.versions:
            return self.open(task, pinned_version(task.name, self.settings))
        # A worker replaces one that served; a version that has since turned up bad must not end the server.
        if self.settings.reload_seconds and is_worker():
            desk = versions.open_best(task)
            if desk is not None:
                return desk
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
