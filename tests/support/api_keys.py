"""Writes key files for tests."""

from hashlib import sha256
from pathlib import Path


def line(name: str, key: str) -> str:
    return f"{name} {sha256(key.encode()).hexdigest()}\n"


def replace(path: Path, text: str) -> None:
    new = path.with_name("new")
    new.write_text(text)
    new.replace(path)
