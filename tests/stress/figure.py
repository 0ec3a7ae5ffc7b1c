"""What a part of the stress test promises, and what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from benchmarks.measurement.tables import table


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

    examples: int = 200
    timeout_seconds: int = 10
    slow_rounds: int = 3
    terminations: int = 6
    requests_each: int = 2_000
    kills: int = 20
    swaps: int = 100
    overload_seconds: float = 20
    moments: int = 20
    flips: int = 1_000
    cuts: int = 100
    warm_up_seconds: float = 30
    soak_seconds: float = 300
    timings: int = 1_500


LONG = Form()
SHORT = Form(
    examples=5,
    timeout_seconds=4,
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


def longest(what: str, seconds: Sequence[float], limit_seconds: float, record: str = "") -> Figure:
    """Hold the longest of some times to a limit."""
    return Figure(
        what,
        f"within {limit_seconds} s{record}",
        f"the longest of {len(seconds)} took {max(seconds):.2f} s",
        max(seconds) <= limit_seconds,
    )
