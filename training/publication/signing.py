"""Signing: vouch for a model by the signature of its manifest, and check a model as it lies on the disk.

There is no command that makes keys: `openssl genpkey -algorithm ed25519` does.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    SIGNATURE,
    corrupt_artefact,
    read_artefact,
    read_file,
    read_listed_file,
)
from predictor.artefact.signature import PRIVATE, read_key
from predictor.model.predictor import read_predictor
from predictor.schema.errors import ArtefactCorrupt, KeyUnusable, PredictorError
from predictor.tasks import find_task
from training.errors import TrainingError, UsageError


def add_signing(commands: Any) -> None:
    """Add the commands `sign` and `verify` to the parser."""
    sign_command = commands.add_parser("sign", help="sign a model with a private key", allow_abbrev=False)
    verify_command = commands.add_parser(
        "verify", help="check every file of a model, and its signature", allow_abbrev=False
    )
    for command, kind, is_needed in (
        (sign_command, "private", True),
        (verify_command, "public", False),
    ):
        command.add_argument("folder", type=Path, metavar="FOLDER", help="a version, such as models/TASK/1")
        command.add_argument(
            "--key",
            type=Path,
            metavar="FILE",
            required=is_needed,
            help=f"an Ed25519 {kind} key in PEM",
        )


def sign(folder: Path, private_key: Path) -> str:
    """Write the signature of a model that is whole, and tell so; UserMistake where it is not."""
    with _told_as_mistakes():
        key = SigningKey(read_key(private_key, PRIVATE))
        _check_all(folder, None)
        signature = key.sign(read_file(folder / MANIFEST, MAX_MANIFEST_BYTES)).signature
    try:
        _write_at_once(folder / SIGNATURE, signature)
    except OSError as error:
        raise TrainingError(f"The signature could not be written to {folder}: {error.strerror}.") from None
    return f"Wrote {folder / SIGNATURE}."


def verify(folder: Path, public_key: Path | None) -> str:
    """Check a model as the server would, and the files that no server reads; tell what was checked.

    UserMistake names what is broken, missing, too many, or not signed by the key.
    """
    with _told_as_mistakes():
        manifest = _check_all(folder, public_key)
    whole = f"{folder} is whole: {MANIFEST} and {len(manifest.files)} files"
    return (
        f"{whole}, signed by the key." if public_key else f"{whole}. Without --key no signature was checked."
    )


@contextmanager
def _told_as_mistakes() -> Iterator[None]:
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
        raise corrupt_artefact(folder, str(error)) from None
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    for name in sorted(found - {*manifest.files, MANIFEST, SIGNATURE}):
        raise corrupt_artefact(folder, f"{name!a} is no part of it")
    return manifest


def _write_at_once(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{path.name}")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
