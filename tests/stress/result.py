"""The results of the stress test, and the table that reports them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from benchmarks.measurement.tables import table


@dataclass(frozen=True)
class Result:
    """One row of the report; `is_met` is None where this machine lacks what the part needs.

    `is_timed` marks a result that other programs on the machine can spoil; the test suite does not assert it.
    """

    what: str
    wanted: str
    found: str
    is_met: bool | None
    is_timed: bool = False

    def verdict(self) -> str:
        return {True: "met", False: "MISSED", None: "not tried"}[self.is_met]


def report(results: Sequence[Result]) -> str:
    """Format the results as a table."""
    rows = [[result.what, result.wanted, result.found, result.verdict()] for result in results]
    return table(["what", "wanted", "found", "verdict"], rows)


def p99(seconds: Sequence[float]) -> float:
    """Give the 99th percentile."""
    return quantiles(seconds, n=100, method="inclusive")[-1]


def compare_maximum(what: str, seconds: Sequence[float], limit_seconds: float, remark: str = "") -> Result:
    """Compare the longest of some times with a limit."""
    return Result(
        what,
        f"at most {limit_seconds} s{remark}",
        f"{max(seconds):.2f} s, the longest of {len(seconds)}",
        max(seconds) <= limit_seconds,
    )
