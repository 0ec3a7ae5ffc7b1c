import json

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import SettingRefused, Settings
from predictor.engines.activations import logit
from predictor.schema.errors import ArtefactCorrupt
from tests.support.artefacts import write_artefact
from tests.support.files.tampering import write_manifest
from tests.support.payloads import TASKS, row_of

LOCAL_PREVALENCE = 0.02
# Someone may have added tasks.
ONLY_BINARY = r"^APP_PREVALENCE may only name tasks among: (?!.*\biris\b)(\w+, )*stroke(, \w+)*\.$"
ROWS = [{**row_of("stroke"), "age": float(age)} for age in range(0, 120, 5)]


@pytest.fixture(scope="module")
def local_client(models):
    return TestClient(create_app(Settings(models_dir=models, prevalence={"stroke": LOCAL_PREVALENCE})))


def predict(client, query=""):
    return client.post(f"/predict/stroke/batch{query}", json={"instances": ROWS}).json()["predictions"]


def training_prevalence(models):
    counts = json.loads((models / "stroke" / "1" / "manifest.json").read_text())["data"]["train_class_counts"]
    return counts["1"] / sum(counts.values())


def test_each_logit_is_shifted_by_the_difference_of_the_logits_of_the_prevalences(
    client, local_client, models
):
    shift = logit(LOCAL_PREVALENCE) - logit(training_prevalence(models))

    for original, adjusted in zip(predict(client), predict(local_client), strict=True):
        # The nine decimals of an answer are too few for the logit of a smaller probability.
        if adjusted["probability"] > 1e-4:
            expected = logit(original["probability"]) + shift
            assert logit(adjusted["probability"]) == pytest.approx(expected, abs=1e-4)
        assert adjusted["interval"] <= original["interval"]


def test_the_prevalence_does_not_change_the_ranking_of_the_rows(client, local_client):
    original, adjusted = ([row["probability"] for row in predict(c)] for c in (client, local_client))

    by_rank = [probability for _, probability in sorted(zip(original, adjusted, strict=True))]
    assert by_rank == sorted(adjusted)


@pytest.mark.parametrize("error_rate", [0.05, 0.1, 0.5])
def test_the_prevalence_does_not_change_the_prediction_sets(client, local_client, error_rate):
    original, adjusted = (predict(c, query=f"?error_rate={error_rate}") for c in (client, local_client))

    assert [row["prediction_set"] for row in original] == [row["prediction_set"] for row in adjusted]


def test_the_label_compares_the_adjusted_probability_with_the_threshold(local_client):
    for row in predict(local_client, query="?threshold=0.02"):
        assert row["label"] == int(row["probability"] >= 0.02)


def test_the_prevalence_of_training_changes_nothing(client, models):
    same = TestClient(
        create_app(Settings(models_dir=models, prevalence={"stroke": training_prevalence(models)}))
    )

    assert predict(same) == predict(client)


def test_the_description_of_a_model_contains_the_prevalence_that_is_set(client, local_client):
    assert client.get("/models/stroke").json()["prevalence"] is None
    assert local_client.get("/models/stroke").json()["prevalence"] == LOCAL_PREVALENCE
    assert local_client.get("/models/iris").json()["prevalence"] is None


def test_golden_rows_are_checked_before_the_adjustment(tmp_path):
    folders = {name: write_artefact(tmp_path, task) for name, task in TASKS.items()}
    settings = Settings(models_dir=tmp_path, prevalence={"stroke": LOCAL_PREVALENCE})
    create_app(settings)
    manifest = json.loads((folders["stroke"] / "manifest.json").read_text())
    ((probability,),) = manifest["golden"]["probabilities"]
    manifest["golden"]["probabilities"] = [[probability / 2 + 0.2]]
    write_manifest(folders["stroke"], manifest)

    with pytest.raises(ArtefactCorrupt, match="golden rows"):
        create_app(settings)


@pytest.mark.parametrize("task", ["xyzzy", "iris"])
def test_a_prevalence_for_a_task_that_is_unknown_or_not_binary_stops_the_start_with_one_line(models, task):
    with pytest.raises(SettingRefused, match=ONLY_BINARY) as refused:
        create_app(Settings(models_dir=models, prevalence={task: 0.5}))

    assert "\n" not in str(refused.value)
    assert "xyzzy" not in str(refused.value)
