from dataclasses import replace
from typing import Annotated, ClassVar

import pytest
from pydantic import Field

from predictor.schema.column import Value
from predictor.schema.features import Features, Flag, number
from tests.support.mixed_task import MIXED


class Twice(Features):
    height: Annotated[float, number(0, 9), Field(alias="size")]
    size: Flag


class OddExample(Features):
    example: ClassVar[dict[str, Value]] = {"tame": 2}

    tame: Flag


class Nothing(Features):
    """No field."""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "Mixed"}, "name: "),
        ({"name": "../mixed"}, "name: "),
        ({"classes": ("a",)}, "a binary task has two"),
        ({"classes": ("a", "b", "c")}, "a binary task has two"),
        ({"kind": "multiclass"}, "a multiclass task has more"),
        ({"classes": ("a", "a")}, "given twice"),
        ({"target": "mean radius"}, "'mean radius' is a feature"),
        ({"identifier": "Größe"}, "'Größe' is a feature"),
        ({"features": Twice}, "two fields have the name 'size'"),
        ({"features": OddExample}, "example: tame: "),
        ({"features": Nothing}, "features: there are none"),
    ],
)
def test_a_mistake_in_a_task_is_named(changes, reason):
    with pytest.raises(ValueError, match=reason):
        replace(MIXED, **changes)
