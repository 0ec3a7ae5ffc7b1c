"""The desk: one loaded model, and how it is asked."""

from collections import Counter
from collections.abc import Awaitable, Sequence
from functools import lru_cache, partial

from app.http.errors import InvalidRequest
from app.http.query_params import PredictQuery
from app.http.response_writer import ResponseWriter
from app.inference.batching import BatchQueue, Way
from app.observability.request_log import LabelCounts
from predictor.model.predictor import Predictor
from predictor.model.thresholds import ChosenThreshold
from predictor.schema.errors import InvalidThreshold, UnknownOperatingPoint
from predictor.schema.features import Features

# Questions at one error rate are answered together, so each rate in use has its way once.
MOST_ERROR_RATES = 64


class ModelService:
    """Answers questions to one model; `threshold` is this server's own, if it has one.

    It adds the labels that it gives to those of its model and version in `label_counts`.
    """

    def __init__(
        self,
        predictor: Predictor,
        batch_queue: BatchQueue,
        threshold: float | None = None,
        label_counts: LabelCounts | None = None,
    ) -> None:
        self.predictor = predictor
        self._turns = batch_queue
        self._threshold = threshold
        self.model = (predictor.manifest.task, predictor.manifest.version)
        labels = Counter() if label_counts is None else label_counts.setdefault(self.model, Counter())
        self._writer = ResponseWriter(predictor.manifest, labels)
        self._ways = lru_cache(MOST_ERROR_RATES)(self._make_way)

    def answer(self, row: Features, query: PredictQuery, began: float | None = None) -> Awaitable[bytes]:
        """Answer one row, together with what arrived when it did; see `BatchQueue.ask` for `began`."""
        way = self._ways(query.error_rate)
        return self._turns.ask(way, (row, self.choose_threshold(query)), began=began)

    def answer_batch(
        self, rows: Sequence[Features], query: PredictQuery, began: float | None = None
    ) -> Awaitable[bytes]:
        """Answer rows in the order given, each exactly as the call for one row does."""
        # A way of its own: where one batch fails, no other is answered, and counted, a second time.
        way = partial(self._answer_batch, query.error_rate)
        return self._turns.ask(way, (rows, self.choose_threshold(query)), len(rows), began)

    def choose_threshold(self, query: PredictQuery) -> ChosenThreshold:
        """Take the request's choice, else the server's, else the model's; InvalidRequest if it is bad."""
        try:
            return ChosenThreshold.choose(
                self.predictor.manifest.thresholds,
                self._threshold,
                threshold=query.threshold,
                operating_point=query.operating_point,
            )
        except (InvalidThreshold, UnknownOperatingPoint) as error:
            raise InvalidRequest.at(("query", "operating_point"), str(error), "operating_point") from None

    def _make_way(self, error_rate: float) -> Way:
        return partial(self._answer_rows, error_rate)

    def _answer_rows(
        self, error_rate: float, questions: Sequence[tuple[Features, ChosenThreshold]]
    ) -> list[bytes]:
        rows, thresholds = zip(*questions, strict=True)
        return self._writer.singles(self.predictor.predict(rows, error_rate), thresholds)

    def _answer_batch(
        self, error_rate: float, questions: Sequence[tuple[Sequence[Features], ChosenThreshold]]
    ) -> list[bytes]:
        ((rows, threshold),) = questions
        return [self._writer.batch(self.predictor.predict(rows, error_rate), threshold)]
