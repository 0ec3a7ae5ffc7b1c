"""An epoch of the lecture recipe, in this project and in Keras 3 on torch."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.errors import Unavailable
from benchmarks.launch.environments import python_of
from benchmarks.launch.versions import describe_environments
from benchmarks.measurement.machine import cores
from benchmarks.measurement.rounds import Spread, alternate
from benchmarks.measurement.tables import spread, spread_headers, table
from benchmarks.run_length import RunLength
from benchmarks.workload import ROOT

GOAL = "7"
DATA_NEEDED = "set STROKE_CSV to the stroke data file, as README.md says"
RUN_SECONDS = 180
ROUNDS = 3
ENVIRONMENTS = {"keras": ("keras", "torch")}


def measure_training(length: RunLength) -> str:
    """Train both alternately, with the same rows, batches, network, optimiser and validation."""
    csv = os.environ.get("STROKE_CSV")
    if not csv or not Path(csv).is_file():
        raise Unavailable(DATA_NEEDED)
    keras = python_of("keras")
    with tempfile.TemporaryDirectory() as folder:
        arrays = str(Path(folder) / "arrays.npz")
        our_run = ("benchmarks.peers.epochs_here", csv, str(length.epochs_here), arrays)
        keras_run = ("benchmarks.peers.epochs_keras", arrays, str(length.epochs_keras))
        measurements = {
            "this project": partial(_seconds_per_epoch, sys.executable, *our_run),
            "Keras 3 on torch": partial(_seconds_per_epoch, keras, *keras_run),
        }
        # A run drops its own first epoch, so a warm-up is not needed. Ours is always first, because it
        # writes the arrays.
        results = [alternate(measurements, 1, warm_up=False) for _ in range(min(ROUNDS, length.rounds))]
    ours, theirs = ([round_[name][0] for round_ in results] for name in measurements)
    rows = [
        ["this project", *spread(Spread.of(ours)), *[""] * 4],
        ["Keras 3 on torch", *spread(Spread.of(theirs)), *spread(Spread.of_ratios(theirs, ours)), GOAL],
    ]
    header = ["", *spread_headers("seconds an epoch"), *spread_headers("its / ours"), "goal"]
    return "\n\n".join([table(header, rows), describe_environments(ENVIRONMENTS)])


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
