"""What differs between the features and classes of a model and those of its task, in one line."""

from typing import Any

from predictor.artefact.manifest import Manifest
from predictor.schema.column import Column
from predictor.schema.task import Task


def describe_difference(manifest: Manifest, task: Task) -> str:
    """Name the first fact that differs."""
    if manifest.task != task.name:
        return f"it is a model of {manifest.task}"
    if manifest.classes != task.classes:
        return _both("classes", ", ".join(manifest.classes), ", ".join(task.classes))
    in_model = {feature.column.name: feature.column for feature in manifest.features}
    in_task = {column.name: column for column in task.features.columns()}
    if absent := [name for name in in_model if name not in in_task]:
        return f"the task lacks the columns: {', '.join(absent)}"
    if added := [name for name in in_task if name not in in_model]:
        return f"the model lacks the columns: {', '.join(added)}"
    changed = [_changed(column, in_task[name]) for name, column in in_model.items()]
    return next(filter(None, changed), "the columns stand in another order, or their fingerprint differs")


def _changed(in_model: Column, in_task: Column) -> str:
    """Name the first fact of a column that differs, if any does."""
    facts = in_task.facts()
    for name, value in in_model.facts().items():
        if value != facts[name]:
            return f"{in_model.name}: {_both(name, _written(value), _written(facts[name]))}"
    return ""


def _written(fact: Any) -> str:
    if isinstance(fact, tuple):
        return ", ".join(fact) or "none"
    return repr(fact or "") if fact is None or isinstance(fact, str) else str(fact)


def _both(name: str, in_model: str, in_task: str) -> str:
    return f"{name} {in_model} in the model, {in_task} in the task"
