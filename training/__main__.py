"""Train a model: `python -m training TASK --data FILE`."""

import io
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from training.errors import TrainingError

STOPPED = "Stopped; no model was written.\n"
INTERRUPTED_STATUS = 130


def main(argv: list[str] | None = None) -> int:
    """Run the command and give its exit status: 0, 1 (failed run), 2 (usage error) or 130 (Ctrl-C)."""
    _adapt_to_host()
    try:
        with _exiting_at_once():
            from training.commands.dispatch import run_command  # noqa: PLC0415 (takes seconds)

        run_command(argv)
    except TrainingError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        sys.stderr.write(STOPPED)
        return INTERRUPTED_STATUS
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        sys.stderr.write("There is not enough memory; use a smaller --hidden or --batch-size.\n")
        return 1
    return 0


def _adapt_to_host() -> None:
    """Print every name on every terminal, and only lines of this program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path may contain bytes that are not UTF-8, and a terminal may be limited to ASCII. Python writes
        # standard error in this way already.
        sys.stdout.reconfigure(errors="backslashreplace")
    # Without a writable home, matplotlib uses a temporary folder, and warns of that.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


@contextmanager
def _exiting_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process at once: an import may swallow the exception or print it twice."""
    previous = signal.getsignal(signal.SIGINT)
    if previous is signal.default_int_handler:
        signal.signal(signal.SIGINT, _exit_at_once)
    yield
    signal.signal(signal.SIGINT, previous)


def _exit_at_once(_signal: int, _frame: FrameType | None) -> None:
    os.write(sys.stderr.fileno(), STOPPED.encode())
    os._exit(INTERRUPTED_STATUS)


def _is_out_of_memory(error: Exception) -> bool:
    # torch raises a plain RuntimeError when memory runs out on a CPU.
    message = str(error)
    return isinstance(error, MemoryError) or "allocate memory" in message or "out of memory" in message


if __name__ == "__main__":
    sys.exit(main())
