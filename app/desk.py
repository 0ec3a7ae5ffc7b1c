"""The desk: one loaded model, and how it is asked.

Rows that arrive together are predicted together. An event loop takes up everything that has arrived
before it comes back to what it was asked to do next; so the first row asks it to come back, and by
then the others are waiting beside it. No row ever waits for a timer: one that is alone is answered
alone. Sixteen rows together cost about twice as much as one (`make bench PARTS=stages`).
"""

from asyncio import Future, get_running_loop, sleep
from collections.abc import Sequence
from typing import NamedTuple

from app.answers import AnswerWriter
from app.errors import InvalidRequest
from app.query import PredictQuery
from predictor.errors import InvalidThreshold, UnknownOperatingPoint
from predictor.features import Features
from predictor.predictor import Predictor
from predictor.thresholds import ChosenThreshold


class Question(NamedTuple):
    """One row that waits for its answer."""

    row: Features
    threshold: ChosenThreshold
    error_rate: float
    answer: Future[bytes]


class Desk:
    """Answers questions to one model; `threshold` is this server's own, if it has one."""

    def __init__(self, predictor: Predictor, threshold: float | None = None) -> None:
        self.predictor = predictor
        self._threshold = threshold
        self._writer = AnswerWriter(predictor.manifest)
        self._waiting: list[Question] = []

    async def answer(self, row: Features, query: PredictQuery) -> bytes:
        """Answer one row, together with all that arrived when it did."""
        answer: Future[bytes] = get_running_loop().create_future()
        self._waiting.append(Question(row, self.choose_threshold(query), query.error_rate, answer))
        if len(self._waiting) == 1:
            try:
                await sleep(0)
            finally:
                # Even if this request is given up: the others depend on it.
                self._answer_all()
        return await answer

    def answer_batch(self, rows: Sequence[Features], query: PredictQuery) -> bytes:
        """Answer rows in the order given, each exactly as the call for one row does."""
        threshold = self.choose_threshold(query)
        return self._writer.batch(self.predictor.predict(rows, query.error_rate), threshold)

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

    def _answer_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for error_rate in {question.error_rate for question in waiting}:
            self._answer_together([one for one in waiting if one.error_rate == error_rate], error_rate)

    def _answer_together(self, questions: Sequence[Question], error_rate: float) -> None:
        try:
            predictions = self.predictor.predict([one.row for one in questions], error_rate)
            answers = self._writer.singles(predictions, [one.threshold for one in questions])
        except Exception as error:  # noqa: BLE001 (whatever it is, those who wait must hear of it)
            self._tell_whom_it_concerns(questions, error)
            return
        for question, answer in zip(questions, answers, strict=True):
            if not question.answer.done():
                question.answer.set_result(answer)

    def _tell_whom_it_concerns(self, questions: Sequence[Question], error: Exception) -> None:
        if len(questions) > 1:
            for question in questions:
                self._answer_together([question], question.error_rate)
        elif not questions[0].answer.done():
            questions[0].answer.set_exception(error)
