"""Thresholds: where a probability becomes a label, and what that does to the people concerned."""

from typing import Literal, NamedTuple, Self

from predictor.artefact.records import Thresholds
from predictor.schema.errors import InvalidThreshold

ThresholdSource = Literal["request", "server", "model"]


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
            if not 0 <= threshold <= 1:
                raise InvalidThreshold("A threshold is a number from 0 to 1.")
            return cls(threshold, "request")
        if server is not None:
            return cls(server, "server")
        return cls(thresholds.default, "model")
