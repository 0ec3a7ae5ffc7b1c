"""The parser of the command line, and the types of its arguments."""

import argparse
from pathlib import Path
from typing import Any, NoReturn

DEFAULT_RECIPE = "production"


class OneLineParser(argparse.ArgumentParser):
    """Reports a usage error in one line, without the usage text; flags cannot be abbreviated."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """End with exit status 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())}; --help lists the arguments\n")


def batch_size(text: str) -> int | str:
    """Read `full` or a number of rows."""
    if text == "full":
        return text
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1, or full")
    return int(text)


def folder(text: str) -> Path:
    """Read the path of a folder; it may not be empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must name a folder")
    return Path(text)
