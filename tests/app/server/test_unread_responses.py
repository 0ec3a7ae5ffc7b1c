"""The limits on responses that clients do not read."""

import json
import resource
import socket
import time
from contextlib import ExitStack, suppress
from itertools import count
from math import inf
from pathlib import Path

import pytest

from app.server import connection_limits
from app.server.connection_limits import (
    MAX_SHARED_BYTES,
    UNREAD_BUDGET,
    Reservation,
    enforce_unread_limit,
)
from tests.support.payloads import row_of
from tests.support.requests.raw_post import Post
from tests.support.servers.processes import HOST, TIMEOUT_SECONDS, ask, free_port, running, soon
from tests.support.servers.raw_socket import answers_in, connect, exchange, read_to_end

ROWS = json.dumps({"instances": [row_of("iris")] * 1000}).encode()
OPENAPI = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
BATCH = Post(b"/predict/iris/batch", ROWS, more=(b"Connection: close",)).written()
LONG_REQUEST = Post(b"/predict/iris", json.dumps(row_of("iris")).encode().ljust(13_000)).written()
BROKEN_BODY = Post(
    b"/predict/iris", b"zz\r\n", framing=(b"Transfer-Encoding: chunked",), more=(b"Expect: 100-continue",)
).written()

CLIENTS = 600
# What the interpreter may use besides.
OTHER_BYTES = 48 << 20
DESCRIPTORS = 128


def connect_with_small_buffer(stack, port):
    """Connect with a small receive buffer, so that responses wait in the server."""
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.settimeout(TIMEOUT_SECONDS)
    client.connect((HOST, port))
    return client


@pytest.fixture
def server(models):
    port = free_port()
    with running(models, port) as process:
        yield process, port


def resident_bytes(process):
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096


def test_requests_behind_unread_responses_use_limited_memory(server):
    process, port = server
    exchange(port, OPENAPI)
    before = resident_bytes(process)
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            client = connect_with_small_buffer(stack, port)
            with suppress(OSError):
                client.sendall(OPENAPI * 80 + LONG_REQUEST * 19)
        assert ask(port, "/health/live") == {"status": "alive"}

        assert resident_bytes(process) - before < MAX_SHARED_BYTES + OTHER_BYTES


def test_unread_last_responses_do_not_keep_others_from_connecting(models):
    port = free_port()
    with running(models, port) as process, ExitStack() as stack:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        for _ in range(DESCRIPTORS):
            connect_with_small_buffer(stack, port).sendall(BATCH)
            assert ask(port, "/health/live") == {"status": "alive"}


def test_a_client_that_reads_late_gets_every_response_in_order(server):
    _, port = server
    with ExitStack() as stack:
        client = connect_with_small_buffer(stack, port)
        client.sendall(OPENAPI * 5 + LONG_REQUEST * 3 + BATCH)
        time.sleep(0.2)

        answers = answers_in(read_to_end(client))

    assert [answer.status for answer in answers] == [200] * 9
    assert len({answer.body for answer in answers[:5]}) == 1
    assert len(json.loads(answers[-1].body)["predictions"]) == 1000


def test_a_client_that_disconnects_without_reading_causes_no_error_in_the_log(server):
    process, port = server
    with ExitStack() as stack:
        for _ in range(3):
            connect_with_small_buffer(stack, port).sendall(OPENAPI * 20)
        time.sleep(0.2)

    assert soon(lambda: process.log().count('"message":"request"') >= 3)
    ask(port, "/health/live")
    assert '"level":"error"' not in process.log()


def test_an_invalid_body_before_100_continue_is_the_clients_error_alone(server):
    process, port = server

    with connect(port) as client:
        client.sendall(BROKEN_BODY)
        answers = answers_in(read_to_end(client))

    assert [answer.status for answer in answers] == [400]
    assert soon(lambda: '"status":400' in process.log())
    ask(port, "/health/live")
    assert '"status":500' not in process.log()
    assert '"level":"error"' not in process.log()


NUMBERS = count()


class Reader:
    """A connection with unread bytes, and the time since when it waits."""

    def __init__(self, unread_bytes, since):
        self.unread = Reservation(UNREAD_BUDGET)
        self.unread.reserve(unread_bytes)
        self.since = since
        self.number = next(NUMBERS)

    def is_disconnected(self):
        return False

    def waiting_since(self):
        return self.since

    def disconnect(self, _reason):
        self.unread.release()


@pytest.fixture
def readers(monkeypatch):
    """Connections that use a quarter of the memory each, and one that uses none."""
    monkeypatch.setattr(connection_limits, "MAX_SHARED_BYTES", 1 << 20)
    readers = [Reader(1 << 18, since) for since in (3.0, 1.0, inf, 2.0)]
    readers += [Reader(0, 0.0)]
    yield readers
    for reader in readers:
        reader.unread.release()


def test_unread_responses_within_the_limit_close_no_connection(readers):
    enforce_unread_limit(readers)

    assert [reader.unread.reserved_bytes > 0 for reader in readers] == [True] * 4 + [False]


def test_the_connections_unread_longest_are_closed_first_beyond_the_limit(readers):
    readers.append(Reader(1, 4.0))

    enforce_unread_limit(readers)

    assert [reader.since for reader in readers if not reader.unread.reserved_bytes] == [1.0, 0.0]
