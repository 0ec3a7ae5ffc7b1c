"""Loads one version of a model from its folder, with the settings for its task."""

from dataclasses import dataclass
from pathlib import Path

from app.inference.model_service import ModelService
from app.observability.request_log import LabelCounts
from app.settings import SettingRefused, Settings
from predictor.model.predictor import read_predictor
from predictor.schema.errors import DeviceUnavailable, KeyUnusable
from predictor.schema.task import Task


@dataclass(frozen=True)
class ModelLoader:
    """Loads versions as model services, which count the labels of their answers in `label_counts`."""

    settings: Settings
    label_counts: LabelCounts

    def load(self, task: Task, folder: Path) -> ModelService:
        """Load and verify one version; PredictorError or SettingRefused where it cannot be served."""
        settings = self.settings
        prevalence = settings.prevalence.get(task.name)
        try:
            predictor = read_predictor(folder, task, settings.device, prevalence, settings.model_public_key)
        except DeviceUnavailable as error:
            raise SettingRefused(f"APP_DEVICE: {error}") from None
        except KeyUnusable as error:
            raise SettingRefused(f"APP_MODEL_PUBLIC_KEY: {error}") from None
        return ModelService(predictor, settings.thresholds.get(task.name), self.label_counts)
