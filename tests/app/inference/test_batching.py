"""A bounded number waits, in the order it came, and nobody for too long."""

import asyncio
import time

from app.http.errors import Overloaded
from app.inference.batching import BatchQueue


class Way:
    """Answers with what it was asked, and remembers who was asked together."""

    def __init__(self):
        self.together = []

    def __call__(self, questions):
        self.together.append(list(questions))
        return [str(question).encode() for question in questions]


async def ask_all(batch_queue, way, questions, rows=1):
    asked = (batch_queue.ask(way, question, rows) for question in questions)
    return await asyncio.gather(*asked, return_exceptions=True)


def test_what_arrives_together_is_answered_together_and_in_order():
    way = Way()

    answers = asyncio.run(ask_all(BatchQueue(64, 100, 10), way, range(20)))

    assert answers == [str(question).encode() for question in range(20)]
    assert way.together == [list(range(20))]


def test_one_alone_is_answered_alone():
    way, batch_queue = Way(), BatchQueue(64, 100, 10)

    async def one_after_the_other():
        return [await batch_queue.ask(way, question) for question in range(3)]

    assert asyncio.run(one_after_the_other()) == [b"0", b"1", b"2"]
    assert way.together == [[0], [1], [2]]


def test_a_turn_takes_so_many_rows_and_leaves_the_rest_for_the_next():
    way = Way()

    answers = asyncio.run(ask_all(BatchQueue(8, 100, 10), way, range(20)))

    assert answers == [str(question).encode() for question in range(20)]
    assert [len(together) for together in way.together] == [8, 8, 4]


def test_a_batch_longer_than_a_turn_goes_alone():
    way = Way()

    asyncio.run(ask_all(BatchQueue(8, 100, 10), way, range(3), rows=50))

    assert way.together == [[0], [1], [2]]


def test_between_two_turns_others_get_theirs():
    way, seen = Way(), []

    async def watch():
        for _ in range(4):
            seen.append(len(way.together))
            await asyncio.sleep(0)

    async def both():
        await asyncio.gather(ask_all(BatchQueue(1, 100, 10), way, range(5)), watch())

    asyncio.run(both())

    assert len(set(seen)) > 2


def test_who_finds_no_place_is_refused_at_once_and_the_others_are_not():
    way = Way()

    answers = asyncio.run(ask_all(BatchQueue(64, 5, 10), way, range(8)))

    assert answers[:5] == [b"0", b"1", b"2", b"3", b"4"]
    assert [type(answer) for answer in answers[5:]] == [Overloaded] * 3
    assert way.together == [[0, 1, 2, 3, 4]]


def test_long_batches_fill_the_queue_by_their_rows():
    way, batch_queue = Way(), BatchQueue(8, 5, 10)

    async def twice():
        return await ask_all(batch_queue, way, range(4), rows=20) + await ask_all(
            batch_queue, way, [4], rows=100
        )

    answers = asyncio.run(twice())

    assert answers[:2] + answers[4:] == [b"0", b"1", b"4"]
    assert [type(answer) for answer in answers[2:4]] == [Overloaded] * 2


def test_there_is_place_again_once_the_waiting_are_answered():
    way, batch_queue = Way(), BatchQueue(64, 2, 10)

    async def twice():
        return await ask_all(batch_queue, way, range(2)) + await ask_all(batch_queue, way, range(2))

    assert asyncio.run(twice()) == [b"0", b"1"] * 2


def test_who_has_waited_too_long_is_refused_and_not_computed():
    way, batch_queue = Way(), BatchQueue(1, 100, 10)

    def slow(questions):
        time.sleep(0.03)
        return way(questions)

    async def ask_three():
        now = time.perf_counter()
        # All but the first have hardly any time left.
        asked = (batch_queue.ask(slow, began, began=now - began) for began in (0, 9.98, 9.98))
        return await asyncio.gather(*asked, return_exceptions=True)

    first, *late = asyncio.run(ask_three())

    assert first == b"0"
    assert [type(answer) for answer in late] == [Overloaded] * 2
    assert "too long" in str(late[0])
    assert way.together == [[0]]


def test_what_a_request_spent_coming_in_counts_as_waiting():
    way, batch_queue = Way(), BatchQueue(64, 100, 10)

    async def ask_both():
        now = time.perf_counter()
        asked = (batch_queue.ask(way, began, began=now - began) for began in (9, 11))
        return await asyncio.gather(*asked, return_exceptions=True)

    quick, slow = asyncio.run(ask_both())

    assert quick == b"9"
    assert isinstance(slow, Overloaded)
    assert way.together == [[9]]


def test_only_the_question_that_fails_hears_of_it():
    def picky(questions):
        if 3 in questions:
            raise ValueError
        return [b"fine" for _ in questions]

    answers = asyncio.run(ask_all(BatchQueue(64, 100, 10), picky, range(5)))

    assert [type(answer) for answer in answers] == [bytes, bytes, bytes, ValueError, bytes]


class Panic(BaseException):
    """What a panic in Rust looks like here."""


def test_even_a_panic_is_heard_of_by_whom_it_concerns_and_holds_up_nobody_else():
    def panic(_questions):
        raise Panic

    async def ask_three():
        batch_queue = BatchQueue(64, 100, 10)
        asked = (batch_queue.ask(way, 1) for way in (panic, Way(), Way()))
        return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)

    answers = asyncio.run(ask_three())

    assert isinstance(answers[0], RuntimeError)
    assert answers[1:] == [b"1", b"1"]


def test_a_way_that_answers_too_few_is_a_mistake_that_holds_up_nobody_else():
    async def one_then_another(batch_queue, way):
        mistaken = await asyncio.gather(batch_queue.ask(lambda _: [], "question"), return_exceptions=True)
        return mistaken, await batch_queue.ask(way, "another")

    (mistake,), answer = asyncio.run(one_then_another(BatchQueue(64, 100, 10), Way()))

    assert isinstance(mistake, ValueError)
    assert answer == b"another"
