"""The measured stages are those of a request to the server."""

import asyncio
import json

import pytest

from app.application import create_app
from app.settings import Settings
from benchmarks.launch.specs import PREDICT
from benchmarks.measurement import stages
from benchmarks.measurement.in_process import Call
from benchmarks.measurement.stages import RequestStages
from benchmarks.parts.stages import with_sum
from benchmarks.workload import MODELS, ROW, draw_rows


@pytest.fixture(scope="module")
def request_stages():
    return RequestStages()


def response_of(path, body):
    status, content = asyncio.run(Call(create_app(Settings(models_dir=MODELS)), path, body).answer())
    assert status == 200
    return content


def test_the_last_stage_writes_the_response_of_the_server(request_stages):
    row = json.dumps(ROW).encode()
    batch = json.dumps({"instances": draw_rows(20, missing_share=0.5)}).encode()

    assert request_stages.of_row(row)[stages.WRITE]() == response_of(PREDICT, row)
    assert request_stages.of_batch(batch)[stages.WRITE]() == response_of(f"{PREDICT}/batch", batch)


def test_every_stage_can_be_repeated(request_stages):
    row = request_stages.of_row(json.dumps(ROW).encode())
    batch = request_stages.of_batch(json.dumps({"instances": draw_rows(20)}).encode())

    for work in [*row.values(), *batch.values()] * 2:
        work()

    assert {*row, *batch, stages.QUEUE} == {*stages.STAGES, stages.PREDICT_CALL}


def test_both_code_paths_take_any_number_of_rows(request_stages):
    for code_path in request_stages.code_paths().values():
        for count in (1, 5):
            code_path(count)


def test_the_sum_is_of_the_stages_only():
    times = with_sum({stages.PARSE: 1.0, stages.WRITE: 2.0, stages.PREDICT_CALL: 10.0})

    assert times["sum of these stages"] == 3.0
