"""The question that a model answers."""

from dataclasses import dataclass
from typing import Literal

from predictor.schema.features import Features

TaskKind = Literal["binary", "multiclass"]


@dataclass(frozen=True)
class Task:
    """One question: what goes in, what may come out, and where the truth stands in a data file.

    `classes` are the texts of the target column in the order of the model's outputs; a binary task
    has two, and its probability is that of the second.
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
        """Count the network's outputs: one logit for two classes, else one for each class."""
        return 1 if self.kind == "binary" else len(self.classes)
