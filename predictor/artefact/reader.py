"""The artefact on disk: `models/<task>/<integer version>/`, read once and checked before it is used.

Every file is read once into memory and checked there, so that nothing can change between the check and the
use. The manifest holds the digest of the other files, so files of two versions are never combined, even if a
link changes between two reads (`predictor.artefact.files`).
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_safetensors

from predictor.artefact.checksum import has_valid_checksum
from predictor.artefact.files import read_file
from predictor.artefact.manifest import Manifest
from predictor.artefact.signature import SIGNATURE_BYTES, is_signed
from predictor.artefact.weights import Array, ExportedWeights, check_draws, weights_from_tensors
from predictor.schema.errors import (
    ArtefactCorrupt,
    ArtefactMissing,
    ArtefactUntrusted,
    describe_errors,
    training_command,
)

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
LISTED_FILES = ARRAYS, PREPROCESSOR, CARD = "model.safetensors", "preprocessor.joblib", "card.md"
HISTORY = "history.csv"
VERSION = re.compile("[1-9][0-9]*")
FIGURE = re.compile(r"figures/[a-z0-9_]+\.svg")

CONVERTED_REMEDY = (
    "clone the repository again with `git clone -c core.autocrlf=false`, and add `models/** -text` to its "
    ".gitattributes"
)

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
    """Say whether the name of a folder is a whole number from 1, in ASCII digits without leading zeros."""
    return VERSION.fullmatch(path.name) is not None and path.is_dir()


def newest_version(models: Path, task: str) -> Path:
    """Give the folder of the highest version; ArtefactMissing says how to train one."""
    versions = find_versions(models, task)
    if not versions:
        raise ArtefactMissing(
            f"There is no model in {models / task}; train one with {training_command(task)}, "
            f"or set APP_MODELS_DIR to the folder that contains {task}/."
        )
    return versions[-1]


def find_version(folder: Path, version: int | None = None) -> Path:
    """Give the folder of one version in a model's folder: the highest, or the one that is asked for.

    A version's folder is given back as it is. Any other link is resolved, because the caller names it.
    ArtefactMissing says what there is instead.
    """
    if not folder.is_dir():
        raise ArtefactMissing(
            f"There is no folder {folder}; give a model's folder or that of a version, such as models/NAME/1."
        )
    for candidate in (folder, folder.resolve()):
        if is_version(candidate) and str(version or candidate.name) == candidate.name:
            return candidate
    folder = folder.resolve()
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
    """Read and verify one version; if a public key is given, the manifest must be signed by it.

    ArtefactCorrupt names the folder, the file and what is wrong, ArtefactUntrusted the folder. If the
    system could not read a file, its OSError is the `__cause__` of either.
    """
    try:
        manifest = _read_manifest(folder, public_key)
        tensors = _parse_arrays(read_listed_file(folder, manifest, ARRAYS))
        model = weights_from_tensors(tensors, manifest.encoding, manifest.network, manifest.drawn)
        check_draws(model, {feature.column.name: feature.column.levels for feature in manifest.features})
    except ArtefactCorrupt as error:
        raise corrupt_artefact(folder, str(error), error.remedy) from error.__cause__
    return Artefact(folder, manifest, model)


def corrupt_artefact(folder: Path, reason: str, remedy: str | None = None) -> ArtefactCorrupt:
    """Give an error that names the folder, the reason and what to do, in one line."""
    remedy = remedy or ArtefactCorrupt(reason).remedy
    return ArtefactCorrupt(f"The model in {folder} is broken: {reason}; {remedy}.", remedy)


def read_listed_file(folder: Path, manifest: Manifest, name: str) -> bytes:
    """Read a file of an artefact; ArtefactCorrupt, without the folder, unless size and digest are right."""
    record = manifest.files.get(name)
    if record is None:
        raise ArtefactCorrupt(f"{MANIFEST} does not list {name}")
    # The limit of the arrays suffices for every listed file.
    content = read_file(folder, name, MAX_ARRAYS_BYTES)
    if len(content) != record.bytes:
        raise ArtefactCorrupt(f"{name} does not have the size in {MANIFEST}")
    if hashlib.sha256(content).hexdigest() != record.sha256:
        raise ArtefactCorrupt(f"{name} does not have the digest in {MANIFEST}")
    return content


def _read_manifest(folder: Path, public_key: Path | None) -> Manifest:
    content = read_file(folder, MANIFEST, MAX_MANIFEST_BYTES)
    if not has_valid_checksum(content):
        if has_valid_checksum(content.replace(b"\r\n", b"\n")):
            raise ArtefactCorrupt(f"the line ends of {MANIFEST} were converted to CRLF", CONVERTED_REMEDY)
        raise ArtefactCorrupt(f"{MANIFEST} does not match the digest in its last field")
    if public_key is not None:
        _check_signature(folder, content, public_key)
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise ArtefactCorrupt(f"{MANIFEST}: {describe_errors(error)[0]}") from None
    if str(manifest.version) != folder.name:
        raise ArtefactCorrupt(f"{MANIFEST} says version {manifest.version}, but the folder is {folder.name}")
    if not all(name in (*LISTED_FILES, HISTORY) or FIGURE.fullmatch(name) for name in manifest.files):
        raise ArtefactCorrupt(f"{MANIFEST}: files: lists a file that does not belong to an artefact")
    return manifest


def _check_signature(folder: Path, content: bytes, public_key: Path) -> None:
    signature, refused = b"", None
    try:
        signature = read_file(folder, SIGNATURE, SIGNATURE_BYTES)
    except ArtefactCorrupt as error:
        refused = error
    if is_signed(content, signature, public_key):
        return
    cause = refused and refused.__cause__
    reason = f"{SIGNATURE} is not the signature of this manifest by the public key"
    if cause is not None:
        reason = f"there is no readable {SIGNATURE}"
    elif refused is not None:
        reason = str(refused)
    elif len(signature) != SIGNATURE_BYTES:
        reason = f"{SIGNATURE} does not have {SIGNATURE_BYTES} bytes"
    raise ArtefactUntrusted(
        f"The model in {folder} is not signed by the public key: {reason}; restore the model, or "
        f"sign it if it is yours: `python -m training sign {folder} --key FILE`."
    ) from cause


def _parse_arrays(content: bytes) -> dict[str, Array]:
    try:
        return load_safetensors(content)
    # safetensors has types and dimensions that numpy does not have.
    except (SafetensorError, KeyError, TypeError, ValueError):
        raise ArtefactCorrupt(f"{ARRAYS} is not a safetensors file of arrays that numpy can hold") from None
