"""Where the time of one request goes, in this process: no socket, no uvicorn."""

import asyncio
import json
import time
from collections.abc import Callable
from operator import attrgetter

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
from predictor.numpy_engine import NumpyEngine
from predictor.predictor import load_predictor
from predictor.thresholds import ChosenThreshold

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
    names = [column.name for column in TASK.features.columns()]
    engine = NumpyEngine(read_artefact(predictor.folder).model, TASK.features.columns())
    body = json.dumps(ROW).encode()
    row = TASK.features.model_validate_json(body)
    values, values_of = attrgetter(*names)(row), attrgetter(*names)
    predictions = predictor.predict([row])
    writer, threshold = (
        AnswerWriter(predictor.manifest),
        ChosenThreshold.choose(predictor.manifest.thresholds),
    )
    call = Call(create_app(Settings(models_dir=MODELS)), PREDICT, body)
    return {
        "parse and check": _timed(lambda: TASK.features.model_validate_json(body)),
        "encode: take the values out of the row": _timed(lambda: values_of(row)),
        "forward, every member": _timed(lambda: engine.calibrated_logits_of_row(values)),
        "predict: encode, forward, spread, sets, warnings": _timed(lambda: predictor.predict([row])),
        "serialise": _timed(lambda: writer.single(predictions, threshold)),
        "the whole request through the application": lambda: asyncio.run(call.microseconds(REPEATS)),
    }


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def microseconds() -> float:
        started = time.perf_counter_ns()
        for _ in range(REPEATS):
            work()
        return (time.perf_counter_ns() - started) / REPEATS / 1e3

    return microseconds
