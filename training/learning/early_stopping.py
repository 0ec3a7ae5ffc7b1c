"""Early stopping: the best epoch by a validation metric, its weights, and when to stop."""

from dataclasses import dataclass, field

from torch import Tensor, nn

from training.learning.history import Epoch
from training.recipe import Monitor


@dataclass
class EarlyStopping:
    """Keeps the best epoch and its weights; `patience` 0 never stops.

    An epoch is evaluated by the mean of the monitored metric over the last `window` epochs, because the
    value of a single epoch is mostly noise. Each of the first `window` epochs
    counts as the best so far, because its mean covers fewer values.
    """

    monitor: Monitor
    patience: int
    window: int = 1
    values: list[float] = field(default_factory=list)
    best_value: float | None = None
    best_epoch: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    waited: int = 0

    def update(self, epoch: Epoch, network: nn.Module) -> None:
        """Evaluate an epoch, and keep the network's weights if it is the best so far."""
        if not epoch.validation:
            return
        self.values.append(epoch.validation[self.monitor])
        value = sum(self.values[-self.window :]) / len(self.values[-self.window :])
        if self._is_best(value):
            self.best_value, self.best_epoch, self.waited = value, epoch.number, 0
            self.best_weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        else:
            self.waited += 1

    def _is_best(self, value: float) -> bool:
        if self.best_value is None or len(self.values) <= self.window:
            return True
        return value < self.best_value if self.monitor == "loss" else value > self.best_value

    @property
    def patience_left(self) -> int | None:
        """Count the epochs that may still pass without a better one; None without early stopping."""
        return self.patience - self.waited if self.patience else None

    @property
    def is_over(self) -> bool:
        """Say whether patience has run out."""
        return self.patience_left == 0
