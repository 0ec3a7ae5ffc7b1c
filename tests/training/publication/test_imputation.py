"""Missing values of every kind: pipeline and network as trained, and both engines, give the same probability.

Shapes: B rows, C outputs.
"""

import copy
import itertools

import numpy as np
import pytest
import torch
from sklearn.pipeline import Pipeline

from predictor.artefact.weights import DRAWS, Array, ExportedWeights
from predictor.engines.activations import probabilities_from_logits
from predictor.engines.draws import with_draws
from predictor.engines.encoding import raw_matrix
from predictor.engines.numpy_engine import NumpyEngine
from predictor.engines.torch_engine import TorchEngine
from predictor.model.predictor import Predictor, read_predictor
from predictor.schema.features import Features
from tests.support.mixed_task import MIXED, NULLABLE, mixed_rows
from training.data.dataset import DataSet, features_frame
from training.learning.calibration import apply_calibration
from training.publication.export import export_weights
from training.publication.publish import publish
from training.recipe import Recipe, Split, ThresholdRule
from training.run import TrainingResult, train

COLUMNS = MIXED.features.columns()
RECIPE = Recipe(
    name="small",
    split=Split(validation="folds", folds=2),
    hidden=(6,),
    epochs=12,
    learning_rate=1e-2,
    calibration="none",
    operating_points={"default": ThresholdRule(rule="fixed", value=0.5, description="One half")},
)
# One of these columns may be missing itself.
LIKE = ("age", "colour", "1st_floor")
LIMITS = {"mean radius": (10.0, 80.0), "age": (0.0, 60.0)}
# Rows with every pattern of missing values.
PATTERNS = list(itertools.product((False, True), repeat=len(NULLABLE)))


def made_up_data(gaps: float = 0.2) -> DataSet:
    rows, labels = mixed_rows(300, gaps=gaps)
    return DataSet(MIXED, tuple(rows), np.array(labels))


def rows_with_gaps() -> list[Features]:
    complete, _ = mixed_rows(3 * len(PATTERNS), seed=1, gaps=0.0)
    rows = []
    for row, is_missing in zip(complete, 3 * PATTERNS, strict=True):
        values = row.model_dump()
        gaps = {name: None for name, missing in zip(NULLABLE, is_missing, strict=True) if missing}
        rows.append(MIXED.features.model_validate(values | gaps))
    green = [MIXED.features.model_validate(row.model_dump() | {"colour": "green"}) for row in rows[:16]]
    return rows + green


def by_original(result: TrainingResult, rows: list[Features]) -> Array:
    """Give the probabilities of the fitted pipeline and the network, which computes in float64 here.

    With draws, a member's logit is that of its mean probability over them.
    """
    frame, pipeline = features_frame(rows), copy.deepcopy(result.preprocessor)
    if not isinstance(pipeline, Pipeline):
        return probabilities_from_logits(calibrated_logits(result, pipeline.transform(frame)).mean(axis=0))
    encoded = [pipeline.set_params(draws__draw=draw).transform(frame) for draw in range(DRAWS)]
    probabilities_QMBC = probabilities_from_logits(np.array([calibrated_logits(result, x) for x in encoded]))
    mean_MBC = probabilities_QMBC.mean(axis=0)
    return probabilities_from_logits(np.log(mean_MBC / (1 - mean_MBC)).mean(axis=0))


def calibrated_logits(result: TrainingResult, x_BF: Array) -> Array:
    with torch.inference_mode():
        logits_MBC = copy.deepcopy(result.network).double()(torch.as_tensor(x_BF, dtype=torch.float64))
    return apply_calibration(result.calibration, logits_MBC.numpy())


def by_engines(weights: ExportedWeights, rows: list[Features]) -> list[Array]:
    raw_BK = raw_matrix(rows, COLUMNS)
    on_numpy, on_torch = (
        with_draws(engine, weights)
        for engine in (NumpyEngine(weights, COLUMNS), TorchEngine(weights, COLUMNS, "cpu"))
    )
    logits_MBC = [
        on_numpy.calibrated_logits(raw_BK),
        np.stack([on_numpy.calibrated_logits_of_row(row) for row in rows], axis=1),
        on_torch.calibrated_logits(raw_BK),
    ]
    return [probabilities_from_logits(logits.mean(axis=0)) for logits in logits_MBC]


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("impute_levels", ["most_frequent", "category", "draws", "known_rows"])
@pytest.mark.parametrize("impute_numbers", ["mean", "median", "most_frequent", "draws", "known_rows"])
@pytest.mark.parametrize("gaps", [0.2, 0.0])
def test_pipeline_and_engines_agree_on_rows_with_missing_values(impute_numbers, impute_levels, scaled, gaps):
    changes = {"impute_numbers": impute_numbers, "impute_levels": impute_levels, "impute_like": LIKE}
    scaling = {"centre_flags": scaled, "standardise": scaled, "limits": LIMITS}
    result = train(RECIPE.model_copy(update=changes | scaling), made_up_data(gaps))
    rows = rows_with_gaps()

    original_BC = by_original(result, rows)

    assert np.ptp(original_BC) > 1e-3
    for probabilities_BC in by_engines(export_weights(result), rows):
        assert np.abs(probabilities_BC - original_BC).max() <= 1e-9


def published(tmp_path_factory, **changes: object) -> Predictor:
    result = train(RECIPE.model_copy(update=changes | {"calibration": "logistic"}), made_up_data())
    return read_predictor(publish(result, tmp_path_factory.mktemp("models")), MIXED, "cpu")


@pytest.fixture(scope="module")
def imputing(tmp_path_factory):
    return published(tmp_path_factory, impute_numbers="median", impute_levels="most_frequent")


@pytest.fixture(scope="module")
def with_own_category(tmp_path_factory):
    return published(tmp_path_factory, impute_levels="category")


def imputed_messages(model: Predictor) -> dict[str, str]:
    row = MIXED.features.example | dict.fromkeys(NULLABLE)
    (warnings,) = model.predict([row]).warnings
    assert model.predict([row] * 9).warnings == [warnings] * 9
    return {warning.field: warning.message for warning in warnings if warning.code == "imputed"}


def test_golden_rows_have_missing_values_of_every_kind(imputing):
    missing = {name for row in imputing.manifest.golden.rows for name, value in row.items() if value is None}

    assert missing == set(NULLABLE)


def test_the_warning_says_what_stands_in_for_a_missing_value(imputing):
    messages = imputed_messages(imputing)

    assert list(messages) == list(NULLABLE)
    assert messages["mean radius"].startswith("'mean radius' is missing; the training median, 1")
    assert " cm, stands in for it. From " in messages["mean radius"]
    assert messages["1st_floor"].startswith("'1st_floor' is missing; the training median, 6 m², stands in")
    assert messages['is "member"'].startswith(
        "'is \"member\"' is missing; the most frequent training value, "
    )
    assert messages["Größe"].startswith("Größe is missing; the most frequent training value, ")


def test_the_warning_says_that_missing_values_are_a_category(with_own_category):
    messages = imputed_messages(with_own_category)

    assert messages["mean radius"].startswith("'mean radius' is missing; the training mean, ")
    for name in ("Größe", 'is "member"'):
        assert "treats missing values as a category of their own. Over the values of" in messages[name]


@pytest.mark.parametrize("model", ["imputing", "with_own_category"])
def test_every_warning_has_the_range_of_the_probability(model, request):
    for name, message in imputed_messages(request.getfixturevalue(model)).items():
        over = f"Over the values of {name} in training" if name in {"Größe", 'is "member"'} else "From "
        assert f" {over}" in message
        assert ", the probability goes from 0." in message


def test_the_range_over_levels_has_the_probabilities_of_each_level(with_own_category):
    row = MIXED.features.example | {"Größe": None}
    sizes = ("klein", "groß", 'XX"L')
    by_size = with_own_category.predict([row | {"Größe": size} for size in sizes]).probabilities[:, 1]

    (warnings,) = with_own_category.predict([row]).warnings

    assert warnings[0].message.endswith(f"goes from {by_size.min():.3f} to {by_size.max():.3f}.")


def test_a_level_that_no_training_row_has_is_warned_about(imputing):
    (warnings,) = imputing.predict([MIXED.features.example | {"colour": "green"}]).warnings

    assert [(warning.field, warning.code) for warning in warnings] == [("colour", "out_of_range")]


@pytest.mark.parametrize("impute_levels", ["most_frequent", "category"])
def test_without_gaps_in_training_a_missing_level_is_imputed(impute_levels):
    result = train(RECIPE.model_copy(update={"impute_levels": impute_levels}), made_up_data(gaps=0.0))
    weights = export_weights(result)

    assert not any(encoded.missing for encoded in weights.encoding)
    members = [row.__dict__["is_member"] for row in result.data.take(result.splits.train)]
    most_frequent = int(np.mean(members) > 0.5)
    missing, known = (
        MIXED.features.model_validate(MIXED.features.example | {'is "member"': value})
        for value in (None, most_frequent)
    )
    missing_BC, known_BC = by_original(result, [missing, known])
    assert missing_BC == pytest.approx(known_BC)
