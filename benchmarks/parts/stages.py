"""Where the time of one request goes, in this process: no socket, no uvicorn."""

import asyncio
import json
import time
from collections.abc import Callable

from pydantic_core import to_json

from app.application import create_app
from app.settings import Settings
from benchmarks.case import MODELS, ROW, TASK
from benchmarks.contenders import PREDICT
from benchmarks.form import Form
from benchmarks.in_process import Call
from benchmarks.rounds import Spread, take_turns
from benchmarks.tables import spread, spread_heads, table
from predictor.artefact import newest_version, read_artefact
from predictor.encoding import Encoder, raw_matrix
from predictor.engine import choose_engine
from predictor.predictor import load_predictor

REPEATS = 200
ROUNDS_PER_ROUND = 20


def measure_stages(form: Form) -> str:
    """Time each stage in turns with the others, and the whole of it through the application."""
    found = take_turns(stages(), form.rounds * ROUNDS_PER_ROUND)
    rows = [[name, *spread(Spread.of(times))] for name, times in found.items()]
    return table(["stage", *spread_heads("microseconds")], rows)


def stages() -> dict[str, Callable[[], float]]:
    """Give for each stage what times it."""
    model = read_artefact(newest_version(MODELS, TASK.name)).model
    predictor = load_predictor(MODELS, TASK, "cpu")
    columns, engine = TASK.features.columns(), choose_engine(model, "cpu")
    encode, body = Encoder(columns, model), json.dumps(ROW).encode()
    row = TASK.features.model_validate_json(body)
    inputs = encode(raw_matrix([row], columns))
    call = Call(create_app(Settings(models_dir=MODELS)), PREDICT, body)
    answer = json.loads(asyncio.run(call.answer())[1])
    return {
        "parse and check": _timed(lambda: TASK.features.model_validate_json(body)),
        "encode": _timed(lambda: encode(raw_matrix([row], columns))),
        "forward, every member": _timed(lambda: engine.logits(inputs)),
        "predict: encode, forward, spread, sets, warnings": _timed(lambda: predictor.predict([row])),
        "serialise": _timed(lambda: to_json(answer)),
        "the whole request through the application": lambda: asyncio.run(call.microseconds(REPEATS)),
    }


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def microseconds() -> float:
        started = time.perf_counter_ns()
        for _ in range(REPEATS):
            work()
        return (time.perf_counter_ns() - started) / REPEATS / 1e3

    return microseconds
