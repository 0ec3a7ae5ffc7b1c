"""The seal: a manifest ends with a digest of itself, so that no flipped bit in it goes unseen.

The last field of the file is `"digest"`, and the file ends right behind it. Its 64 digits are the
SHA-256 of the file's exact bytes with 64 zeros in their place; white space counts like all else, and
nothing has to be parsed to check it. It stands in the manifest so that one read gives both.

A seal is against accidents: whoever may write the file may seal it again. Against them there are
signatures (`predictor.artefact.reader.signature`).
"""

import hashlib
import hmac

EMPTY_CHECKSUM = "0" * 64

# Between the digits and the end of the file: a quotation mark, a line end, a brace, a line end.
BEHIND_DIGITS = 4
PLACE = slice(-BEHIND_DIGITS - len(EMPTY_CHECKSUM), -BEHIND_DIGITS)


def add_checksum(content: bytes) -> bytes:
    """Write the digest into a manifest that ends with the field `digest`, whatever stands there."""
    return _with_digits(content, _digest(content))


def has_valid_checksum(content: bytes) -> bool:
    """Say whether a manifest has the digest that it ends with; any bytes may be asked about."""
    return hmac.compare_digest(content[PLACE], _digest(content))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(_with_digits(content, EMPTY_CHECKSUM.encode())).hexdigest().encode()


def _with_digits(content: bytes, digits: bytes) -> bytes:
    return content[: PLACE.start] + digits + content[PLACE.stop :]
