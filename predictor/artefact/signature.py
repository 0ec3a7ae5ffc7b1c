"""Signatures: who vouches for an artefact (Ed25519, RFC 8032, over the exact bytes of its manifest).

The manifest holds the digest of every other file, so its signature is one for all of them. Keys are
PEM files as openssl writes them (RFC 8410: one fixed start, then 32 bytes), signatures the plain 64
bytes, so that `openssl pkeyutl` can make and check them, too.
"""

import base64
import binascii
import re
from pathlib import Path
from typing import NamedTuple

from predictor.schema.errors import KeyUnusable

SIGNATURE_BYTES = 64
KEY_BYTES = 32
MAX_PEM_BYTES = 4096


class KeyKind(NamedTuple):
    """How a kind of key is written: the label of the PEM block, and what stands before the key in it."""

    label: str
    start: bytes


PUBLIC = KeyKind("PUBLIC KEY", bytes.fromhex("302a300506032b6570032100"))
PRIVATE = KeyKind("PRIVATE KEY", bytes.fromhex("302e020100300506032b657004220420"))


def read_key(path: Path, kind: KeyKind) -> bytes:
    """Give the 32 bytes of a key; KeyUnusable, which names no path and no content, where there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PEM_BYTES)
    except OSError as error:
        raise KeyUnusable(f"the file cannot be read ({error.strerror}).") from None
    key = _key_in(content, kind)
    if key is None:
        raise KeyUnusable(f"the file must hold one Ed25519 {kind.label.lower()} in PEM and nothing else.")
    return key


def _key_in(content: bytes, kind: KeyKind) -> bytes | None:
    label = kind.label.encode()
    found = re.fullmatch(rb"\s*-----BEGIN %b-----([^-]*)-----END %b-----\s*" % (label, label), content)
    try:
        written = base64.b64decode(b"".join(found[1].split()), validate=True) if found else b""
    except binascii.Error:
        return None
    is_whole = written.startswith(kind.start) and len(written) == len(kind.start) + KEY_BYTES
    return written[-KEY_BYTES:] if is_whole else None


def is_signed(manifest: bytes, signature: bytes, public_key: Path) -> bool:
    """Say whether a signature is the key's for exactly these bytes; KeyUnusable where there is no key."""
    # Only a server with a key pays for loading this.
    from nacl.exceptions import BadSignatureError  # noqa: PLC0415
    from nacl.signing import VerifyKey  # noqa: PLC0415

    key = VerifyKey(read_key(public_key, PUBLIC))
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        key.verify(manifest, signature)
    except BadSignatureError:
        return False
    return True
