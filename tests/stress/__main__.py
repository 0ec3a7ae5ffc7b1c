"""Stress test: `python -m tests.stress [PART ...] [--short]`, on this machine alone."""

import argparse
import signal
import sys
import time

from benchmarks.errors import Unavailable
from tests.stress.figure import LONG, SHORT, Figure, report
from tests.stress.parts import PARTS

MISSED, NOT_UNDERSTOOD, STOPPED = 1, 2, 130


def main(argv=None):
    """Print the table; give 0, or 1 where a figure was missed."""
    arguments = build_parser().parse_args(argv)
    unknown = [name for name in arguments.parts if name not in PARTS]
    if unknown:
        sys.stderr.write(f"There is no part {', '.join(unknown)}; there are: {', '.join(PARTS)}.\n")
        return NOT_UNDERSTOOD
    try:
        figures = run_parts(arguments.parts or list(PARTS), SHORT if arguments.short else LONG)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; every server is stopped, too.\n")
        return STOPPED
    print(report(figures))
    return MISSED if any(figure.is_kept is False for figure in figures) else 0


def build_parser():
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description="Try to break the server.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--short", action="store_true", help="some seconds for each part")
    return parser


def run_parts(names, form):
    """Give the figures of some parts."""
    figures: list[Figure] = []
    for name in names:
        started = time.monotonic()
        sys.stderr.write(f"{name} ... ")
        sys.stderr.flush()
        try:
            figures += PARTS[name](form)
        except Unavailable as reason:
            figures.append(Figure(name, "", str(reason), is_kept=None))
        sys.stderr.write(f"{time.monotonic() - started:.0f} s\n")
    return figures


if __name__ == "__main__":
    # Ended from outside, too, it first stops its servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
