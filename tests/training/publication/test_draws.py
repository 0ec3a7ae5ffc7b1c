"""A published model that draws missing values: its files, its messages, and recipes that are refused."""

import re
import shutil
from pathlib import Path

import joblib
import pytest
from pydantic import JsonValue

from predictor.artefact.reader import read_artefact
from predictor.artefact.weights import DRAWS, Array
from predictor.engines.engine import Engine
from predictor.model.missing_values import GRID_POINTS
from predictor.model.predictor import read_predictor
from predictor.schema.errors import ArtefactCorrupt
from tests.support.files.tampering import change_arrays, edit_manifest
from tests.support.mixed_task import MIXED
from tests.training.publication.test_imputation import RECIPE, made_up_data, rows_with_gaps
from training.data.dataset import features_frame
from training.errors import UsageError
from training.preprocessing.inputs import choose_inputs
from training.publication.publish import publish
from training.run import train

DRAWING = RECIPE.model_copy(
    update={"impute_numbers": "draws", "impute": {"Größe": "draws"}, "impute_like": ("active", "age")}
)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return publish(train(DRAWING, made_up_data()), tmp_path_factory.mktemp("models"))


@pytest.fixture
def folder(published, tmp_path):
    return shutil.copytree(published, tmp_path / published.name)


def test_the_manifest_says_what_is_drawn_and_where_rows_are_alike(folder):
    artefact = read_artefact(folder)

    assert [drawn.column for drawn in artefact.manifest.drawn] == ["Größe", "mean radius", "1st_floor"]
    assert [like.column for like in artefact.manifest.drawn[0].like] == ["active", "age"]
    assert {draws.shape for draws in artefact.model.draws_LQ} == {(artefact.manifest.drawn[0].cells, DRAWS)}


def test_the_published_pipeline_fills_each_gap_with_a_draw_of_the_arrays(folder):
    artefact, pipeline = read_artefact(folder), joblib.load(folder / "preprocessor.joblib")
    index = [drawn.column for drawn in artefact.manifest.drawn].index("mean radius")
    draws = set(artefact.model.draws_LQ[index].ravel().tolist())
    frame = features_frame(rows_with_gaps())
    missing = frame["mean radius"].isna()

    filled = pipeline.set_params(draws__draw=7)["draws"].transform(frame)

    assert set(filled.loc[missing, "mean radius"]) <= draws
    assert filled.loc[~missing, "mean radius"].tolist() == frame.loc[~missing, "mean radius"].tolist()


def test_a_warning_says_that_the_answer_is_a_mean_over_draws(folder):
    (warnings,) = read_predictor(folder, MIXED).predict([MIXED.features.example | {"Größe": None}]).warnings

    text = "Größe is missing; the answer is the mean over 20 values of like rows in training. Over the values"
    assert warnings[0].message.startswith(text)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("drawn", []),
        ("drawn/0/column", "active"),
        ("drawn/0/column", "shoe size"),
        ("drawn/1/column", "Größe"),
        ("drawn/0/like", []),
        ("drawn/0/like/0/column", "shoe size"),
        ("drawn/0/like/0/codes", 3),
        ("drawn/0/like/0/edges", [0.5]),
        ("drawn/0/like/1/edges", [50.0, 40.0, 60.0, 61.0, 62.0, 63.0, 64.0, 65.0, 66.0]),
    ],
)
def test_a_manifest_with_wrong_draws_is_refused(folder: Path, path: str, value: JsonValue):
    edit_manifest(folder, path, value)

    with pytest.raises(ArtefactCorrupt) as caught:
        read_predictor(folder, MIXED)

    assert str(caught.value).startswith(f"The model in {folder} ")


def test_draws_that_are_no_levels_are_refused_with_the_folder_named(folder):
    change_arrays(folder, lambda tensors: tensors["draws_0"].fill(7.0))

    with pytest.raises(ArtefactCorrupt) as caught:
        read_predictor(folder, MIXED)

    assert str(caught.value).startswith(
        f"The model in {folder} is broken: the draws of Größe are not its levels"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"impute_like": ("agee",)}, "there is no input column 'agee'; did you mean 'age'?"),
        ({"unused": ("age",)}, "there is no input column 'age'"),
        (
            {"unused": ("Größe",), "impute": {"Größe": "known_rows"}, "impute_like": ("Größe",)},
            "there is no input column 'Größe'",
        ),
        ({"impute": {"Grösse": "draws"}}, "there is no input column 'Grösse'; did you mean 'Größe'?"),
        ({"limits": {"colour": (1, 99)}}, "there is no input column of numbers 'colour'; there are mean rad"),
        ({"impute": {"Größe": "mean"}}, "'mean' cannot replace a missing category ('Größe'); use most_freq"),
        ({"impute": {"1st_floor": "category"}}, "'category' cannot replace a missing integer ('1st_floor');"),
    ],
)
def test_a_recipe_that_imputes_impossibly_is_refused_and_names_the_column(changes, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        choose_inputs(DRAWING.model_copy(update=changes), MIXED.features)


def test_likeness_in_too_many_columns_is_refused():
    like = ("age", "weight.kg{0}", "1st_floor", "active", "colour")

    with pytest.raises(UsageError, match=r"`impute_like` divides the rows into \d+ cells"):
        train(DRAWING.model_copy(update={"impute_like": like}), made_up_data())


def test_known_rows_that_lack_a_class_are_refused():
    data = made_up_data()
    rows = [
        row.model_copy(update={"mean_radius": None}) if label else row
        for row, label in zip(data.rows, data.labels, strict=True)
    ]
    recipe = RECIPE.model_copy(update={"impute_numbers": "known_rows"})

    line = "No training row with a known 'mean radius' and '1st_floor' has left leaves; more rows"
    with pytest.raises(UsageError, match=line):
        train(recipe, type(data)(MIXED, tuple(rows), data.labels))


def test_a_row_with_several_gaps_costs_twenty_rows_and_its_ranges_one_row_for_each_point(folder):
    model = read_predictor(folder, MIXED, "cpu")
    counting = CountingEngine(model.engine._engine)  # type: ignore[attr-defined]
    model.engine._engine = counting  # type: ignore[attr-defined]
    gaps = {"mean radius": None, "1st_floor": None, "Größe": None}

    model.predict([MIXED.features.example | gaps] * 9)

    assert counting.rows == 9 * (DRAWS + GRID_POINTS * len(gaps))


class CountingEngine:
    """Counts the rows that another engine computes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.rows = 0

    def calibrated_logits(self, raw_BK: Array) -> Array:
        self.rows += len(raw_BK)
        return self.engine.calibrated_logits(raw_BK)
