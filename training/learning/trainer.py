"""The training loop: fit > run_epoch > train_step, on whole tensors.

Shapes: M members, N rows, B rows of a batch, F encoded features, C outputs.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from predictor.artefact.weights import Array
from predictor.engines.activations import probabilities_from_logits
from training.data.split import Fold
from training.errors import TrainingError
from training.learning import metrics
from training.learning.losses import Loss, build_loss
from training.learning.network import Network
from training.learning.optimization import Optimizer, build_optimizer, learning_rate
from training.recipe import Monitor, Recipe


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to; validation figures are of the held-out rows, and empty without any."""

    number: int
    loss: float
    accuracy: float
    validation: dict[str, float]
    member_losses: tuple[float, ...] = ()


@dataclass
class EarlyStopping:
    """Remembers the best epoch and its weights; `patience` 0 never stops.

    An epoch is judged by the mean of the monitored metric over its `window` last epochs: one alone
    is mostly noise. Until there are so many, none is good enough to keep but for want of a better.
    """

    monitor: Monitor
    patience: int
    window: int = 1
    values: list[float] = field(default_factory=list)
    best_value: float | None = None
    best_epoch: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    waited: int = 0

    def on_epoch_end(self, epoch: Epoch, network: Network) -> None:
        """Take note of an epoch: keep its weights if it is the best so far."""
        if not epoch.validation:
            return
        self.values.append(epoch.validation[self.monitor])
        value = sum(self.values[-self.window :]) / len(self.values[-self.window :])
        filling = len(self.values) <= self.window
        if self.best_value is None or filling or self._is_better(value, self.best_value):
            self.best_value, self.best_epoch, self.waited = value, epoch.number, 0
            self.best_weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        else:
            self.waited += 1

    def _is_better(self, value: float, best: float) -> bool:
        return value > best if metrics.HIGHER_IS_BETTER[self.monitor] else value < best

    @property
    def patience_left(self) -> int | None:
        """Count the epochs that may still pass without a better one; None without early stopping."""
        return self.patience - self.waited if self.patience else None

    @property
    def is_over(self) -> bool:
        """Say whether patience has run out."""
        return self.patience_left == 0


OnEpochEnd = Callable[[Epoch, EarlyStopping], None]


@dataclass(frozen=True)
class History:
    """Every epoch in order, and which one the weights are of."""

    epochs: tuple[Epoch, ...]
    best_epoch: int


def fit(
    network: Network,
    x_NF: Tensor,
    labels_N: Tensor,
    folds: tuple[Fold, ...],
    recipe: Recipe,
    on_epoch_end: OnEpochEnd,
) -> History:
    """Train all members at once, each on its own fold; the best weights end up in the network."""
    generator = torch.Generator().manual_seed(recipe.seed)
    optimizer = build_optimizer(recipe, network)
    loss = build_loss(recipe.loss, recipe.positive_weight)
    stopping = EarlyStopping(recipe.monitor, recipe.patience, recipe.monitor_epochs)
    epochs: list[Epoch] = []
    for number in range(1, recipe.epochs + 1):
        optimizer.learning_rate = learning_rate(recipe, number - 1)
        places_MN = shuffle(folds, generator).to(x_NF.device)
        batches = draw_batches(x_NF, labels_N, places_MN, recipe.batch_size)
        losses_M, accuracy = run_epoch(network, loss, optimizer, batches)
        validation = validate(network, x_NF, labels_N, folds, recipe)
        epochs.append(Epoch(number, sum(losses_M) / len(losses_M), accuracy, validation, tuple(losses_M)))
        stopping.on_epoch_end(epochs[-1], network)
        on_epoch_end(epochs[-1], stopping)
        if stopping.is_over:
            break
    if recipe.patience:
        network.load_state_dict(stopping.best_weights)
    return History(tuple(epochs), stopping.best_epoch if recipe.patience else len(epochs))


def shuffle(folds: tuple[Fold, ...], generator: torch.Generator) -> Tensor:
    """Draw each member's order of its rows (M, N); a longer fold leaves out another row each time."""
    shortest = min(len(fold.train) for fold in folds)
    orders = [torch.randperm(len(fold.train), generator=generator)[:shortest] for fold in folds]
    return torch.stack(
        [torch.as_tensor(fold.train)[order] for fold, order in zip(folds, orders, strict=True)]
    )


def draw_batches(
    x_NF: Tensor, labels_N: Tensor, places_MN: Tensor, batch_size: int | str
) -> Iterator[tuple[Tensor, Tensor]]:
    """Give the inputs (M, B, F) and labels (M, B) of one batch after another; the last may be smaller."""
    size = places_MN.shape[1] if isinstance(batch_size, str) else batch_size
    for start in range(0, places_MN.shape[1], size):
        places_MB = places_MN[:, start : start + size]
        yield x_NF[places_MB], labels_N[places_MB]


def run_epoch(
    network: Network, loss: Loss, optimizer: Optimizer, batches: Iterable[tuple[Tensor, Tensor]]
) -> tuple[list[float], float]:
    """Take one step a batch; give each member's mean loss, and the accuracy, of the rows as they came."""
    told = [
        (labels_MB, train_step(network, loss, optimizer, x_MBF, labels_MB)) for x_MBF, labels_MB in batches
    ]
    labels_MN, logits_MNC = (torch.cat(parts, dim=1) for parts in zip(*told, strict=True))
    losses_MN, hits_MN = loss(logits_MNC, labels_MN), predicted_labels(logits_MNC) == labels_MN
    return losses_MN.double().mean(dim=1).tolist(), float(hits_MN.double().mean())


@torch.no_grad()
def train_step(
    network: Network, loss: Loss, optimizer: Optimizer, x_MBF: Tensor, labels_MB: Tensor
) -> Tensor:
    """Move all members one step down the mean loss of their batch; give the logits (M, B, C) before it."""
    *inputs, logits_MBC = network.trace(x_MBF)
    gradient_MBC = loss.gradient(logits_MBC, labels_MB)
    # Mean over a member's rows, sum over members: a member's step does not depend on the others.
    network.backward(inputs, gradient_MBC / labels_MB.shape[1])
    optimizer.step()
    return logits_MBC


def predicted_labels(logits_MBC: Tensor) -> Tensor:
    """Give the more probable class of each row (M, B)."""
    return (logits_MBC[..., 0] >= 0).long() if logits_MBC.shape[-1] == 1 else logits_MBC.argmax(-1)


def validation_logits(network: Network, x_NF: Tensor, folds: tuple[Fold, ...]) -> Array:
    """Give the logits (B, C) of each held-out row by the member that did not learn it, fold by fold."""
    indices = torch.as_tensor(np.concatenate([fold.validation for fold in folds]))
    member = torch.as_tensor(np.repeat(np.arange(len(folds)), [len(fold.validation) for fold in folds]))
    with torch.inference_mode():
        logits_MBC = network(x_NF[indices])
    return finite_array(logits_MBC[member, torch.arange(len(indices))])


def finite_array(logits: Tensor) -> Array:
    """Give logits as float64; TrainingError where they have grown beyond all numbers."""
    if not torch.isfinite(logits).all():
        raise TrainingError(
            "The weights grew beyond all numbers; nothing was written. Lower the learning rate."
        )
    array: Array = logits.double().cpu().numpy()
    return array


def validate(
    network: Network, x_NF: Tensor, labels_N: Tensor, folds: tuple[Fold, ...], recipe: Recipe
) -> dict[str, float]:
    """Give unweighted loss, accuracy and the monitored metric over all held-out rows, pooled."""
    indices = np.concatenate([fold.validation for fold in folds])
    if not indices.size:
        return {}
    logits_BC = validation_logits(network, x_NF, folds)
    labels_B = labels_N[torch.as_tensor(indices)].cpu()
    losses_1B = build_loss(recipe.loss)(torch.as_tensor(logits_BC)[None], labels_B[None])
    found = {"loss": float(losses_1B.mean())}
    for name in ("accuracy", recipe.monitor):
        if name not in found:
            found[name] = metrics.METRICS[name](labels_B.numpy(), probabilities_from_logits(logits_BC))
    return found
