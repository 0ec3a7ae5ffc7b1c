"""Publishing that is killed, or whose disk is full, at random moments; what is then left on the disk.

`python -m tests.training.publication.interrupted_writes kill FOLDER 20 5` kills 20 writes into an empty folder, at
moments drawn with seed 5; `full` fills the disk that is mounted on FOLDER instead. One line of JSON tells
what became of them; `run_apart` does all that, and mounts the disk.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from random import Random

import torch

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import MANIFEST, find_versions
from predictor.artefact.weights import ExportedWeights
from predictor.model.predictor import read_predictor
from predictor.schema.errors import PredictorError
from tests.support.training.made_up import IRIS
from tests.support.training.namespace import find_way_to_mount
from tests.support.training.runs import contents, quickly_trained
from training.errors import TrainingError
from training.publication import publish as publication
from training.recipes.iris import PRODUCTION, builtin_data
from training.run import TrainingResult

# What Python tells its audit hooks about files.
TOUCHES = {"open", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir"}

PUBLISHED, FULL, FAILED = 0, 3, 4
MOST_SECONDS = 240
DISK = "8m"


@dataclass
class Outcome:
    """What became of the writes. `half_written`: versions found that cannot be loaded."""

    moments: int
    interrupted: int = 0
    previous_untouched: int = 0
    previous_loadable: int = 0
    half_written: int = 0
    left_over: int = 0
    next_succeeded: bool = False
    left_over_after_next: int = 0


def run_apart(how: str, models: Path, moments: int, seed: int) -> Outcome | None:
    """Run this module in a process of its own; None where a disk to fill cannot be mounted."""
    command = [
        sys.executable,
        "-m",
        "tests.training.publication.interrupted_writes",
        how,
        models,
        moments,
        seed,
    ]
    words = [str(word) for word in command]
    if how == "full":
        way = find_way_to_mount()
        if way is None:
            return None
        mount = f'mount -t tmpfs -o size={DISK} tmpfs "$0" && exec "$@"'
        words = [*way, "sh", "-c", mount, str(models), *words]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, timeout=MOST_SECONDS)
    return Outcome(**json.loads(done.stdout))


def in_child(work: Callable[[], object], kill_after: float | None = None) -> int:
    """Do the work in a process of its own, killed after so many seconds; give its status as a shell would."""
    child = os.fork()
    if child == 0:
        os._exit(_status_of(work))
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _status_of(work: Callable[[], object]) -> int:
    try:
        work()
    except TrainingError as error:
        if "No space left on device" in str(error):
            return FULL
        sys.stderr.write(f"{error}\n")
        return FAILED
    except BaseException as error:  # noqa: BLE001 (a child of a fork must never return)
        sys.stderr.write(f"{error!r}\n")
        return FAILED
    return PUBLISHED


def watch(folder: Path, tell: Callable[[int], object]) -> None:
    """From now on, and for good, tell before each touch of a folder which one it is."""
    touches = count(1)

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event in TOUCHES and str(arguments[0]).startswith(str(folder)):
            tell(next(touches))

    sys.addaudithook(hear)


@dataclass
class Trouble:
    """A folder of models with one version in it, and a trained model that is to become the next."""

    models: Path
    result: TrainingResult
    previous: Path

    def publish(self) -> Path:
        return publication.publish(self.result, self.models)

    def versions(self) -> list[Path]:
        return find_versions(self.models, IRIS.name)

    def left_over(self) -> int:
        return len(list((self.models / IRIS.name).iterdir())) - len(self.versions())

    def is_loadable(self, folder: Path) -> bool:
        try:
            return read_predictor(folder, IRIS, "cpu").folder == folder
        except PredictorError:
            return False

    def run(self, interrupt: Callable[[Random], int], moments: int, seed: int) -> Outcome:
        """Interrupt so many writes, look after each, and publish once more at the end."""
        random, outcome = Random(seed), Outcome(moments)
        before = contents(self.previous)
        for _ in range(moments):
            outcome.interrupted += interrupt(random) in {FULL, -signal.SIGKILL}
            outcome.previous_untouched += contents(self.previous) == before
            outcome.previous_loadable += self.is_loadable(self.previous)
            outcome.half_written += sum(not self.is_loadable(folder) for folder in self.versions())
        outcome.left_over = self.left_over()
        highest = int(self.versions()[-1].name)
        outcome.next_succeeded = (
            in_child(self.publish) == PUBLISHED
            and int(self.versions()[-1].name) == highest + 1
            and self.is_loadable(self.versions()[-1])
        )
        outcome.left_over_after_next = self.left_over()
        return outcome


def killer(trouble: Trouble) -> Callable[[Random], int]:
    """Kill at any time of the write, or right before any touch of the disk."""
    started = time.perf_counter()
    touches = count_touches(trouble)
    seconds = time.perf_counter() - started

    def kill(random: Random) -> int:
        if random.random() < 1 / 2:
            status = in_child(trouble.publish, kill_after=random.uniform(0, seconds))
            if status != PUBLISHED:
                return status
            # It was done before its time had come.
        number = random.randint(1, touches)
        return in_child(lambda: publish_to_touch(trouble, number))

    return kill


def publish_to_touch(trouble: Trouble, last: int) -> None:
    def die(number: int) -> None:
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)

    watch(trouble.models, die)
    trouble.publish()


def count_touches(trouble: Trouble) -> int:
    """Count how often one write touches the folder of models."""
    reading, writing = os.pipe()

    def tell_all() -> None:
        watch(trouble.models, lambda _: os.write(writing, b"."))
        trouble.publish()

    in_child(tell_all)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        return len(told.read())


def filler(trouble: Trouble) -> Callable[[Random], int]:
    """Leave room for any part of a version, and for no whole one."""
    block = os.statvfs(trouble.models).f_frsize
    needed = sum(-(-len(content) // block) + 1 for content in contents(trouble.previous).values())
    ballast = trouble.models / "ballast"

    def fill(random: Random) -> int:
        free = os.statvfs(trouble.models).f_bavail - random.randrange(needed - 8)
        ballast.write_bytes(bytes(free * block))
        try:
            return in_child(trouble.publish)
        finally:
            ballast.unlink()

    return fill


def only_write_as(version: Path) -> None:
    """From now on take what a write computes, and draws, from a version: nearly all of its time."""
    manifest = Manifest.model_validate_json((version / MANIFEST).read_bytes())
    figures = contents(version / "figures")

    def describe(
        _trained: TrainingResult, _model: ExportedWeights, _groupings: object, number: int
    ) -> Manifest:
        return manifest.model_copy(update={"version": number, "files": {}})

    def draw_figures(_trained: TrainingResult, _manifest: Manifest, folder: Path) -> None:
        folder.mkdir()
        for name, content in figures.items():
            (folder / name).write_bytes(content)

    vars(publication).update(describe=describe, draw_figures=draw_figures)


def main(how: str, models: Path, moments: int, seed: int) -> None:
    """Print what became of the writes."""
    torch.set_num_threads(1)
    result = quickly_trained(IRIS, PRODUCTION, builtin_data())
    trouble = Trouble(models, result, publication.publish(result, models))
    only_write_as(trouble.previous)
    interrupt = {"kill": killer, "full": filler}[how](trouble)
    print(json.dumps(asdict(trouble.run(interrupt, moments, seed))))  # noqa: T201 (a command prints)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
