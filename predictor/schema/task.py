"""The task of a model: its features, classes and description."""

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from predictor.schema.errors import describe_errors
from predictor.schema.features import Features

TaskKind = Literal["binary", "multiclass"]
Labels = tuple[int, int] | tuple[str, ...]

NAME = re.compile("[a-z][a-z0-9_]*")


def labels_of(classes: tuple[str, ...]) -> Labels:
    """Give the label of each class in answers: its name, but 0 and 1 where those are the two names."""
    return (0, 1) if classes == ("0", "1") else classes


@dataclass(frozen=True)
class Task:
    """One prediction task: features, classes, and the target column of a data file.

    `classes` are the texts of the target column in the order of the model's outputs; a binary task
    has two, and its probability is that of the second. `identifier` is a column of data files to ignore.
    ValueError or TypeError says what is wrong with a task.
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

    def __post_init__(self) -> None:
        if NAME.fullmatch(self.name) is None:
            raise ValueError("name: must start with a-z and have only a-z, 0-9 and _")
        if (self.kind == "binary") != (len(self.classes) == 2):  # noqa: PLR2004 (binary means two)
            raise ValueError("classes: a binary task has two, and a multiclass task has more")
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("classes: one of them is given twice")
        names = [column.name for column in self.features.columns()]
        for name in (self.target, self.identifier):
            if name in names:
                raise ValueError(f"{name!r} is a feature, so it cannot be the target or the identifier, too")
        self._check_example()

    def _check_example(self) -> None:
        if not self.features.example:
            return
        try:
            self.features.model_validate(self.features.example)
        except ValidationError as error:
            raise ValueError(f"example: {'; '.join(describe_errors(error))}") from None

    @property
    def labels(self) -> Labels:
        """Give the label of each class in answers; see `labels_of`."""
        return labels_of(self.classes)

    @property
    def outputs(self) -> int:
        """Give the number of the network's outputs: 1 for two classes, else the number of classes."""
        return 1 if self.kind == "binary" else len(self.classes)
