"""A server under load, and what became of every request."""

import json
import select
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

from tests.support.servers.processes import HOST, JSON, PATIENCE_SECONDS, soon


class Load:
    """Asks for one path in a loop from several threads, and keeps count of what became of it.

    `lost` has every request that was sent and not answered. A connection that was refused is no
    request; nor is a kept one sent anything once it has been closed, as with every good client.
    Use it as a context: it asks until it is left, each thread with a pause after every answer.
    """

    def __init__(self, port, path, row, *, threads=4, keeps_connections=True, pause_seconds=0.0):
        self.bodies = []
        self.statuses = []
        self.lost = []
        self.refused = 0
        self._target = (HOST, port, path, json.dumps(row).encode())
        self._keeps = keeps_connections
        self._pause_seconds = pause_seconds
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_trouble):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def goes_on(self, answers=100):
        """Say whether so many more requests are soon answered."""
        wanted = len(self.statuses) + answers
        return soon(lambda: len(self.statuses) >= wanted)

    def _ask_on(self):
        while not self._ended.is_set():
            connection = HTTPConnection(*self._target[:2], timeout=PATIENCE_SECONDS)
            try:
                connection.connect()
            except OSError:
                self.refused += 1
                time.sleep(0.01)
                continue
            with suppress(OSError, HTTPException):
                self._ask_through(connection)
            connection.close()

    def _ask_through(self, connection):
        *_, path, body = self._target
        while not self._ended.is_set() and is_open(connection.sock):
            try:
                connection.request("POST", path, body, JSON)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, HTTPException) as trouble:
                self.lost.append(repr(trouble))
                raise
            self.statuses.append(answer.status)
            self.bodies.append(content)
            time.sleep(self._pause_seconds)
            if not self._keeps:
                return


def is_open(connected):
    return connected is not None and not select.select([connected], [], [], 0)[0]
