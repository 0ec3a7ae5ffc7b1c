"""Logs of a training run for other programs: TensorBoard and MLflow."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from training.errors import UsageError
from training.learning.early_stopping import EarlyStopping
from training.learning.history import Epoch
from training.learning.trainer import OnEpochEnd
from training.recipe import Recipe
from training.run import TrainingResult

RUNS = Path("runs")
URI_VARIABLE = "MLFLOW_TRACKING_URI"


class RunLog:
    """Receives every epoch and the result of one run; this one keeps nothing.

    `place` says where the log is. A log is closed at the end of its `with` block, however that ends.
    """

    place = ""

    def log_numbers(self, numbers: dict[str, float], step: int) -> None:
        """Keep some named numbers of one step."""

    def log_description(self, settings: dict[str, str]) -> None:
        """Keep some named texts of the run."""

    def close(self, *, failed: bool) -> None:
        """Write what is left and end the run."""

    def log_epoch(self, epoch: Epoch, _stopping: EarlyStopping) -> None:
        """Keep the figures of one epoch."""
        self.log_numbers(dict(_epoch_numbers(epoch)), epoch.number)

    def log_result(self, result: TrainingResult, folder: Path) -> None:
        """Keep the metrics of the published model, at the step of its best epoch, and its folder."""
        scored = {"validation": result.validation, "test": result.test}
        numbers = {
            f"final_{split}/{name}": value
            for split, rows in scored.items()
            for name, value in rows.metrics().items()
        }
        self.log_numbers(numbers, result.history.best_epoch)
        self.log_description({"folder": str(folder)})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(failed=kind is not None)


class TensorBoardLog(RunLog):
    """A folder of events that `tensorboard --logdir runs` shows."""

    def __init__(self, recipe: Recipe, task: str) -> None:
        # Its import takes seconds.
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415

        folder = RUNS / "tensorboard" / f"{task}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        self.place = str(folder)
        self._writer: Any = SummaryWriter(folder)
        self._writer.add_text("recipe", recipe.model_dump_json(indent=1))

    def log_numbers(self, numbers: dict[str, float], step: int) -> None:
        """Keep some named numbers of one step."""
        for name, number in numbers.items():
            self._writer.add_scalar(name, number, step)

    def log_description(self, settings: dict[str, str]) -> None:
        """Keep some named texts of the run."""
        for name, text in settings.items():
            self._writer.add_text(name, text)

    def close(self, *, failed: bool) -> None:  # noqa: ARG002 (a folder of events has no status)
        """Write what is left."""
        self._writer.close()


class MlflowLog(RunLog):
    """A run of MLflow, in the experiment of the task's name."""

    def __init__(self, recipe: Recipe, task: str) -> None:
        # Training asks no other machine for anything, unless the user names a server.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        # Its database store needs more packages, and it refuses plain files without this.
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        import mlflow  # noqa: PLC0415 (optional)

        self._mlflow = mlflow
        self.place = os.environ.get(URI_VARIABLE, "") or str(RUNS / "mlflow")
        if not os.environ.get(URI_VARIABLE):
            mlflow.set_tracking_uri((RUNS / "mlflow").absolute().as_uri())
        try:
            mlflow.set_experiment(task)
            mlflow.start_run(run_name=recipe.name)
        except mlflow.exceptions.MlflowException as error:
            reason = str(error).split("\n", 1)[0]
            raise UsageError(f"--log mlflow: {self.place} cannot be used: {reason}") from None
        settings = recipe.model_dump(mode="json", exclude={"operating_points"})
        mlflow.log_params({name: str(value)[:500] for name, value in settings.items()})

    def log_numbers(self, numbers: dict[str, float], step: int) -> None:
        """Keep some named numbers of one step."""
        self._mlflow.log_metrics(numbers, step=step)

    def log_description(self, settings: dict[str, str]) -> None:
        """Keep some named texts of the run."""
        self._mlflow.set_tags(settings)

    def close(self, *, failed: bool) -> None:
        """End the run with its status."""
        self._mlflow.end_run("FAILED" if failed else "FINISHED")


LOG_KINDS: dict[str, Callable[[Recipe, str], RunLog]] = {"tensorboard": TensorBoardLog, "mlflow": MlflowLog}


def open_run_log(kind: str | None, recipe: Recipe, task: str) -> RunLog:
    """Open the log of a run; UsageError where its package is missing or it cannot be written."""
    if kind is None:
        return RunLog()
    try:
        return LOG_KINDS[kind](recipe, task)
    except ImportError:
        raise UsageError(
            f"--log {kind}: the package is not installed; install the extra `{kind}` of pyproject.toml."
        ) from None
    except OSError as error:
        raise UsageError(f"--log {kind}: {RUNS} cannot be written: {error.strerror}.") from None


@dataclass(frozen=True)
class EpochReports:
    """Tells several receivers of the end of each epoch."""

    receivers: Sequence[OnEpochEnd]

    def __call__(self, epoch: Epoch, stopping: EarlyStopping) -> None:
        """Tell each receiver, in order."""
        for receive in self.receivers:
            receive(epoch, stopping)


def _epoch_numbers(epoch: Epoch) -> Iterator[tuple[str, float]]:
    yield "training/loss_weighted", epoch.loss
    yield "training/loss_unweighted", epoch.unweighted_loss
    yield "training/accuracy", epoch.accuracy
    yield "learning_rate", epoch.learning_rate
    for name, value in epoch.validation.items():
        yield f"validation/{name}", value
