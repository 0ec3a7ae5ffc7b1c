"""The history of a run: the figures of every epoch, of all members together and of each member."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

# The name of all members together in the column `member`.
ALL = "all"
# The file stays far below the size that `training verify` reads.
MAX_ROWS = 100_000


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The figures of one epoch, of one member or of all.

    `loss` is what the recipe minimises on the training rows, `unweighted_loss` the same rows' loss without
    the weight of the positive class; both are computed before each step of the epoch, as is `accuracy`.
    `validation` has unweighted loss, accuracy and the monitored metric; it is empty without validation rows.
    """

    loss: float
    unweighted_loss: float
    accuracy: float
    validation: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Epoch(Figures):
    """The figures of one epoch: means over the members, and the pooled validation rows.

    A member's validation lacks a metric that is not defined on its rows.
    """

    number: int
    learning_rate: float
    members: tuple[Figures, ...]


@dataclass(frozen=True)
class History:
    """Every epoch in order, and the number of the best one, whose weights the network has.

    Without early stopping that is the last one.
    """

    epochs: tuple[Epoch, ...]
    best_epoch: int

    def to_csv(self) -> str:
        """Give the table: for each epoch a row for all members, and one for each of several members.

        A history of more than 100,000 rows has every n-th epoch, the best and the last.
        """
        metrics = list(self.epochs[-1].validation)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(
            [
                *("epoch", "member", "learning_rate"),
                *("training_loss_weighted", "training_loss_unweighted", "training_accuracy"),
                *(f"validation_{metric}" for metric in metrics),
            ]
        )
        for epoch in self._listed_epochs():
            writer.writerows(_rows(epoch, metrics))
        return text.getvalue()

    def _listed_epochs(self) -> list[Epoch]:
        rows_of_epoch = 1 + len(self.epochs[0].members)
        step = -(-len(self.epochs) * rows_of_epoch // MAX_ROWS)
        named = {self.best_epoch, len(self.epochs)}
        return [epoch for epoch in self.epochs if epoch.number % step == 0 or epoch.number in named]


def _rows(epoch: Epoch, metrics: list[str]) -> Iterator[list[str]]:
    members = epoch.members if len(epoch.members) > 1 else ()
    named = {ALL: epoch, **{str(number): member for number, member in enumerate(members, start=1)}}
    for name, figures in named.items():
        numbers = (epoch.learning_rate, figures.loss, figures.unweighted_loss, figures.accuracy)
        validation = (figures.validation.get(metric) for metric in metrics)
        yield [str(epoch.number), name, *map(_format, numbers), *map(_format, validation)]


def _format(number: float | None) -> str:
    return "" if number is None else f"{number:.7g}"
