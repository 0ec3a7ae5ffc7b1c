"""Requests that are predicted in one batch have the same answers as requests that are predicted alone."""

import asyncio

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.support.payloads import row_of
from tests.support.servers.prometheus import parse_samples, total

AGES = [float(age) for age in range(1, 81)]


def rows(**changes):
    return [{**row_of("stroke"), "age": age, **changes} for age in AGES]


async def post_all(app, requests):
    """Post all requests at once; each is a path with its query, and a body."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
        return await asyncio.gather(*(client.post(path, json=body) for path, body in requests))


def assert_answered_as_alone(app, client, requests):
    answers = asyncio.run(post_all(app, requests))

    alone = [client.post(path, json=row).json() for path, row in requests]
    assert [answer.json() for answer in answers] == alone


def test_simultaneous_requests_have_the_same_answers_as_single_ones(app, client):
    requests = [("/predict/stroke", row) for row in rows()] + [("/predict/iris", row_of("iris"))] * 10

    assert_answered_as_alone(app, client, requests)


def test_each_request_keeps_its_own_threshold_and_error_rate(app, client):
    queries = ["", "?threshold=0.01", "?threshold=0.99", "?error_rate=0.4", "?error_rate=0.01&threshold=0"]
    requests = [(f"/predict/stroke{queries[n % len(queries)]}", row) for n, row in enumerate(rows())]

    assert_answered_as_alone(app, client, requests)


def test_each_request_has_its_own_request_id(app):
    answers = asyncio.run(post_all(app, [("/predict/stroke", row) for row in rows()]))

    assert len({answer.headers["x-request-id"] for answer in answers}) == len(AGES)


class EngineWithOverflow:
    """An engine whose logits are NaN for the row of the highest age, as after an overflow."""

    def __init__(self, engine):
        self.device, self.few_rows, self.tolerance = engine.device, 0, engine.tolerance
        self.columns = engine.columns
        self._engine = engine

    def calibrated_logits(self, raw_BK):
        logits_MBC = self._engine.calibrated_logits(raw_BK)
        age = [column.name for column in self.columns].index("age")
        return np.where(raw_BK[None, :, age, None] == max(AGES), np.nan, logits_MBC)

    def calibrated_logits_of_row(self, row):
        raise AssertionError("every row is predicted as a batch")


@pytest.fixture
def broken_app(models):
    """An application whose stroke model fails only for the row of the highest age."""
    app = create_app(Settings(models_dir=models))
    predictor = app.state.services["stroke"].predictor
    predictor.engine = EngineWithOverflow(predictor.engine)
    return app


def test_only_the_request_of_the_failing_row_fails(broken_app):
    *answers, last = asyncio.run(post_all(broken_app, [("/predict/stroke", row) for row in rows()]))

    assert {answer.status_code for answer in answers} == {200}
    assert last.status_code == 500


def test_a_failing_batch_request_does_not_count_the_others_twice(broken_app):
    young, old = ([row | {"age": age} for row in rows()[:5]] for age in (min(AGES), max(AGES)))
    requests = [("/predict/stroke/batch", {"instances": instances}) for instances in (young, old)]

    answers = asyncio.run(post_all(broken_app, requests))

    samples = parse_samples(TestClient(broken_app).get("/metrics").text)
    assert [answer.status_code for answer in answers] == [200, 500]
    assert total(samples, "predictions_total", model="stroke") == len(young)


def test_a_cancelled_request_does_not_delay_the_others(app):
    async def cancel_the_first():
        tasks = [asyncio.create_task(post_all(app, [("/predict/stroke", row)])) for row in rows()[:8]]
        for step in range(50):
            await asyncio.sleep(0)
            if step == 2:
                tasks[0].cancel()
        return await asyncio.wait_for(asyncio.gather(*tasks[1:]), timeout=10)

    answers = asyncio.run(cancel_the_first())

    assert [answer.status_code for (answer,) in answers] == [200] * 7
