"""A trained model: load one, and predict rows with it; docs/python.md shows how.

`training` and `app` import this package; it imports neither.
"""

from pathlib import Path

from predictor.artefact.reader import find_version, read_artefact
from predictor.engines.selection import Device
from predictor.model.input_warnings import RowWarning
from predictor.model.predictions import Predictions
from predictor.model.predictor import Predictor, build_predictor, load_predictor
from predictor.schema.errors import InvalidRow, PredictorError, UnknownTask
from predictor.schema.features import Features, Flag, number
from predictor.schema.task import Task
from predictor.tasks import find_task

# The one version number: the package's and the API's. CHANGELOG.md says what each version changed.
__version__ = "0.2.0"

__all__ = [
    "Features",
    "Flag",
    "InvalidRow",
    "Predictions",
    "Predictor",
    "PredictorError",
    "RowWarning",
    "Task",
    "__version__",
    "load",
    "load_predictor",
    "number",
]


def load(
    path: str | Path,
    version: int | None = None,
    *,
    device: Device = "auto",
    prevalence: float | None = None,
    public_key: str | Path | None = None,
) -> Predictor:
    """Load the newest or the given version of the model in a folder, checked as the server checks it.

    `path` is a model's folder, such as models/NAME, or that of one version, such as models/NAME/1.
    `prevalence` is that of the second class of a binary task where the model is used, and only a model
    that is signed by `public_key` is loaded if one is given. A PredictorError says what to
    do; a prevalence that is not valid is a ValueError.
    """
    # Absolute, because "." has no name.
    folder = find_version(Path(path).absolute(), version)
    artefact = read_artefact(folder, None if public_key is None else Path(public_key))
    try:
        task = find_task(artefact.manifest.task)
    except UnknownTask as error:
        raise UnknownTask(f"The model in {folder} is of a task that is not installed. {error}") from None
    return build_predictor(artefact, task, device, prevalence)
