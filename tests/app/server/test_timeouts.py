"""Slow clients are disconnected in time, and do not delay others."""

import json
import select
import socket
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from http.client import HTTPConnection

import pytest

from tests.support.payloads import row_of
from tests.support.requests.raw_post import Post
from tests.support.servers.processes import ask, free_port, running
from tests.support.servers.raw_socket import answers_in, connect, read_to_end

SECONDS = 1
# How late a busy machine may be.
TOLERANCE = 3

ROW = json.dumps(row_of("iris")).encode()
REQUEST = Post(b"/predict/iris", ROW).written()
HEAD = REQUEST.removesuffix(ROW)
CHUNKED = Post(b"/predict/iris", b"", framing=(b"Transfer-Encoding: chunked",)).written()


@pytest.fixture(scope="module")
def server(models):
    port = free_port()
    with running(models, port, APP_REQUEST_TIMEOUT_SECONDS=str(SECONDS)):
        yield port


def seconds_until_disconnected(client: socket.socket, slowly: bytes = b"") -> tuple[float, bytes]:
    """Send one byte every 50 ms until the server disconnects; give the seconds and what was received."""
    client.settimeout(0.05)
    started, received, left = time.monotonic(), b"", iter(slowly)
    while time.monotonic() - started < 10 * SECONDS:
        try:
            more = client.recv(4096)
        except TimeoutError:
            # Sending may fail after the server has disconnected, but its response can still be read.
            with suppress(ConnectionError):
                client.sendall(bytes([next(left, 0)]) if slowly else b"")
            continue
        except ConnectionError:
            more = b""
        if not more:
            return time.monotonic() - started, received
        received += more
    raise AssertionError("the server still waits")


SLOW = {
    "sends nothing": (b"", b"", []),
    "sends blank lines": (b"", b"\r\n" * 500, []),
    "stops in the request line": (b"POST /pre", b"", [408]),
    "stops in the head": (HEAD[:60], b"", [408]),
    "sends the head slowly": (HEAD[:30], b"X-A: " + b"a" * 500, [408]),
    "sends no body": (HEAD, b"", [408]),
    "stops in the body": (HEAD + ROW[:5], b"", [408]),
    "sends the body slowly": (HEAD, b" " * 500, [408]),
    "sends chunks slowly": (CHUNKED, b"1\r\n \r\n" * 100, [408]),
    "sends an extension slowly": (CHUNKED + b"1;", b"a" * 500, [408]),
    "sends trailers slowly": (CHUNKED + b"0\r\n", b"X: y\r\n" * 100, [408]),
    "stops in the second request": (REQUEST + HEAD, b"", [200, 408]),
    "stops in the second head": (REQUEST + HEAD[:30], b"", [200, 408]),
    "sends a refused body slowly": (HEAD.replace(b"/json", b"/xml"), b" " * 500, [415]),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_client_is_disconnected_in_time(server, name):
    sent, slowly, statuses = SLOW[name]
    with connect(server) as client:
        client.sendall(sent)

        seconds, received = seconds_until_disconnected(client, slowly)

    assert seconds < SECONDS + TOLERANCE
    answers = answers_in(received)
    assert [answer.status for answer in answers] == statuses
    if 408 in statuses:
        assert answers[-1].headers["connection"] == "close"
        assert answers[-1].problem()["detail"] == "The request did not arrive in time."


EMPTY = Post(b"/predict/iris", b"")
UNSUPPORTED = {
    "another type": replace(EMPTY, type=(b"Content-Type: text/plain",)),
    "no type": replace(EMPTY, type=()),
    "a form": replace(EMPTY, type=(b"Content-Type: application/x-www-form-urlencoded",)),
    "compressed": replace(EMPTY, more=(b"Content-Encoding: gzip",)),
}


@pytest.mark.parametrize("framing", [b"Content-Length: 1000", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("name", UNSUPPORTED)
def test_a_body_that_is_not_plain_json_is_refused_before_it_is_read(server, name, framing):
    """A server that waited for a byte of the body would answer 408."""
    with connect(server) as client:
        client.sendall(replace(UNSUPPORTED[name], framing=(framing,)).written())

        (answer,) = answers_in(read_to_end(client))

    assert answer.status == answer.problem()["status"] == 415


def send_without_reading(client: socket.socket, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.001)


def test_a_client_that_reads_no_responses_is_disconnected(server):
    with connect(server) as client, pytest.raises(ConnectionError):
        send_without_reading(client, 20 * SECONDS)


def test_a_client_may_pause_between_requests(server):
    connection = HTTPConnection("127.0.0.1", server, timeout=10)
    connection.connect()
    port = connection.sock.getsockname()[1]
    for _ in range(3):
        connection.request("POST", "/predict/iris", ROW, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        time.sleep(1.5 * SECONDS)
    assert connection.sock.getsockname()[1] == port
    connection.close()


@contextmanager
def slow_clients(port):
    """Connect a hundred clients, each with another part of a head."""
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(100)]
        for number, client in enumerate(clients):
            with suppress(ConnectionError):
                client.sendall(HEAD[: number % len(HEAD)])
        yield clients


def test_slow_clients_do_not_delay_others(models, port):
    with running(models, port, APP_REQUEST_TIMEOUT_SECONDS="60"), slow_clients(port) as clients:
        for _ in range(20):
            ask(port, "/predict/iris", row_of("iris"))

        # The server still waits for all of them.
        assert select.select(clients, [], [], 0)[0] == []


def test_a_hundred_slow_clients_are_disconnected_in_time(server):
    with slow_clients(server) as clients:
        started = time.monotonic()
        for client in clients:
            read_to_end(client)

        assert time.monotonic() - started < SECONDS + TOLERANCE
