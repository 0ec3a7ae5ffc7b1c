"""What a run tells at its end."""

from rich.console import Console
from rich.table import Table

from training.metrics import confusion
from training.operating_points import find_thresholds
from training.run import Part, Trained

METRICS = ("loss", "pr_auc", "accuracy", "roc_auc", "brier")


def tell(trained: Trained, console: Console) -> None:
    """Print how long the run went, its figures, and the confusion matrix at each operating point."""
    history = trained.history
    console.print(
        f"{len(history.epochs)} epochs; the weights are those of epoch {history.kept_epoch}.",
        highlight=False,
    )
    console.print(metrics_table({"held out": trained.held_out, "test": trained.test}))
    if trained.task.kind == "binary":
        console.print(confusion_table(trained))


def metrics_table(parts: dict[str, Part]) -> Table:
    """Give the metrics of each part."""
    table = Table("part", "rows", *METRICS)
    for name, part in parts.items():
        found = part.metrics()
        table.add_row(name, str(len(part.labels_B)), *(f"{found[m]:.4f}" if found else "-" for m in METRICS))
    return table


def confusion_table(trained: Trained) -> Table:
    """Give the confusion matrix on the test part at each operating point."""
    table = Table("operating point", "threshold", "[[TN, FP], [FN, TP]] on the test part")
    for name, point in find_thresholds(trained.recipe, trained.held_out).operating_points.items():
        matrix = confusion(trained.test.labels_B, trained.test.probabilities_BC[:, 0] >= point.threshold)
        table.add_row(name, f"{point.threshold:.4f}", str(matrix))
    return table
