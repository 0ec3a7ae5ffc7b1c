"""One served model: its predictor, the server's threshold for it, and the writer of its answers."""

from collections import Counter

from app.http.errors import InvalidRequest
from app.http.query_params import PredictQuery
from app.http.response_writer import ResponseWriter
from app.observability.request_log import LabelCounts
from predictor.model.predictor import Predictor
from predictor.model.thresholds import ChosenThreshold
from predictor.schema.errors import InvalidThreshold, UnknownOperatingPoint


class ModelService:
    """A served model; `threshold` is the server's setting for it, if there is one.

    The labels of its answers are counted in `label_counts`, under its name and version.
    """

    def __init__(self, predictor: Predictor, threshold: float | None, label_counts: LabelCounts) -> None:
        self.predictor = predictor
        self._threshold = threshold
        self.model_id = (predictor.manifest.task, predictor.manifest.version)
        self.writer = ResponseWriter(predictor.manifest, label_counts.setdefault(self.model_id, Counter()))

    @property
    def version(self) -> int:
        """Give the version of the model."""
        return self.predictor.manifest.version

    def choose_threshold(self, query: PredictQuery) -> ChosenThreshold:
        """Choose the request's threshold, else the server's, else the model's.

        Raises InvalidRequest for an unknown operating point, or for one together with a threshold.
        """
        try:
            return ChosenThreshold.choose(
                self.predictor.manifest.thresholds,
                self._threshold,
                threshold=query.threshold,
                operating_point=query.operating_point,
            )
        except (InvalidThreshold, UnknownOperatingPoint) as error:
            raise InvalidRequest.at(("query", "operating_point"), str(error), "operating_point") from None
