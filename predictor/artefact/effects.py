"""The records of a manifest on single columns: their effect on the answers, and the observed rates."""

from typing import Annotated, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from predictor.artefact.records import Probability, Record

Factor = Annotated[float, Field(ge=1)]


class Effect(Record):
    """The partial dependence of the probability of one class on one column, over held-out rows.

    At each value stand the mean over the rows in which the column has this value, and the 5th and 95th
    percentile of this mean over the networks. A factor is the largest divided by the smallest probability of
    one row over the values: `median_factor` and `high_factor` are the median and the 98th percentile over the
    rows. `falls` is the share of rows whose probability is anywhere lower at a higher value; categories have
    no order.
    """

    column: str
    outcome: str
    rows: PositiveInt
    values: tuple[float | str, ...] = Field(min_length=1)
    mean: tuple[Probability, ...]
    low: tuple[Probability, ...]
    high: tuple[Probability, ...]
    median_factor: Factor
    high_factor: Factor
    falls: Probability | None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if {len(self.mean), len(self.low), len(self.high)} != {len(self.values)}:
            raise ValueError("mean, low and high must have one number for each value")
        return self


class ObservedRate(Record):
    """The observed rate of the outcome in the rows with some values of one column.

    `at` is the mean of a number in these rows. `expected` is the number of events that the column
    `adjusted_for` alone leads to expect; where it is too small, there is no adjusted rate. The intervals
    are ones of 95 %.
    """

    column: str
    values: str
    at: float | None
    rows: PositiveInt
    events: NonNegativeInt
    rate: Probability
    interval: tuple[Probability, Probability]
    adjusted_for: str | None = None
    expected: float | None = None
    adjusted: Probability | None = None
    adjusted_interval: tuple[Probability, Probability] | None = None
