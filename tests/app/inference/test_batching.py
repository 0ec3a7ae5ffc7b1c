"""A bounded number of requests wait, are predicted in the order they came, and none waits for too long."""

import asyncio
import time

from app.http.errors import Overloaded
from app.inference.batching import BatchQueue


class Echoes(list):
    """The predictions of `Echo`: the rows themselves."""

    def each(self):
        return [[row] for row in self]


class Echo:
    """A predictor whose predictions are the rows themselves; it remembers its batches."""

    def __init__(self, seconds=0.0):
        self.seconds, self.batches = seconds, []

    def predict(self, rows, _error_rate):
        time.sleep(self.seconds)
        self.batches.append(rows)
        return Echoes(rows)


async def predict_all(queue, predictor, requests, started=None):
    now = time.perf_counter()
    starts = [now] * len(requests) if started is None else [now - age for age in started]
    predictions = (
        queue.predict(predictor, rows, 0.1, start) for rows, start in zip(requests, starts, strict=True)
    )
    return await asyncio.gather(*predictions, return_exceptions=True)


def predict(queue, predictor, rows, error_rate=0.1):
    return queue.predict(predictor, rows, error_rate, time.perf_counter())


def singles(count):
    return [[number] for number in range(count)]


def test_requests_that_arrive_together_are_predicted_together_and_in_order():
    predictor = Echo()

    predictions = asyncio.run(predict_all(BatchQueue(64, 100, 10), predictor, singles(20)))

    assert predictions == singles(20)
    assert predictor.batches == [list(range(20))]


def test_a_request_that_is_alone_is_predicted_alone():
    predictor, queue = Echo(), BatchQueue(64, 100, 10)

    async def one_after_the_other():
        return [await predict(queue, predictor, rows) for rows in singles(3)]

    assert asyncio.run(one_after_the_other()) == singles(3)
    assert predictor.batches == singles(3)


def test_requests_for_another_model_or_error_rate_are_another_batch():
    first, second, queue = Echo(), Echo(), BatchQueue(64, 100, 10)

    async def predict_four():
        requests = ((first, 1, 0.1), (second, 2, 0.1), (first, 3, 0.2), (first, 4, 0.1))
        return await asyncio.gather(*(predict(queue, model, [row], rate) for model, row, rate in requests))

    assert asyncio.run(predict_four()) == [[1], [2], [3], [4]]
    assert (first.batches, second.batches) == ([[1, 4], [3]], [[2]])


def test_a_batch_has_so_many_rows_and_the_rest_waits_for_the_next():
    predictor = Echo()

    predictions = asyncio.run(predict_all(BatchQueue(8, 100, 10), predictor, singles(20)))

    assert predictions == singles(20)
    assert [len(batch) for batch in predictor.batches] == [8, 8, 4]


def test_a_request_of_many_rows_is_a_batch_by_itself():
    predictor, requests = Echo(), [[1] * 50, [2] * 50, [3] * 50]

    assert asyncio.run(predict_all(BatchQueue(8, 100, 10), predictor, requests)) == requests

    assert predictor.batches == requests


def test_between_two_batches_other_tasks_run():
    predictor, seen = Echo(), []

    async def watch():
        for _ in range(4):
            seen.append(len(predictor.batches))
            await asyncio.sleep(0)

    async def both():
        await asyncio.gather(predict_all(BatchQueue(1, 100, 10), predictor, singles(5)), watch())

    asyncio.run(both())

    assert len(set(seen)) > 2


def test_a_request_beyond_the_limit_is_refused_at_once_and_the_others_are_not():
    predictor = Echo()

    predictions = asyncio.run(predict_all(BatchQueue(64, 5, 10), predictor, singles(8)))

    assert predictions[:5] == singles(5)
    assert [type(refused) for refused in predictions[5:]] == [Overloaded] * 3
    assert predictor.batches == [[0, 1, 2, 3, 4]]


def test_long_batches_fill_the_queue_by_their_rows():
    predictor, queue = Echo(), BatchQueue(8, 5, 10)

    async def twice():
        first = await predict_all(queue, predictor, [[number] * 20 for number in range(4)])
        return first + await predict_all(queue, predictor, [[4] * 100])

    predictions = asyncio.run(twice())

    assert predictions[:2] + predictions[4:] == [[0] * 20, [1] * 20, [4] * 100]
    assert [type(refused) for refused in predictions[2:4]] == [Overloaded] * 2


def test_the_queue_is_free_again_once_the_waiting_requests_are_predicted():
    predictor, queue = Echo(), BatchQueue(64, 2, 10)

    async def twice():
        return await predict_all(queue, predictor, singles(2)) + await predict_all(
            queue, predictor, singles(2)
        )

    assert asyncio.run(twice()) == singles(2) * 2


def test_a_request_that_has_waited_too_long_is_refused_and_not_predicted():
    predictor = Echo(seconds=0.03)

    # The second and the third have hardly any time left.
    first, *late = asyncio.run(
        predict_all(BatchQueue(1, 100, 10), predictor, singles(3), started=(0, 9.98, 9.98))
    )

    assert first == [0]
    assert [type(refused) for refused in late] == [Overloaded] * 2
    assert "too long" in str(late[0])
    assert predictor.batches == [[0]]


def test_the_time_in_which_a_request_came_in_counts_as_waiting():
    predictor = Echo()

    quick, slow = asyncio.run(predict_all(BatchQueue(64, 100, 10), predictor, [[9], [11]], started=(9, 11)))

    assert quick == [9]
    assert isinstance(slow, Overloaded)
    assert predictor.batches == [[9]]


class FailsOnThree:
    def predict(self, rows, _error_rate):
        if 3 in rows:
            raise ValueError
        return Echoes(rows)


def test_only_the_request_that_fails_gets_the_error():
    predictions = asyncio.run(predict_all(BatchQueue(64, 100, 10), FailsOnThree(), singles(5)))

    assert [type(prediction) for prediction in predictions] == [Echoes] * 3 + [ValueError, Echoes]


class Panic(BaseException):
    """What a panic in Rust looks like here."""


class Panics:
    def predict(self, _rows, _error_rate):
        raise Panic


def test_even_a_panic_reaches_its_own_request_alone():
    async def predict_three():
        queue = BatchQueue(64, 100, 10)
        predictions = (predict(queue, model, [1]) for model in (Panics(), Echo(), Echo()))
        return await asyncio.wait_for(asyncio.gather(*predictions, return_exceptions=True), 5)

    predictions = asyncio.run(predict_three())

    assert isinstance(predictions[0], RuntimeError)
    assert predictions[1:] == [[1], [1]]
