"""Requests that arrive together are answered together, and none of them can tell."""

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


@pytest.fixture
def broken_app(models):
    """An application whose stroke model fails for the oldest person alone."""
    app = create_app(Settings(models_dir=models))
    predictor = app.state.services["stroke"].predictor
    predictor.engine = BreaksOnTheOldest(predictor.engine)
    return app


def test_a_row_that_fails_fails_alone(broken_app):
    *answers, last = asyncio.run(ask(broken_app, [("/predict/stroke", row) for row in rows()]))

    assert {answer.status_code for answer in answers} == {200}
    assert last.status_code == 500


def test_where_a_batch_fails_no_other_is_counted_twice(broken_app):
    young, old = ([row | {"age": age} for row in rows()[:5]] for age in (min(AGES), max(AGES)))
    asked = [("/predict/stroke/batch", {"instances": people}) for people in (young, old)]

    answers = asyncio.run(ask(broken_app, asked))

    counted = parse_samples(TestClient(broken_app).get("/metrics").text)
    assert [answer.status_code for answer in answers] == [200, 500]
    assert total(counted, "predictions_total", model="stroke") == len(young)


def test_a_request_that_is_given_up_does_not_hold_up_the_others(app):
    async def give_up_the_first():
        tasks = [asyncio.create_task(ask(app, [("/predict/stroke", row)])) for row in rows()[:8]]
        for step in range(50):
            await asyncio.sleep(0)
            if step == 2:
                tasks[0].cancel()
        return await asyncio.wait_for(asyncio.gather(*tasks[1:]), timeout=10)

    answers = asyncio.run(give_up_the_first())

    assert [answer.status_code for (answer,) in answers] == [200] * 7
