"""The processes of a server: found by a mark in their environment, and weighed."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from benchmarks.trouble import Unavailable

PROC = Path("/proc")
WEIGHT = "smaps_rollup"
# Every process that a server starts inherits this variable, whatever session or group it moves to.
MARK = "BENCHMARK_SERVER"


@dataclass(frozen=True)
class Memory:
    """What of a process is in memory, in MB (10^6 bytes).

    `resident_mb` (RSS) counts in full what it shares with other processes; `share_mb` (PSS) counts
    that by the share: of a library that two have mapped, half.
    """

    resident_mb: float
    share_mb: float


def find_processes(mark: str) -> list[int]:
    """Give the processes that have this mark in their environment."""
    numbers = sorted(int(folder.name) for folder in PROC.iterdir() if folder.name.isdigit())
    return [
        number for number in numbers if f"{MARK}={mark}".encode() in _read(number, "environ").split(b"\0")
    ]


def read_command(number: int) -> str:
    """Give the command line of a process; nothing where it has just ended."""
    return _read(number, "cmdline").replace(b"\0", b" ").decode(errors="replace")


def check_scales() -> None:
    """Make sure that memory can be weighed; Unavailable if this kernel does not tell."""
    if not (PROC / "self" / WEIGHT).exists():
        raise Unavailable(f"this kernel has no /proc/PID/{WEIGHT}")


def weigh(number: int) -> Memory:
    """Weigh a process; one that has just ended weighs nothing."""
    lines = _read(number, WEIGHT).decode().splitlines()[1:]
    kib = {name: int(size) for name, size, *_ in map(str.split, lines)}
    return Memory(*(kib.get(name, 0) * 1024 / 1e6 for name in ("Rss:", "Pss:")))


def kill(number: int) -> None:
    """End a process, if it has not ended yet."""
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        return


def _read(number: int, name: str) -> bytes:
    try:
        return (PROC / str(number) / name).read_bytes()
    except OSError:
        return b""
