"""The figures: no line leaves its axes, long and many names fit, and labels say what is drawn."""

import re
from dataclasses import replace
from xml.etree.ElementTree import Element, parse

import numpy as np
import pytest

from predictor.artefact.records import NetBenefit
from tests.support.training.made_up import IRIS, STROKE, stroke_recipe
from training.data.dataset import read_data
from training.evaluation.diagnostics import decision_curve
from training.evaluation.figure import fit_name
from training.evaluation.learning_curves import draw_learning_curves
from training.evaluation.plots import (
    draw_calibration,
    draw_confusions,
    draw_curves,
    draw_decision_curve,
)
from training.run import ScoredRows, TrainingResult, train

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TOLERANCE = 1.0


def lines_outside_their_axes(path) -> list[str]:
    """Give the paths that leave the rectangle to which they are cut."""
    root = parse(path).getroot()  # noqa: S314 (a file of this test)
    rectangles = {f"url(#{clip.get('id')})": clip[0] for clip in root.iter(f"{SVG}clipPath")}
    return [
        line.get("d", "")
        for line in root.iter(f"{SVG}path")
        if line.get("clip-path") and not is_inside(line, rectangles[line.get("clip-path", "")])
    ]


def is_inside(line: Element, rectangle: Element) -> bool:
    left, top, width, height = (float(rectangle.get(key, "0")) for key in ("x", "y", "width", "height"))
    points = np.array(NUMBER.findall(line.get("d", "")), dtype=float).reshape(-1, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    return bool(
        (low >= np.array([left, top]) - TOLERANCE).all()
        and (high <= np.array([left + width, top + height]) + TOLERANCE).all()
    )


def texts(path) -> list[str]:
    return [text.text or "" for text in parse(path).getroot().iter(f"{SVG}text")]  # noqa: S314 (a file of this test)


def inches(path) -> tuple[float, float]:
    root = parse(path).getroot()  # noqa: S314 (a file of this test)
    width, height = (float(NUMBER.findall(root.get(key, ""))[0]) / 72 for key in ("width", "height"))
    return width, height


@pytest.fixture(scope="module")
def weighted(made_up_csv) -> TrainingResult:
    recipe = stroke_recipe(epochs=4, patience=2, monitor="pr_auc", monitor_epochs=2, positive_weight=5.0)
    return train(recipe, read_data(made_up_csv, STROKE))


def ten_classes() -> ScoredRows:
    random = np.random.default_rng(0)
    labels_B = np.arange(400) % 10
    weights_BC = random.random((400, 10)) + 2 * np.eye(10)[labels_B]
    return ScoredRows(labels_B, weights_BC / weights_BC.sum(axis=1, keepdims=True))


def test_learning_curves_name_both_losses_and_the_monitored_metric(weighted, tmp_path):
    draw_learning_curves(weighted.history, weighted.recipe, tmp_path / "curves.svg")

    found = texts(tmp_path / "curves.svg")
    for text in (
        *("training, weighted (5)", "training, unweighted", "validation, unweighted"),
        *("Average precision, monitored", "its mean over 2 epochs"),
    ):
        assert text in found
    assert lines_outside_their_axes(tmp_path / "curves.svg") == []


def test_without_a_weight_there_is_one_training_loss(weighted, tmp_path):
    recipe = weighted.recipe.model_copy(update={"positive_weight": 1.0})

    draw_learning_curves(weighted.history, recipe, tmp_path / "curves.svg")

    assert not [text for text in texts(tmp_path / "curves.svg") if "weighted" in text]


def test_the_decision_curve_cuts_no_line(weighted, tmp_path):
    steep = [NetBenefit(threshold=t / 100, model=0.01, flag_all=0.05 - t / 20) for t in range(1, 21)]

    for name, curve in {"made_up": steep, "model": decision_curve(weighted.test)}.items():
        draw_decision_curve(curve, tmp_path / f"{name}.svg")

        assert lines_outside_their_axes(tmp_path / f"{name}.svg") == []


def test_ten_classes_with_long_names_get_a_legend_below_and_room_beside_the_matrix(tmp_path):
    names = tuple(f"class {number} with a name of many words" for number in range(10))
    task = replace(IRIS, classes=names)

    draw_curves(task, ten_classes(), tmp_path / "curves.svg")
    draw_calibration(task, ten_classes(), tmp_path / "calibration.svg")
    draw_confusions(task, ten_classes(), {}, tmp_path / "confusion.svg")

    for name in ("curves", "calibration", "confusion"):
        assert lines_outside_their_axes(tmp_path / f"{name}.svg") == []
    assert inches(tmp_path / "curves.svg")[1] > 4
    assert min(inches(tmp_path / "confusion.svg")) > 6
    assert {"predicted", "observed"} <= set(texts(tmp_path / "confusion.svg"))


def test_many_operating_points_stand_in_several_rows(weighted, tmp_path):
    points = {f"point_{number}": number / 13 for number in range(12)}

    draw_confusions(STROKE, weighted.test, points, tmp_path / "confusion.svg")

    width, height = inches(tmp_path / "confusion.svg")
    assert width < 12
    assert height > 8
    assert "point_11 (0.846)" in texts(tmp_path / "confusion.svg")


@pytest.mark.parametrize(
    ("name", "fitted"),
    [
        ("short", "short"),
        ("a customer who leaves within a year", "a customer who leaves\nwithin a year"),
        ("x" * 60, f"{'x' * 24}\n{'x' * 23}…"),
    ],
)
def test_a_long_name_is_broken_and_then_shortened(name, fitted):
    assert fit_name(name) == fitted
