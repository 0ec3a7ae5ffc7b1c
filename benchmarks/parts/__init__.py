"""The parts of the benchmarks: each measures one quantity and writes one section of RESULTS.md."""

from collections.abc import Callable

from benchmarks.parts.batch import measure_batch
from benchmarks.parts.memory import measure_memory
from benchmarks.parts.peers import measure_peers
from benchmarks.parts.single import measure_single
from benchmarks.parts.size import measure_size
from benchmarks.parts.stages import measure_stages
from benchmarks.parts.start import measure_start
from benchmarks.parts.training import measure_training
from benchmarks.parts.workers import measure_workers
from benchmarks.run_length import RunLength

PARTS: dict[str, Callable[[RunLength], str]] = {
    "single": measure_single,
    "peers": measure_peers,
    "batch": measure_batch,
    "start": measure_start,
    "memory": measure_memory,
    "training": measure_training,
    "stages": measure_stages,
    "workers": measure_workers,
    "size": measure_size,
}
