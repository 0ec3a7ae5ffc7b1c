"""Writes the log to standard error in a thread, so that no request waits for a slow reader of the log.

A pipe holds 64 KiB; after that, writing to it blocks until its reader reads.
"""

import atexit
import logging
import os
import time
from contextlib import suppress
from queue import Full, Queue
from threading import Thread

STDERR = 2
# A text is one line, or the lines of up to MAX_RECORDS requests.
MAX_QUEUED_TEXTS = 500
# How long the end of the process waits for the log to be written.
DRAIN_SECONDS = 0.5
POLL_SECONDS = 0.01

logger = logging.getLogger(__name__)


class LogStream:
    """A stream for log handlers that queues texts; if the queue is full, texts are lost and counted."""

    def __init__(self) -> None:
        self._queue: Queue[bytes] = Queue(MAX_QUEUED_TEXTS)
        self._writer: Thread | None = None
        self._lost = 0

    def write(self, text: str) -> None:
        """Queue a text; this never blocks."""
        if self._writer is None:
            self._writer = Thread(target=self._write_all, daemon=True)
            self._writer.start()
        try:
            self._queue.put_nowait(text.encode(errors="backslashreplace"))
        except Full:
            self._lost += 1
            return
        # In a full queue the report would be lost, too.
        if self._lost and not self._queue.full():
            lost, self._lost = self._lost, 0
            logger.warning("The log is read too slowly: %d writes to it are lost.", lost)

    def flush(self) -> None:
        """Do nothing, for log handlers call this after every line and must not wait."""

    def drain(self) -> None:
        """Wait until all texts are written, but at most DRAIN_SECONDS."""
        end = time.monotonic() + DRAIN_SECONDS
        while self._queue.unfinished_tasks and time.monotonic() < end:
            time.sleep(POLL_SECONDS)

    def _write_all(self) -> None:
        while True:
            text = self._queue.get()
            # An error of standard error itself, such as a full disk, cannot be reported anywhere.
            with suppress(OSError):
                while text:
                    text = text[os.write(STDERR, text) :]
            self._queue.task_done()


STREAM = LogStream()
atexit.register(STREAM.drain)
