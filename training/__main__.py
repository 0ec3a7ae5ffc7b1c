"""Train a model: `python -m training TASK --data FILE`."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from training.errors import TrainingError

STOPPED = "Stopped; no model was written.\n"
INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run the command; give 0, or 2 for a user's mistake, 1 for a run that failed, 130 for Ctrl-C."""
    try:
        with _stopping_at_once():
            from training.commands.dispatch import run_command  # noqa: PLC0415 (takes seconds)

        run_command(argv)
    except TrainingError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        sys.stderr.write(STOPPED)
        return INTERRUPTED
    except (MemoryError, RuntimeError) as error:
        if not _is_about_memory(error):
            raise
        sys.stderr.write("The memory does not suffice; take a smaller --hidden or --batch-size.\n")
        return 1
    return 0


@contextmanager
def _stopping_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process; raised in the middle of an import, it may be swallowed or told twice."""
    previous = signal.getsignal(signal.SIGINT)
    if previous is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop_at_once)
    yield
    signal.signal(signal.SIGINT, previous)


def _stop_at_once(_signal: int, _frame: FrameType | None) -> None:
    os.write(sys.stderr.fileno(), STOPPED.encode())
    os._exit(INTERRUPTED)


def _is_about_memory(error: Exception) -> bool:
    # torch has no class of its own for it on a CPU.
    told = str(error)
    return isinstance(error, MemoryError) or "allocate memory" in told or "out of memory" in told


if __name__ == "__main__":
    sys.exit(main())
