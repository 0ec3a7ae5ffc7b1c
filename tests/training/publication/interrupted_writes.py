"""Publications interrupted by kill -9 or a full disk at random moments, and the state of the disk after each.

`python -m tests.training.publication.interrupted_writes kill FOLDER 20 5` kills 20 publications into an empty
folder, at moments drawn with seed 5; `full` fills the disk that is mounted on FOLDER instead. The result is
one line of JSON. `run_in_process` runs this module, and mounts the disk.
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
from tests.support.training.namespace import find_unshare_command
from tests.support.training.runs import contents, quickly_trained
from training.errors import TrainingError
from training.publication import publish as publication
from training.recipes.iris import PRODUCTION, builtin_data
from training.run import TrainingResult

# The audit events of Python that concern files.
FILE_EVENTS = {"open", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir"}

PUBLISHED, FULL, FAILED = 0, 3, 4
MAX_SECONDS = 240
DISK = "8m"


@dataclass
class Outcome:
    """The counts over all interruptions. `half_written` are versions that cannot be loaded.

    `left_over` are the files and folders beside the versions.
    """

    moments: int
    interrupted: int = 0
    previous_unchanged: int = 0
    previous_loadable: int = 0
    half_written: int = 0
    left_over: int = 0
    next_succeeded: bool = False
    left_over_after_next: int = 0


def run_in_process(how: str, models: Path, moments: int, seed: int) -> Outcome | None:
    """Run this module in its own process; None where the disk for `full` cannot be mounted."""
    words = [sys.executable, "-m", __name__, how, str(models), str(moments), str(seed)]
    if how == "full":
        unshare = find_unshare_command()
        if unshare is None:
            return None
        mount = f'mount -t tmpfs -o size={DISK} tmpfs "$0" && exec "$@"'
        words = [*unshare, "sh", "-c", mount, str(models), *words]
    process = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, timeout=MAX_SECONDS)
    return Outcome(**json.loads(process.stdout))


def in_child(work: Callable[[], object], kill_after: float | None = None) -> int:
    """Do the work in a forked process and give its exit status, negative if a signal ended it.

    The process is killed after `kill_after` seconds.
    """
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
    except BaseException as error:  # noqa: BLE001 (a forked child must never return)
        sys.stderr.write(f"{error!r}\n")
        return FAILED
    return PUBLISHED


def before_file_events(folder: Path, callback: Callable[[int], object]) -> None:
    """Call back before each file event in a folder with its number; an audit hook cannot be removed."""
    numbers = count(1)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in FILE_EVENTS and str(arguments[0]).startswith(str(folder)):
            callback(next(numbers))

    sys.addaudithook(hook)


@dataclass
class Publications:
    """A folder of models with one version, and a trained model to publish as the next one."""

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
        """Interrupt so many publications, check the folder after each, and publish once more at the end."""
        random, outcome = Random(seed), Outcome(moments)
        before = contents(self.previous)
        for _ in range(moments):
            outcome.interrupted += interrupt(random) in {FULL, -signal.SIGKILL}
            outcome.previous_unchanged += contents(self.previous) == before
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


def killer(publications: Publications) -> Callable[[Random], int]:
    """Give a function that kills a publication at a random time, or before a random file event."""
    started = time.perf_counter()
    file_events = count_file_events(publications)
    seconds = time.perf_counter() - started

    def kill(random: Random) -> int:
        if random.random() < 1 / 2:
            status = in_child(publications.publish, kill_after=random.uniform(0, seconds))
            if status != PUBLISHED:
                return status
            # The publication ended before the kill.
        number = random.randint(1, file_events)
        return in_child(lambda: publish_until(publications, number))

    return kill


def publish_until(publications: Publications, last: int) -> None:
    """Publish, and kill this process before the file event with this number."""

    def die(number: int) -> None:
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)

    before_file_events(publications.models, die)
    publications.publish()


def count_file_events(publications: Publications) -> int:
    """Count the file events of one publication in the folder of models."""
    reading, writing = os.pipe()

    def publish() -> None:
        before_file_events(publications.models, lambda _: os.write(writing, b"."))
        publications.publish()

    in_child(publish)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        return len(file.read())


def filler(publications: Publications) -> Callable[[Random], int]:
    """Give a function that publishes on a disk with too little space left for a whole version."""
    block = os.statvfs(publications.models).f_frsize
    needed = sum(-(-len(content) // block) for content in contents(publications.previous).values())
    ballast = publications.models / "ballast"

    def fill(random: Random) -> int:
        free = os.statvfs(publications.models).f_bavail - random.randrange(needed)
        ballast.write_bytes(bytes(free * block))
        try:
            return in_child(publications.publish)
        finally:
            ballast.unlink()

    return fill


def reuse_manifest_and_figures(version: Path) -> None:
    """Take the manifest and the figures of each publication from a version: they take most of its time."""
    manifest = Manifest.model_validate_json((version / MANIFEST).read_bytes())
    figures = contents(version / "figures")

    def build_manifest(
        _result: TrainingResult,
        _weights: ExportedWeights,
        _groupings: object,
        _adjust_for: object,
        number: int,
    ) -> Manifest:
        return manifest.model_copy(update={"version": number, "files": {}})

    def draw_figures(_result: TrainingResult, _manifest: Manifest, folder: Path) -> None:
        folder.mkdir()
        for name, content in figures.items():
            (folder / name).write_bytes(content)

    vars(publication).update(build_manifest=build_manifest, draw_figures=draw_figures)


def main(how: str, models: Path, moments: int, seed: int) -> None:
    """Print the outcome as JSON."""
    torch.set_num_threads(1)
    result = quickly_trained(PRODUCTION, builtin_data())
    publications = Publications(models, result, publication.publish(result, models))
    reuse_manifest_and_figures(publications.previous)
    interrupt = {"kill": killer, "full": filler}[how](publications)
    print(json.dumps(asdict(publications.run(interrupt, moments, seed))))  # noqa: T201 (a command prints)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
