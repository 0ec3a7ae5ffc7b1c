"""The stages of a request, done one by one, are those of the server."""

import asyncio
import json

import pytest

from app.application import create_app
from app.settings import Settings
from benchmarks.case import MODELS, ROW, draw_rows
from benchmarks.launch.contenders import PREDICT
from benchmarks.measurement import anatomy
from benchmarks.measurement.anatomy import Anatomy
from benchmarks.measurement.in_process import Call
from benchmarks.parts.stages import with_sum


@pytest.fixture(scope="module")
def server():
    return Anatomy()


def answer_of(path, body):
    status, answer = asyncio.run(Call(create_app(Settings(models_dir=MODELS)), path, body).answer())
    assert status == 200
    return answer


def test_the_last_stage_writes_what_the_server_answers(server):
    row = json.dumps(ROW).encode()
    batch = json.dumps({"instances": draw_rows(20, missing_share=0.5)}).encode()

    assert server.stages_of_row(row)[anatomy.WRITE]() == answer_of(PREDICT, row)
    assert server.stages_of_batch(batch)[anatomy.WRITE]() == answer_of(f"{PREDICT}/batch", batch)


def test_every_stage_can_be_done_over_and_over(server):
    row = server.stages_of_row(json.dumps(ROW).encode())
    batch = server.stages_of_batch(json.dumps({"instances": draw_rows(20)}).encode())

    for work in [*row.values(), *batch.values()] * 2:
        work()

    assert {*row, *batch, anatomy.TURN} == {*anatomy.STAGES, anatomy.AS_ONE_CALL}


def test_both_ways_take_any_number_of_rows(server):
    for way in server.ways().values():
        for count in (1, 5):
            way(count)


def test_the_sum_is_of_the_stages_alone():
    times = with_sum({anatomy.PARSE: 1.0, anatomy.WRITE: 2.0, anatomy.AS_ONE_CALL: 10.0})

    assert times["all of these"] == 3.0
