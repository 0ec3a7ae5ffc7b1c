import json

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import SettingRefused, Settings
from predictor.engines.activations import logit
from predictor.schema.errors import ArtefactCorrupt
from tests.predictor.artefact.tampering import write_manifest
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS, row_of

LOCAL = 0.02
ROWS = [{**row_of("stroke"), "age": float(age)} for age in range(0, 120, 5)]


@pytest.fixture(scope="module")
def local_client(models):
    return TestClient(create_app(Settings(models_dir=models, prevalence={"stroke": LOCAL})))


def answers(client, rows=ROWS, query=""):
    return client.post(f"/predict/stroke/batch{query}", json={"instances": rows}).json()["predictions"]


def training_prevalence(models):
    counts = json.loads((models / "stroke" / "1" / "manifest.json").read_text())["data"]["train_class_counts"]
    return counts["1"] / sum(counts.values())


def test_every_logit_moves_by_the_difference_of_the_prevalences_logits(client, local_client, models):
    shift = logit(LOCAL) - logit(training_prevalence(models))

    for there, here in zip(answers(client), answers(local_client), strict=True):
        # Answers have nine decimals, which is coarse for the logit of a tiny probability.
        if here["probability"] > 1e-4:
            assert logit(here["probability"]) == pytest.approx(logit(there["probability"]) + shift, abs=1e-4)
        assert here["interval"] <= there["interval"]


def test_the_order_of_the_rows_is_kept(client, local_client):
    there, here = ([answer["probability"] for answer in answers(c)] for c in (client, local_client))

    by_rank = [probability for _, probability in sorted(zip(there, here, strict=True))]
    assert by_rank == sorted(here)


@pytest.mark.parametrize("error_rate", [0.05, 0.1, 0.5])
def test_prediction_sets_stay_as_they_are(client, local_client, error_rate):
    there, here = (answers(c, query=f"?error_rate={error_rate}") for c in (client, local_client))

    assert [a["prediction_set"] for a in there] == [a["prediction_set"] for a in here]


def test_the_label_follows_the_local_probability(local_client):
    for answer in answers(local_client, query="?threshold=0.02"):
        assert answer["label"] == int(answer["probability"] >= 0.02)


def test_a_prevalence_like_that_of_training_changes_nothing(client, models):
    same = TestClient(
        create_app(Settings(models_dir=models, prevalence={"stroke": training_prevalence(models)}))
    )

    assert answers(same) == answers(client)


def test_a_model_says_for_which_prevalence_it_answers(client, local_client):
    assert client.get("/models/stroke").json()["prevalence"] is None
    assert local_client.get("/models/stroke").json()["prevalence"] == LOCAL
    assert local_client.get("/models/iris").json()["prevalence"] is None


def test_golden_rows_are_still_checked(tmp_path):
    folders = {name: write_artefact(tmp_path, task) for name, task in TASKS.items()}
    settings = Settings(models_dir=tmp_path, prevalence={"stroke": LOCAL})
    create_app(settings)
    manifest = json.loads((folders["stroke"] / "manifest.json").read_text())
    (((probability,),),) = (manifest["golden"]["probabilities"],)
    manifest["golden"]["probabilities"] = [[probability / 2 + 0.2]]
    write_manifest(folders["stroke"], manifest)

    with pytest.raises(ArtefactCorrupt, match="golden rows"):
        create_app(settings)


@pytest.mark.parametrize("task", ["xyzzy", "iris"])
def test_a_prevalence_for_no_binary_task_stops_the_start_with_one_line(models, task):
    with pytest.raises(SettingRefused, match=r"^APP_PREVALENCE may only name .*: stroke\.$") as refused:
        create_app(Settings(models_dir=models, prevalence={task: 0.5}))

    assert "\n" not in str(refused.value)
    assert "xyzzy" not in str(refused.value)
