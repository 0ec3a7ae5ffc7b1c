"""The state of this process that every package may need: worker, failed start, shutdown."""

import argparse
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import NoReturn

from starlette.types import Scope

from app.settings import SettingRefused
from predictor.schema.errors import PredictorError

STARTUP_ERROR_STATUS = 3

# A worker without a parent has this time to finish the requests that it has accepted.
ORPHAN_GRACE_SECONDS = 3

# `app.server.graceful_shutdown` adds this key to the lifespan state, which every later request contains.
SHUTTING_DOWN = "shutting_down"

logger = logging.getLogger(__name__)


def is_shutting_down(scope: Scope) -> bool:
    """Say whether the server that accepted this request is shutting down.

    Always False under any server but `python -m app`.
    """
    return SHUTTING_DOWN in scope.get("state", ())


def is_worker() -> bool:
    """Say whether this process was started by a supervisor."""
    return multiprocessing.parent_process() is not None


def exit_with_parent() -> None:
    """End this worker when its parent process ends; do nothing in a process that is not a worker.

    Without its parent a worker would keep the port and go on answering requests.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=[parent], name="parent watchdog", daemon=True).start()


def _exit_after(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


class OneLineParser(argparse.ArgumentParser):
    """A command line parser that reports a usage error in one line."""

    def error(self, message: str) -> NoReturn:
        """End the process with exit status 2."""
        self.exit(2, f"{self.prog}: {message}; see --help.\n")


@contextmanager
def exit_on_startup_error() -> Iterator[None]:
    """End the process with one line and status 3 if a setting is refused or a model cannot be served."""
    try:
        yield
    except (SettingRefused, PredictorError) as error:
        exit_with_message(str(error), STARTUP_ERROR_STATUS)
    except OSError as error:
        action = f"read {error.filename}" if error.filename else "start"
        exit_with_message(f"Cannot {action}: {error.strerror or type(error).__name__}.", STARTUP_ERROR_STATUS)


def exit_with_message(message: str, status: int) -> NoReturn:
    """End the process with one line: a worker writes it to the log, any other process to standard error."""
    line = " ".join(message.split())
    if is_worker():
        logger.error("A worker cannot start. %s", line)
    else:
        sys.stderr.write(f"{line}\n")
    raise SystemExit(status)
