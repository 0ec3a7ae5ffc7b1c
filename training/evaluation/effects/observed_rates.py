"""Observed rates of the outcome by decile or level of a column, adjusted for another column.

The adjustment is indirect standardisation: the events of a group divided by those that are expected from the
other column alone, times the rate of all rows. Test rows are not used.

Shapes: N rows in which the columns are known.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from predictor.artefact.effects import ObservedRate
from predictor.artefact.weights import Array
from predictor.schema.column import Column, Value
from training.data.dataset import DataSet, Indices
from training.evaluation.effects.expected_rates import expect_rates
from training.evaluation.effects.partial_dependence import choose_columns, round_digits
from training.run import TrainingResult

GROUPS = 10
# With fewer expected events, an adjusted rate would say next to nothing.
MIN_EXPECTED = 5
# The rate of a smaller group would disclose the outcome of a person, and says nothing.
MIN_ROWS = 10

# The name of a group, its mean value if it is one of numbers, and which rows are in it.
Group = tuple[str, float | None, NDArray[np.bool_]]


def find_observed_rates(
    result: TrainingResult, adjust_for: str | None = None, importance: Sequence[str] = ()
) -> tuple[ObservedRate, ...]:
    """Give the rates of the second class over the training and validation rows of a binary task.

    The columns are those of `find_effects`. Without `adjust_for`, and for that column itself, the rates are
    plain.
    """
    rows = np.union1d(result.splits.train, result.splits.validation)
    by_name = {column.name: column for column in result.task.features.columns()}
    rates: list[ObservedRate] = []
    for column in choose_columns(result, importance):
        other = by_name[adjust_for] if adjust_for and adjust_for != column.name else None
        rates += _find_rates(result.data, rows, column, other)
    return tuple(rates)


def _find_rates(data: DataSet, rows: Indices, column: Column, other: Column | None) -> Iterator[ObservedRate]:
    known = [index for index in rows if _is_known(data, index, column, other)]
    values, labels_N = _values(data, known, column), data.labels[known]
    expected_N = expect_rates(other, _values(data, known, other), labels_N) if known and other else None
    for name, mean, in_group_N in _group(column, values):
        events, count = int(labels_N[in_group_N].sum()), int(in_group_N.sum())
        if count < MIN_ROWS:
            continue
        low, high = wilson_interval(events, count)
        plain = ObservedRate(
            column=column.name,
            values=name,
            at=mean,
            rows=count,
            events=events,
            rate=round_digits(events / count),
            interval=(round_digits(low), round_digits(high)),
        )
        if other is None or expected_N is None:
            yield plain
        else:
            yield _adjust(plain, other, float(expected_N[in_group_N].sum()), float(labels_N.mean()))


def _adjust(plain: ObservedRate, other: Column, expected: float, overall: float) -> ObservedRate:
    """Add the adjusted rate and its interval, unless too few events are expected."""
    fields: dict[str, Any] = {"adjusted_for": other.name, "expected": round_digits(expected)}
    if expected >= MIN_EXPECTED:
        # events / expected * overall is the plain rate times this factor, and so are its limits.
        factor = overall * plain.rows / expected
        low, high = (_scaled(limit, factor) for limit in wilson_interval(plain.events, plain.rows))
        rate = _scaled(plain.events / plain.rows, factor)
        fields |= {"adjusted": rate, "adjusted_interval": (low, high)}
    return plain.model_copy(update=fields)


def _scaled(rate: float, factor: float) -> float:
    return round_digits(min(1.0, rate * factor))


def _is_known(data: DataSet, index: int, *columns: Column | None) -> bool:
    values = data.rows[index].__dict__
    return all(values[column.attribute] is not None for column in columns if column)


def _values(data: DataSet, indices: Sequence[int], column: Column) -> list[Value]:
    return [data.rows[index].__dict__[column.attribute] for index in indices]


def _group(column: Column, values: Sequence[Value]) -> Iterator[Group]:
    """Divide rows by level; those of a number by value if there are few, else by decile."""
    if not column.is_numeric:
        texts_N = np.array(list(map(str, values)))
        yield from ((level, None, texts_N == level) for level in column.levels if level in set(texts_N))
        return
    numbers_N = np.array(values, dtype=float)
    places_N = _deciles(numbers_N)
    for place in np.unique(places_N):
        in_group_N = places_N == place
        inside = numbers_N[in_group_N]
        ends = dict.fromkeys((float(inside.min()), float(inside.max())))
        name = column.model_copy(update={"unit": None}).write(*ends, digits=4)
        yield name, round_digits(inside.mean()), in_group_N


def _deciles(numbers_N: Array) -> NDArray[np.intp]:
    distinct = np.unique(numbers_N)
    if len(distinct) <= GROUPS:
        return np.searchsorted(distinct, numbers_N)
    edges = np.unique(np.quantile(numbers_N, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    return np.searchsorted(edges, numbers_N, side="right")


def wilson_interval(events: int, rows: int) -> tuple[float, float]:
    """Give the 95 % score interval of a rate (Wilson 1927)."""
    low, high = binomtest(events, rows).proportion_ci(method="wilson")
    return float(low), float(high)
