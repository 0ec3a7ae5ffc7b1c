"""Change an artefact on disk, as an accident or an attacker would."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from pydantic import JsonValue
from safetensors.numpy import load, save

from predictor.artefact.checksum import EMPTY_CHECKSUM, add_checksum
from predictor.artefact.reader import ARRAYS, MANIFEST
from predictor.artefact.weights import Array


def edit_manifest(folder: Path, path: str, value: JsonValue) -> None:
    """Set one value of the manifest, given by its path of keys and indices, and compute a new checksum."""
    manifest = json.loads((folder / MANIFEST).read_text())
    *parents, last = [int(key) if key.isdigit() else key for key in path.split("/")]
    container = manifest
    for key in parents:
        container = container[key]
    container[last] = value
    write_manifest(folder, manifest)


def write_manifest(folder: Path, manifest: dict[str, JsonValue]) -> None:
    """Write a manifest with a valid checksum, as an attacker with write access could."""
    in_order = {name: value for name, value in manifest.items() if name != "digest"} | {
        "digest": EMPTY_CHECKSUM
    }
    (folder / MANIFEST).write_bytes(add_checksum(json.dumps(in_order, indent=1).encode() + b"\n"))


def replace_arrays(folder: Path, content: bytes) -> None:
    """Replace the arrays and their record in the manifest, as an attacker with write access could."""
    (folder / ARRAYS).write_bytes(content)
    record: dict[str, JsonValue] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    edit_manifest(folder, "files", {ARRAYS: record})


def change_arrays(folder: Path, change: Callable[[dict[str, Array]], object]) -> None:
    tensors = load((folder / ARRAYS).read_bytes())
    change(tensors)
    replace_arrays(folder, save(tensors))
