"""`import predictor`, as a notebook uses it: load a model, and predict rows as the server does."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

import predictor
from app.application import create_app
from app.settings import Settings
from predictor.schema.errors import ArtefactMissing, ArtefactUntrusted, UnknownTask
from tests.support.artefacts import write_artefact
from tests.support.files.tampering import edit_manifest
from tests.support.payloads import RECORDS, TASKS
from tests.support.signing_keys import write_keys

ROOT = Path(__file__).parents[2]


# Loading


def test_every_public_name_is_there():
    assert {name for name in predictor.__all__ if not hasattr(predictor, name)} == set()


def test_the_newest_version_is_loaded_unless_another_is_asked_for(tmp_path):
    for version in (1, 2, 10):
        write_artefact(tmp_path, TASKS["iris"], version=version)

    loaded = [
        predictor.load(tmp_path / "iris"),
        predictor.load(str(tmp_path / "iris"), version=2),
        predictor.load(tmp_path / "iris" / "1"),
        predictor.load(tmp_path / "iris" / "1", version=1),
    ]

    assert [model.manifest.version for model in loaded] == [10, 2, 1, 1]


def test_a_model_is_loaded_by_its_manifest_whatever_its_folder_is_called(folder, tmp_path, monkeypatch):
    shutil.copytree(folder / "stroke", tmp_path / "downloaded")
    monkeypatch.chdir(tmp_path / "downloaded" / "1")

    assert predictor.load(tmp_path / "downloaded").task is TASKS["stroke"]
    assert predictor.load(".").folder.name == "1"
    assert predictor.load("..").manifest.version == 1


def test_a_missing_version_is_refused_with_those_that_exist(folder):
    with pytest.raises(
        ArtefactMissing, match=r"There is no version 7 of the model in .*iris; there are: 1\."
    ):
        predictor.load(folder / "iris", version=7)


def test_a_missing_folder_is_refused(folder):
    with pytest.raises(ArtefactMissing, match=r"There is no folder .*strok; give a model's folder"):
        predictor.load(folder / "strok")


def test_a_folder_of_models_is_refused_with_the_models_in_it(folder):
    with pytest.raises(ArtefactMissing, match="there are models in its folders iris, stroke"):
        predictor.load(folder)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ArtefactMissing, match="There is no version of a model in"):
        predictor.load(tmp_path)


def test_a_model_of_a_task_that_is_not_installed_is_refused(tmp_path):
    folder = write_artefact(tmp_path, TASKS["iris"])
    edit_manifest(folder, "task", "weather")

    with pytest.raises(UnknownTask, match=r"of a task that is not installed.*there are: .*iris, stroke"):
        predictor.load(folder)


def test_a_model_without_the_signature_of_the_given_key_is_refused(folder, tmp_path):
    with pytest.raises(ArtefactUntrusted):
        predictor.load(folder / "iris", public_key=str(write_keys(tmp_path).public))


def test_another_prevalence_moves_the_probabilities_of_a_binary_task(folder, stroke):
    rare = predictor.load(folder / "stroke", prevalence=0.001, device="cpu")

    before, after = (loaded.predict(RECORDS["stroke"]).probabilities[:, 1] for loaded in (stroke, rare))

    assert (after < before).all()


@pytest.mark.parametrize("prevalence", [0, 1, -0.1, float("nan")])
def test_a_prevalence_outside_0_to_1_is_refused(folder, prevalence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        predictor.load(folder / "stroke", prevalence=prevalence)


def test_nothing_optional_is_imported():
    script = """
import sys
import predictor
from predictor.tasks import find_task
for name in ("iris", "stroke"):
    predictor.load(f"models/{name}").predict([find_task(name).features.example])
print(sorted({"pandas", "pyarrow", "torch", "sklearn", "fastapi"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


# Predicting


@pytest.mark.parametrize("make", [list, pd.DataFrame])
def test_the_predictions_are_those_of_the_http_answers(folder, model, name, make):
    client = TestClient(create_app(Settings(models_dir=folder)))
    body = {"instances": RECORDS[name]}
    answers = client.post(f"/predict/{name}/batch?error_rate=0.3", json=body).json()["predictions"]

    predictions = model.predict(make(RECORDS[name]), error_rate=0.3)

    assert [answer["label"] for answer in answers] == predictions.labels().tolist()
    assert [answer["prediction_set"] for answer in answers] == predictions.prediction_sets
    assert [answer["warnings"] for answer in answers] == [
        [warning.model_dump() for warning in of_row] for of_row in predictions.warnings
    ]
    if name == "stroke":
        assert [answer["probability"] for answer in answers] == predictions.probabilities[:, 1].tolist()
        assert [answer["interval"] for answer in answers] == predictions.intervals.tolist()
    else:
        assert [
            [*answer["probabilities"].values()] for answer in answers
        ] == predictions.probabilities.tolist()
        assert [[*answer["interval"].values()] for answer in answers] == predictions.intervals.tolist()
