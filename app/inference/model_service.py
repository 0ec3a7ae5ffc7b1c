"""One loaded model and how it is asked: its predictor, its threshold on this server, its answers."""

from collections import Counter

from app.http.errors import InvalidRequest
from app.http.query_params import PredictQuery
from app.http.response_writer import ResponseWriter
from app.observability.request_log import LabelCounts
from predictor.model.predictor import Predictor
from predictor.model.thresholds import ChosenThreshold
from predictor.schema.errors import InvalidThreshold, UnknownOperatingPoint


class ModelService:
    """A model that is served; `threshold` is this server's own, if it has one.

    The labels that it answers are counted under its model and version in `label_counts`.
    """

    def __init__(
        self,
        predictor: Predictor,
        threshold: float | None = None,
        label_counts: LabelCounts | None = None,
    ) -> None:
        self.predictor = predictor
        self._threshold = threshold
        self.model = (predictor.manifest.task, predictor.manifest.version)
        counts = Counter() if label_counts is None else label_counts.setdefault(self.model, Counter())
        self.writer = ResponseWriter(predictor.manifest, counts)

    @property
    def version(self) -> int:
        """Give the version of the model."""
        return self.predictor.manifest.version

    def choose_threshold(self, query: PredictQuery) -> ChosenThreshold:
        """Take the request's threshold, else the server's, else the model's; InvalidRequest if it is bad."""
        try:
            return ChosenThreshold.choose(
                self.predictor.manifest.thresholds,
                self._threshold,
                threshold=query.threshold,
                operating_point=query.operating_point,
            )
        except (InvalidThreshold, UnknownOperatingPoint) as error:
            raise InvalidRequest.at(("query", "operating_point"), str(error), "operating_point") from None
