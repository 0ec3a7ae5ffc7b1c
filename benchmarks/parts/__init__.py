"""The parts of the benchmark: each measures one thing, and gives a section of RESULTS.md."""

from collections.abc import Callable

from benchmarks.form import Form
from benchmarks.parts.batch import measure_batch
from benchmarks.parts.memory import measure_memory
from benchmarks.parts.peers import measure_peers
from benchmarks.parts.single import measure_single
from benchmarks.parts.size import measure_size
from benchmarks.parts.stages import measure_stages
from benchmarks.parts.start import measure_start
from benchmarks.parts.training import measure_training
from benchmarks.parts.workers import measure_workers

PARTS: dict[str, Callable[[Form], str]] = {
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
