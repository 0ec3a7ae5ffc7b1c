"""A valid row of each task, and small changes to it."""

import json

from predictor.schema.features import Value
from predictor.tasks import find_tasks

TASKS = find_tasks()

Row = dict[str, Value]


def row_of(task: str) -> Row:
    return dict(TASKS[task].features.example)


def without(row: Row, field: str) -> Row:
    return {name: value for name, value in row.items() if name != field}


def with_raw(row: Row, field: str, raw: str) -> bytes:
    """Give the row as JSON, with `raw` as the unquoted text of one value."""
    others = json.dumps(without(row, field))
    return f'{others[:-1]}, "{field}": {raw}}}'.encode()
