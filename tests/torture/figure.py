"""What a part of the torture promises, and what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from benchmarks.tables import table


@dataclass(frozen=True)
class Figure:
    """One line of the table; `is_kept` is None where this machine lacks what is needed to try.

    `is_timed` marks what a busy machine may miss through no fault of the server: no test asks for it.
    """

    what: str
    wanted: str
    found: str
    is_kept: bool | None
    is_timed: bool = False

    def verdict(self) -> str:
        return {True: "kept", False: "MISSED", None: "not tried"}[self.is_kept]


@dataclass(frozen=True)
class Form:
    """How long each part takes: the long form is what is promised, the short one looks for regressions."""

    examples: int
    timeout_seconds: int
    slow_rounds: int
    terminations: int
    requests_each: int
    kills: int
    swaps: int
    overload_seconds: float
    moments: int
    flips: int
    cuts: int
    warm_up_seconds: float
    soak_seconds: float
    timings: int


LONG = Form(
    examples=200,
    timeout_seconds=10,
    slow_rounds=3,
    terminations=6,
    requests_each=2_000,
    kills=20,
    swaps=100,
    overload_seconds=20,
    moments=20,
    flips=1_000,
    cuts=100,
    warm_up_seconds=30,
    soak_seconds=300,
    timings=1_500,
)
SHORT = Form(
    examples=5,
    timeout_seconds=2,
    slow_rounds=3,
    terminations=2,
    requests_each=500,
    kills=2,
    swaps=10,
    overload_seconds=5,
    moments=3,
    flips=100,
    cuts=20,
    warm_up_seconds=6,
    soak_seconds=8,
    timings=300,
)


def report(figures: Sequence[Figure]) -> str:
    """Lay out the table."""
    rows = [[one.what, one.wanted, one.found, one.verdict()] for one in figures]
    return table(["what", "wanted", "found", ""], rows)


def p99(seconds: Sequence[float]) -> float:
    """Give the time that one in a hundred takes longer than."""
    return quantiles(seconds, n=100, method="inclusive")[-1]
