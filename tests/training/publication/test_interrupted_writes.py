"""kill -9 and a full disk at random moments of a publication: the previous version stays and is served."""

import pytest

from tests.training.publication.interrupted_writes import run_in_process

MOMENTS, SEED = 20, 5


@pytest.mark.parametrize("how", ["kill", "full"])
def test_an_interrupted_write_leaves_the_previous_version_loadable_and_the_next_write_succeeds(how, tmp_path):
    outcome = run_in_process(how, tmp_path, MOMENTS, SEED)

    if outcome is None:
        pytest.skip("this machine does not permit mounting a folder in a namespace")
    assert outcome.interrupted == MOMENTS
    assert outcome.previous_unchanged == outcome.previous_loadable == MOMENTS
    assert outcome.half_written == 0
    assert outcome.next_succeeded
    # A killed process cannot clean up; the next run does.
    assert how == "kill" or outcome.left_over == 0
    assert outcome.left_over_after_next == 0
