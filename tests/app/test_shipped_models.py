"""The models that the repository ships; no test expects a certain probability, so retraining breaks none."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.application import create_app
from app.settings import Settings
from predictor.artefact.reader import newest_version
from predictor.model.missing_values import GRID_POINTS
from tests.app.routes.test_batch import rows_of, value_of
from tests.support.payloads import TASKS, row_of, without

MODELS = Path(__file__).parents[2] / "models"
COLUMNS = {column.name: column for column in TASKS["stroke"].features.columns()}
RANGE = re.compile(
    r"From ([\d.]+) to ([\d.]+) kg/m², the 5th to 95th percentile in training, "
    r"the probability goes from (0\.\d{3}) to (0\.\d{3})\."
)

examples = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def shipped():
    return TestClient(create_app(Settings(models_dir=MODELS)))


def manifest_of(task):
    return json.loads((newest_version(MODELS, task) / "manifest.json").read_text("utf-8"))


def predict(client, row, path="stroke"):
    answer = client.post(f"/predict/{path}", json=row)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("task", TASKS)
def test_a_model_lists_the_columns_that_it_uses(shipped, task):
    detail = shipped.get(f"/models/{task}").json()
    features = detail["features"]

    assert detail["calibrated"] is True
    inputs = {encoded["column"] for encoded in manifest_of(task)["encoding"]}
    assert {feature["name"] for feature in features if feature["used"]} == inputs
    assert inputs


def test_a_model_says_which_numbers_it_limits(shipped):
    limits = {
        feature["name"]: feature["limits"] for feature in shipped.get("/models/stroke").json()["features"]
    }

    low, high = limits.pop("bmi")
    assert 15 < low < high < 60
    assert set(limits.values()) == {None}


def unused_columns():
    return [f["column"]["name"] for f in manifest_of("stroke")["features"] if not f["used"]]


@examples
@given(data=st.data())
def test_an_unused_column_never_changes_the_prediction(shipped, data):
    (row,) = data.draw(rows_of("stroke").map(lambda rows: rows[:1]))
    changed = row | {name: data.draw(value_of(COLUMNS[name])) for name in unused_columns()}

    one, other = predict(shipped, row), predict(shipped, changed)

    # The unused column may still have warnings, which compare it with the training rows.
    for answer in (one, other):
        answer["warnings"] = [w for w in answer["warnings"] if w["field"] not in unused_columns()]
    assert one == other


@pytest.mark.parametrize("column", COLUMNS)
def test_an_unused_column_is_validated_like_any_other(shipped, column):
    assert shipped.post("/predict/stroke", json={**row_of("stroke"), column: "xyzzy"}).status_code == 422


@examples
@given(data=st.data())
def test_the_warning_of_a_missing_bmi_has_the_range_of_probabilities_over_the_training_bmis(shipped, data):
    (row,) = data.draw(rows_of("stroke").map(lambda rows: rows[:1]))
    (bmi,) = [f["training"] for f in manifest_of("stroke")["features"] if f["column"]["name"] == "bmi"]

    (message,) = [
        w["message"] for w in predict(shipped, row | {"bmi": None})["warnings"] if w["code"] == "imputed"
    ]

    found = RANGE.search(message)
    assert found is not None
    assert found.groups()[:2] == (f"{bmi['percentiles'][0]:g}", f"{bmi['percentiles'][-1]:g}")
    grid = np.linspace(bmi["percentiles"][0], bmi["percentiles"][-1], GRID_POINTS).tolist()
    instances = {"instances": [row | {"bmi": value} for value in grid]}
    answers = [one["probability"] for one in predict(shipped, instances, "stroke/batch")["predictions"]]
    assert found.groups()[2:] == (f"{min(answers):.3f}", f"{max(answers):.3f}")


def test_the_range_of_a_missing_bmi_is_the_same_each_time_and_in_a_batch(shipped):
    row = without(row_of("stroke"), "bmi")

    one, other = predict(shipped, row), predict(shipped, row)
    batch = predict(shipped, {"instances": [row_of("stroke"), row, row]}, "stroke/batch")

    assert one == other
    assert [p["warnings"] for p in batch["predictions"]] == [[], one["warnings"], one["warnings"]]


def test_the_range_of_a_missing_bmi_is_adjusted_to_the_local_prevalence(shipped):
    local = TestClient(create_app(Settings(models_dir=MODELS, prevalence={"stroke": 0.01})))
    row = without(row_of("stroke"), "bmi")

    (here,), (there,) = (predict(client, row)["warnings"] for client in (local, shipped))

    assert probability_range(here) < probability_range(there)


def probability_range(warning):
    found = RANGE.search(warning["message"])
    assert found is not None
    return [float(p) for p in found.groups()[2:]]


@pytest.mark.parametrize("task", TASKS)
def test_the_example_of_a_task_needs_no_warning(shipped, task):
    assert predict(shipped, row_of(task), task)["warnings"] == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("age", 119.0, "out_of_range"),
        ("age", 0.5, "sparse"),
        ("avg_glucose_level", 900.0, "out_of_range"),
        ("avg_glucose_level", 21.0, "out_of_range"),
        ("bmi", 99.5, "out_of_range"),
        ("bmi", 60.0, "sparse"),
        ("bmi", None, "imputed"),
        ("gender", "Other", "sparse"),
        ("work_type", "Never_worked", "sparse"),
    ],
)
def test_the_stroke_model_warns_of_values_that_are_rare_in_training(shipped, field, value, code):
    warnings = predict(shipped, {**row_of("stroke"), field: value})["warnings"]

    assert [(w["field"], w["code"]) for w in warnings] == [(field, code)]


@pytest.mark.parametrize("column", [c.name for c in TASKS["iris"].features.columns()])
def test_the_iris_model_warns_of_a_flower_larger_than_any_in_training(shipped, column):
    warnings = predict(shipped, {**row_of("iris"), column: 29.0}, "iris")["warnings"]

    assert [(w["field"], w["code"]) for w in warnings] == [(column, "out_of_range")]


@pytest.mark.parametrize("task", TASKS)
def test_the_card_over_http_is_the_one_on_disk_but_for_the_links_to_its_version(shipped, task):
    on_disk = (newest_version(MODELS, task) / "card.md").read_text("utf-8")

    linked = on_disk.replace(".svg)", ".svg?version=1)")
    assert linked != on_disk
    assert shipped.get(f"/models/{task}/card").text == linked


@pytest.mark.parametrize("name", ["default", "screening", "balanced", "specific"])
def test_the_rates_at_a_named_points_threshold_are_those_of_the_point(shipped, name):
    points = shipped.get("/models/stroke/operating-points").json()["operating_points"]
    query = f"threshold={points[name]['threshold']!r}"

    at = shipped.get(f"/models/stroke/operating-points?{query}").json()["at"]

    assert at["rates"] == points[name]["rates"]
    assert at["intervals"].keys() == points[name]["intervals"].keys()
    for rate, interval in at["intervals"].items():
        assert interval == pytest.approx(points[name]["intervals"][rate], abs=1e-9)
