"""Measure: `python -m benchmarks [PART ...] [--form quick|standard|full]`."""

import argparse
import signal
import subprocess
import sys
import time

from benchmarks.form import FORMS, Form
from benchmarks.measurement.machine import check_tools, describe
from benchmarks.parts import PARTS
from benchmarks.results import write_results
from benchmarks.trouble import CannotMeasure, Unavailable

CANNOT_MEASURE = 2
STOPPED = 130


def main(argv: list[str] | None = None) -> int:
    """Measure the parts that were asked for; give 0, or 2 where nothing can be measured."""
    arguments = build_parser().parse_args(argv)
    try:
        check_tools()
        measure(arguments.parts or list(PARTS), FORMS[arguments.form], write=not arguments.dry)
    except CannotMeasure as trouble:
        sys.stderr.write(f"{trouble}\n")
        return CANNOT_MEASURE
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; every server is stopped, too.\n")
        return STOPPED
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure against others.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--form", choices=FORMS, default="standard", help="how long (default: %(default)s)")
    parser.add_argument("--dry", action="store_true", help="print only; leave RESULTS.md as it is")
    return parser


def measure(names: list[str], form: Form, *, write: bool) -> None:
    """Measure part after part; what is measured is printed and kept even if a later part fails."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise CannotMeasure(f"There is no part {', '.join(unknown)}; there are: {', '.join(PARTS)}.")
    machine = describe()
    print(machine)
    for name in names:
        started = time.perf_counter()
        sys.stderr.write(f"{name} ...\n")
        section = measure_part(name, form)
        print(f"\n## {name} ({time.perf_counter() - started:.0f} s)\n\n{section}", flush=True)
        if write:
            write_results({name: section}, list(PARTS), machine)


def measure_part(name: str, form: Form) -> str:
    """Give the section of a part, or one line that says why it could not be measured."""
    try:
        return PARTS[name](form)
    except Unavailable as trouble:
        return f"Not measured: {trouble}."
    except subprocess.TimeoutExpired as trouble:
        return f"Not measured: {trouble.cmd[-1]} took longer than {trouble.timeout:.0f} seconds."


if __name__ == "__main__":
    # Ended from outside, too, it first stops its servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
