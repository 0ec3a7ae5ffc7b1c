"""Files of made-up tasks and recipes in a folder, as `APP_TASKS` names one."""

from pathlib import Path
from textwrap import dedent

TASK = '''
"""A made-up task."""

from typing import Annotated, ClassVar

from predictor.schema.features import Features, Flag, Value, number
from predictor.schema.task import Task


class Row(Features):
    """A made-up row."""

    example: ClassVar[dict[str, Value]] = {{"age": 40.0, "paid": 1}}

    age: Annotated[float, number(0, 120, "years")]
    paid: Flag


TASK = Task(
    name="{name}",
    title="{title}",
    kind="binary",
    features=Row,
    target="left",
    classes={classes},
    outcome="leaving",
)
'''

RECIPE = '''
"""The recipe of a made-up task."""

from predictor.tasks.{name} import TASK
from training.recipe import Recipe, Split, ThresholdRule
from training.task_recipes import TaskRecipes

PRODUCTION = Recipe(
    name="production",
    split=Split(validation="folds", folds=2),
    epochs=2,
    operating_points={{"default": ThresholdRule(rule="fixed", value=0.5, description="One half")}},
)
TASK_RECIPES = TaskRecipes(task=TASK, recipes={{"production": PRODUCTION}})
'''


def write_task(
    folder: Path, name: str, classes: tuple[str, ...] = ("no", "yes"), *, recipe: bool = True
) -> Path:
    """Write the files of a valid task into `folder`, and give the path of its task file."""
    path = write_file(folder, f"tasks/{name}.py", task_text(name, classes))
    if recipe:
        write_file(folder, f"recipes/{name}.py", RECIPE.format(name=name))
    return path


def task_text(name: str, classes: tuple[str, ...] = ("no", "yes")) -> str:
    return TASK.format(name=name, title=name.capitalize(), classes=classes)


def write_file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text).lstrip("\n"), "utf-8")
    return path


def replace(path: Path, old: str, new: str) -> int:
    """Replace a text in a file; give the number of its line."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def write_data(path: Path, classes: tuple[str, ...] = ("no", "yes"), rows: int = 60) -> Path:
    """Write a CSV file for the made-up tasks; older people leave."""
    lines = [f"{20 + number},{number % 2},{classes[number > rows // 2]}" for number in range(rows)]
    path.write_text("\n".join(["age,paid,left", *lines, ""]), "utf-8")
    return path
