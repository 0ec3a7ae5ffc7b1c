"""Folders as Kubernetes mounts ConfigMaps and projected volumes.

The files are in a folder with the date, `..data` is a link to it, and each name leads through `..data`.
"""

import shutil
from pathlib import Path


def mount(content: Path, volume: Path, date: str) -> None:
    """Copy content into a volume as its newest, in one step, and remove the content before it."""
    volume.mkdir(parents=True, exist_ok=True)
    data = volume / "..data"
    before = data.resolve() if data.is_symlink() else None
    shutil.copytree(content, volume / f"..{date}")
    (volume / "..data_tmp").symlink_to(f"..{date}")
    (volume / "..data_tmp").rename(data)
    for path in content.iterdir():
        if not (volume / path.name).is_symlink():
            (volume / path.name).symlink_to(Path("..data") / path.name)
    if before is not None:
        shutil.rmtree(before)
