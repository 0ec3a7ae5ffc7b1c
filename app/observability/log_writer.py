"""Standard error, written by a thread of its own: nobody has to wait for whoever reads the log.

A pipe whose reader has stopped takes 64 KiB, and then holds up for ever who writes to it.
"""

import atexit
import logging
import os
import time
from contextlib import suppress
from queue import Full, Queue
from threading import Thread

STDERR = 2
# So many texts wait for a reader; a text is a line, or those of up to a hundred requests.
MOST_TEXTS = 500
# So long the last lines of a process may take.
LAST_SECONDS = 0.5
POLL_SECONDS = 0.01

logger = logging.getLogger(__name__)


class LogStream:
    """Takes texts at once and writes them in their order; what there is no room for is lost, and counted."""

    def __init__(self) -> None:
        self._waiting: Queue[bytes] = Queue(MOST_TEXTS)
        self._writer: Thread | None = None
        self._lost = 0

    def write(self, text: str) -> None:
        """Have a text written soon."""
        if self._writer is None:
            self._writer = Thread(target=self._write_all, daemon=True)
            self._writer.start()
        try:
            self._waiting.put_nowait(text.encode(errors="backslashreplace"))
        except Full:
            self._lost += 1
        else:
            self._tell_of_lost()

    def flush(self) -> None:
        """Do nothing: it is written as soon as can be."""

    def drain(self) -> None:
        """Wait until all is written, but not for a reader who has stopped."""
        end = time.monotonic() + LAST_SECONDS
        while self._waiting.unfinished_tasks and time.monotonic() < end:
            time.sleep(POLL_SECONDS)

    def _tell_of_lost(self) -> None:
        if self._waiting.full():
            # The line that tells needs room, too.
            return
        lost, self._lost = self._lost, 0
        if lost:
            logger.warning("The log is read too slowly: %d pieces of it are lost.", lost)

    def _write_all(self) -> None:
        while True:
            text = self._waiting.get()
            # A full disk, or standard error closed: then there is nobody to tell.
            with suppress(OSError):
                while text:
                    text = text[os.write(STDERR, text) :]
            self._waiting.task_done()


STREAM = LogStream()
atexit.register(STREAM.drain)
