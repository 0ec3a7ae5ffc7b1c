"""The machine: its tools, its cores, and a description of it."""

import os
import platform
import shutil
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.errors import CannotMeasure
from benchmarks.launch.versions import describe_versions
from benchmarks.workload import manifest

TOOLS = {
    "wrk": "wrk is missing; it is a Debian package: apt-get install wrk",
    "taskset": "taskset is missing; it is in the Debian package util-linux",
}
CORES_NEEDED = 2


def check_tools() -> None:
    """Raise CannotMeasure where a tool or a core is missing; the text says how to get the tool."""
    for tool, advice in TOOLS.items():
        if shutil.which(tool) is None:
            raise CannotMeasure(advice)
    if len(os.sched_getaffinity(0)) < CORES_NEEDED:
        raise CannotMeasure("Two cores are needed: one for the server, one for the load generator.")


def cores() -> list[int]:
    """Return two cores: the first for the server, the second for the load generator."""
    return sorted(os.sched_getaffinity(0))[:CORES_NEEDED]


def describe_machine() -> str:
    """Describe the date, the machine and the versions of a run."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%d %B %Y, %H:%M UTC}; {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, load {os.getloadavg()[0]:.1f} at the start; "
        f"Python {platform.python_version()}, {describe_versions()}; "
        f"model {manifest().task} version {manifest().version}."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
