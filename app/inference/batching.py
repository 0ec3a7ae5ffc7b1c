"""Turns: questions that arrive together are answered together, and only so many may wait.

An event loop takes up everything that has arrived before it comes back to what it was asked to do
next. So the first question asks it to come back, and by then the others wait beside it; nobody waits
for a timer, and one that is alone is answered alone. A turn answers so many rows and no more: between
two turns the loop tells how it is, and refuses those for whom there is no place.
"""

from asyncio import Future, get_running_loop, sleep
from collections import deque
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, NoReturn

from app.http.errors import Overloaded

# Gives an answer to each of some questions; those of one way are asked together.
Way = Callable[[Sequence[Any]], Sequence[bytes]]

# A question that waits for its turn: its way, itself, its rows, its weight in the queue, since when its
# request waits, and where its answer goes.
Waiting = tuple[Way, Any, int, int, float, Future[bytes]]


class BatchQueue:
    """Answers waiting questions: about `rows` rows a turn, in the order they came.

    At most `queue` questions wait, and no more once they have as many rows as `queue` turns answer.
    A question is given up `timeout_seconds` after its request began.
    """

    def __init__(self, rows: int, queue: int, timeout_seconds: float) -> None:
        self._rows = rows
        # A question weighs as much as the rows of the turns that answer it, and at least those of one.
        self._budget = queue * rows
        self._timeout_seconds = timeout_seconds
        self._waiting: deque[Waiting] = deque()
        self._is_turn_coming = False

    def refuse_if_full(self) -> None:
        """Raise Overloaded where as many questions wait as may."""
        if self._budget <= 0:
            raise Overloaded("As many requests as this server takes are waiting; try again later.")

    async def ask(self, way: Way, question: Any, rows: int = 1, began: float | None = None) -> bytes:
        """Wait for the answer; Overloaded at once where too many wait, or after too long a wait.

        `began` is when the request did, by `time.perf_counter`.
        """
        self.refuse_if_full()
        loop = get_running_loop()
        answer: Future[bytes] = loop.create_future()
        weight = max(self._rows, rows)
        since = perf_counter() if began is None else began
        self._waiting.append((way, question, rows, weight, since, answer))
        self._budget -= weight
        if not self._is_turn_coming:
            self._is_turn_coming = True
            try:
                await sleep(0)
            finally:
                # Even if this request is given up: the others depend on it.
                self._take_turn()
        return await answer

    def _take_turn(self) -> None:
        oldest = perf_counter() - self._timeout_seconds
        together: dict[Way, tuple[list[Any], list[Future[bytes]]]] = {}
        taken = 0
        while self._waiting and taken < self._rows:
            way, question, rows, weight, since, answer = self._waiting.popleft()
            questions, answers = together.setdefault(way if since > oldest else refuse_late, ([], []))
            questions.append(question)
            answers.append(answer)
            taken += rows
            self._budget += weight
        self._is_turn_coming = bool(self._waiting)
        if self._waiting:
            get_running_loop().call_soon(self._take_turn)
        for way, (questions, answers) in together.items():
            _answer(way, questions, answers)


def refuse_late(_questions: Sequence[Any]) -> NoReturn:
    """Answer nobody: they have waited too long."""
    raise Overloaded("The request waited too long for its turn.")


def _answer(way: Way, questions: Sequence[Any], answers: Sequence[Future[bytes]]) -> None:
    try:
        texts = list(zip(answers, way(questions), strict=True))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 (even of a panic in Rust those who wait must hear)
        if len(answers) > 1:
            # Only those whom it concerns.
            for question, answer in zip(questions, answers, strict=True):
                _answer(way, [question], [answer])
        elif not answers[0].done():
            foreseen = isinstance(error, Exception)
            answers[0].set_exception(error if foreseen else RuntimeError(type(error).__name__))
        return
    for answer, text in texts:
        # Who has hung up meanwhile is not waiting any more.
        if not answer.done():
            answer.set_result(text)
