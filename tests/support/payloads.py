"""The shipped tasks, a valid row of each, and small changes to it."""

import json

from predictor.schema.column import Value
from predictor.tasks import find_task, read_tasks

# A clone may have more tasks, with or without a model; these tests are about the shipped ones.
TASKS = {name: find_task(name) for name in ("iris", "stroke")}

_FOUND = read_tasks()
# What a server logs about the other tasks of this clone.
LEFT_OUT = (
    *(f"{name} is not trained" for name in _FOUND.valid.keys() - TASKS.keys()),
    *(str(mistake) for mistake in _FOUND.mistakes.values()),
)

Row = dict[str, Value]


def row_of(task: str) -> Row:
    return dict(TASKS[task].features.example)


def without(row: Row, field: str) -> Row:
    return {name: value for name, value in row.items() if name != field}


def with_raw(row: Row, field: str, raw: str) -> bytes:
    """Give the row as JSON, with `raw` as the unquoted text of one value."""
    others = json.dumps(without(row, field))
    return f'{others[:-1]}, "{field}": {raw}}}'.encode()


# Rows of each task, with missing values and values outside the training range.
RECORDS = {
    "stroke": [
        row_of("stroke") | {"age": age, "bmi": bmi} for age in (3.0, 40.0, 71.0) for bmi in (None, 25.5)
    ],
    "iris": [row_of("iris") | {"PetalLength": length} for length in (0.25, 1.5, 4.0, 6.0, 29.0, 1.0)],
}
