import os
import subprocess
import sys

import pytest

from benchmarks.launch.processes import MARK, find_processes, kill, read_command, read_memory

SLEEP = (sys.executable, "-c", "import time; print(flush=True); time.sleep(60)")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks need Linux")


@pytest.fixture
def sleeper():
    with subprocess.Popen(SLEEP, env={**os.environ, MARK: "abc"}, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def test_a_process_is_found_by_its_mark_and_has_its_command_line(sleeper):
    assert find_processes("abc") == [sleeper.pid]
    assert find_processes("ab") == []
    assert "time.sleep(60)" in read_command(sleeper.pid)


def test_shared_memory_counts_in_full_in_rss_and_by_share_in_pss(sleeper):
    memory = read_memory(sleeper.pid)

    # The process of the tests shares the libraries of Python with it.
    assert 1 < memory.pss_mb < memory.rss_mb < 100


def test_an_ended_process_has_no_memory_and_can_be_killed_again(sleeper):
    kill(sleeper.pid)
    sleeper.wait()

    assert read_memory(sleeper.pid).rss_mb == 0
    assert read_command(sleeper.pid) == ""
    kill(sleeper.pid)
