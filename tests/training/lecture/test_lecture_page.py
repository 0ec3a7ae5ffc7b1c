"""The lecture's page, written from a few quick experiments on a made-up file."""

import dataclasses
import re

import pytest
from rich.console import Console

from tests.support.training.made_up import stroke_records, write_csv
from tests.support.training.runs import quick
from training.errors import TrainingError, UsageError
from training.lecture.experiments import write_lecture
from training.recipes import find_task_recipes

BOOKS = find_task_recipes()


def quick_book(task: str, rows: set[int], scatter=()):
    task_recipes = BOOKS[task]
    chosen = tuple(
        dataclasses.replace(experiment, changes={})
        for experiment in task_recipes.experiments
        if experiment.row in rows
    )
    return dataclasses.replace(
        task_recipes,
        recipes={"lecture": quick(task_recipes.recipes["lecture"])},
        experiments=chosen,
        scatter=scatter,
    )


@pytest.fixture(scope="module")
def page(made_up_csv, tmp_path_factory):
    page = tmp_path_factory.mktemp("docs") / "lecture.md"
    recipes_by_task = {
        "iris": quick_book("iris", {15}),
        "stroke": quick_book("stroke", {8, 9, 10}, scatter=({},)),
    }
    write_lecture(recipes_by_task, made_up_csv, page, Console(quiet=True))
    return page


def test_the_page_gives_the_whole_command_of_each_task(page):
    text = page.read_text("utf-8")

    assert "`.venv/bin/python -m training iris --recipe lecture`" in text
    assert "`.venv/bin/python -m training stroke --data FILE --recipe lecture`" in text


def test_an_experiment_without_flags_says_so(page):
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| 9 |")]

    assert len(lines) == 1
    assert lines[0].split(" | ")[2] == "(none)"
    assert "|  |" not in page.read_text("utf-8")


def test_the_figures_that_the_page_shows_are_there(page):
    text = page.read_text("utf-8")

    for name in (
        "stroke_roc_and_pr.svg",
        "stroke_confusion_at_0.5.svg",
        "stroke_confusion_at_0.3.svg",
        "losses.svg",
    ):
        assert f"(lecture/{name})" in text
        assert "<svg" in (page.parent / "lecture" / name).read_text("utf-8")


def test_the_page_says_that_the_seed_was_chosen(page):
    assert "chosen after seeing several" in page.read_text("utf-8").replace("\n", " ")


def test_under_the_scatter_stands_how_the_other_seeds_compare_with_the_recipes_own(page):
    text = page.read_text("utf-8").partition("### The scatter over 6 seeds")[2]
    precisions = dict(re.findall(r"^\| (\d) \| \d+ \| ([.\d]+) \|", text, flags=re.MULTILINE))
    own = precisions.pop("3")

    higher = sum(precision > own for precision in precisions.values())

    assert len(precisions) == 5
    assert (
        "The recipe's own seed is 3. The average precision on the test part is higher with "
        f"{higher} of the 5 others, lower with {5 - higher}.\n"
    ) in text


def test_bad_data_is_refused_before_anything_is_trained_or_written(tmp_path):
    bad = write_csv(tmp_path / "people.csv", [{**stroke_records(1)[0], "age": "old"}])

    with pytest.raises(UsageError, match="column 'age'"):
        write_lecture(BOOKS, bad, tmp_path / "docs" / "lecture.md", Console(quiet=True))

    assert not (tmp_path / "docs").exists()


@pytest.mark.parametrize("name", ["file/lecture.md", "folder"])
def test_a_page_that_cannot_be_written_ends_with_status_1(made_up_csv, tmp_path, name):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()

    with pytest.raises(TrainingError, match="could not be written") as caught:
        write_lecture(BOOKS, made_up_csv, tmp_path / name, Console(quiet=True))

    assert caught.value.exit_status == 1
