"""A task with a column of every kind, nullable and not, and with names that are no identifiers in Python."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from predictor.schema.column import Value
from predictor.schema.features import Features, Flag, number
from predictor.schema.task import Task


class MixedFeatures(Features):
    """One customer; no training row has a green colour."""

    example: ClassVar[dict[str, Value]] = {
        "mean radius": 12.5,
        "1st_floor": 7,
        'is "member"': 1,
        "Größe": "groß",
        "age": 41,
        "weight.kg{0}": 72.5,
        "active": 0,
        "colour": "red",
    }

    mean_radius: Annotated[float | None, number(0, 50, "cm", "Mean radius"), Field(alias="mean radius")] = (
        None
    )
    first_floor: Annotated[int | None, number(0, 20, "m²", "First floor"), Field(alias="1st_floor")] = None
    is_member: Annotated[Flag | None, Field(alias='is "member"')] = None
    size: Annotated[Literal["klein", "groß", 'XX"L'] | None, Field(alias="Größe")] = None
    age: Annotated[int, Field(ge=0, le=120)]
    weight: Annotated[float, number(0, 200, "kg"), Field(alias="weight.kg{0}")]
    active: Flag
    colour: Literal["red", "green", "blue"]


MIXED = Task(
    name="mixed",
    title="Mixed",
    kind="binary",
    features=MixedFeatures,
    target="left",
    classes=("stays", "leaves"),
    outcome="whether a customer leaves",
)
NULLABLE = tuple(column.name for column in MixedFeatures.columns() if column.nullable)


def mixed_rows(count: int, seed: int = 0, gaps: float = 0.2) -> tuple[list[Features], list[int]]:
    """Draw rows, in which this share of the nullable values is missing, and the index of each row's class."""
    random = np.random.default_rng(seed)
    rows: list[Features] = []
    labels = []
    for _ in range(count):
        values: dict[str, Value] = {
            "mean radius": round(random.uniform(5, 20), 2),
            "1st_floor": int(random.integers(1, 12)),
            'is "member"': int(random.integers(2)),
            "Größe": str(random.choice(["klein", "groß", 'XX"L'])),
            "age": int(random.integers(18, 90)),
            "weight.kg{0}": round(random.uniform(50, 110), 1),
            "active": int(random.integers(2)),
            "colour": str(random.choice(["red", "blue"])),
        }
        score = sum(map(bool, (values['is "member"'], values["Größe"] == "groß", values["active"])))
        labels.append(int(score + random.normal(0, 0.7) > 1.5))
        values |= {name: None for name in NULLABLE if random.random() < gaps}
        rows.append(MixedFeatures.model_validate(values))
    return rows, labels
