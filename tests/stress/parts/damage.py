"""Flipped bits and truncations in every file of every shipped model.

The server rejects a model if one of the files that it reads is damaged; it never opens the others.
`python -m training verify` rejects damage to any file. Neither needs a signature for this.
"""

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from predictor.artefact.reader import ARRAYS, MANIFEST, find_versions, read_artefact
from predictor.schema.errors import ArtefactCorrupt
from tests.stress.result import Result
from tests.support.files.corruption import flipped_bits, not_refused, truncations
from tests.support.payloads import TASKS
from tests.support.repository import MODELS
from training.errors import UsageError
from training.publication.signing import verify

SEED = 5


class Check(NamedTuple):
    """A reader of a model, the files that it reads, and the error that it raises for a damaged file."""

    reader: str
    files: list[Path]
    read: Callable[[], object]
    error: type[Exception]


def damage_artefacts(profile):
    """Damage a copy of each model in one way at a time."""
    results = []
    for folder in (folder for task in TASKS for folder in find_versions(MODELS, task)):
        with tempfile.TemporaryDirectory() as temporary:
            copy = shutil.copytree(folder, Path(temporary) / folder.name)
            name = f"{folder.parent.name}/{folder.name}"
            results += [damage(profile, name, check) for check in checks_of(copy)]
    return results


def checks_of(folder):
    read_by_server = [folder / MANIFEST, folder / ARRAYS]
    all_files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        Check("the server", read_by_server, partial(read_artefact, folder), ArtefactCorrupt),
        Check("`training verify`", all_files, partial(verify, folder, None), UsageError),
    ]


def damage(profile, name, check):
    # The undamaged copy must be accepted, otherwise the rejections prove nothing.
    check.read()
    damages = [
        *flipped_bits(check.files, profile.flipped_bits, SEED),
        *truncations(check.files, profile.truncations, SEED),
    ]
    missed = not_refused(damages, check.read, check.error)
    return Result(
        f"damage to {name}, the {len(check.files)} files that {check.reader} reads",
        f"{profile.flipped_bits:,} flipped bits, {profile.truncations} truncations: all rejected, file named",
        f"{len(damages) - len(missed):,} of {len(damages):,} rejected",
        not missed,
    )
