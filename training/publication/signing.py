"""The signature of a model, and the check of every file of a model.

The signature covers the manifest, which holds the checksums of the other files. Keys are made with
`openssl genpkey -algorithm ed25519`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nacl.signing import SigningKey

from predictor.artefact.files import is_ignored, read_file
from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    SIGNATURE,
    corrupt_artefact,
    read_artefact,
    read_listed_file,
)
from predictor.artefact.signature import PRIVATE, read_key
from predictor.model.predictor import read_predictor
from predictor.schema.errors import ArtefactCorrupt, KeyUnusable, PredictorError
from predictor.tasks import find_task
from training.errors import TrainingError, UsageError


def sign(folder: Path, private_key: Path) -> Path:
    """Sign a model that is intact, and give the path of the signature; UsageError where it is not intact."""
    with _as_usage_errors():
        key = SigningKey(read_key(private_key, PRIVATE))
        _check_all(folder, None)
        signature = key.sign(read_file(folder, MANIFEST, MAX_MANIFEST_BYTES)).signature
    temporary = folder / f".{SIGNATURE}"
    try:
        with temporary.open("wb") as file:
            file.write(signature)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / SIGNATURE)
    except OSError as error:
        raise TrainingError(f"The signature could not be written to {folder}: {error.strerror}.") from None
    return folder / SIGNATURE


def verify(folder: Path, public_key: Path | None) -> Manifest:
    """Check a model as the server does, and the files that the server does not read; give its manifest.

    UsageError names a file that is damaged, missing, not listed, or not signed by the key.
    """
    with _as_usage_errors():
        return _check_all(folder, public_key)


@contextmanager
def _as_usage_errors() -> Iterator[None]:
    try:
        yield
    except KeyUnusable as error:
        raise UsageError(f"--key: {error}") from None
    except PredictorError as error:
        raise UsageError(str(error)) from None


def _check_all(folder: Path, public_key: Path | None) -> Manifest:
    manifest = read_artefact(folder, public_key).manifest
    read_predictor(folder, find_task(manifest.task), "cpu", public_key=public_key)
    try:
        for name in manifest.files:
            read_listed_file(folder, manifest, name)
    except ArtefactCorrupt as error:
        raise corrupt_artefact(folder, str(error), error.remedy) from None
    for name in sorted(_present(folder) - {*manifest.files, MANIFEST, SIGNATURE}):
        raise corrupt_artefact(folder, f"{name!a} is not listed in {MANIFEST}")
    return manifest


def _present(folder: Path) -> set[str]:
    """List the files in a folder and below it, but not those of desktops, editors and volumes."""
    paths = [path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir()]
    return {path.as_posix() for path in paths if not is_ignored(path)}
