"""Reads the files of a version, and says which files beside them are ignored.

A file may be reached through links, as Kubernetes mounts ConfigMaps and projected volumes, if its target lies
inside the folder of all models. The path is resolved first. Then each of its parts is opened inside the one
before without following a link, so a link that changes between check and use cannot lead anywhere else.
"""

import os
import stat
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from predictor.schema.errors import ArtefactCorrupt

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1"

# What desktops, editors, network file systems and Kubernetes write beside the files of others; in lower case.
IGNORED = (
    *("..*", ".ds_store", "._*", "__macosx", ".appledouble", ".spotlight-v100", ".trashes", ".fseventsd"),
    *("thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", ".directory", ".trash-*", ".nfs*"),
    *("*~", ".*.sw?", ".#*", "#*#", "*.bak", "*.orig"),
)

# A swapped ConfigMap removes the folder that was resolved just before.
ATTEMPTS = 3

FOLDER_FLAGS = os.O_DIRECTORY | os.O_NOFOLLOW
# Without O_NONBLOCK, opening a pipe would wait for a writer.
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


def is_ignored(path: PurePath) -> bool:
    """Say whether a path in a version's folder belongs to a desktop, an editor or a volume."""
    return any(fnmatchcase(part.lower(), pattern) for part in path.parts for pattern in IGNORED)


def read_file(folder: Path, name: str, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes in a version's folder; ArtefactCorrupt for any other.

    A link is followed only if its target is inside the models' folder, which contains the task's folder.
    """
    try:
        with open(name, "rb", opener=lambda _name, _flags: _open_inside(folder, name)) as file:
            # The check is of the open file, so the file cannot be replaced between check and read.
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
                raise ArtefactCorrupt(f"{name} is not a regular file of at most {limit} bytes")
            content = file.read(limit)
    except OSError as error:
        is_dangling = isinstance(error, FileNotFoundError) and (folder / name).is_symlink()
        reason = "is a link to a file that does not exist" if is_dangling else "cannot be opened"
        raise ArtefactCorrupt(f"{name} {reason} ({error.strerror})") from error
    if content.startswith(LFS_POINTER):
        raise ArtefactCorrupt(f"{name} is a Git LFS pointer", remedy="run `git lfs pull`")
    return content


def _open_inside(folder: Path, name: str) -> int:
    """Open a file without following a link after the check that it is inside the models' folder."""
    # As text: `..` is removed before links are resolved, and the folder's name stays its version.
    models = Path(os.path.realpath(os.path.normpath(folder.absolute().joinpath("..", ".."))))
    for attempt in range(1, ATTEMPTS + 1):
        target = Path(os.path.realpath(folder / name, strict=True))
        if not target.is_relative_to(models):
            raise ArtefactCorrupt(
                f"{name} is behind a link that leads out of {models}",
                remedy="copy the files there, or link to files inside that folder",
            )
        try:
            return _open_below(models, target.relative_to(models))
        except FileNotFoundError:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError


def _open_below(models: Path, path: Path) -> int:
    """Open each part of a path inside the one before; OSError if one is a link."""
    *folders, name = path.parts
    within = os.open(models, os.O_DIRECTORY)
    try:
        for folder in folders:
            outer, within = within, os.open(folder, FOLDER_FLAGS, dir_fd=within)
            os.close(outer)
        return os.open(name, FILE_FLAGS, dir_fd=within)
    finally:
        os.close(within)
