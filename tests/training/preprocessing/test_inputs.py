"""Columns without values, constant columns and rare values: a line before training, or sane answers."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
import pytest
from pydantic import Field
from sklearn.model_selection import train_test_split

import predictor
from predictor.artefact.reader import read_artefact
from predictor.schema.features import Features, Flag, Value, number
from predictor.schema.task import Task
from tests.support.training.made_up import QUICK, STROKE, stroke_recipe, stroke_records, write_csv
from tests.support.training.runs import quickly_trained
from training.__main__ import main
from training.data.dataset import DataSet, read_data
from training.errors import UsageError
from training.publication.publish import publish

ROWS = 400
TRAINING, TEST = train_test_split(np.arange(ROWS), test_size=0.2, random_state=7)
PERSON: dict[str, Value] = {
    "gender": "Female",
    "age": 60.0,
    "hypertension": 0,
    "heart_disease": 0,
    "ever_married": "Yes",
    "work_type": "Private",
    "Residence_type": "Urban",
    "avg_glucose_level": 120.0,
    "bmi": 30.0,
    "smoking_status": "smokes",
}


@pytest.fixture
def train(tmp_path):
    """Give a function that runs the command on made-up rows of which one column is changed."""

    def train(column: str, texts: dict[int, str] | str, *flags: str) -> int:
        path = write_changed(tmp_path, column, texts)
        return main(["stroke", "--data", str(path), "--out", str(tmp_path / "models"), *QUICK, *flags])

    return train


def write_changed(folder: Path, column: str, texts: dict[int, str] | str) -> Path:
    """Write made-up rows in which a column has these texts: one for all rows, or by row."""
    records = stroke_records(ROWS)
    for row, record in enumerate(records):
        record[column] = texts if isinstance(texts, str) else texts.get(row, record[column])
    return write_csv(folder / "rows.csv", records)


def constant_columns(folder: Path, column: str, texts: dict[int, str]) -> tuple[str, ...]:
    """Train on changed rows, and give the columns that were left out as constant."""
    data = read_data(write_changed(folder, column, texts), STROKE)
    return quickly_trained(stroke_recipe(), data).constant


@pytest.fixture
def answer(tmp_path):
    """Give a function that asks the trained model about one person."""

    def answer(**changes: Value) -> float:
        model = predictor.load(tmp_path / "models" / "stroke")
        return float(model.predict([{**PERSON, **changes}]).probabilities[0, -1])

    return answer


@pytest.mark.parametrize("recipe", ["production", "lecture"])
def test_f1_a_column_whose_only_value_is_in_the_test_part_is_refused_before_training(train, capsys, recipe):
    texts = dict.fromkeys(range(ROWS), "N/A") | {int(TEST[0]): "22.1"}

    status = train("bmi", texts, "--recipe", recipe)

    printed = capsys.readouterr()
    assert status == 2
    assert printed.err.startswith("Column 'bmi': no training row has a value; ")
    assert printed.err.count("\n") == 1
    assert "epoch" not in printed.out


def test_f1_a_column_without_any_value_is_refused_where_recipes_are_compared(tmp_path, capsys):
    records = [{**record, "bmi": ""} for record in stroke_records()]
    path = write_csv(tmp_path / "rows.csv", records)

    status = main(["evaluate", "stroke", "--data", str(path)])

    assert status == 2
    assert capsys.readouterr().err.startswith("Column 'bmi': no training row has a value; ")


def test_one_value_in_the_training_part_is_a_constant_column(tmp_path):
    texts = dict.fromkeys(range(ROWS), "N/A") | {int(TRAINING[0]): "22.1", int(TEST[0]): "30"}

    assert constant_columns(tmp_path, "bmi", texts) == ("bmi",)


@pytest.mark.parametrize(
    ("column", "text", "others"),
    [
        ("avg_glucose_level", "114.62", [20.0, 300.0]),
        ("hypertension", "1", [0, 1]),
        ("gender", "Male", ["Female", "Male", "Other"]),
    ],
)
def test_f15_no_answer_depends_on_a_constant_column(train, answer, tmp_path, column, text, others):
    assert train(column, text, "--recipe", "lecture") == 0

    assert len({answer(**{column: other}) for other in others}) == 1
    assert 0.001 < answer() < 0.999
    manifest = read_artefact(tmp_path / "models" / "stroke" / "1").manifest
    assert [feature.used for feature in manifest.features if feature.column.name == column] == [False]


def test_f15_a_run_says_which_columns_are_constant(train, capsys):
    assert train("avg_glucose_level", "114.62") == 0

    line = "Not used, because all training rows have the same value: 'avg_glucose_level'.\n"
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    ("texts", "constant"),
    [(("114.62", "114.62000000000002"), ("avg_glucose_level",)), (("114.62", "114.62000001"), ())],
)
def test_f15_numbers_that_differ_by_rounding_are_constant(tmp_path, texts, constant):
    by_row = {row: texts[row % 2] for row in range(ROWS)}

    assert constant_columns(tmp_path, "avg_glucose_level", by_row) == constant


def test_a_file_in_which_every_column_is_constant_is_refused(tmp_path, capsys):
    records = [
        {**{name: str(value) for name, value in PERSON.items()}, "id": str(row), "stroke": str(row % 2)}
        for row in range(ROWS)
    ]
    path = write_csv(tmp_path / "rows.csv", records)

    status = main(["stroke", "--data", str(path), "--out", str(tmp_path), *QUICK])

    assert status == 2
    assert capsys.readouterr().err.startswith("Every column has the same value in all training rows")


def test_a_category_that_is_not_in_the_training_part_gives_an_answer(train, answer):
    texts = dict.fromkeys(range(ROWS), "Male") | dict.fromkeys(TRAINING[:100].tolist(), "Female")

    assert train("gender", texts | {int(TEST[0]): "Other"}, "--recipe", "lecture") == 0

    assert 0.001 < answer(gender="Other") < 0.999


class GappyFeatures(Features):
    """A column of every kind that may be missing."""

    example: ClassVar[dict[str, Value]] = {"size": 1.0, "level": 3, "open": 1, "place": "in"}

    size: Annotated[float | None, number(0, 10)] = None
    level: Annotated[int | None, number(0, 10)] = None
    open: Annotated[Flag | None, Field(description="Open")] = None
    place: Annotated[Literal["in", "out"] | None, Field(description="Where")] = None


GAPPY = Task(
    name="gappy",
    title="Gappy",
    kind="binary",
    features=GappyFeatures,
    target="y",
    classes=("0", "1"),
    outcome="y",
)


def gappy_data(missing: dict[str, set[int]]) -> DataSet:
    """Draw rows in which these rows of a column are missing."""
    random = np.random.default_rng(0)
    rows = []
    for row in range(ROWS):
        values: dict[str, Value] = {
            "size": random.uniform(0, 10),
            "level": int(random.integers(11)),
            "open": int(random.integers(2)),
            "place": str(random.choice(["in", "out"])),
        }
        rows.append(values | {name: None for name, gaps in missing.items() if row in gaps})
    labels = np.array([int((row["place"] == "in") + random.normal() > 0.5) for row in rows], dtype=np.int64)
    return DataSet(GAPPY, tuple(map(GappyFeatures.model_validate, rows)), labels)


NULLABLE = [column.name for column in GappyFeatures.columns()]


@pytest.mark.parametrize(
    ("gaps", "levels"),
    [
        ("none", "category"),
        ("test part", "category"),
        ("some", "category"),
        ("some", "most_frequent"),
    ],
)
def test_a_nullable_column_is_answered_however_many_training_values_are_missing(tmp_path, gaps, levels):
    missing = {"none": set(), "some": set(range(0, ROWS, 7)), "test part": set(TEST.tolist())}[gaps]
    recipe = stroke_recipe(columns=None, impute_levels=levels)

    result = quickly_trained(recipe, gappy_data(dict.fromkeys(NULLABLE, missing)))
    # It compares every row of the data with the original pipeline.
    publish(result, tmp_path)

    encoding = read_artefact(tmp_path / "gappy" / "1").model.encoding
    own = {encoded.column for encoded in encoding if encoded.missing}
    assert own == ({"open", "place"} if (gaps, levels) == ("some", "category") else set())


def test_all_columns_without_a_training_value_are_named_in_one_line():
    every = set(range(ROWS))
    data = gappy_data({"size": every, "place": every})

    with pytest.raises(UsageError, match=r"^Columns 'size', 'place': no training row has a value; .* them "):
        quickly_trained(stroke_recipe(columns=None), data)


@pytest.mark.parametrize("column", NULLABLE)
def test_a_nullable_column_of_any_kind_without_a_training_value_is_refused(column):
    data = gappy_data({column: set(TRAINING.tolist())})

    with pytest.raises(UsageError, match=f"Column '{column}': no training row has a value"):
        quickly_trained(stroke_recipe(columns=None), data)


def test_a_level_beside_missing_values_is_constant_only_where_missing_is_imputed():
    data = gappy_data({"place": {row for row in range(ROWS) if row % 2}})
    rows = tuple(
        row if row.__dict__["place"] is None else row.model_copy(update={"place": "in"}) for row in data.rows
    )
    one_level = DataSet(GAPPY, rows, data.labels)

    own = quickly_trained(stroke_recipe(columns=None, impute_levels="category"), one_level)
    imputed = quickly_trained(stroke_recipe(columns=None, impute_levels="most_frequent"), one_level)

    assert own.constant == ()
    assert imputed.constant == ("place",)
