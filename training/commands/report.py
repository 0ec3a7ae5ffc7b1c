"""The report at the end of a training run."""

from rich.console import Console
from rich.table import Table

from training.evaluation.operating_points import find_thresholds
from training.learning.metrics import confusion
from training.run import ScoredRows, TrainingResult

METRICS = ("loss", "pr_auc", "accuracy", "roc_auc", "brier")


def print_report(result: TrainingResult, console: Console) -> None:
    """Print the number of epochs, the metrics, and the confusion matrix at each operating point."""
    history = result.history
    console.print(f"{len(history.epochs)} epochs; the weights are those of epoch {history.best_epoch}.")
    console.print(metrics_table({"validation": result.validation, "test": result.test}))
    if result.task.kind == "binary":
        console.print(confusion_table(result))


def metrics_table(splits: dict[str, ScoredRows]) -> Table:
    """Give a table of the metrics, one row for each split."""
    table = Table("split", "rows", *METRICS)
    for name, scored in splits.items():
        found = scored.metrics()
        values = [f"{found[metric]:.4f}" if found else "-" for metric in METRICS]
        table.add_row(name, str(len(scored.labels_B)), *values)
    return table


def confusion_table(result: TrainingResult) -> Table:
    """Give a table of the confusion matrices on the test rows, one for each operating point."""
    table = Table("operating point", "threshold", "[[TN, FP], [FN, TP]] on the test rows")
    for name, point in find_thresholds(result.recipe, result.validation).operating_points.items():
        matrix = confusion(result.test.labels_B, result.test.probabilities_BC[:, 0] >= point.threshold)
        table.add_row(name, f"{point.threshold:.4f}", str(matrix))
    return table
