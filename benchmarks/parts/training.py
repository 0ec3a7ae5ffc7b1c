"""An epoch of the lecture's recipe, here and in Keras 3 on torch."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.case import ROOT
from benchmarks.form import Form
from benchmarks.launch.environments import python_of
from benchmarks.launch.versions import describe_elsewhere
from benchmarks.measurement.machine import cores
from benchmarks.measurement.rounds import Spread, take_turns
from benchmarks.measurement.tables import spread, spread_heads, table
from benchmarks.trouble import Unavailable

GOAL = "7"
HOW_TO_GET_IT = "set STROKE_CSV to the stroke data file, as README.md says"
RUN_SECONDS = 180
ROUNDS = 3
ENVIRONMENTS = {"keras": ("keras", "torch")}


def measure_training(form: Form) -> str:
    """Train in turns: the same rows, batches, network, optimiser, validation after each epoch."""
    csv = os.environ.get("STROKE_CSV")
    if not csv or not Path(csv).is_file():
        raise Unavailable(HOW_TO_GET_IT)
    keras = python_of("keras")
    with tempfile.TemporaryDirectory() as folder:
        arrays = str(Path(folder) / "arrays.npz")
        here = ("benchmarks.peers.epochs_here", csv, str(form.epochs_here), arrays)
        there = ("benchmarks.peers.epochs_keras", arrays, str(form.epochs_keras))
        batch_queue = {
            "here": partial(_seconds_per_epoch, sys.executable, *here),
            "Keras 3 on torch": partial(_seconds_per_epoch, keras, *there),
        }
        # No warm-up: each run leaves out its own first epoch. Nor turns in other orders: ours comes
        # first, for it writes the arrays.
        found = [take_turns(batch_queue, 1, warm_up=False) for _ in range(min(ROUNDS, form.rounds))]
    ours, theirs = ([part[name][0] for part in found] for name in batch_queue)
    rows = [
        ["here", *spread(Spread.of(ours)), *[""] * 4],
        ["Keras 3 on torch", *spread(Spread.of(theirs)), *spread(Spread.of_ratios(theirs, ours)), GOAL],
    ]
    head = ["", *spread_heads("seconds an epoch"), *spread_heads("its / ours"), "goal"]
    return "\n\n".join([table(head, rows), describe_elsewhere(ENVIRONMENTS)])


def _seconds_per_epoch(python: str, module: str, *arguments: str) -> float:
    first, _ = cores()
    command = ["taskset", "-c", str(first), python, "-m", module, *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    if done.returncode:
        raise Unavailable(f"{module} failed: {done.stderr.strip().rsplit(chr(10), 1)[-1]}")
    epochs: list[float] = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    return statistics.median(epochs)
