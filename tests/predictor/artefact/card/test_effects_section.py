"""The sections of the card on the effects of columns and on observed rates."""

import pytest

from predictor.artefact.card.model_card import write_card
from predictor.artefact.effects import Effect, ObservedRate
from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import read_artefact
from tests.predictor.artefact.card.test_model_card import section
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS

AGE = Effect(
    column="age",
    outcome="stroke",
    rows=1000,
    values=(1.5, 40.0, 81.0),
    mean=(0.001, 0.02, 0.18),
    low=(0.0008, 0.01, 0.16),
    high=(0.002, 0.03, 0.2),
    median_factor=215.04,
    high_factor=5000.0,
    falls=0.0125,
)
GENDER = Effect(
    column="gender",
    outcome="stroke",
    rows=1000,
    values=("Female", "Male"),
    mean=(0.04, 0.05),
    low=(0.03, 0.04),
    high=(0.05, 0.06),
    median_factor=1.25,
    high_factor=1.5,
    falls=None,
)
OLD = ObservedRate(
    column="age", values="74 to 82", at=78.5, rows=435, events=87, rate=0.2, interval=(0.17, 0.24)
)
MEN = ObservedRate(
    column="gender",
    values="Male",
    at=None,
    rows=40,
    events=4,
    rate=0.1,
    interval=(0.04, 0.23),
    adjusted_for="age",
    expected=8.0,
    adjusted=0.05,
    adjusted_interval=(0.02, 0.11),
)
FEW = MEN.model_copy(
    update={"values": "Other", "expected": 1.25, "adjusted": None, "adjusted_interval": None}
)


@pytest.fixture(scope="module")
def manifests(tmp_path_factory) -> dict[str, Manifest]:
    folder = tmp_path_factory.mktemp("models")
    return {name: read_artefact(write_artefact(folder, task)).manifest for name, task in TASKS.items()}


def card(manifest: Manifest, **changes: object) -> str:
    return write_card(manifest.model_copy(update=changes), TASKS[manifest.task])


def test_the_effects_are_shown_with_bands_factors_and_falls(manifests):
    text = section(card(manifests["stroke"], effects=(AGE, GENDER)), "Effects")

    assert (
        "| age | 1.5 to 81 | 0.001 [0.0008, 0.002] at 1.5 | 0.18 [0.16, 0.2] at 81 | 215.04 | over 1000 |"
        in text
    )
    assert "| 1.25 % |" in text
    assert (
        "| gender | Female, Male | 0.04 [0.03, 0.05] at Female | 0.05 [0.04, 0.06] at Male | 1.25 |" in text
    )
    assert "; for the 2 most important of" in text or "; for the 2 first of" in text
    assert "the mean over 1000 " in text


def test_the_effects_on_several_classes_name_the_class(manifests):
    setosa = AGE.model_copy(update={"column": "PetalLength", "outcome": "setosa"})
    virginica = setosa.model_copy(update={"outcome": "virginica"})

    text = section(card(manifests["iris"], effects=(setosa, virginica)), "Effects")

    assert "| column | class | values |" in text
    assert "| PetalLength | virginica |" in text
    assert "for the 2 most frequent of 3 classes" in text


def test_observed_rates_are_plain_and_adjusted_where_enough_events_are_expected(manifests):
    rates = (OLD, MEN, FEW)

    text = section(card(manifests["stroke"], effects=(AGE,), observed_rates=rates), "Observed rates")

    assert "| age | 74 to 82 | 435 | 87 | 0.2 [0.17, 0.24] |  |  |" in text
    assert "| gender | Male | 40 | 4 | 0.1 [0.04, 0.23] | 8.0 | 0.05 [0.02, 0.11] |" in text
    assert "| gender | Other | 40 | 4 | 0.1 [0.04, 0.23] | 1.2 |  |" in text
    assert "events expected by age alone | rate adjusted for age |" in text


def test_observed_rates_without_adjustment_say_so(manifests):
    text = section(card(manifests["stroke"], observed_rates=(OLD,)), "Observed rates")

    assert "not adjusted for other columns" in text
    assert "| column | values | rows | events | rate |\n" in text


def test_the_table_of_observed_rates_has_six_columns_at_most(manifests):
    rates = tuple(OLD.model_copy(update={"column": f"column {number}"}) for number in range(9))

    text = section(card(manifests["stroke"], observed_rates=rates), "Observed rates")

    assert "| column 5 |" in text
    assert "| column 6 |" not in text
    assert "The table has the 6 most important columns" in text


def test_a_manifest_of_an_earlier_version_has_no_effects_and_its_card_no_section(manifests):
    older = manifests["stroke"].model_dump(mode="json", exclude={"effects", "observed_rates"})

    manifest = Manifest.model_validate(older)

    assert (manifest.effects, manifest.observed_rates) == ((), ())
    assert "## Effects" not in card(manifest)
    assert "## Observed rates" not in card(manifest)


@pytest.mark.parametrize("missing", ["mean", "low", "high"])
def test_an_effect_has_a_number_for_each_value(missing):
    with pytest.raises(ValueError, match="one number for each value"):
        Effect.model_validate(AGE.model_dump() | {missing: (0.1,)})
