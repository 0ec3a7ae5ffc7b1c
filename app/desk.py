"""The desk: one loaded model, and how it is asked."""

from collections import Counter
from collections.abc import Awaitable, Sequence
from functools import lru_cache, partial

from app.answers import AnswerWriter
from app.errors import InvalidRequest
from app.query import PredictQuery
from app.turns import Turns, Way
from predictor.errors import InvalidThreshold, UnknownOperatingPoint
from predictor.features import Features
from predictor.predictor import Predictor
from predictor.thresholds import ChosenThreshold

# How often each label was given, by model and version.
LabelsGiven = dict[tuple[str, int], Counter[str]]

# Questions at one error rate are answered together, so each rate in use has its way once.
MOST_ERROR_RATES = 64


class Desk:
    """Answers questions to one model; `threshold` is this server's own, if it has one.

    It adds the labels that it gives to those of its model and version in `labels_given`.
    """

    def __init__(
        self,
        predictor: Predictor,
        turns: Turns,
        threshold: float | None = None,
        labels_given: LabelsGiven | None = None,
    ) -> None:
        self.predictor = predictor
        self._turns = turns
        self._threshold = threshold
        self.model = (predictor.manifest.task, predictor.manifest.version)
        labels = Counter() if labels_given is None else labels_given.setdefault(self.model, Counter())
        self._writer = AnswerWriter(predictor.manifest, labels)
        self._ways = lru_cache(MOST_ERROR_RATES)(self._make_way)

    def answer(self, row: Features, query: PredictQuery, began: float | None = None) -> Awaitable[bytes]:
        """Answer one row, together with what arrived when it did; see `Turns.ask` for `began`."""
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
