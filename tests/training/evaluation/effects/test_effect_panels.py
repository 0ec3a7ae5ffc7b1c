"""The figure of the effects: a panel for each column, also for unusual columns."""

from typing import Any
from xml.etree.ElementTree import parse

import pytest

from predictor.artefact.effects import Effect, ObservedRate
from training.evaluation.effects.effect_panels import draw_effects

LONG = "a rather long name of a level that does not fit"


def effect(column: str, values: tuple[float | str, ...], mean: float = 0.2, outcome: str = "yes") -> Effect:
    count = len(values)
    return Effect(
        column=column,
        outcome=outcome,
        rows=10,
        values=values,
        mean=(mean,) * count,
        low=(mean / 2,) * count,
        high=(mean,) * count,
        median_factor=1.0,
        high_factor=1.0,
        falls=None,
    )


def rate(column: str, values: str, at: float | None = None, **changes: Any) -> ObservedRate:
    fields = {"column": column, "values": values, "at": at, "rows": 10, "events": 3, "rate": 0.3}
    return ObservedRate.model_validate(fields | {"interval": (0.1, 0.6)} | changes)


def texts(path) -> str:
    tree = parse(path)  # noqa: S314 (matplotlib wrote this file)
    return "\n".join(element.text or "" for element in tree.iter() if element.tag.endswith("}text"))


def test_the_figure_names_every_column_and_says_what_is_drawn(tmp_path):
    adjusted: dict[str, Any] = {
        "adjusted_for": "age",
        "expected": 8.0,
        "adjusted": 0.2,
        "adjusted_interval": (0.1, 0.4),
    }
    few: dict[str, Any] = {"adjusted_for": "age", "expected": 2.0}
    effects = [effect("age", (1.0, 2.0)), effect("sex", ("Female", LONG))]
    rates = [rate("age", "1 to 2", 1.5), rate("sex", "Female", **adjusted), rate("sex", LONG, **few)]

    draw_effects(effects, rates, tmp_path / "effects.svg")

    written = texts(tmp_path / "effects.svg")
    for text in ("age", "sex", "Female", "adjusted for age", "95 % interval"):
        assert text in written
    assert LONG not in written


@pytest.mark.parametrize(
    ("effects", "rates"),
    [
        ([effect("x", (1.0,))], []),
        ([effect("x", (1.0, 2.0), mean=0.0)], []),
        ([effect("x", tuple(f"level {number}" for number in range(50)))], [rate("x", "level 3")]),
        ([effect("x", ("a", "b"))], [rate("x", "only in validation rows")]),
        ([effect(f"x{number}", (1.0, 2.0)) for number in range(12)], []),
    ],
    ids=["one value", "no probability", "many levels", "another level", "twelve columns"],
)
def test_unusual_columns_are_drawn(effects, rates, tmp_path):
    draw_effects(effects, rates, tmp_path / "effects.svg")

    assert all(effect.column in texts(tmp_path / "effects.svg") for effect in effects)


def test_several_classes_have_lines_with_names(tmp_path):
    effects = [effect("x", (1.0, 2.0), outcome=name) for name in ("low", "middle", "high")]

    draw_effects(effects, [], tmp_path / "effects.svg")

    assert all(name in texts(tmp_path / "effects.svg") for name in ("low", "middle", "high"))


def test_the_same_effects_give_the_same_bytes(tmp_path):
    for name in ("a.svg", "b.svg"):
        draw_effects([effect("x", (1.0, 2.0))], [rate("x", "1 to 2", 1.5)], tmp_path / name)

    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
