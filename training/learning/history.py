"""Records of a training run: each epoch, and the epoch whose weights the network has at the end."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """The figures of one epoch; `validation` is empty where no rows are held out."""

    number: int
    loss: float
    accuracy: float
    validation: dict[str, float]
    member_losses: tuple[float, ...] = ()


@dataclass(frozen=True)
class History:
    """Every epoch in order, and the number of the best one, whose weights the network has.

    Without early stopping that is the last one.
    """

    epochs: tuple[Epoch, ...]
    best_epoch: int
