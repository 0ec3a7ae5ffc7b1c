"""Ed25519 keys in the format of openssl; the same name gives the same key."""

import base64
import hashlib
from pathlib import Path
from typing import NamedTuple

from nacl.signing import SigningKey

from predictor.artefact.signature import PRIVATE, PUBLIC, KeyKind


class KeyPair(NamedTuple):
    private: Path
    public: Path


def write_keys(folder: Path, name: str = "key") -> KeyPair:
    seed = hashlib.sha256(name.encode()).digest()
    pair = KeyPair(folder / f"{name}.pem", folder / f"{name}.pub.pem")
    pair.private.write_text(pem(PRIVATE, seed))
    pair.public.write_text(pem(PUBLIC, bytes(SigningKey(seed).verify_key)))
    return pair


def pem(kind: KeyKind, key: bytes) -> str:
    text = base64.b64encode(kind.prefix + key).decode()
    return f"-----BEGIN {kind.label}-----\n{text}\n-----END {kind.label}-----\n"
