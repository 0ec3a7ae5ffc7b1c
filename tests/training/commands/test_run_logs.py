"""The logs of a run for other programs: every epoch, the final metrics, a missing package."""

import sys
from pathlib import Path

import pytest

from tests.support.training.made_up import QUICK
from training.__main__ import main
from training.commands.run_logs import LOG_KINDS, RunLog


class FakeLog(RunLog):
    """Keeps what it receives."""

    place = "a list"

    def __init__(self, recipe, task) -> None:
        self.task = task
        self.numbers: list[tuple[int, dict[str, float]]] = []
        self.descriptions: dict[str, str] = {}
        self.closed: list[bool] = []

    def log_numbers(self, numbers, step) -> None:
        self.numbers.append((step, numbers))

    def log_description(self, settings) -> None:
        self.descriptions |= settings

    def close(self, *, failed) -> None:
        self.closed.append(failed)


@pytest.fixture
def logs(monkeypatch) -> list[FakeLog]:
    """Give the logs that runs with --log tensorboard open."""
    opened: list[FakeLog] = []

    def open_fake(recipe, task) -> FakeLog:
        opened.append(FakeLog(recipe, task))
        return opened[-1]

    monkeypatch.setitem(LOG_KINDS, "tensorboard", open_fake)
    return opened


def test_a_log_receives_every_epoch_and_then_the_final_metrics(logs, tmp_path, capsys):
    status = main(["iris", "--out", str(tmp_path), *QUICK, "--log", "tensorboard"])

    (log,) = logs
    assert status == 0
    assert [step for step, _ in log.numbers] == [1, 2, 3, 3]
    assert {"training/loss_weighted", "learning_rate", "validation/loss"} <= log.numbers[0][1].keys()
    assert "final_test/roc_auc" in log.numbers[-1][1]
    assert log.descriptions == {"folder": str(tmp_path / "iris" / "1")}
    assert log.closed == [False]
    assert "Logged the run to a list." in capsys.readouterr().out


def test_the_log_of_a_failed_run_is_closed_as_failed(logs, tmp_path, capsys):
    flags = ["--optimizer", "sgd", "--learning-rate", "1e30", "--log", "tensorboard"]

    status = main(["iris", "--out", str(tmp_path), *QUICK, *flags])

    assert status == 1
    assert [log.closed for log in logs] == [[True]]


@pytest.mark.parametrize(
    ("kind", "module"), [("tensorboard", "torch.utils.tensorboard"), ("mlflow", "mlflow")]
)
def test_a_missing_package_is_one_line_that_names_the_extra(kind, module, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)

    status = main(["iris", "--out", str(tmp_path / "models"), *QUICK, "--log", kind])

    assert status == 2
    error = capsys.readouterr().err
    assert (error.count("\n"), f"install the extra `{kind}`" in error) == (1, True)
    assert not (tmp_path / "models").exists()


@pytest.mark.filterwarnings("ignore")  # what the package warns about is not ours to change
def test_tensorboard_reads_the_log(tmp_path, capsys, monkeypatch):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    monkeypatch.chdir(tmp_path)

    status = main(["iris", "--out", "models", *QUICK, "--log", "tensorboard"])

    (folder,) = Path("runs/tensorboard").iterdir()
    events = reader.EventAccumulator(str(folder))
    events.Reload()
    assert status == 0
    assert [event.step for event in events.Scalars("validation/loss")] == [1, 2, 3]
    assert len(events.Scalars("final_test/loss")) == 1


@pytest.mark.filterwarnings("ignore")  # as above
def test_mlflow_reads_the_log(tmp_path, capsys, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    status = main(["iris", "--out", "models", *QUICK, "--log", "mlflow"])

    client = mlflow.tracking.MlflowClient((tmp_path / "runs" / "mlflow").as_uri())
    (run,) = client.search_runs([client.get_experiment_by_name("iris").experiment_id])
    assert (status, run.info.status) == (0, "FINISHED")
    assert [point.step for point in client.get_metric_history(run.info.run_id, "validation/loss")] == [
        1,
        2,
        3,
    ]
    assert run.data.tags["folder"] == "models/iris/1"
