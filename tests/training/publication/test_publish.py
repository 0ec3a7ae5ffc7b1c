"""Publication: the same bytes for the same seed, the next version for each run, nothing for a failed run."""

import dataclasses
import hashlib
import json
import struct

import numpy as np
import pytest
from safetensors.numpy import load

from predictor.artefact.manifest import Manifest
from predictor.model.predictor import read_predictor
from tests.support.training.made_up import QUICK, STROKE, iris_recipe, stroke_records, write_csv
from tests.support.training.runs import contents, quickly_trained
from training.__main__ import main
from training.data.dataset import read_data
from training.errors import TrainingError
from training.publication.publish import publish
from training.recipes.iris import builtin_data
from training.recipes.stroke import PRODUCTION as STROKE_PRODUCTION
from training.run import predict_with_original

FILES = {
    "manifest.json",
    "model.safetensors",
    "preprocessor.joblib",
    "card.md",
    "history.csv",
    "figures/learning_curves.svg",
    "figures/roc_and_pr.svg",
    "figures/confusion.svg",
    "figures/effects.svg",
    "figures/calibration.svg",
}


# The same seed, the same bytes


def test_the_same_seed_gives_the_same_bytes_but_for_the_date(made_up_csv, tmp_path):
    flags = ["stroke", "--data", str(made_up_csv), *QUICK, "--out"]

    for out in ("one", "two"):
        main([*flags, str(tmp_path / out)])

    one, two = (contents(tmp_path / out / "stroke" / "1") for out in ("one", "two"))
    manifests = [json.loads(found.pop("manifest.json")) for found in (one, two)]
    for manifest in manifests:
        # The digest also covers the date.
        del manifest["created"], manifest["digest"]
    assert one == two
    assert manifests[0] == manifests[1]


def test_another_seed_gives_another_model(trained_iris, tmp_path):
    recipe = trained_iris.recipe.model_copy(update={"seed": 1})

    other = publish(quickly_trained(recipe, builtin_data()), tmp_path / "other")
    first = publish(trained_iris, tmp_path / "first")

    assert contents(other)["model.safetensors"] != contents(first)["model.safetensors"]


# What is written


def test_an_artefact_has_these_files_and_its_manifest_their_digests(models):
    found = contents(models / "iris" / "1")

    manifest = Manifest.model_validate_json(found["manifest.json"])
    assert set(found) == FILES
    assert set(manifest.files) == FILES - {"manifest.json"}
    for name, record in manifest.files.items():
        assert record.sha256 == hashlib.sha256(found[name]).hexdigest()
        assert record.bytes == len(found[name])


def test_no_golden_row_is_a_row_of_the_data(trained_stroke, tmp_path):
    folder = publish(trained_stroke, tmp_path)

    golden = Manifest.model_validate_json((folder / "manifest.json").read_bytes()).golden
    rows = [STROKE.features.model_validate(row) for row in golden.rows]
    assert len(rows) == 16
    assert not set(map(str, rows)) & set(map(str, trained_stroke.data.rows))


def test_no_file_of_the_artefact_holds_an_identifier_of_the_data(tmp_path):
    records = stroke_records()
    for record in records:
        record["id"] = f"secret-id-{record['id']}"
    data = read_data(write_csv(tmp_path / "people.csv", records), STROKE)

    folder = publish(quickly_trained(STROKE_PRODUCTION, data), tmp_path)

    assert not [name for name, content in contents(folder).items() if b"secret-id" in content]


def test_no_file_of_the_artefact_holds_a_row_of_the_data(trained_stroke, tmp_path):
    found = contents(publish(trained_stroke, tmp_path))

    records = list(objects_in(json.loads(found["manifest.json"])))
    for row in trained_stroke.data.rows:
        age, glucose = (row.__dict__[name] for name in ("age", "avg_glucose_level"))
        assert not [record for record in records if {age, glucose} <= record]
        assert not [name for name in found if struct.pack("<dd", age, glucose) in found[name]]


def objects_in(value):
    """Give the plain values of every object and list in a JSON document."""
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    yield {item for item in items if not isinstance(item, dict | list)}
    for item in items:
        yield from objects_in(item)


def test_every_fold_of_the_recipe_has_a_member_in_the_artefact(models, trained_iris):
    folder, folds = models / "iris" / "1", trained_iris.recipe.split.folds

    manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
    tensors = load((folder / "model.safetensors").read_bytes())
    first = tensors["weight_0"]

    assert folds > 1
    assert manifest.network.members == folds == len(trained_iris.splits.folds)
    assert {len(tensors[name]) for name in tensors if name.startswith(("weight", "bias"))} == {folds}
    assert len({member.tobytes() for member in first}) == folds


def test_publishing_does_not_change_the_training_result(trained_iris, tmp_path):
    before = {name: tensor.clone() for name, tensor in trained_iris.network.state_dict().items()}

    publish(trained_iris, tmp_path)

    after = trained_iris.network.state_dict()
    assert all(tensor.equal(after[name]) for name, tensor in before.items())
    assert {tensor.device.type for tensor in after.values()} == {"cpu"}


@pytest.mark.parametrize("name", ["trained_iris", "trained_stroke"])
def test_the_exported_model_gives_the_probabilities_of_pipeline_and_network_for_every_row(
    request, tmp_path, name
):
    result = request.getfixturevalue(name)
    folder = publish(result, tmp_path)

    original = predict_with_original(result, result.preprocessor, result.data.rows)
    predictor = read_predictor(folder, result.task, "cpu")
    exported = predictor.probabilities(result.data.rows)

    assert len(exported) == len(result.data.rows)
    assert np.abs(exported - original).max() <= 1e-6
    assert np.ptp(exported, axis=0).min() > 1e-3


def test_an_exported_model_that_differs_is_not_published(trained_iris, models):
    before = contents(models)
    changing = dataclasses.replace(trained_iris, preprocessor=ChangesWhenPickled(trained_iris.preprocessor))

    with pytest.raises(TrainingError, match="differs"):
        publish(changing, models)

    assert contents(models) == before


class ChangesWhenPickled:
    """A fitted pipeline that computes other numbers after it was read back from the disk."""

    def __init__(self, fitted) -> None:
        self._fitted = fitted

    def __getattr__(self, name):
        return getattr(self._fitted, name)

    def __reduce__(self):
        return Shifted, (self._fitted,)


class Shifted:
    """Adds 0.001 to the output of a pipeline."""

    def __init__(self, fitted) -> None:
        self._fitted = fitted

    def transform(self, frame):
        return self._fitted.transform(frame) + 0.001


# Versions


def test_each_run_gets_the_next_version_and_changes_no_other(trained_iris, models):
    before = contents(models / "iris" / "1")

    second = publish(trained_iris, models)
    tenth = second.with_name("10")
    second.rename(tenth)
    (models / "iris" / "notes").mkdir()

    # Versions are ordered as numbers: as text, 10 would be before 9.
    assert publish(trained_iris, models).name == "11"
    assert contents(models / "iris" / "1") == before


def test_each_folder_has_its_own_versions(trained_iris, models, tmp_path):
    folder = publish(trained_iris, tmp_path / "elsewhere" / "deep")

    assert folder == tmp_path / "elsewhere" / "deep" / "iris" / "1"


def test_the_manifest_holds_the_recipe_of_the_run(models):
    manifest = Manifest.model_validate_json((models / "iris" / "1" / "manifest.json").read_bytes())

    assert manifest.recipe["epochs"] == 3
    assert manifest.recipe["name"] == "production"
    assert manifest.metrics.epochs == manifest.metrics.best_epoch == 3
    assert iris_recipe().epochs == 500
