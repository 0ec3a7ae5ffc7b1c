"""A manifest that contradicts the task, the arrays or itself is refused in one line that names the folder."""

import json

import numpy as np
import pytest

from predictor.artefact.reader import MANIFEST, read_artefact
from predictor.model.predictor import read_predictor
from predictor.model.schema_difference import describe_difference
from predictor.schema.errors import ArtefactCorrupt, PredictorError, SchemaMismatch
from predictor.tasks import find_task
from tests.support.artefacts import write_artefact
from tests.support.files.tampering import change_arrays, edit_manifest

STROKE, IRIS = find_task("stroke"), find_task("iris")


@pytest.fixture
def folder(tmp_path):
    return write_artefact(tmp_path, STROKE)


@pytest.mark.parametrize(
    "changes",
    [
        {"features_fingerprint": "0" * 64},
        {"task": "iris"},
        {
            "classes": ["1", "0"],
            "data/class_counts": {"1": 3, "0": 3},
            "data/train_class_counts": {"1": 2, "0": 2},
        },
    ],
)
def test_a_model_for_other_features_or_classes_is_refused(folder, changes):
    for path, value in changes.items():
        edit_manifest(folder, path, value)

    with pytest.raises(SchemaMismatch, match="train it again"):
        read_predictor(folder, STROKE)


@pytest.mark.parametrize(
    ("path", "value", "difference"),
    [
        ("features/1/column/unit", "kg", "age: unit 'kg' in the model, 'years' in the task"),
        ("features/1/column/name", "years", "the task lacks the columns: years"),
        ("classes", ["1", "0"], "classes 1, 0 in the model, 0, 1 in the task"),
    ],
)
def test_the_line_about_other_features_names_what_differs(folder, path, value, difference):
    manifest = read_artefact(folder).manifest
    features = list(manifest.features)
    if path == "classes":
        manifest = manifest.model_copy(update={"classes": tuple(value)})
    else:
        column = features[1].column.model_copy(update={path.rpartition("/")[2]: value})
        features[1] = features[1].model_copy(update={"column": column})
        manifest = manifest.model_copy(update={"features": tuple(features)})

    assert describe_difference(manifest, STROKE) == difference


def test_the_line_about_other_features_says_how_to_train_again(folder):
    edit_manifest(folder, "features_fingerprint", "0" * 64)

    with pytest.raises(SchemaMismatch, match="with `python -m training stroke --data FILE`"):
        read_predictor(folder, STROKE)


def test_a_model_of_another_task_is_refused(folder):
    with pytest.raises(SchemaMismatch):
        read_predictor(folder, IRIS)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("format", 2),
        ("kind", "multiclass"),
        ("classes", ["1", "0"]),
        ("classes", ["0"]),
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
        ("golden/probabilities/0", []),
        ("golden/probabilities/0/0", 1.5),
        ("files/model.safetensors/bytes", 1),
        ("network/outputs", 2),
        ("network/negative_slope", -0.1),
        ("encoding/0/category", None),
        ("encoding/3/category", "Alien"),
        ("features/1/column/minimum", 1),
        ("features/1/column/name", "shoe_size"),
        ("features/1/training/maximum", None),
        ("data/train_class_counts", {"0": 5, "1": 0}),
        ("data/train_class_counts", {"1": 5, "0": 5}),
        ("data/class_counts", {"0": 5}),
        ("conformal", []),
        ("conformal/0/counts", [1]),
        ("thresholds/default", "high"),
        ("thresholds/default", 1.5),
        ("thresholds/operating_points", {"default": {"threshold": -1, "description": ""}}),
        ("thresholds/default", 0.31),
        ("thresholds/operating_points/default/threshold", 0.31),
        ("thresholds/operating_points", {}),
        ("thresholds/operating_points/half/rates", {"ppv": 0.5}),
        ("thresholds/operating_points/half/rates", {"ppv": float("nan")}),
        ("thresholds/table", {"steps": [1, 2], "hits": [1], "misses": [1]}),
        ("thresholds/table", {"steps": [2, 1], "hits": [1, 1], "misses": [1, 1]}),
        ("thresholds/table", {"steps": [1], "hits": [-1], "misses": [1]}),
    ],
)
def test_a_wrong_manifest_is_refused_and_the_folder_named(folder, path, value):
    edit_manifest(folder, path, value)

    with pytest.raises(ArtefactCorrupt) as caught:
        read_predictor(folder, STROKE)

    assert str(caught.value).startswith(f"The model in {folder} ")
    assert "\n" not in str(caught.value)
    assert "Alien" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("golden/rows/0/age", 500, "golden.rows.0.age: "),
        ("golden/rows/0/gender", "Alien", "golden.rows.0.gender: "),
        ("golden/probabilities", [[0.5], [0.5]], "golden.probabilities: "),
        ("features", [], "encoding.0.column: "),
        ("features/1/training/minimum", None, "features.1: "),
        ("thresholds/default", 0.31, "thresholds: "),
        ("conformal", [], "conformal: "),
        ("network/outputs", 2, "network.outputs: "),
        ("new\nline", 1, "new?line: "),
    ],
)
def test_the_wrong_field_of_a_manifest_is_named(folder, path, value, field):
    edit_manifest(folder, path, value)

    with pytest.raises(ArtefactCorrupt) as caught:
        read_predictor(folder, STROKE)

    assert f" manifest.json: {field}" in str(caught.value)


def test_features_in_another_order_than_in_the_task_are_refused(folder):
    manifest = json.loads((folder / MANIFEST).read_text())
    edit_manifest(folder, "features", manifest["features"][::-1])

    with pytest.raises(ArtefactCorrupt, match=r"manifest\.json: features: .* order"):
        read_predictor(folder, STROKE)


def test_the_description_of_a_column_may_change_without_a_new_training(folder):
    edit_manifest(folder, "features/1/column/description", "Years since birth")

    assert read_predictor(folder, STROKE).manifest.version == 1


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


def test_a_manifest_with_the_former_name_of_a_net_benefit_is_still_read(folder):
    edit_manifest(folder, "decision_curve", [{"threshold": 0.1, "model": 0.02, "everybody": -0.05}])

    (point,) = read_predictor(folder, STROKE).manifest.decision_curve

    assert point.flag_all == -0.05
