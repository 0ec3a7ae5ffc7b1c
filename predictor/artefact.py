"""The artefact on disk: `models/<task>/<integer version>/`, read once and checked before it is used."""

import hashlib
import hmac
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_safetensors

from predictor.errors import ArtefactCorrupt, ArtefactMissing
from predictor.lowered import LoweredModel, lowered_from_tensors
from predictor.manifest import Manifest, tell_first

MANIFEST = "manifest.json"
ARRAYS = "model.safetensors"
PREPROCESSOR = "preprocessor.joblib"
CARD = "card.md"

MAX_MANIFEST_BYTES = 1 << 20
MAX_ARRAYS_BYTES = 16 << 20


@dataclass(frozen=True)
class Artefact:
    """A verified artefact in memory, and the folder that it was read from."""

    folder: Path
    manifest: Manifest
    model: LoweredModel


def find_versions(models: Path, task: str) -> list[Path]:
    """List the version folders of a task, ascending; other folders are ignored."""
    folder = models / task
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if is_version(path)), key=lambda path: int(path.name))


def is_version(path: Path) -> bool:
    """Say whether a folder is named by a whole number from 1, written plainly."""
    name = path.name
    return name.isascii() and name.isdigit() and not name.startswith("0") and path.is_dir()


def newest_version(models: Path, task: str) -> Path:
    """Give the folder of the highest version; ArtefactMissing says how to make one."""
    versions = find_versions(models, task)
    if not versions:
        raise ArtefactMissing(
            f"There is no model in {models / task}; train one with `python -m training {task} --data FILE`, "
            "or set APP_MODELS_DIR to a folder that has one under its task's name."
        )
    return versions[-1]


def read_artefact(folder: Path) -> Artefact:
    """Read and verify one version; ArtefactCorrupt names the folder, the file and what is wrong."""
    try:
        manifest = _read_manifest(folder)
        content = _read_file(folder / ARRAYS, MAX_ARRAYS_BYTES)
        _check_digest(manifest, ARRAYS, content)
        tensors = load_safetensors(content)
        model = lowered_from_tensors(tensors, manifest.encoding, manifest.network)
    except ArtefactCorrupt as error:
        raise ArtefactCorrupt(
            f"The model in {folder} is broken: {error}; restore it, or train it again."
        ) from None
    except SafetensorError:
        raise ArtefactCorrupt(
            f"The model in {folder} is broken: {ARRAYS} is not safetensors; restore it, or train it again."
        ) from None
    return Artefact(folder, manifest, model)


def _read_manifest(folder: Path) -> Manifest:
    content = _read_file(folder / MANIFEST, MAX_MANIFEST_BYTES)
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise ArtefactCorrupt(f"{MANIFEST}: {tell_first(error)}") from None
    if str(manifest.version) != folder.name:
        raise ArtefactCorrupt(f"{MANIFEST} says version {manifest.version}, but the folder is {folder.name}")
    return manifest


def _read_file(path: Path, limit: int) -> bytes:
    # O_NOFOLLOW and the check of the open descriptor leave no moment in which a link could be swapped in;
    # O_NONBLOCK keeps a pipe from holding up the start.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ArtefactCorrupt(f"{path.name} cannot be opened ({error.strerror})") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
        os.close(descriptor)
        raise ArtefactCorrupt(f"{path.name} is not a plain file of at most {limit} bytes")
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit)


def _check_digest(manifest: Manifest, name: str, content: bytes) -> None:
    promised = manifest.files.get(name)
    if promised is None:
        raise ArtefactCorrupt(f"{MANIFEST} does not list {name}")
    if len(content) != promised.bytes:
        raise ArtefactCorrupt(f"{name} does not have the size in {MANIFEST}")
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), promised.sha256):
        raise ArtefactCorrupt(f"{name} does not have the digest in {MANIFEST}")
