"""Thresholds: from which probability on a row gets a label."""

from typing import Literal, NamedTuple, Self

from predictor.artefact.records import Thresholds
from predictor.schema.errors import InvalidThreshold

ThresholdSource = Literal["request", "server", "model"]


class ChosenThreshold(NamedTuple):
    """The threshold of one request, and where it comes from."""

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
        """Choose the request's threshold, else the server's, else the model's.

        InvalidThreshold unless it is one number from 0 to 1; UnknownOperatingPoint names those that exist.
        """
        if threshold is not None and operating_point is not None:
            raise InvalidThreshold("Give either threshold or operating_point, not both.")
        if operating_point is not None:
            return cls(thresholds.threshold_of(operating_point), "request")
        if threshold is not None:
            if not 0 <= threshold <= 1:
                raise InvalidThreshold("A threshold is a number from 0 to 1.")
            return cls(threshold, "request")
        if server is not None:
            return cls(server, "server")
        return cls(thresholds.default, "model")
