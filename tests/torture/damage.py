"""Flipped bits and cut ends in every artefact that the repository ships."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

from predictor.artefact import ARRAYS, MANIFEST, find_versions, read_artefact
from predictor.errors import ArtefactCorrupt
from tests.corruption import flipped_bits, not_refused, truncations
from tests.payloads import TASKS
from tests.torture.figure import Figure
from tests.torture.shipped import MODELS

SEED = 5


def damage_artefacts(form):
    """Do each damage to a copy, one at a time."""
    figures = []
    for folder in (folder for task in TASKS for folder in find_versions(MODELS, task)):
        with tempfile.TemporaryDirectory() as aside:
            copy = shutil.copytree(folder, Path(aside) / folder.name)
            files, check = [copy / MANIFEST, copy / ARRAYS], partial(read_artefact, copy)
            damages = [*flipped_bits(files, form.flips, SEED), *truncations(files, form.cuts, SEED)]
            missed = not_refused(damages, check, ArtefactCorrupt)
        wanted = f"{form.flips:,} bit flips, {form.cuts} cuts refused"
        found = f"{len(damages) - len(missed):,} of {len(damages):,} refused"
        figures.append(Figure(f"damage to {folder.parent.name}/{folder.name}", wanted, found, not missed))
    return figures
