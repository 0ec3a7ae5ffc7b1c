"""A client that takes for ever is let go in time, and nobody else waits for it."""

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
# What the machine may be late.
LATE = 3

ROW = json.dumps(row_of("iris")).encode()
WHOLE = Post(b"/predict/iris", ROW).written()
HEAD = WHOLE.removesuffix(ROW)
CHUNKED = Post(b"/predict/iris", b"", framing=(b"Transfer-Encoding: chunked",)).written()


@pytest.fixture(scope="module")
def server(models):
    port = free_port()
    with running(models, port, APP_REQUEST_TIMEOUT_SECONDS=str(SECONDS)):
        yield port


def seconds_until_let_go(client: socket.socket, drip: bytes = b"") -> tuple[float, bytes]:
    """Send a byte now and then until the server ends it; give the time, and what it said."""
    client.settimeout(0.05)
    started, said, left = time.monotonic(), b"", iter(drip)
    while time.monotonic() - started < 10 * SECONDS:
        try:
            more = client.recv(4096)
        except TimeoutError:
            # Who sends too late is hung up on, and yet can read what was said before.
            with suppress(ConnectionError):
                client.sendall(bytes([next(left, 0)]) if drip else b"")
            continue
        except ConnectionError:
            more = b""
        if not more:
            return time.monotonic() - started, said
        said += more
    raise AssertionError("the server still waits")


SLOW = {
    "says nothing": (b"", b"", []),
    "sends blank lines": (b"", b"\r\n" * 500, []),
    "stops in the request line": (b"POST /pre", b"", [408]),
    "stops in the head": (HEAD[:60], b"", [408]),
    "drips the head": (HEAD[:30], b"X-A: " + b"a" * 500, [408]),
    "sends no body": (HEAD, b"", [408]),
    "stops in the body": (HEAD + ROW[:5], b"", [408]),
    "drips the body": (HEAD, b" " * 500, [408]),
    "drips chunks": (CHUNKED, b"1\r\n \r\n" * 100, [408]),
    "drips an extension": (CHUNKED + b"1;", b"a" * 500, [408]),
    "drips trailers": (CHUNKED + b"0\r\n", b"X: y\r\n" * 100, [408]),
    "stops in the second request": (WHOLE + HEAD, b"", [200, 408]),
    "stops in the second head": (WHOLE + HEAD[:30], b"", [200, 408]),
    "drips a body that was refused": (HEAD.replace(b"/json", b"/xml"), b" " * 500, [415]),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_client_that_takes_for_ever_is_let_go_in_time(server, name):
    sent, drip, statuses = SLOW[name]
    with connect(server) as client:
        client.sendall(sent)

        seconds, said = seconds_until_let_go(client, drip)

    assert seconds < SECONDS + LATE
    answers = answers_in(said)
    assert [answer.status for answer in answers] == statuses
    if 408 in statuses:
        assert answers[-1].headers["connection"] == "close"
        assert answers[-1].problem()["detail"] == "The request did not come in in time."


EMPTY = Post(b"/predict/iris", b"")
NO_PLAIN_JSON = {
    "another type": replace(EMPTY, type=(b"Content-Type: text/plain",)),
    "no type": replace(EMPTY, type=()),
    "a form": replace(EMPTY, type=(b"Content-Type: application/x-www-form-urlencoded",)),
    "packed": replace(EMPTY, more=(b"Content-Encoding: gzip",)),
}


@pytest.mark.parametrize("framing", [b"Content-Length: 1000", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("name", NO_PLAIN_JSON)
def test_what_is_no_plain_json_is_refused_by_its_head_alone(server, name, framing):
    """A server that waited for a byte of the body would answer 408."""
    with connect(server) as client:
        client.sendall(replace(NO_PLAIN_JSON[name], framing=(framing,)).written())

        (answer,) = answers_in(read_to_end(client))

    assert answer.status == answer.problem()["status"] == 415


def ask_without_reading(client: socket.socket, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.001)


def test_a_client_that_reads_no_answers_is_let_go(server):
    with connect(server) as client, pytest.raises(ConnectionError):
        ask_without_reading(client, 20 * SECONDS)


def test_an_honest_client_may_pause_between_requests(server):
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
    """A hundred, who have sent more and more of their heads."""
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(100)]
        for number, client in enumerate(clients):
            with suppress(ConnectionError):
                client.sendall(HEAD[: number % len(HEAD)])
        yield clients


def test_nobody_waits_for_slow_clients(models, port):
    with running(models, port, APP_REQUEST_TIMEOUT_SECONDS="60"), slow_clients(port) as clients:
        for _ in range(20):
            ask(port, "/predict/iris", row_of("iris"))

        # For it still waits for every one of them.
        assert select.select(clients, [], [], 0)[0] == []


def test_a_hundred_slow_clients_are_let_go_together(server):
    with slow_clients(server) as clients:
        started = time.monotonic()
        for client in clients:
            read_to_end(client)

        assert time.monotonic() - started < SECONDS + LATE
