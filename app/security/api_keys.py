"""The API keys that clients send. `python -m app.keys NAME` makes one.

A file holds one key a line, as its name and its SHA-256 digest in hexadecimal; what follows a `#` is
a comment. A key of 256 random bits cannot be guessed from its digest, so plain SHA-256 is enough.
"""

import hmac
import logging
import os
import re
import stat
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from app.settings import SettingRefused, variable

VARIABLE = variable("api_keys_file")

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
LINE = re.compile(rb"(%s)[ \t]+([0-9A-Fa-f]{64})" % NAME.pattern.encode())

MOST_BYTES = 1 << 20
SECONDS_BETWEEN_LOOKS = 1.0

Keys = Mapping[bytes, str]
Mark = tuple[int, int, int]

logger = logging.getLogger(__name__)


class KeyFile:
    """The keys of a file, which is read again within a second of a request after it changed.

    Where the file is missing or wrong at the start, that raises SettingRefused. Later, it is logged
    once, and the keys that were read before stay in force.
    """

    def __init__(self, path: Path, now_seconds: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._now_seconds = now_seconds
        self._looked_seconds = now_seconds()
        self._trouble = ""
        self._mark, self._keys = read_file(path)
        if not self._keys:
            raise SettingRefused(f"{VARIABLE}: {path} holds no key; `python -m app.keys NAME` makes one.")

    def find_name(self, given: bytes) -> str | None:
        """Give the name of a key, or None; every key takes part, so the time tells nothing of them."""
        self._look_again()
        digest, found = sha256(given).digest(), None
        for known, name in self._keys.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found

    def _look_again(self) -> None:
        now_seconds = self._now_seconds()
        if now_seconds - self._looked_seconds < SECONDS_BETWEEN_LOOKS:
            return
        self._looked_seconds = now_seconds
        try:
            if mark_of(self._path.stat()) != self._mark:
                self._mark, self._keys = read_file(self._path)
                logger.info("%s: keys read again, %d in force.", VARIABLE, len(self._keys))
            self._trouble = ""
        except (OSError, SettingRefused) as error:
            self._log_once(error)

    def _log_once(self, error: OSError | SettingRefused) -> None:
        trouble = str(unreadable(self._path, error) if isinstance(error, OSError) else error)
        if trouble != self._trouble:
            logger.error("%s The keys that were read before stay in force.", trouble)
        self._trouble = trouble


def read_file(path: Path) -> tuple[Mark, Keys]:
    """Read the keys, and what tells this state of the file from a later one; else SettingRefused."""
    try:
        # A pipe would be waited for.
        if not stat.S_ISREG(path.stat().st_mode):
            raise SettingRefused(f"{VARIABLE}: {path} is not a file.")
        with path.open("rb") as file:
            mark, content = mark_of(os.fstat(file.fileno())), file.read(MOST_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from None
    if len(content) > MOST_BYTES:
        raise SettingRefused(f"{VARIABLE}: {path} has more than {MOST_BYTES} bytes.")
    return mark, parse_keys(content, path)


def parse_keys(content: bytes, path: Path) -> Keys:
    """Read the lines of a file; SettingRefused says the number of a bad one, and never its text."""
    keys: dict[bytes, str] = {}
    names: set[str] = set()
    for number, text in enumerate(content.splitlines(), 1):
        line = text.partition(b"#")[0].strip()
        if not line:
            continue
        found = LINE.fullmatch(line)
        if found is None:
            raise bad_line(path, number, "must be a name and 64 hexadecimal digits")
        name, digest = found[1].decode(), bytes.fromhex(found[2].decode())
        if digest in keys or name in names:
            raise bad_line(path, number, "has the name or the key of a line before it")
        keys[digest] = name
        names.add(name)
    return keys


def bad_line(path: Path, number: int, what: str) -> SettingRefused:
    """Say which line of the file is wrong."""
    return SettingRefused(f"{VARIABLE}: {path}, line {number} {what}.")


def unreadable(path: Path, error: OSError) -> SettingRefused:
    """Say why the file cannot be read."""
    return SettingRefused(f"{VARIABLE}: cannot read {path}: {error.strerror}.")


def mark_of(status: os.stat_result) -> Mark:
    """Give what changes when a file is written or replaced."""
    return status.st_ino, status.st_size, status.st_ctime_ns
