"""The page of the lecture, written from a few quick experiments on a made-up file."""

import dataclasses
import re

import pytest
from rich.console import Console

from tests.support.training.made_up import stroke_records, write_csv
from tests.support.training.runs import quick
from training.errors import TrainingError, UsageError
from training.lecture.page import write_lecture
from training.recipes import find_task_recipes

RECIPES_BY_TASK = find_task_recipes()


def quick_recipes(task: str, rows: set[int], seed_spread=()):
    task_recipes = RECIPES_BY_TASK[task]
    experiments = tuple(
        dataclasses.replace(experiment, changes={})
        for experiment in task_recipes.experiments
        if experiment.row in rows
    )
    return dataclasses.replace(
        task_recipes,
        recipes={"lecture": quick(task_recipes.recipes["lecture"])},
        experiments=experiments,
        seed_spread=seed_spread,
    )


@pytest.fixture(scope="module")
def page(made_up_csv, tmp_path_factory):
    page = tmp_path_factory.mktemp("docs") / "lecture.md"
    recipes_by_task = {
        "iris": quick_recipes("iris", {15}),
        "stroke": quick_recipes("stroke", {8, 9, 10}, seed_spread=({},)),
    }
    write_lecture(recipes_by_task, made_up_csv, page, Console(quiet=True))
    return page


def test_the_page_gives_the_whole_command_of_each_task(page):
    text = page.read_text("utf-8")

    assert "`.venv/bin/python -m training iris --recipe lecture`" in text
    assert "`.venv/bin/python -m training stroke --data FILE --recipe lecture`" in text


def test_an_experiment_without_flags_shows_none(page):
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| 9 |")]

    assert len(lines) == 1
    assert lines[0].split(" | ")[2] == "(none)"
    assert "|  |" not in page.read_text("utf-8")


def test_the_figures_of_the_page_exist(page):
    text = page.read_text("utf-8")

    for name in (
        "stroke_roc_and_pr.svg",
        "stroke_confusion_at_0.5.svg",
        "stroke_confusion_at_0.3.svg",
        "losses.svg",
    ):
        assert f"(lecture/{name})" in text
        assert "<svg" in (page.parent / "lecture" / name).read_text("utf-8")


def test_the_page_states_that_the_seed_was_chosen(page):
    assert "chosen after several were tried" in page.read_text("utf-8").replace("\n", " ")


def test_the_page_compares_the_other_seeds_with_the_recipes_seed(page):
    text = page.read_text("utf-8").partition("### Spread over 6 seeds")[2]
    precisions = dict(re.findall(r"^\| (\d) \| \d+ \| ([.\d]+) \|", text, flags=re.MULTILINE))
    own = precisions.pop("3")

    higher = sum(precision > own for precision in precisions.values())

    assert len(precisions) == 5
    assert (
        f"The recipe's seed is 3. Of the 5 other seeds, {higher} have a higher average precision on the test "
        f"rows and {5 - higher} a lower one.\n"
    ) in text


def test_bad_data_is_refused_before_anything_is_trained_or_written(tmp_path):
    bad = write_csv(tmp_path / "people.csv", [{**stroke_records(1)[0], "age": "old"}])

    with pytest.raises(UsageError, match="column 'age'"):
        write_lecture(RECIPES_BY_TASK, bad, tmp_path / "docs" / "lecture.md", Console(quiet=True))

    assert not (tmp_path / "docs").exists()


@pytest.mark.parametrize("name", ["file/lecture.md", "folder"])
def test_a_page_that_cannot_be_written_ends_with_status_1(made_up_csv, tmp_path, name):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()

    with pytest.raises(TrainingError, match="could not be written") as caught:
        write_lecture(RECIPES_BY_TASK, made_up_csv, tmp_path / name, Console(quiet=True))

    assert caught.value.exit_status == 1
