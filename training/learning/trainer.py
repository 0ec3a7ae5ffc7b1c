"""The training loop: fit > run_epoch > train_step, on whole tensors.

Shapes: M members, N rows, B rows of a batch, F encoded features, C outputs.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from predictor.artefact.weights import Array
from predictor.engines.activations import probabilities_from_logits
from training.data.split import Fold
from training.errors import TrainingError
from training.learning.early_stopping import EarlyStopping
from training.learning.history import Epoch, Figures, History
from training.learning.losses import EffectPenalty, RowLoss, build_loss, build_penalty, row_weights
from training.learning.network import Network
from training.learning.optimizers import build_optimizer, build_scheduler
from training.learning.row_logits import RowLogits
from training.learning.validation import ValidationRows
from training.preprocessing.network_inputs import Fillings, NetworkInputs
from training.recipe import Recipe

OnEpochEnd = Callable[[Epoch, EarlyStopping], None]


def ignore_epoch(_epoch: Epoch, _stopping: EarlyStopping) -> None:
    """Do nothing at the end of an epoch."""


def fit(
    network: Network,
    inputs: NetworkInputs,
    labels_N: Tensor,
    folds: tuple[Fold, ...],
    recipe: Recipe,
    on_epoch_end: OnEpochEnd = ignore_epoch,
) -> History:
    """Train all members at once, each on its own fold; the best weights end up in the network."""
    generator = torch.Generator().manual_seed(recipe.seed)
    random = np.random.default_rng(recipe.seed)
    loss = build_loss(recipe.loss, recipe.positive_weight)
    optimizer = build_optimizer(recipe, network)
    scheduler = build_scheduler(recipe, optimizer)
    penalty = build_penalty(recipe, inputs.numbers, generator)
    stopping = EarlyStopping(recipe.monitor, recipe.patience, recipe.monitor_epochs)
    epochs: list[Epoch] = []
    for number in range(1, recipe.epochs + 1):
        inputs.renew(random)
        order_MN = shuffle(folds, generator).to(labels_N.device)
        batches = draw_batches(inputs.x_NF, labels_N, order_MN, recipe.batch_size)
        learning_rate = float(scheduler.get_last_lr()[0])
        losses_MN, hits_MN = run_epoch(network, loss, optimizer, batches, penalty)
        scheduler.step()
        is_weighted = recipe.positive_weight != 1 and network.shape.outputs == 1
        weights_MN = row_weights(labels_N[order_MN], recipe.positive_weight) if is_weighted else 1.0
        pooled, validations = validate(network, inputs.fillings, labels_N, folds, recipe)
        members = describe_members(losses_MN, losses_MN / weights_MN, hits_MN, validations)
        epoch = describe_epoch(number, learning_rate, members, pooled)
        epochs.append(epoch)
        stopping.update(epoch, network)
        on_epoch_end(epoch, stopping)
        if stopping.is_over:
            break
    if recipe.patience:
        network.load_state_dict(stopping.best_weights)
    return History(tuple(epochs), stopping.best_epoch if recipe.patience else len(epochs))


def shuffle(folds: tuple[Fold, ...], generator: torch.Generator) -> Tensor:
    """Draw each member's order of its rows (M, N); a longer fold drops a random row each epoch."""
    shortest = min(len(fold.train) for fold in folds)
    orders = [torch.randperm(len(fold.train), generator=generator)[:shortest] for fold in folds]
    return torch.stack(
        [torch.as_tensor(fold.train)[order] for fold, order in zip(folds, orders, strict=True)]
    )


def draw_batches(
    x_NF: Tensor, labels_N: Tensor, order_MN: Tensor, batch_size: int | str
) -> Iterator[tuple[Tensor, Tensor]]:
    """Give the inputs (M, B, F) and labels (M, B) of one batch after another; the last may be smaller."""
    size = order_MN.shape[1] if isinstance(batch_size, str) else batch_size
    for rows_MB in order_MN.split(size, dim=1):
        yield x_NF[rows_MB], labels_N[rows_MB]


def run_epoch(
    network: Network,
    loss: RowLoss,
    optimizer: Optimizer,
    batches: Iterable[tuple[Tensor, Tensor]],
    penalty: EffectPenalty | None = None,
) -> tuple[Tensor, Tensor]:
    """Take one step a batch; give each row's loss, and whether it is a hit (M, N), before the updates."""
    losses, hits = [], []
    for x_MBF, labels_MB in batches:
        losses_MB, logits_MBC = train_step(network, loss, optimizer, x_MBF, labels_MB, penalty)
        losses.append(losses_MB)
        hits.append(predicted_labels(logits_MBC) == labels_MB)
    return torch.cat(losses, dim=1), torch.cat(hits, dim=1)


def train_step(
    network: Network,
    loss: RowLoss,
    optimizer: Optimizer,
    x_MBF: Tensor,
    labels_MB: Tensor,
    penalty: EffectPenalty | None = None,
) -> tuple[Tensor, Tensor]:
    """Move all members one step; give the row losses (M, B) and logits (M, B, C) from before it."""
    logits_MBC = network(x_MBF)
    losses_MB = loss(logits_MBC, labels_MB)
    optimizer.zero_grad()
    # Mean over a member's rows, sum over members: a member's step does not depend on the others.
    loss_M = losses_MB.mean(dim=1)
    if penalty is not None:
        loss_M = loss_M + penalty(network, x_MBF, logits_MBC)
    loss_M.sum().backward()
    optimizer.step()
    return losses_MB.detach(), logits_MBC.detach()


def describe_epoch(
    number: int, learning_rate: float, members: tuple[Figures, ...], validation: dict[str, float]
) -> Epoch:
    """Give the figures of an epoch: means over the members, which train on equally many rows."""
    count = len(members)
    return Epoch(
        number=number,
        learning_rate=learning_rate,
        loss=sum(member.loss for member in members) / count,
        unweighted_loss=sum(member.unweighted_loss for member in members) / count,
        accuracy=sum(member.accuracy for member in members) / count,
        validation=validation,
        members=members,
    )


def describe_members(
    losses_MN: Tensor, unweighted_MN: Tensor, hits_MN: Tensor, validations: list[dict[str, float]]
) -> tuple[Figures, ...]:
    """Give the figures of each member from its rows."""
    means = (rows_MN.double().mean(dim=1).tolist() for rows_MN in (losses_MN, unweighted_MN, hits_MN))
    return tuple(
        Figures(loss=loss, unweighted_loss=unweighted, accuracy=accuracy, validation=validation)
        for loss, unweighted, accuracy, validation in zip(*means, validations, strict=True)
    )


def predicted_labels(logits_MBC: Tensor) -> Tensor:
    """Give the more probable class of each row (M, B)."""
    return (logits_MBC[..., 0] >= 0).long() if logits_MBC.shape[-1] == 1 else logits_MBC.argmax(-1)


def validation_logits(network: Network, fillings: Fillings, folds: tuple[Fold, ...]) -> RowLogits:
    """Give the logits (P, C) of each validation row by the member that did not learn it, fold by fold."""
    rows = fillings.take(np.concatenate([fold.validation for fold in folds]))
    member_B = np.repeat(np.arange(len(folds)), [len(fold.validation) for fold in folds])
    member_P = torch.as_tensor(np.repeat(member_B, rows.counts_N))
    with torch.inference_mode():
        logits_MPC = network(rows.x_PF)
    return RowLogits(finite_array(logits_MPC[member_P, torch.arange(len(member_P))]), rows.counts_N)


def finite_array(logits: Tensor) -> Array:
    """Give logits as float64; TrainingError where they are not finite."""
    if not torch.isfinite(logits).all():
        raise TrainingError(
            "The weights became infinite or NaN; nothing was written. Lower the learning rate."
        )
    array: Array = logits.double().cpu().numpy()
    return array


def validate(
    network: Network, fillings: Fillings, labels_N: Tensor, folds: tuple[Fold, ...], recipe: Recipe
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """Give unweighted loss, accuracy and the monitored metric over all validation rows, and by member.

    A member lacks a metric that its rows do not define, because they are of too few classes.
    """
    indices = np.concatenate([fold.validation for fold in folds])
    if not indices.size:
        return {}, [{} for _ in folds]
    logits_BC = validation_logits(network, fillings, folds).mean()
    labels_B = labels_N[torch.as_tensor(indices)].cpu()
    losses_B = build_loss(recipe.loss)(torch.as_tensor(logits_BC)[None], labels_B[None])[0]
    rows = ValidationRows(losses_B, labels_B.numpy(), probabilities_from_logits(logits_BC))
    pooled = rows.metrics(recipe.monitor)
    sizes = [len(fold.validation) for fold in folds]
    return pooled, [pooled] if len(folds) == 1 else rows.metrics_by_member(sizes, recipe.monitor)
