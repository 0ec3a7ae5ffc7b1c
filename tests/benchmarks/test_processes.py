import os
import subprocess
import sys

import pytest

from benchmarks.launch.processes import MARK, find_processes, kill, read_command, weigh

SLEEP = (sys.executable, "-c", "import time; print(flush=True); time.sleep(60)")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the bench needs Linux")


@pytest.fixture
def sleeper():
    with subprocess.Popen(SLEEP, env={**os.environ, MARK: "abc"}, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def test_a_server_is_found_by_its_mark_and_known_by_its_command(sleeper):
    assert find_processes("abc") == [sleeper.pid]
    assert find_processes("ab") == []
    assert "time.sleep(60)" in read_command(sleeper.pid)


def test_what_is_shared_counts_in_full_in_one_weight_and_by_the_share_in_the_other(sleeper):
    weight = weigh(sleeper.pid)

    # This process, too, runs Python.
    assert 1 < weight.share_mb < weight.resident_mb < 100


def test_who_has_ended_weighs_nothing_and_can_be_ended_again(sleeper):
    kill(sleeper.pid)
    sleeper.wait()

    assert weigh(sleeper.pid).resident_mb == 0
    assert read_command(sleeper.pid) == ""
    kill(sleeper.pid)
