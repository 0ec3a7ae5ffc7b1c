"""The commands that sign a model and that verify one."""

import argparse
from pathlib import Path

from rich.console import Console

from predictor.artefact.reader import MANIFEST
from training.publication.signing import sign, verify


def add_arguments(parser: argparse.ArgumentParser, *, key_kind: str, key_required: bool) -> None:
    """Add the arguments of either command."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a version, such as models/TASK/1")
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        required=key_required,
        help=f"Ed25519 {key_kind} key in PEM format",
    )


def run_sign(arguments: argparse.Namespace, console: Console) -> None:
    """Sign the model and print the signature's path."""
    console.print(f"Wrote {sign(arguments.folder, arguments.key)}.", soft_wrap=True)


def run_verify(arguments: argparse.Namespace, console: Console) -> None:
    """Verify the model and print what was checked."""
    manifest = verify(arguments.folder, arguments.key)
    checked = f"{arguments.folder} is intact: {MANIFEST} and {len(manifest.files)} files"
    signature = ", signed by the key." if arguments.key else ". Without --key no signature was checked."
    console.print(checked + signature, soft_wrap=True)
