"""Signatures of artefacts: Ed25519 (RFC 8032) over the exact bytes of the manifest.

The manifest holds the digest of every other file, so one signature covers all files. Keys are PEM files as
openssl writes them (RFC 8410: a fixed prefix, then 32 bytes), and a signature is its plain 64 bytes, so
`openssl pkeyutl` can also make and verify signatures.
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
    """The PEM format of one kind of key: the label of the block, and the bytes before the key in it."""

    label: str
    prefix: bytes


PUBLIC = KeyKind("PUBLIC KEY", bytes.fromhex("302a300506032b6570032100"))
PRIVATE = KeyKind("PRIVATE KEY", bytes.fromhex("302e020100300506032b657004220420"))


def read_key(path: Path, kind: KeyKind) -> bytes:
    """Give the 32 bytes of a key; KeyUnusable, which names no path and no content, if there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PEM_BYTES)
    except OSError as error:
        raise KeyUnusable(f"the file cannot be read ({error.strerror}).") from None
    key = _parse_key(content, kind)
    if key is None:
        raise KeyUnusable(f"the file must contain one Ed25519 {kind.label.lower()} in PEM and nothing else.")
    return key


def _parse_key(content: bytes, kind: KeyKind) -> bytes | None:
    label = kind.label.encode()
    match = re.fullmatch(rb"\s*-----BEGIN %b-----([^-]*)-----END %b-----\s*" % (label, label), content)
    try:
        decoded = base64.b64decode(b"".join(match[1].split()), validate=True) if match else b""
    except binascii.Error:
        return None
    return decoded[-KEY_BYTES:] if decoded[:-KEY_BYTES] == kind.prefix else None


def is_signed(manifest: bytes, signature: bytes, public_key: Path) -> bool:
    """Say whether the key signed exactly these bytes; KeyUnusable if the file contains no key."""
    # Only a server with a public key needs these modules.
    from nacl.exceptions import CryptoError  # noqa: PLC0415
    from nacl.signing import VerifyKey  # noqa: PLC0415

    key = VerifyKey(read_key(public_key, PUBLIC))
    try:
        key.verify(manifest, signature)
    # BadSignatureError, or a ValueError of nacl where the signature does not have 64 bytes.
    except CryptoError:
        return False
    return True
