"""A manifest that does not fit the task, the arrays or itself is refused in one line naming the folder."""

import numpy as np
import pytest

from predictor.errors import ArtefactCorrupt, PredictorError, SchemaMismatch
from predictor.predictor import read_predictor
from predictor.tasks import find_task
from tests.artefacts import write_artefact
from tests.predictor.tampering import change_arrays, edit_manifest

STROKE, IRIS = find_task("stroke"), find_task("iris")


@pytest.fixture
def folder(tmp_path):
    return write_artefact(tmp_path, STROKE)


@pytest.mark.parametrize(
    ("task", "path", "value"),
    [
        (STROKE, "features_fingerprint", "0" * 64),
        (STROKE, "task", "iris"),
        (STROKE, "kind", "multiclass"),
        (STROKE, "classes", ["1", "0"]),
        (STROKE, "classes", ["0"]),
    ],
)
def test_a_model_of_another_question_is_refused(folder, task, path, value):
    edit_manifest(folder, path, value)

    with pytest.raises(SchemaMismatch, match="train it again"):
        read_predictor(folder, task)


def test_a_model_of_another_task_is_refused(folder):
    with pytest.raises(SchemaMismatch):
        read_predictor(folder, IRIS)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 0),
        ("created", "yesterday"),
        ("surprise", 1),
        ("files", {}),
        ("files/model.safetensors/sha256", "0" * 63),
        ("network/hidden", [8]),
        ("network/inputs", 1),
        ("network/members", 0),
        ("network/activation", "swish"),
        ("network/negative_slope", 0.9),
        ("encoding/0/column", "shoe_size"),
        ("encoding/0/category", "Alien"),
        ("encoding", []),
        ("features", []),
        ("features/1/training/minimum", None),
        ("golden/rows", []),
        ("golden/rows/0/age", 500),
        ("golden/rows/0/gender", "Alien"),
        ("golden/probabilities", []),
        ("golden/probabilities", [[0.5, 0.5]]),
        ("golden/probabilities/0/0", 0.123),
        ("thresholds/default", "high"),
        ("thresholds/default", 1.5),
        ("thresholds/operating_points", {"default": {"threshold": -1, "description": ""}}),
        ("thresholds/table", {"steps": [1, 2], "hits": [1], "misses": [1]}),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused_by_folder(folder, path, value):
    edit_manifest(folder, path, value)

    with pytest.raises(ArtefactCorrupt) as caught:
        read_predictor(folder, STROKE)

    assert str(caught.value).startswith(f"The model in {folder} ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.pop("slope"),
        lambda tensors: tensors.update(extra=np.zeros(1)),
        lambda tensors: tensors.update(fill=tensors["fill"][1:]),
        lambda tensors: tensors.update(mean=tensors["mean"].astype("float32")),
        lambda tensors: tensors.update(weight_0=tensors["weight_0"] * np.float32("nan")),
        lambda tensors: tensors.update(scale=tensors["scale"] * 0),
        lambda tensors: tensors.update(slope=np.array(-1.1)),
    ],
)
def test_arrays_that_do_not_fit_the_manifest_are_refused(folder, change):
    change_arrays(folder, change)

    with np.errstate(all="ignore"), pytest.raises(PredictorError, match=str(folder)):
        read_predictor(folder, STROKE)
