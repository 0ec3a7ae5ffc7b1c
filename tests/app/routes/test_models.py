import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import SettingRefused, Settings
from predictor.schema.errors import ArtefactCorrupt, DeviceUnavailable
from predictor.tasks import find_tasks
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS


def test_every_task_is_listed_with_its_version(client):
    models = client.get("/models").json()["models"]

    assert [(model["model"], model["version"]) for model in models] == [(t, 1) for t in TASKS]
    assert {model["model"]: model["kind"] for model in models} == {
        name: task.kind for name, task in TASKS.items()
    }


@pytest.mark.parametrize("task", TASKS)
def test_a_model_is_described_with_every_feature(client, task):
    body = client.get(f"/models/{task}").json()

    columns = TASKS[task].features.columns()
    assert [feature["name"] for feature in body["features"]] == [column.name for column in columns]
    for feature, column in zip(body["features"], columns, strict=True):
        assert feature["kind"] == column.kind
        assert feature["unit"] == column.unit
        assert feature["categories"] == list(column.categories)
        assert (feature["minimum"], feature["maximum"]) == (column.minimum, column.maximum)
        assert feature["used"] is True
        assert set(feature["training"]) >= {"minimum", "maximum", "levels", "fill"}
    assert body["classes"] == list(TASKS[task].classes)
    assert body["operating_points"]["default"]["threshold"] == body["default_threshold"]
    assert body["metrics"]["held_out"]
    assert body["calibrated"] is True


def test_the_threshold_in_force_is_the_servers_own(client, models):
    strict = TestClient(create_app(Settings(models_dir=models, thresholds={"stroke": 0.08})))

    assert client.get("/models/stroke").json()["in_force"] == {
        "threshold": 0.3,
        "threshold_source": "model",
    }
    assert strict.get("/models/stroke").json()["in_force"] == {
        "threshold": 0.08,
        "threshold_source": "server",
    }


@pytest.mark.parametrize("path", ["/models/xyzzy", "/models/xyzzy/operating-points", "/models/xyzzy/card"])
def test_the_answer_for_an_unknown_model_lists_the_known_models(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert f"there are: {', '.join(find_tasks())}." in answer.json()["detail"]
    assert "xyzzy" not in answer.text


def test_each_operating_point_has_its_rates(client):
    body = client.get("/models/stroke/operating-points").json()

    assert body["at"] is None
    half = body["operating_points"]["half"]
    assert list(half) == ["threshold", "description", "rates", "intervals"]
    assert half["rates"]["true_positives"] == 3
    assert half["rates"]["sensitivity"] == 0.5
    assert half["rates"]["flagged_per_1000"] == pytest.approx(1000 * 4 / 22)


def test_the_rates_at_a_requested_threshold_are_answered(client):
    body = client.get("/models/iris/operating-points?threshold=0.25").json()

    assert body["at"] == {
        "threshold": 0.25,
        "rates": {
            "labelled": 11,
            "withheld": 11,
            "coverage": 0.5,
            "accuracy": pytest.approx(5 / 11),
        },
        "intervals": {},
    }


RATES_WITH_INTERVALS = {"sensitivity", "specificity", "ppv", "npv", "flagged_per_1000", "net_benefit"}


@pytest.mark.parametrize("threshold", [0, 0.005, 0.1, 0.3, 0.5, 0.65])
def test_every_threshold_has_a_net_benefit_and_an_interval_for_each_defined_rate(client, threshold):
    at = client.get(f"/models/stroke/operating-points?threshold={threshold}").json()["at"]

    rates, odds = at["rates"], threshold / (1 - threshold)
    true_positives, false_positives = rates["true_positives"], rates["false_positives"]
    assert rates["harm_to_benefit_odds"] == pytest.approx(odds)
    assert rates["net_benefit"] == pytest.approx((true_positives - odds * false_positives) / 22)
    assert at["intervals"].keys() == {name for name in RATES_WITH_INTERVALS if rates[name] is not None}
    for name, (low, high) in at["intervals"].items():
        assert low <= rates[name] <= high


def test_a_threshold_that_flags_no_rows_has_no_ppv_and_no_interval_for_it(client):
    at = client.get("/models/stroke/operating-points?threshold=0.9").json()["at"]

    assert at["rates"]["ppv"] is None
    assert at["rates"]["net_benefit"] == 0
    assert RATES_WITH_INTERVALS - at["intervals"].keys() == {"ppv"}


def test_two_requests_for_one_threshold_have_equal_intervals(client):
    answers = [client.get("/models/stroke/operating-points?threshold=0.3").json() for _ in range(2)]

    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("threshold=1.5", "threshold"),
        ("threshold=nan", "threshold"),
        ("threshold=0_1", "threshold"),
        ("threshold=0.1&threshold=0.2", "threshold"),
        ("t=0.1", "t"),
    ],
)
def test_an_invalid_threshold_is_refused_and_its_parameter_named(client, query, name):
    answer = client.get(f"/models/stroke/operating-points?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["loc"] for error in answer.json()["errors"]] == [["query", name]]


def test_the_highest_version_is_served(tmp_path):
    for task in TASKS.values():
        write_artefact(tmp_path, task)
    write_artefact(tmp_path, TASKS["iris"], seed=1, version=10)
    write_artefact(tmp_path, TASKS["iris"], seed=2, version=9)

    client = TestClient(create_app(Settings(models_dir=tmp_path)))

    assert client.get("/health/ready").json()["models"] == {"iris": 10, "stroke": 1}


def test_an_unavailable_device_stops_the_start_and_the_error_names_the_variable(models, monkeypatch):
    def no_device(*_):
        raise DeviceUnavailable("The device is cuda, but there is none.")

    monkeypatch.setattr("predictor.model.predictor.choose_engine", no_device)

    with pytest.raises(SettingRefused, match=r"^APP_DEVICE: The device is cuda"):
        create_app(Settings(models_dir=models, device="cuda"))


def test_a_corrupt_model_stops_the_start(tmp_path):
    folders = [write_artefact(tmp_path, task) for task in TASKS.values()]
    weights = folders[0] / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")

    with pytest.raises(ArtefactCorrupt, match="digest"):
        create_app(Settings(models_dir=tmp_path))
