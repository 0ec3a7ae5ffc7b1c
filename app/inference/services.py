"""The served models by task, and the tasks that have no model yet."""

import logging
from dataclasses import dataclass
from typing import NoReturn

from app.http.errors import NotTrained
from app.inference.model_service import ModelService
from predictor.schema.definitions import Definitions
from predictor.schema.errors import UnknownTask
from predictor.schema.task import Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Untrained:
    """A task without a model that fits it: `detail` is for clients, `reason` also names the folder."""

    task: Task
    detail: str
    reason: str


class Services(dict[str, ModelService]):
    """The service of each task that has a model; a look-up of another name raises the error to answer.

    `tasks` has every valid task, and `untrained` those without a model. It is a dict, because every
    prediction looks up its service.
    """

    def __init__(self, definitions: Definitions[Task]) -> None:
        super().__init__()
        self.tasks = definitions.valid
        self._mistakes = definitions.mistakes
        self.untrained: dict[str, Untrained] = {}

    def __missing__(self, name: str) -> NoReturn:
        """Raise NotTrained, or UnknownTask with the names that there are."""
        if name in self.untrained:
            raise NotTrained(self.untrained[name].detail)
        raise UnknownTask(f"There is no model of that name; there are: {', '.join(self.tasks)}.")

    def serve(self, service: ModelService) -> None:
        """Serve this model from now on; the names stay sorted."""
        name = service.predictor.task.name
        services = sorted({**self, name: service}.items())
        self.clear()
        self.update(services)
        self.untrained.pop(name, None)

    def operating_points(self, name: str) -> list[str]:
        """Name the operating points of a task; a task without a model has none."""
        service = self.get(name)
        return [] if service is None else list(service.predictor.manifest.thresholds.operating_points)

    def log_left_out(self) -> None:
        """Log each mistake in the file of a task, and each task without a model; one line where all are."""
        for mistake in self._mistakes.values():
            logger.error("A task is left out. %s", " ".join(str(mistake).split()))
        untrained = [f"{name} is not trained. {left_out.reason}" for name, left_out in self.untrained.items()]
        if untrained and not self:
            untrained = [f"No task has a model. {next(iter(self.untrained.values())).reason}"]
        for line in untrained:
            logger.warning(" ".join(line.split()))
