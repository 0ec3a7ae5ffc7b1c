"""`python -m app.keys NAME`: create an API key."""

import argparse
import secrets
import sys
from hashlib import sha256

from app.lifecycle import OneLineParser
from app.security.api_keys import NAME, VARIABLE


def check_name(text: str) -> str:
    """Give the text back if it is a valid name."""
    if NAME.fullmatch(text) is None:
        raise argparse.ArgumentTypeError("must be 1 to 64 letters, digits, dots, hyphens or underscores")
    return text


def main(arguments: list[str] | None = None) -> None:
    """Create a key: the line for the key file goes to standard output, the key to standard error alone."""
    parser = OneLineParser(
        prog="python -m app.keys",
        description=f"Create an API key, printed once; its line for {VARIABLE} goes to standard output.",
    )
    parser.add_argument("name", type=check_name, metavar="NAME", help="the client's name")
    name = parser.parse_args(arguments).name
    key = secrets.token_urlsafe(32)
    sys.stderr.write(f"The key, printed only this once: {key}\n")
    sys.stdout.write(f"{name} {sha256(key.encode()).hexdigest()}\n")


if __name__ == "__main__":
    main()
