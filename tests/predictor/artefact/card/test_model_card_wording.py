"""The sentences of a card fit the model: calibration, weight in the loss, constant columns."""

import pytest

from predictor.artefact.card.model_card import write_card
from predictor.artefact.reader import read_artefact
from tests.predictor.artefact.card.test_model_card import section
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS


@pytest.fixture(scope="module")
def stroke(tmp_path_factory):
    return read_artefact(write_artefact(tmp_path_factory.mktemp("models"), TASKS["stroke"])).manifest


def with_calibration(manifest, weight, **changes):
    calibration = manifest.calibration.model_copy(update=changes)
    recipe = manifest.recipe | {"positive_weight": weight}
    return manifest.model_copy(update={"calibration": calibration, "recipe": recipe})


@pytest.mark.parametrize(
    ("method", "weight", "imbalance"),
    [
        ("none", 3.0, "weight in the loss, not corrected by a calibration"),
        ("none", 1.0, "no weight in the loss"),
        ("logistic", 1.0, "no weight in the loss"),
        ("logistic", 3.0, "weight in the loss, corrected by the calibration"),
    ],
)
def test_a_card_speaks_of_a_calibration_and_a_weight_only_where_there_is_one(
    stroke, method, weight, imbalance
):
    card = write_card(with_calibration(stroke, weight, method=method), TASKS["stroke"])

    assert f"| 13 | class imbalance: {imbalance} |" in card
    assert ("predicted by a network that was not fitted" in card) == (method == "none")
    assert ("a network and a calibration that were not fitted" in card) == (method != "none")


@pytest.mark.parametrize(
    ("offset", "intercept", "formula"),
    [
        (0.0, (-0.0849,), "1.0500 * logit - 0.0849."),
        (0.0, (0.0, 0.0, 0.0), "1.0500 * logit."),
        (1.0986, (0.1,), "1.0500 * (logit - 1.0986) + 0.1000. The offset is"),
        (-0.5, (-0.1,), "1.0500 * (logit + 0.5000) - 0.1000. The offset is"),
    ],
)
def test_the_formula_of_the_calibration_reads_well(stroke, offset, intercept, formula):
    changes = {"method": "logistic", "slope": 1.05, "offset": offset, "intercept": intercept}

    text = section(write_card(with_calibration(stroke, 3, **changes), TASKS["stroke"]), "Calibration")

    assert formula in text
    assert ("offset" in text) == (offset != 0)


def test_a_column_that_is_left_out_as_constant_says_so(stroke):
    gender, age, *others = stroke.features
    gender = gender.model_copy(
        update={"used": False, "training": gender.training.model_copy(update={"levels": ("Male",)})}
    )
    limits = {"minimum": 40.0, "maximum": 40.0}
    age = age.model_copy(update={"used": False, "training": age.training.model_copy(update=limits)})
    manifest = stroke.model_copy(update={"features": (gender, age, *others)})

    lines = section(write_card(manifest, TASKS["stroke"]), "Features").splitlines()

    assert [line.split(" ")[1] for line in lines if line.endswith("| no, constant |")] == ["gender", "age"]
