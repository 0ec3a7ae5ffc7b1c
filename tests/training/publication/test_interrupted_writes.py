"""kill -9 and a full disk at random moments of a write: the previous version stays, no half of one counts."""

import pytest

from tests.training.publication.interrupted_writes import run_apart

MOMENTS, SEED = 20, 5


@pytest.mark.parametrize("how", ["kill", "full"])
def test_an_interrupted_write_leaves_the_previous_version_loadable_and_the_next_one_succeeds(how, tmp_path):
    outcome = run_apart(how, tmp_path, MOMENTS, SEED)

    if outcome is None:
        pytest.skip("this machine lets nobody mount a folder of their own")
    assert outcome.interrupted == MOMENTS
    assert outcome.previous_untouched == outcome.previous_loadable == MOMENTS
    assert outcome.half_written == 0
    assert outcome.next_succeeded
    # Killed, nobody can clean up but the next run.
    assert how == "kill" or outcome.left_over == 0
    assert outcome.left_over_after_next == 0
