"""Run the benchmarks: `python -m benchmarks [PART ...] [--length quick|standard|full]`."""

import argparse
import signal
import subprocess
import sys
import time

from benchmarks.errors import CannotMeasure, Unavailable
from benchmarks.measurement.machine import check_tools, describe_machine
from benchmarks.parts import PARTS
from benchmarks.results import write_results
from benchmarks.run_length import RUN_LENGTHS, RunLength

CANNOT_MEASURE = 2
STOPPED = 130


def main(argv: list[str] | None = None) -> int:
    """Measure the requested parts; return 0, or 2 where nothing can be measured."""
    arguments = build_parser().parse_args(argv)
    try:
        check_tools()
        measure(arguments.parts or list(PARTS), RUN_LENGTHS[arguments.length], write=not arguments.dry)
    except CannotMeasure as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_MEASURE
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Every server is stopped, too.\n")
        return STOPPED
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure this service and its peers."
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument(
        "--length",
        "--form",
        choices=RUN_LENGTHS,
        default="standard",
        help="length of the run (default: %(default)s)",
    )
    parser.add_argument("--dry", action="store_true", help="print only; leave RESULTS.md as it is")
    return parser


def measure(names: list[str], length: RunLength, *, write: bool) -> None:
    """Measure, print and write each part in turn; an interrupted run keeps the parts before."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise CannotMeasure(f"Unknown part {', '.join(unknown)}; the parts are: {', '.join(PARTS)}.")
    machine = describe_machine()
    print(machine)
    for name in names:
        started = time.perf_counter()
        sys.stderr.write(f"{name} ...\n")
        section = measure_part(name, length)
        print(f"\n## {name} ({time.perf_counter() - started:.0f} s)\n\n{section}", flush=True)
        if write:
            write_results({name: section}, list(PARTS), machine)


def measure_part(name: str, length: RunLength) -> str:
    """Return the section of a part, or one line with the reason why it was not measured."""
    try:
        return PARTS[name](length)
    except Unavailable as error:
        return f"Not measured: {error}."
    except subprocess.TimeoutExpired as error:
        return f"Not measured: {error.cmd[-1]} took longer than {error.timeout:.0f} seconds."


if __name__ == "__main__":
    # SIGTERM becomes KeyboardInterrupt, so that the servers are stopped before the process ends.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
