"""kill -9 and a full disk at random moments of a training write."""

import tempfile
from pathlib import Path

from tests.stress.figure import Figure
from tests.training.publication.interrupted_writes import run_in_process

SEED = 5
WORDS = {"kill": "kill -9 of a training write", "full": "a full disk under a training write"}


def interrupt_writes(form):
    """Interrupt so many writes in each way."""
    figures = []
    for how, what in WORDS.items():
        with tempfile.TemporaryDirectory() as folder:
            outcome = run_in_process(how, Path(folder), form.moments, SEED)
        wanted = f"previous version loadable {form.moments} of {form.moments} times"
        if outcome is None:
            figures.append(Figure(what, wanted, "nobody may mount a folder here", is_kept=None))
            continue
        good = min(outcome.interrupted, outcome.previous_unchanged, outcome.previous_loadable)
        next_one = "the next succeeded" if outcome.next_succeeded else "the next failed"
        found = f"{good} of {form.moments}, {outcome.half_written} half written, {next_one}"
        is_kept = good == form.moments and not outcome.half_written and outcome.next_succeeded
        figures.append(Figure(what, wanted, found, is_kept))
    return figures
