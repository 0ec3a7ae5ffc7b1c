"""Requests that arrive together are answered together, and none of them can tell."""

import asyncio

import httpx2
import numpy as np

from app.http.query_params import PredictQuery
from app.inference.batching import BatchQueue
from app.inference.model_service import ModelService
from app.observability.request_log import LabelCounts
from predictor.model.predictor import load_predictor
from predictor.schema.errors import AnswerNotFinite
from tests.support.payloads import TASKS, row_of

AGES = [float(age) for age in range(1, 81)]


def rows(**changes):
    return [{**row_of("stroke"), "age": age, **changes} for age in AGES]


async def ask(app, asked):
    """Ask everything at once: (path and query, body) each."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
        return await asyncio.gather(*(client.post(path, json=body) for path, body in asked))


def test_each_is_answered_as_if_it_were_alone(app, client):
    asked = [("/predict/stroke", row) for row in rows()] + [("/predict/iris", row_of("iris"))] * 10

    answers = asyncio.run(ask(app, asked))

    assert [answer.json() for answer in answers] == [
        client.post(path, json=row).json() for path, row in asked
    ]


def test_each_has_its_own_threshold_and_error_rate(app, client):
    queries = ["", "?threshold=0.01", "?threshold=0.99", "?error_rate=0.4", "?error_rate=0.01&threshold=0"]
    asked = [(f"/predict/stroke{queries[n % len(queries)]}", row) for n, row in enumerate(rows())]

    answers = asyncio.run(ask(app, asked))

    assert [answer.json() for answer in answers] == [
        client.post(path, json=row).json() for path, row in asked
    ]


def test_each_has_its_own_request_id(app):
    answers = asyncio.run(ask(app, [("/predict/stroke", row) for row in rows()]))

    assert len({answer.headers["x-request-id"] for answer in answers}) == len(AGES)


class BreaksOnTheOldest:
    """What an engine does whose arithmetic overflows for one row alone."""

    def __init__(self, engine):
        self.device, self.few_rows, self.tolerance = engine.device, 0, engine.tolerance
        self.columns = engine.columns
        self._engine = engine

    def calibrated_logits(self, raw_BK):
        logits_MBC = self._engine.calibrated_logits(raw_BK)
        age = [column.name for column in self.columns].index("age")
        return np.where(raw_BK[None, :, age, None] == max(AGES), np.nan, logits_MBC)

    def calibrated_logits_of_row(self, row):
        raise AssertionError("no row is one of few")


def test_a_row_that_fails_fails_alone(models):
    predictor = load_predictor(models, TASKS["stroke"])
    predictor.engine = BreaksOnTheOldest(predictor.engine)
    service, people = (
        ModelService(predictor, BatchQueue(64, 1_000, 10)),
        [TASKS["stroke"].features.model_validate(row) for row in rows()],
    )

    async def ask_all():
        return await asyncio.gather(
            *(service.answer(row, PredictQuery()) for row in people), return_exceptions=True
        )

    *answers, last = asyncio.run(ask_all())

    assert all(isinstance(answer, bytes) for answer in answers)
    assert isinstance(last, AnswerNotFinite)


def test_where_a_batch_fails_no_other_is_counted_twice(models):
    predictor = load_predictor(models, TASKS["stroke"])
    labels: LabelCounts = {}
    predictor.engine = BreaksOnTheOldest(predictor.engine)
    service = ModelService(predictor, BatchQueue(64, 1_000, 10), label_counts=labels)
    young, old = (
        [TASKS["stroke"].features.model_validate(row | {"age": age}) for row in rows()[:5]]
        for age in (min(AGES), max(AGES))
    )

    async def ask_both():
        asked = (service.answer_batch(people, PredictQuery()) for people in (young, old))
        return await asyncio.gather(*asked, return_exceptions=True)

    answer, rejection = asyncio.run(ask_both())

    assert isinstance(answer, bytes)
    assert isinstance(rejection, AnswerNotFinite)
    assert labels[service.model].total() == len(young)


def test_a_request_that_is_given_up_does_not_hold_up_the_others(app):
    async def give_up_the_first():
        tasks = [asyncio.create_task(ask(app, [("/predict/stroke", row)])) for row in rows()[:8]]
        for batch_queue in range(50):
            await asyncio.sleep(0)
            if batch_queue == 2:
                tasks[0].cancel()
        return await asyncio.wait_for(asyncio.gather(*tasks[1:]), timeout=10)

    answers = asyncio.run(give_up_the_first())

    assert [answer.status_code for (answer,) in answers] == [200] * 7
