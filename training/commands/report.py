"""What a run tells at its end."""

from rich.console import Console
from rich.table import Table

from training.evaluation.operating_points import find_thresholds
from training.learning.metrics import confusion
from training.run import ScoredRows, TrainingResult

METRICS = ("loss", "pr_auc", "accuracy", "roc_auc", "brier")


def tell(result: TrainingResult, console: Console) -> None:
    """Print how long the run went, its figures, and the confusion matrix at each operating point."""
    history = result.history
    console.print(
        f"{len(history.epochs)} epochs; the weights are those of epoch {history.best_epoch}.",
        highlight=False,
    )
    console.print(metrics_table({"held out": result.held_out, "test": result.test}))
    if result.task.kind == "binary":
        console.print(confusion_table(result))


def metrics_table(parts: dict[str, ScoredRows]) -> Table:
    """Give the metrics of each part."""
    table = Table("part", "rows", *METRICS)
    for name, part in parts.items():
        found = part.metrics()
        table.add_row(name, str(len(part.labels_B)), *(f"{found[m]:.4f}" if found else "-" for m in METRICS))
    return table


def confusion_table(result: TrainingResult) -> Table:
    """Give the confusion matrix on the test part at each operating point."""
    table = Table("operating point", "threshold", "[[TN, FP], [FN, TP]] on the test part")
    for name, point in find_thresholds(result.recipe, result.held_out).operating_points.items():
        matrix = confusion(result.test.labels_B, result.test.probabilities_BC[:, 0] >= point.threshold)
        table.add_row(name, f"{point.threshold:.4f}", str(matrix))
    return table
