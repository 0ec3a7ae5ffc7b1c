"""The task of a model: its features, classes and description."""

from dataclasses import dataclass
from typing import Literal

from predictor.schema.features import Features

TaskKind = Literal["binary", "multiclass"]


@dataclass(frozen=True)
class Task:
    """One prediction task: features, classes, and the target column of a data file.

    `classes` are the texts of the target column in the order of the model's outputs; a binary task
    has two, and its probability is that of the second. `identifier` is a column of data files to ignore.
    """

    name: str
    title: str
    kind: TaskKind
    features: type[Features]
    target: str
    classes: tuple[str, ...]
    outcome: str
    intended_use: str = ""
    not_for: str = ""
    limits: str = ""
    identifier: str | None = None

    @property
    def outputs(self) -> int:
        """Give the number of the network's outputs: 1 for two classes, else the number of classes."""
        return 1 if self.kind == "binary" else len(self.classes)
