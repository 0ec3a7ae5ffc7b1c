"""A prediction may not quietly grow dearer.

No test here knows a second: both compare a prediction through the whole application with a FastAPI
route that has the same models of request and answer and computes nothing, in the same process.
When a limit breaks, `make bench PARTS=stages` shows where the time goes.
"""

import asyncio
import json

import pytest

from app.application import create_app
from app.settings import Settings
from benchmarks.case import MODELS, ROW
from benchmarks.contenders import PREDICT
from benchmarks.in_process import Call, least_microseconds
from benchmarks.peers.constant import constant_app

# Measured when they were set: .61 to .72 in time on a busy machine, and .41 in instructions, always.
MOST_TIME = 1.0
MOST_INSTRUCTIONS = 0.5

ROUNDS = 150
REPEATS = 10


@pytest.fixture(scope="module")
def calls() -> dict[str, Call]:
    body = json.dumps(ROW).encode()
    prediction = Call(create_app(Settings(models_dir=MODELS)), PREDICT, body)
    status, answer = asyncio.run(prediction.answer())
    assert status == 200
    return {"prediction": prediction, "constant": Call(constant_app(answer.decode()), PREDICT, body)}


def test_both_give_the_same_answer(calls):
    answers = [asyncio.run(call.answer()) for call in calls.values()]

    assert [status for status, _ in answers] == [200, 200]
    assert json.loads(answers[0][1]) == json.loads(answers[1][1])


def test_a_prediction_costs_few_python_instructions(calls):
    counts = {name: asyncio.run(call.instructions()) for name, call in calls.items()}

    assert counts["prediction"] <= MOST_INSTRUCTIONS * counts["constant"], counts


def test_a_prediction_takes_little_time(calls):
    times = asyncio.run(least_microseconds(calls, ROUNDS, REPEATS))

    assert times["prediction"] <= MOST_TIME * times["constant"], times
