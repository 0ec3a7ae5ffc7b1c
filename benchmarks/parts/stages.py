"""Where the time of one request goes, in this process: no socket, no uvicorn."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import uvloop

from app.answers import AnswerWriter
from app.application import create_app
from app.settings import Settings
from benchmarks.case import MODELS, ROW, TASK
from benchmarks.contenders import PREDICT
from benchmarks.form import Form
from benchmarks.in_process import Call
from benchmarks.rounds import Spread, take_turns
from benchmarks.tables import spread, spread_heads, table
from predictor.artefact import read_artefact
from predictor.encoding import raw_matrix
from predictor.ensemble import Ensemble
from predictor.features import Features
from predictor.manifest import Manifest
from predictor.numpy_engine import NumpyEngine
from predictor.predictor import load_predictor
from predictor.thresholds import ChosenThreshold
from predictor.uncertainty import DEFAULT_ERROR_RATE, PredictionSets

ROWS = (1, 2, 4, 8, 16)
AT_ONCE = 16
REPEATS = 200
ROUNDS_PER_ROUND = 20


def measure_stages(form: Form) -> str:
    """Time each stage in turns with the others, and the whole of it through the application."""
    found = take_turns(stages(), form.rounds * ROUNDS_PER_ROUND)
    rows = [[name, *spread(Spread.of(times))] for name, times in found.items()]
    return table(["stage", *spread_heads("microseconds")], rows)


def stages() -> dict[str, Callable[[], float]]:
    """Give for each stage what times it."""
    predictor = load_predictor(MODELS, TASK, "cpu")
    body = json.dumps(ROW).encode()
    row = TASK.features.model_validate_json(body)
    predictions = predictor.predict([row])
    threshold = ChosenThreshold.choose(predictor.manifest.thresholds)
    writer = AnswerWriter(predictor.manifest, Counter())
    return {
        "parse and check": _timed(lambda: TASK.features.model_validate_json(body)),
        **ways_to_answer(predictor.manifest, row),
        "predict one row: the above, and warnings": _timed(lambda: predictor.predict([row])),
        "serialise": _timed(lambda: writer.singles(predictions, [threshold])),
        **whole_requests(body),
    }


def ways_to_answer(manifest: Manifest, row: Features) -> dict[str, Callable[[], float]]:
    """Give both ways from rows to answers; where they cross, `predictor` takes the other way."""
    model = read_artefact(MODELS / manifest.task / str(manifest.version)).model
    engine = NumpyEngine(model, TASK.features.columns())
    ensemble = Ensemble(manifest.network.members, PredictionSets(manifest.conformal), shift=0.0)

    def one_by_one(rows: int) -> None:
        for _ in range(rows):
            ensemble.answer_row(engine.calibrated_logits_of_row(row), DEFAULT_ERROR_RATE)

    def together(rows: int) -> None:
        raw_BK = raw_matrix([row] * rows, engine.columns)
        ensemble.answer(engine.calibrated_logits(raw_BK), DEFAULT_ERROR_RATE)

    ways = {"one by one": one_by_one, "together": together}
    return {
        f"encode, forward, spread, set: {rows} {name}": _timed(partial(way, rows))
        for rows in ROWS
        for name, way in ways.items()
    }


def whole_requests(body: bytes) -> dict[str, Callable[[], float]]:
    """Give what times whole requests through the application, alone and with others."""
    call = Call(create_app(Settings(models_dir=MODELS)), PREDICT, body)
    return {
        "whole request, alone": lambda: run(call.microseconds(REPEATS)),
        f"whole request, {AT_ONCE} at once": lambda: run(
            call.microseconds_together(AT_ONCE, REPEATS // AT_ONCE)
        ),
    }


def run(timing: Coroutine[Any, Any, float]) -> float:
    """Run on the event loop that the server has."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(timing)


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def microseconds() -> float:
        started = time.perf_counter_ns()
        for _ in range(REPEATS):
            work()
        return (time.perf_counter_ns() - started) / REPEATS / 1e3

    return microseconds
