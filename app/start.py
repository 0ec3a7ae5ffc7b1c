"""A start that cannot be: one line and an exit status, never a traceback."""

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from app.parentage import is_worker
from app.settings import SettingRefused
from predictor.errors import PredictorError

BAD_START = 3
BAD_FLAG = 2

logger = logging.getLogger(__name__)


class OneLineParser(argparse.ArgumentParser):
    """Refuses bad flags with one line."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2."""
        self.exit(BAD_FLAG, f"{self.prog}: {message}; see --help.\n")


@contextmanager
def one_line_or_exit() -> Iterator[None]:
    """Turn a refused setting, or a model that cannot be served, into one line and exit status 3."""
    try:
        yield
    except (SettingRefused, PredictorError) as error:
        stop(str(error), BAD_START)
    except OSError as error:
        what = f"read {error.filename}" if error.filename else "start"
        stop(f"Cannot {what}: {error.strerror or type(error).__name__}.", BAD_START)


def stop(line: str, status: int) -> NoReturn:
    """End the process with one line: on standard error, or where others may serve on, in the log."""
    line = " ".join(line.split())
    if is_worker():
        logger.error("A worker cannot start. %s", line)
    else:
        sys.stderr.write(f"{line}\n")
    raise SystemExit(status)
