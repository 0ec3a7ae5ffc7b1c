"""Sends raw bytes to a server over a socket, and parses the responses."""

import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def problem(self) -> dict[str, Any]:
        """Give the problem document of an error, and check the fields that every one has."""
        document = json.loads(self.body)
        assert self.headers["content-type"] == "application/problem+json"
        assert document["status"] == self.status
        assert document["request_id"] == self.headers["x-request-id"]
        assert document["type"] == "about:blank"
        assert document["title"]
        assert document["detail"]
        return document


def connect(port: int, seconds: float = 10) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=seconds)


def exchange(port: int, sent: bytes, *, waits: bool = False) -> list[Answer]:
    """Send bytes and read until the server closes; unless it `waits`, the client closes its side first."""
    with connect(port) as client:
        # The server may close the connection while the client still sends.
        with suppress(ConnectionError):
            client.sendall(sent)
            if not waits:
                client.shutdown(socket.SHUT_WR)
        return answers_in(read_to_end(client))


def read_to_end(client: socket.socket) -> bytes:
    """Read until the server closes the connection; TimeoutError if it does not."""
    content = b""
    with suppress(ConnectionError):
        while more := client.recv(1 << 16):
            content += more
    return content


def answers_in(content: bytes) -> list[Answer]:
    """Parse responses; AssertionError if one is incomplete."""
    answers = []
    while content:
        head, end, content = content.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (header.partition(": ") for header in lines)}
        length = int(headers.get("content-length", "0"))
        assert end
        assert line.startswith("HTTP/1.1 ")
        assert len(content) >= length
        answers.append(Answer(int(line.split()[1]), headers, content[:length]))
        content = content[length:]
    return answers
