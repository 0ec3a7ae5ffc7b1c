"""Turns: questions that arrive together are answered together, and only so many may wait.

An event loop takes up everything that has arrived before it comes back to what it was asked to do
next. So the first question asks it to come back, and by then the others wait beside it; nobody waits
for a timer, and one that is alone is answered alone. A turn answers so many rows and no more: between
two turns the loop tells how it is, and refuses those for whom there is no place.
"""

from asyncio import Future, get_running_loop, sleep
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from app.errors import Overloaded

# Gives an answer to each of some questions; equal ways are asked together.
Way = Callable[[Sequence[Any]], Sequence[bytes]]


class Waiting(NamedTuple):
    """A question that waits for its turn; `until` is the loop's time when it no longer may."""

    way: Way
    question: Any
    rows: int
    until: float
    answer: Future[bytes]


class Turns:
    """Answers waiting questions: about `rows` rows a turn, in the order they came."""

    def __init__(self, rows: int, queue: int, timeout_seconds: float) -> None:
        self._rows = rows
        self._queue = queue
        self._timeout_seconds = timeout_seconds
        self._waiting: deque[Waiting] = deque()
        self._is_turn_coming = False

    def refuse_if_full(self) -> None:
        """Raise Overloaded where as many questions wait as may."""
        if len(self._waiting) >= self._queue:
            raise Overloaded("As many requests as this server takes are waiting; try again later.")

    async def ask(self, way: Way, question: Any, rows: int = 1) -> bytes:
        """Wait for the answer; Overloaded at once where too many wait, or after too long a wait."""
        self.refuse_if_full()
        loop = get_running_loop()
        answer: Future[bytes] = loop.create_future()
        until = loop.time() + self._timeout_seconds
        self._waiting.append(Waiting(way, question, rows, until, answer))
        if not self._is_turn_coming:
            self._is_turn_coming = True
            try:
                await sleep(0)
            finally:
                # Even if this request is given up: the others depend on it.
                self._take_turn()
        return await answer

    def _take_turn(self) -> None:
        loop = get_running_loop()
        together: dict[Way, list[Waiting]] = defaultdict(list)
        rows, now = 0, loop.time()
        while self._waiting and rows < self._rows:
            one = self._waiting.popleft()
            if one.answer.done():
                continue
            if now > one.until:
                one.answer.set_exception(Overloaded("The request waited too long for its turn."))
                continue
            together[one.way].append(one)
            rows += one.rows
        self._is_turn_coming = bool(self._waiting)
        if self._waiting:
            loop.call_soon(self._take_turn)
        for way, questions in together.items():
            _answer(way, questions)


def _answer(way: Way, questions: Sequence[Waiting]) -> None:
    try:
        answers = list(zip(questions, way([one.question for one in questions]), strict=True))
    except Exception as error:  # noqa: BLE001 (whatever it is, those who wait must hear of it)
        if len(questions) == 1:
            questions[0].answer.set_exception(error)
            return
        # Only those whom it concerns.
        for one in questions:
            _answer(way, [one])
        return
    for one, answer in answers:
        one.answer.set_result(answer)
