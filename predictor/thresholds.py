"""Thresholds: where a probability becomes a label, and what that does to the people concerned."""

from bisect import bisect_left
from itertools import pairwise
from typing import Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

from predictor.errors import InvalidThreshold, UnknownOperatingPoint
from predictor.task import TaskKind

ThresholdSource = Literal["request", "server", "model"]

STEPS = 10_000


class CountTable(BaseModel):
    """How many held-out rows score at each step of 1/10,000: hits and misses, sparse and ascending.

    In a binary task a hit is a row with the outcome; otherwise a row whose most probable class is
    the true one. Probabilities are rounded down to a step, so a threshold with at most four
    decimals is answered exactly, and any other is rounded up to the next step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[NonNegativeInt, ...]
    hits: tuple[NonNegativeInt, ...]
    misses: tuple[NonNegativeInt, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not len(self.steps) == len(self.hits) == len(self.misses):
            raise ValueError("steps, hits and misses are not equally many")
        if any(step >= following for step, following in pairwise(self.steps)):
            raise ValueError("the steps do not ascend")
        return self

    def at(self, threshold: float) -> tuple[int, int]:
        """Count the hits and misses at or above a threshold from 0 to 1."""
        # The small term undoes the rounding of products such as 0.07 * 10,000.
        step = int(-(-(threshold * STEPS - 1e-6) // 1))
        first = bisect_left(self.steps, step)
        return sum(self.hits[first:]), sum(self.misses[first:])


Rates = dict[str, float | None]


class OperatingPoint(BaseModel):
    """A named threshold, the reason for it, and what it does to held-out rows, with 95 % intervals."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    threshold: float = Field(ge=0, le=1)
    description: str
    rates: Rates = {}
    intervals: dict[str, tuple[float, float]] = {}


class Thresholds(BaseModel):
    """A model's own default, its named operating points, and the counts behind them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default: float = Field(ge=0, le=1)
    operating_points: dict[str, OperatingPoint]
    table: CountTable

    @model_validator(mode="after")
    def _check(self) -> Self:
        default = self.operating_points.get("default")
        if default is None or default.threshold != self.default:
            raise ValueError("the operating point `default` is missing, or is not the default threshold")
        if any(point.rates.keys() != default.rates.keys() for point in self.operating_points.values()):
            raise ValueError("the operating points do not have the same rates")
        return self

    def named(self, name: str) -> float:
        """Give the threshold of an operating point; UnknownOperatingPoint lists the names."""
        if name not in self.operating_points:
            names = ", ".join(self.operating_points)
            raise UnknownOperatingPoint(f"There is no operating point of that name; there are: {names}.")
        return self.operating_points[name].threshold


class ChosenThreshold(NamedTuple):
    """The threshold in force for one request, and who set it."""

    value: float
    source: ThresholdSource

    @classmethod
    def choose(
        cls,
        thresholds: Thresholds,
        server: float | None = None,
        *,
        threshold: float | None = None,
        operating_point: str | None = None,
    ) -> Self:
        """Take the request's choice, else the server's, else the model's."""
        if threshold is not None and operating_point is not None:
            raise InvalidThreshold("Give either threshold or operating_point, not both.")
        if operating_point is not None:
            return cls(thresholds.named(operating_point), "request")
        if threshold is not None:
            return cls(threshold, "request")
        if server is not None:
            return cls(server, "server")
        return cls(thresholds.default, "model")


def binary_rates(table: CountTable, threshold: float) -> Rates:
    """Give counts and rates at a threshold; see `rates_of_counts`."""
    positives, negatives = sum(table.hits), sum(table.misses)
    true_positives, false_positives = table.at(threshold)
    return rates_of_counts(true_positives, false_positives, positives, negatives, threshold)


def rates_of_counts(
    true_positives: int, false_positives: int, positives: int, negatives: int, threshold: float
) -> Rates:
    """Give the rates of a confusion matrix at a threshold t; None where nothing can be divided by.

    Harm-to-benefit odds are t / (1 - t): how many flagged in vain one found is worth to whoever
    chooses t. Net benefit is TP/n - FP/n * t / (1 - t) (Vickers & Elkin 2006).
    """
    false_negatives, true_negatives = positives - true_positives, negatives - false_positives
    flagged, rows = true_positives + false_positives, positives + negatives
    odds = threshold / (1 - threshold) if threshold < 1 else None
    return {
        "true_positives": true_positives,
        "false_positives": false_positives,
        "true_negatives": true_negatives,
        "false_negatives": false_negatives,
        "sensitivity": _share(true_positives, positives),
        "specificity": _share(true_negatives, negatives),
        "ppv": _share(true_positives, flagged),
        "npv": _share(true_negatives, true_negatives + false_negatives),
        "flagged_per_1000": _share(1000 * flagged, rows),
        "harm_to_benefit_odds": odds,
        "net_benefit": None if odds is None or not rows else (true_positives - odds * false_positives) / rows,
    }


def multiclass_rates(table: CountTable, threshold: float) -> Rates:
    """Give how many rows get a label at a threshold, and how many of these labels are right."""
    right, wrong = table.at(threshold)
    rows = sum(table.hits) + sum(table.misses)
    return {
        "labelled": right + wrong,
        "withheld": rows - right - wrong,
        "coverage": _share(right + wrong, rows),
        "accuracy": _share(right, right + wrong),
    }


def rates_at(kind: TaskKind, table: CountTable, threshold: float) -> Rates:
    """Give the rates that belong to a kind of task."""
    return (binary_rates if kind == "binary" else multiclass_rates)(table, threshold)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
