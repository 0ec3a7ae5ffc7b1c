"""The processes of a server: a mark in their environment finds them, and the kernel reports their memory."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import Unavailable

PROC = Path("/proc")
MEMORY_FILE = "smaps_rollup"
# Every process that a server starts inherits this variable, in any session or process group.
MARK = "BENCHMARK_SERVER"


@dataclass(frozen=True)
class Memory:
    """The memory of a process in MB (10^6 bytes).

    `rss_mb` counts memory that is shared with other processes in full. `pss_mb` divides it by the number
    of processes that share it.
    """

    rss_mb: float
    pss_mb: float


def find_processes(mark: str) -> list[int]:
    """Return the ids of the processes that have this mark in their environment."""
    pids = sorted(int(folder.name) for folder in PROC.iterdir() if folder.name.isdigit())
    return [pid for pid in pids if f"{MARK}={mark}".encode() in _read(pid, "environ").split(b"\0")]


def read_command(pid: int) -> str:
    """Return the command line of a process; it is empty if the process has ended."""
    return _read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace")


def check_memory_readable() -> None:
    """Raise Unavailable where this kernel does not report the memory of a process."""
    if not (PROC / "self" / MEMORY_FILE).exists():
        raise Unavailable(f"this kernel has no /proc/PID/{MEMORY_FILE}")


def read_memory(pid: int) -> Memory:
    """Return the memory of a process; it is 0 if the process has ended."""
    lines = _read(pid, MEMORY_FILE).decode().splitlines()[1:]
    kib = {name: int(size) for name, size, *_ in map(str.split, lines)}
    return Memory(*(kib.get(name, 0) * 1024 / 1e6 for name in ("Rss:", "Pss:")))


def kill(pid: int) -> None:
    """Kill a process, unless it has ended."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _read(pid: int, name: str) -> bytes:
    try:
        return (PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
