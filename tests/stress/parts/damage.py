"""Flipped bits and cut ends in every file of every model that the repository ships.

The server refuses a model where one of the files that it reads is damaged; the others it never opens.
`python -m training verify` refuses damage to any file. Neither needs a signature for that.
"""

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from predictor.artefact.reader import ARRAYS, MANIFEST, find_versions, read_artefact
from predictor.schema.errors import ArtefactCorrupt
from tests.stress.figure import Figure
from tests.stress.shipped import MODELS
from tests.support.corruption import flipped_bits, not_refused, truncations
from tests.support.payloads import TASKS
from training.errors import UsageError
from training.publication.signing import verify

SEED = 5


class Check(NamedTuple):
    """Who looks at which files of a model, and how it refuses them."""

    who: str
    files: list[Path]
    look: Callable[[], object]
    rejection: type[Exception]


def damage_artefacts(form):
    """Do each damage to a copy, one at a time."""
    figures = []
    for folder in (folder for task in TASKS for folder in find_versions(MODELS, task)):
        with tempfile.TemporaryDirectory() as aside:
            copy = shutil.copytree(folder, Path(aside) / folder.name)
            name = f"{folder.parent.name}/{folder.name}"
            figures += [damage(form, name, check) for check in checks_of(copy)]
    return figures


def checks_of(folder):
    read = [folder / MANIFEST, folder / ARRAYS]
    every = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        Check("the server", read, partial(read_artefact, folder), ArtefactCorrupt),
        Check("`training verify`", every, partial(verify, folder, None), UsageError),
    ]


def damage(form, name, check):
    # What is whole is taken; else refusing the rest would mean nothing.
    check.look()
    damages = [*flipped_bits(check.files, form.flips, SEED), *truncations(check.files, form.cuts, SEED)]
    missed = not_refused(damages, check.look, check.rejection)
    return Figure(
        f"damage to {name}, the {len(check.files)} files that {check.who} reads",
        f"{form.flips:,} bit flips, {form.cuts} cuts: all refused, the file named",
        f"{len(damages) - len(missed):,} of {len(damages):,} refused",
        not missed,
    )
