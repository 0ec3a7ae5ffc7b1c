"""SIGKILL and a full disk at random moments while training writes an artefact."""

import tempfile
from pathlib import Path

from tests.stress.result import Result
from tests.training.publication.interrupted_writes import run_in_process

SEED = 5
INTERRUPTIONS = {"kill": "SIGKILL while training writes", "full": "full disk while training writes"}


def interrupt_writes(profile):
    """Interrupt as many writes as the profile asks for, in each way."""
    results = []
    for how, what in INTERRUPTIONS.items():
        with tempfile.TemporaryDirectory() as folder:
            outcome = run_in_process(how, Path(folder), profile.interruptions, SEED)
        wanted = f"previous version loadable {profile.interruptions} of {profile.interruptions} times"
        if outcome is None:
            results.append(Result(what, wanted, "no permission to mount a file system", is_met=None))
            continue
        loadable = min(outcome.interrupted, outcome.previous_unchanged, outcome.previous_loadable)
        next_write = "the next write succeeded" if outcome.next_succeeded else "the next write failed"
        found = f"{loadable} of {profile.interruptions}, {outcome.half_written} half written, {next_write}"
        is_met = loadable == profile.interruptions and not outcome.half_written and outcome.next_succeeded
        results.append(Result(what, wanted, found, is_met))
    return results
