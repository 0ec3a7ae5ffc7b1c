"""The batch queue predicts requests in order of arrival, and bounds their number and their wait."""

import asyncio
import time

from app.http.errors import Overloaded
from app.inference.batching import BatchQueue


class EchoPredictions(list):
    """The predictions of `EchoPredictor`: the rows themselves."""

    def each(self):
        return [[row] for row in self]


class EchoPredictor:
    """A predictor whose predictions are the rows themselves; `batches` records each call's rows."""

    def __init__(self, seconds=0.0):
        self.seconds, self.batches = seconds, []

    def predict(self, rows, _error_rate):
        time.sleep(self.seconds)
        self.batches.append(rows)
        return EchoPredictions(rows)


async def predict_all(queue, predictor, requests, ages_seconds=None):
    """Predict all requests at once; each started its age ago, by default now."""
    now = time.perf_counter()
    ages = ages_seconds or [0] * len(requests)
    predictions = (
        queue.predict(predictor, rows, 0.1, now - age) for rows, age in zip(requests, ages, strict=True)
    )
    return await asyncio.gather(*predictions, return_exceptions=True)


def predict(queue, predictor, rows, error_rate=0.1):
    return queue.predict(predictor, rows, error_rate, time.perf_counter())


def single_rows(count):
    return [[number] for number in range(count)]


def test_requests_that_arrive_together_are_predicted_together_and_in_order():
    predictor = EchoPredictor()

    predictions = asyncio.run(predict_all(BatchQueue(64, 100, 10), predictor, single_rows(20)))

    assert predictions == single_rows(20)
    assert predictor.batches == [list(range(20))]


def test_a_request_that_arrives_alone_is_predicted_alone():
    predictor, queue = EchoPredictor(), BatchQueue(64, 100, 10)

    async def one_after_the_other():
        return [await predict(queue, predictor, rows) for rows in single_rows(3)]

    assert asyncio.run(one_after_the_other()) == single_rows(3)
    assert predictor.batches == single_rows(3)


def test_requests_for_different_models_or_error_rates_are_different_batches():
    first, second, queue = EchoPredictor(), EchoPredictor(), BatchQueue(64, 100, 10)

    async def predict_four():
        requests = ((first, 1, 0.1), (second, 2, 0.1), (first, 3, 0.2), (first, 4, 0.1))
        return await asyncio.gather(*(predict(queue, model, [row], rate) for model, row, rate in requests))

    assert asyncio.run(predict_four()) == [[1], [2], [3], [4]]
    assert (first.batches, second.batches) == ([[1, 4], [3]], [[2]])


def test_requests_beyond_a_full_batch_are_predicted_in_the_next_batches():
    predictor = EchoPredictor()

    predictions = asyncio.run(predict_all(BatchQueue(8, 100, 10), predictor, single_rows(20)))

    assert predictions == single_rows(20)
    assert [len(batch) for batch in predictor.batches] == [8, 8, 4]


def test_a_request_of_many_rows_is_a_separate_batch():
    predictor, requests = EchoPredictor(), [[1] * 50, [2] * 50, [3] * 50]

    assert asyncio.run(predict_all(BatchQueue(8, 100, 10), predictor, requests)) == requests

    assert predictor.batches == requests


def test_other_tasks_run_between_two_batches():
    predictor, counts = EchoPredictor(), []

    async def count_batches():
        for _ in range(4):
            counts.append(len(predictor.batches))
            await asyncio.sleep(0)

    async def predict_and_count():
        queue = BatchQueue(1, 100, 10)
        await asyncio.gather(predict_all(queue, predictor, single_rows(5)), count_batches())

    asyncio.run(predict_and_count())

    assert len(set(counts)) > 2


def test_requests_beyond_the_limit_are_refused_at_once_and_the_others_are_predicted():
    predictor = EchoPredictor()

    predictions = asyncio.run(predict_all(BatchQueue(64, 5, 10), predictor, single_rows(8)))

    assert predictions[:5] == single_rows(5)
    assert [type(refused) for refused in predictions[5:]] == [Overloaded] * 3
    assert predictor.batches == [[0, 1, 2, 3, 4]]


def test_requests_of_many_rows_fill_the_queue_by_their_number_of_rows():
    predictor, queue = EchoPredictor(), BatchQueue(8, 5, 10)

    async def twice():
        first = await predict_all(queue, predictor, [[number] * 20 for number in range(4)])
        return first + await predict_all(queue, predictor, [[4] * 100])

    predictions = asyncio.run(twice())

    assert predictions[:2] + predictions[4:] == [[0] * 20, [1] * 20, [4] * 100]
    assert [type(refused) for refused in predictions[2:4]] == [Overloaded] * 2


def test_the_queue_accepts_requests_again_after_the_waiting_ones_are_predicted():
    predictor, queue = EchoPredictor(), BatchQueue(64, 2, 10)

    async def twice():
        first = await predict_all(queue, predictor, single_rows(2))
        return first + await predict_all(queue, predictor, single_rows(2))

    assert asyncio.run(twice()) == single_rows(2) * 2


def test_a_request_that_has_waited_too_long_is_refused_and_not_predicted():
    predictor = EchoPredictor(seconds=0.03)

    # The timeout of the second and the third request ends while the first is predicted.
    first, *late = asyncio.run(
        predict_all(BatchQueue(1, 100, 10), predictor, single_rows(3), ages_seconds=(0, 9.98, 9.98))
    )

    assert first == [0]
    assert [type(refused) for refused in late] == [Overloaded] * 2
    assert "too long" in str(late[0])
    assert predictor.batches == [[0]]


def test_the_time_since_the_start_of_a_request_counts_as_waiting():
    predictor = EchoPredictor()

    recent, old = asyncio.run(
        predict_all(BatchQueue(64, 100, 10), predictor, [[9], [11]], ages_seconds=(9, 11))
    )

    assert recent == [9]
    assert isinstance(old, Overloaded)
    assert predictor.batches == [[9]]


class FailingPredictor:
    """A predictor that fails where a row is 3."""

    def predict(self, rows, _error_rate):
        if 3 in rows:
            raise ValueError
        return EchoPredictions(rows)


def test_only_the_request_that_fails_gets_the_error():
    predictions = asyncio.run(predict_all(BatchQueue(64, 100, 10), FailingPredictor(), single_rows(5)))

    assert [type(prediction) for prediction in predictions] == [EchoPredictions] * 3 + [
        ValueError,
        EchoPredictions,
    ]


class Panic(BaseException):
    """Like a panic in a Rust extension: a BaseException that is no Exception."""


class PanickingPredictor:
    def predict(self, _rows, _error_rate):
        raise Panic


def test_only_the_request_that_causes_a_panic_gets_the_error():
    async def predict_three():
        queue = BatchQueue(64, 100, 10)
        predictions = (
            predict(queue, model, [1]) for model in (PanickingPredictor(), EchoPredictor(), EchoPredictor())
        )
        return await asyncio.wait_for(asyncio.gather(*predictions, return_exceptions=True), 5)

    predictions = asyncio.run(predict_three())

    assert isinstance(predictions[0], RuntimeError)
    assert predictions[1:] == [[1], [1]]
