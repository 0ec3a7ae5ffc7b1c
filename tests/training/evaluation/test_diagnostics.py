"""The diagnostics: subgroups, permutation importance and the decision curve."""

import numpy as np
import pytest

from predictor.model.predictor import read_predictor
from tests.support.training.made_up import STROKE, stroke_recipe
from tests.support.training.runs import quickly_trained
from training.data.dataset import DataSet, read_data
from training.evaluation.diagnostics import (
    decision_curve,
    decision_thresholds,
    find_importance,
    find_subgroups,
)
from training.publication.publish import publish
from training.run import ScoredRows
from training.task_recipes import Grouping

RANDOM = np.random.default_rng(0)
SEX = Grouping("sex", "gender")
FIVE = ("age", "hypertension", "heart_disease", "avg_glucose_level", "bmi")


@pytest.fixture(scope="module")
def trained_on_five(made_up_csv):
    """Give a model whose network uses five of ten columns."""
    return quickly_trained(stroke_recipe(columns=FIVE), read_data(made_up_csv, STROKE))


def test_a_column_that_the_network_does_not_use_has_an_importance_of_exactly_0(trained_on_five):
    importances = {importance.column: importance for importance in find_importance(trained_on_five)}

    assert len(importances) == 10
    for column in ("gender", "ever_married", "work_type", "Residence_type", "smoking_status"):
        assert (importances[column].pr_auc, importances[column].roc_auc) == (0, 0)
    assert importances["age"].roc_auc != 0


def test_importances_are_sorted_with_the_largest_first(trained_on_five):
    drops = [importance.roc_auc for importance in find_importance(trained_on_five)]

    assert drops == sorted(drops, reverse=True)


def test_an_unused_column_never_changes_the_prediction(trained_on_five, tmp_path):
    predictor = read_predictor(publish(trained_on_five, tmp_path), STROKE, "cpu")
    rows = [
        STROKE.features.model_validate(STROKE.features.example | {"work_type": work, "gender": gender})
        for work in ("Private", "children")
        for gender in ("Female", "Male", "Other")
    ]

    assert len(set(predictor.predict(rows).probabilities[:, 0])) == 1
    assert [feature.column.name for feature in predictor.manifest.features if feature.used] == [
        "age",
        "hypertension",
        "heart_disease",
        "avg_glucose_level",
        "bmi",
    ]


def people(women: int, men: int) -> DataSet:
    rows = [
        STROKE.features.model_validate(STROKE.features.example | {"gender": gender})
        for gender in ["Female"] * women + ["Male"] * men
    ]
    return DataSet(STROKE, tuple(rows), np.arange(women + men) % 2)


@pytest.mark.parametrize(
    ("value", "group"),
    [(39.9, "under 40"), (40, "40 to 60"), (60, "60 to 75"), (75, "from 75"), (None, "missing")],
)
def test_a_number_at_the_edge_of_two_ranges_belongs_to_the_upper_one(value, group):
    assert Grouping("age", "age", edges=(40, 60, 75)).group(value) == group


@pytest.mark.parametrize(("men", "events"), [(19, None), (20, 10)])
def test_a_group_with_fewer_than_10_events_has_a_count_and_no_figures(men, events):
    data = people(40, men)
    scored = ScoredRows(data.labels, RANDOM.random((40 + men, 1)))

    female, male = find_subgroups(data, np.arange(40 + men), scored, [SEX], threshold=0.5)

    assert (female.group, female.rows, female.events) == ("Female", 40, 20)
    assert (male.group, male.rows, male.events) == ("Male", men, events)
    assert bool(male.figures) == (events is not None)


def test_a_group_with_fewer_than_10_rows_without_the_outcome_has_no_figures():
    data = people(40, 0)
    scored = ScoredRows(np.array([1] * 31 + [0] * 9), RANDOM.random((40, 1)))

    (group,) = find_subgroups(data, np.arange(40), scored, [SEX], threshold=0.5)

    assert group.events is None
    assert group.figures == {}


def test_the_figures_of_a_group_are_those_of_its_rows_at_the_threshold():
    data = people(40, 40)
    scores_B = np.linspace(0.01, 0.99, 80)
    scored = ScoredRows(data.labels, scores_B[:, None])

    for group, rows in zip(
        find_subgroups(data, np.arange(80), scored, [SEX], threshold=0.25),
        (slice(40), slice(40, 80)),
        strict=True,
    ):
        labels_B, flagged_B = data.labels[rows], scores_B[rows] >= 0.25
        assert group.figures["predicted"] == pytest.approx(scores_B[rows].mean())
        assert group.figures["observed"] == 0.5
        assert group.figures["sensitivity"] == flagged_B[labels_B == 1].mean()
        assert group.figures["specificity"] == (~flagged_B)[labels_B == 0].mean()


def test_the_decision_curve_follows_the_formula_of_net_benefit():
    labels_B = (RANDOM.random(500) < 0.1).astype(np.int64)
    scores_B = RANDOM.beta(1, 9, 500).round(4)

    curve = decision_curve(ScoredRows(labels_B, scores_B[:, None]))

    assert [point.threshold for point in curve] == [percent / 100 for percent in range(1, 21)]
    for point in curve:
        flagged_B, odds = scores_B >= point.threshold, point.threshold / (1 - point.threshold)
        hits, false_alarms = (flagged_B & (labels_B == 1)).sum(), (flagged_B & (labels_B == 0)).sum()
        assert point.model == pytest.approx((hits - odds * false_alarms) / 500)
        assert point.flag_all == pytest.approx(labels_B.mean() - odds * (1 - labels_B.mean()))


@pytest.mark.parametrize(
    ("points", "prevalence", "first", "last"),
    [
        ([0.19, 0.96], 0.05, 0.01, 0.2),
        ([], 0.2, 0.01, 0.2),
        ([0.5], 0.27, 0.03, 0.6),
        ([0.1], 0.63, 0.035, 0.7),
        ([0.93], 0.5, 0.0475, 0.95),
        ([], 0.97, 0.0495, 0.99),
    ],
)
def test_the_decision_curve_reaches_the_operating_points_and_the_prevalence(points, prevalence, first, last):
    thresholds = decision_thresholds(points, prevalence)

    assert len(thresholds) == 20
    assert (thresholds[0], thresholds[-1]) == (first, last)
