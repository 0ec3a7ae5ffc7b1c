"""Sends requests to a server in several threads, and counts the outcomes."""

import json
import select
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

from tests.support.servers.processes import HOST, JSON, TIMEOUT_SECONDS, soon


class Load:
    """A context in which several threads send requests to one path, with a pause after each response.

    `lost` has the error of every request that was sent and not answered. A refused connection is counted
    apart. As good clients do, the threads send nothing on a kept connection that the server has closed.
    """

    def __init__(self, port, path, row, *, threads=4, keeps_connections=True, pause_seconds=0.0):
        self.bodies = []
        self.statuses = []
        self.lost = []
        self.refused = 0
        self._target = (HOST, port, path, json.dumps(row).encode())
        self._keeps_connections = keeps_connections
        self._pause_seconds = pause_seconds
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._send_until_ended) for _ in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def gets_answers(self, count=100):
        """Say whether so many more requests are answered soon."""
        wanted = len(self.statuses) + count
        return soon(lambda: len(self.statuses) >= wanted)

    def _send_until_ended(self):
        while not self._ended.is_set():
            connection = HTTPConnection(*self._target[:2], timeout=TIMEOUT_SECONDS)
            try:
                connection.connect()
            except OSError:
                self.refused += 1
                time.sleep(0.01)
                continue
            with suppress(OSError, HTTPException):
                self._send_on(connection)
            connection.close()

    def _send_on(self, connection):
        *_, path, body = self._target
        while not self._ended.is_set() and is_open(connection.sock):
            try:
                connection.request("POST", path, body, JSON)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, HTTPException) as error:
                self.lost.append(repr(error))
                raise
            self.statuses.append(answer.status)
            self.bodies.append(content)
            time.sleep(self._pause_seconds)
            if not self._keeps_connections:
                return


def is_open(connected):
    return connected is not None and not select.select([connected], [], [], 0)[0]
