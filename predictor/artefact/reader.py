"""The artefact on disk: `models/<task>/<integer version>/`, read once and checked before it is used.

Every file is opened without following a link, read once into memory, and checked there, so that nothing
can change between the check and the use. Folders may be links: a digest ties the files together, so a
link that is moved meanwhile ends in a refusal, never in a mixture.
"""

import hashlib
import hmac
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_safetensors

from predictor.artefact.checksum import has_valid_checksum
from predictor.artefact.manifest import Manifest
from predictor.artefact.signature import SIGNATURE_BYTES, is_signed
from predictor.artefact.weights import Array, ExportedWeights, weights_from_tensors
from predictor.schema.errors import ArtefactCorrupt, ArtefactMissing, ArtefactUntrusted, describe_errors

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
LISTED = ARRAYS, PREPROCESSOR, CARD = "model.safetensors", "preprocessor.joblib", "card.md"
FIGURE = re.compile(r"figures/[a-z0-9_]+\.svg")

MAX_MANIFEST_BYTES = 1 << 20
MAX_ARRAYS_BYTES = 16 << 20


@dataclass(frozen=True)
class Artefact:
    """A verified artefact in memory, and the folder that it was read from."""

    folder: Path
    manifest: Manifest
    model: ExportedWeights


def find_versions(models: Path, task: str) -> list[Path]:
    """List the version folders of a task, ascending; other folders are ignored."""
    try:
        folders = [path for path in (models / task).iterdir() if is_version(path)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(folders, key=lambda path: int(path.name))


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


def find_version(folder: Path, version: int | None = None) -> Path:
    """Give the folder of one version in a model's folder: the highest, or the one that is asked for.

    A version's folder is given back as it is. ArtefactMissing says what there is instead.
    """
    if not folder.is_dir():
        raise ArtefactMissing(f"There is no folder {folder}; give a model's folder, such as models/NAME.")
    if is_version(folder) and str(version or folder.name) == folder.name:
        return folder
    versions = {found.name: found for found in find_versions(folder.parent, folder.name)}
    if not versions:
        models = [path.name for path in sorted(folder.iterdir()) if find_versions(folder, path.name)]
        hint = f"there are models in its folders {', '.join(models)}" if models else "train or copy one there"
        raise ArtefactMissing(f"There is no version of a model in {folder}; {hint}.")
    wanted = list(versions)[-1] if version is None else str(version)
    if wanted not in versions:
        there = ", ".join(versions)
        raise ArtefactMissing(f"There is no version {wanted} of the model in {folder}; there are: {there}.")
    return versions[wanted]


def read_artefact(folder: Path, public_key: Path | None = None) -> Artefact:
    """Read and verify one version; where there is a public key, the manifest must be signed by it.

    ArtefactCorrupt names the folder, the file and what is wrong, ArtefactUntrusted the folder. Where the
    system did not let a file be read, its OSError is the `__cause__` of either.
    """
    try:
        manifest = _read_manifest(folder, public_key)
        tensors = _parse_arrays(read_listed_file(folder, manifest, ARRAYS))
        model = weights_from_tensors(tensors, manifest.encoding, manifest.network)
    except ArtefactCorrupt as error:
        raise corrupt_artefact(folder, str(error)) from error.__cause__
    return Artefact(folder, manifest, model)


def corrupt_artefact(folder: Path, what: str) -> ArtefactCorrupt:
    """Say in one line which model is broken, how, and what to do."""
    return ArtefactCorrupt(f"The model in {folder} is broken: {what}; restore it, or train it again.")


def read_listed_file(folder: Path, manifest: Manifest, name: str) -> bytes:
    """Read a file of an artefact; ArtefactCorrupt, without the folder, unless it is what was promised."""
    promised = manifest.files.get(name)
    if promised is None:
        raise ArtefactCorrupt(f"{MANIFEST} does not list {name}")
    # The other files are smaller than the arrays may be.
    content = read_file(folder / name, MAX_ARRAYS_BYTES)
    if len(content) != promised.bytes:
        raise ArtefactCorrupt(f"{name} does not have the size in {MANIFEST}")
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), promised.sha256):
        raise ArtefactCorrupt(f"{name} does not have the digest in {MANIFEST}")
    return content


def read_file(path: Path, limit: int) -> bytes:
    """Read a plain file of at most `limit` bytes; ArtefactCorrupt for any other, and for a link."""
    try:
        with open(path, "rb", opener=_open_no_link) as file:
            # Of the open file, so that nothing else can be swapped in behind the check.
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
                raise ArtefactCorrupt(f"{path.name} is not a plain file of at most {limit} bytes")
            return file.read(limit)
    except OSError as error:
        raise ArtefactCorrupt(f"{path.name} cannot be opened ({error.strerror})") from error


def _open_no_link(path: str, flags: int) -> int:
    # O_NONBLOCK keeps a pipe from holding up the start.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _read_manifest(folder: Path, public_key: Path | None) -> Manifest:
    content = read_file(folder / MANIFEST, MAX_MANIFEST_BYTES)
    if not has_valid_checksum(content):
        raise ArtefactCorrupt(f"{MANIFEST} does not have the digest that it ends with")
    if public_key is not None:
        _check_signature(folder, content, public_key)
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise ArtefactCorrupt(f"{MANIFEST}: {describe_errors(error)[0]}") from None
    if str(manifest.version) != folder.name:
        raise ArtefactCorrupt(f"{MANIFEST} says version {manifest.version}, but the folder is {folder.name}")
    if not all(name in LISTED or FIGURE.fullmatch(name) for name in manifest.files):
        raise ArtefactCorrupt(f"{MANIFEST}: files: lists a file that is no part of an artefact")
    return manifest


def _check_signature(folder: Path, content: bytes, public_key: Path) -> None:
    signature, cause = b"", None
    try:
        signature = read_file(folder / SIGNATURE, SIGNATURE_BYTES)
    except ArtefactCorrupt as error:
        cause = error.__cause__
    if is_signed(content, signature, public_key):
        return
    what = f"the signature of the model in {folder} is not of this manifest by this key"
    if cause is not None:
        what = f"the model in {folder} has none in {SIGNATURE}"
    elif len(signature) != SIGNATURE_BYTES:
        what = f"{SIGNATURE} of the model in {folder} is no file of {SIGNATURE_BYTES} bytes"
    raise ArtefactUntrusted(
        f"Only models with a signature by the public key are taken, and {what}; restore the model, or "
        f"sign it if it is yours: `python -m training sign {folder} --key FILE`."
    ) from cause


def _parse_arrays(content: bytes) -> dict[str, Array]:
    try:
        return load_safetensors(content)
    # safetensors itself knows types and dimensions that numpy does not.
    except (SafetensorError, KeyError, TypeError, ValueError):
        raise ArtefactCorrupt(f"{ARRAYS} is not safetensors with numbers for numpy") from None
