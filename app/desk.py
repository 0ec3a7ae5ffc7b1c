"""The desk: one loaded model, and how it is asked."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from app.answers import AnswerWriter
from app.errors import InvalidRequest
from app.query import PredictQuery
from app.turns import Turns
from predictor.errors import InvalidThreshold, UnknownOperatingPoint
from predictor.features import Features
from predictor.predictor import Predictor
from predictor.thresholds import ChosenThreshold

# How often each label was given, by model and version.
LabelsGiven = dict[tuple[str, int], Counter[str]]


class RowQuestion(NamedTuple):
    """One row, and how its answer is wanted."""

    row: Features
    threshold: ChosenThreshold
    error_rate: float


class BatchQuestion(NamedTuple):
    """Rows that are answered in one document."""

    rows: Sequence[Features]
    threshold: ChosenThreshold
    error_rate: float


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

    async def answer(self, row: Features, query: PredictQuery) -> bytes:
        """Answer one row, together with what arrived when it did."""
        question = RowQuestion(row, self.choose_threshold(query), query.error_rate)
        return await self._turns.ask(self._answer_rows, question)

    async def answer_batch(self, rows: Sequence[Features], query: PredictQuery) -> bytes:
        """Answer rows in the order given, each exactly as the call for one row does."""
        question = BatchQuestion(rows, self.choose_threshold(query), query.error_rate)
        return await self._turns.ask(self._answer_batches, question, len(rows))

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

    def _answer_rows(self, questions: Sequence[RowQuestion]) -> list[bytes]:
        answers: dict[int, bytes] = {}
        for error_rate in {question.error_rate for question in questions}:
            places = [i for i, question in enumerate(questions) if question.error_rate == error_rate]
            predictions = self.predictor.predict([questions[i].row for i in places], error_rate)
            texts = self._writer.singles(predictions, [questions[i].threshold for i in places])
            answers.update(zip(places, texts, strict=True))
        return [answers[i] for i in range(len(questions))]

    def _answer_batches(self, questions: Sequence[BatchQuestion]) -> list[bytes]:
        return [
            self._writer.batch(self.predictor.predict(rows, error_rate), threshold)
            for rows, threshold, error_rate in questions
        ]
