"""Rounds: the measurements alternate, so that a noisy minute affects all of them equally."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Spread:
    """Minimum, median and maximum over the rounds."""

    minimum: float
    median: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summarise some values."""
        return cls(min(values), statistics.median(values), max(values))

    @classmethod
    def of_ratios(cls, numerators: Sequence[float], denominators: Sequence[float]) -> "Spread":
        """Summarise the ratios; each is of two values of the same round."""
        return cls.of([a / b for a, b in zip(numerators, denominators, strict=True)])


def alternate(
    measurements: Mapping[str, Callable[[], Result]], rounds: int, warm_up: bool = True
) -> dict[str, list[Result]]:
    """Run each measurement once a round, in rotating order; the results of the warm-up round are dropped."""
    names = list(measurements)
    results: dict[str, list[Result]] = {name: [] for name in names}
    for number in range(rounds + warm_up):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            result = measurements[name]()
            if number >= warm_up:
                results[name].append(result)
    return results
