"""Rounds: the contenders take turns, so that a noisy minute strikes all of them alike."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Spread:
    """Least, median and greatest of what the rounds gave."""

    least: float
    median: float
    greatest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Sum up some values."""
        return cls(min(values), statistics.median(values), max(values))

    @classmethod
    def of_ratios(cls, above: Sequence[float], below: Sequence[float]) -> "Spread":
        """Sum up the ratios, each of two values of the same round."""
        return cls.of([a / b for a, b in zip(above, below, strict=True)])


def take_turns(
    contenders: Mapping[str, Callable[[], Result]], rounds: int, warm_up: bool = True
) -> dict[str, list[Result]]:
    """Measure each contender once a round, in turning order; the warm-up round is not counted."""
    names = list(contenders)
    results: dict[str, list[Result]] = {name: [] for name in names}
    for number in range(rounds + warm_up):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            result = contenders[name]()
            if number >= warm_up:
                results[name].append(result)
    return results
