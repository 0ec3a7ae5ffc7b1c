"""The checksum of a manifest: its last field is the digest of the file, so any changed bit is detected.

The last field is `"digest"`, and the file ends right after it. Its 64 digits are the SHA-256 of the file's
exact bytes, white space included, with 64 zeros in place of the digits. So the check needs no parsing, and
one read gives both the content and its digest.

A checksum detects accidents: an attacker who can change the file can also compute a new checksum.
Signatures protect against attackers (`predictor.artefact.signature`).
"""

import hashlib

EMPTY_CHECKSUM = "0" * 64

# A quotation mark, a line end, a brace and a line end stand between the digits and the end of the file.
BYTES_AFTER_DIGITS = 4
DIGITS = slice(-BYTES_AFTER_DIGITS - len(EMPTY_CHECKSUM), -BYTES_AFTER_DIGITS)


def add_checksum(content: bytes) -> bytes:
    """Write the digest into a manifest that ends with the field `digest`, whatever its value is."""
    return _replace_digits(content, _compute_digits(content))


def has_valid_checksum(content: bytes) -> bool:
    """Say whether a manifest ends with its own digest; `content` may be any bytes."""
    return content[DIGITS] == _compute_digits(content)


def _compute_digits(content: bytes) -> bytes:
    return hashlib.sha256(_replace_digits(content, EMPTY_CHECKSUM.encode())).hexdigest().encode()


def _replace_digits(content: bytes, digits: bytes) -> bytes:
    return content[: DIGITS.start] + digits + content[DIGITS.stop :]
