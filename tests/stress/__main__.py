"""Stress test: `python -m tests.stress [PART ...] [--short]`; clients and servers run on this machine."""

import argparse
import signal
import sys
import time

from benchmarks.errors import Unavailable
from tests.stress.parts import PARTS
from tests.stress.profile import FULL, SHORT
from tests.stress.result import Result, report

MISSED, USAGE_ERROR, INTERRUPTED = 1, 2, 130


def main(argv=None):
    """Print the report; give the exit status: 1 if any result is missed, otherwise 0."""
    arguments = build_parser().parse_args(argv)
    unknown = [name for name in arguments.parts if name not in PARTS]
    if unknown:
        sys.stderr.write(f"Unknown part: {', '.join(unknown)}. The parts are {', '.join(PARTS)}.\n")
        return USAGE_ERROR
    try:
        results = run_parts(arguments.parts or list(PARTS), SHORT if arguments.short else FULL)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; every server is stopped.\n")
        return INTERRUPTED
    print(report(results))
    return MISSED if any(result.is_met is False for result in results) else 0


def build_parser():
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description="Try to break the server.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--short", action="store_true", help="run each part for a few seconds")
    return parser


def run_parts(names, profile):
    """Run the named parts, and report the progress on standard error."""
    results: list[Result] = []
    for name in names:
        started = time.monotonic()
        sys.stderr.write(f"{name} ... ")
        sys.stderr.flush()
        try:
            results += PARTS[name](profile)
        except Unavailable as reason:
            results.append(Result(name, "", str(reason), is_met=None))
        sys.stderr.write(f"{time.monotonic() - started:.0f} s\n")
    return results


if __name__ == "__main__":
    # SIGTERM stops the servers, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
