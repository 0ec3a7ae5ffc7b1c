"""The API keys of the clients, from a file that is read again when it changes.

Each line has a key's name and its SHA-256 digest in hexadecimal; a `#` starts a comment. A key has 256
random bits and cannot be guessed from its digest, so a plain SHA-256 is enough. `python -m app.keys NAME`
creates a key.
"""

import hmac
import logging
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

MAX_FILE_BYTES = 1 << 20
CHECK_INTERVAL_SECONDS = 1.0

# The names of the keys by their digests.
Keys = Mapping[bytes, str]

logger = logging.getLogger(__name__)


class KeyFile:
    """The keys of a file. A changed file is used from the first request a second after the change.

    A missing or invalid file raises SettingRefused at the start. Later it is logged once, and the previous
    keys stay valid.
    """

    def __init__(self, path: Path, now_seconds: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._now_seconds = now_seconds
        self._checked_seconds = now_seconds()
        self._logged_error = ""
        self._state, self._keys = file_state(path), read_keys(path)
        if not self._keys:
            raise SettingRefused(f"{VARIABLE}: {path} has no key; `python -m app.keys NAME` creates one.")

    def find_name(self, given: bytes) -> str | None:
        """Give the name of a key, or None; the time does not depend on which key is given."""
        self._reload_if_changed()
        digest, found = sha256(given).digest(), None
        for known, name in self._keys.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found

    def _reload_if_changed(self) -> None:
        now_seconds = self._now_seconds()
        if now_seconds - self._checked_seconds < CHECK_INTERVAL_SECONDS:
            return
        self._checked_seconds = now_seconds
        try:
            state = file_state(self._path)
            if state != self._state:
                self._keys, self._state = read_keys(self._path), state
                logger.info("%s: the file was read again; valid keys: %d.", VARIABLE, len(self._keys))
            self._logged_error = ""
        except SettingRefused as error:
            if str(error) != self._logged_error:
                logger.error("%s The previous keys stay valid.", error)  # noqa: TRY400 (one line)
            self._logged_error = str(error)


def file_state(path: Path) -> tuple[int, int, int]:
    """Give what changes when the file is written or replaced; SettingRefused unless it is a regular file."""
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    # Opening a pipe would block.
    if not stat.S_ISREG(status.st_mode):
        raise SettingRefused(f"{VARIABLE}: {path} is not a file.")
    return status.st_ino, status.st_size, status.st_ctime_ns


def read_keys(path: Path) -> Keys:
    """Read the file; SettingRefused if that is impossible."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(content) > MAX_FILE_BYTES:
        raise SettingRefused(f"{VARIABLE}: {path} has more than {MAX_FILE_BYTES} bytes.")
    return parse_keys(content, path)


def _unreadable(path: Path, error: OSError) -> SettingRefused:
    return SettingRefused(f"{VARIABLE}: cannot read {path}: {error.strerror}.")


def parse_keys(content: bytes, path: Path) -> Keys:
    """Parse the lines of a file; SettingRefused names the number of an invalid line, never its text."""
    keys: dict[bytes, str] = {}
    names: set[str] = set()
    for number, text in enumerate(content.splitlines(), 1):
        line = text.partition(b"#")[0].strip()
        if not line:
            continue
        where = f"{VARIABLE}: {path}, line {number}"
        found = LINE.fullmatch(line)
        if found is None:
            raise SettingRefused(f"{where} must be a name and 64 hexadecimal digits.")
        name, digest = found[1].decode(), bytes.fromhex(found[2].decode())
        if digest in keys or name in names:
            raise SettingRefused(f"{where} repeats the name or the key of an earlier line.")
        keys[digest] = name
        names.add(name)
    return keys
