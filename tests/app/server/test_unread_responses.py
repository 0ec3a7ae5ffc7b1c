"""Clients that ask and do not read: what waits for them takes up only so much."""

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
from app.server.connection_limits import MOST_BYTES, UNREAD, Reservation, enforce_unread_limit
from tests.support.payloads import row_of
from tests.support.requests.raw_post import Post
from tests.support.servers.processes import HOST, PATIENCE_SECONDS, ask, free_port, running, soon
from tests.support.servers.raw_socket import answers_in, connect, exchange, read_to_end

ROWS = json.dumps({"instances": [row_of("iris")] * 1000}).encode()
PAGE = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = Post(b"/predict/iris/batch", ROWS, more=(b"Connection: close",)).written()
LONG = Post(b"/predict/iris", json.dumps(row_of("iris")).encode().ljust(13_000)).written()
BROKEN = Post(
    b"/predict/iris", b"zz\r\n", framing=(b"Transfer-Encoding: chunked",), more=(b"Expect: 100-continue",)
).written()

CLIENTS = 600
# What the interpreter may take beside what is promised.
OTHER_BYTES = 48 << 20
DESCRIPTORS = 128


def connect_narrowly(stack, port):
    """Connect with next to no room for an answer in the system, so that it waits in the server."""
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.settimeout(PATIENCE_SECONDS)
    client.connect((HOST, port))
    return client


@pytest.fixture
def server(models):
    port = free_port()
    with running(models, port) as process:
        yield process, port


def resident_bytes(process):
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096


def test_requests_behind_answers_that_are_not_read_take_up_only_so_much(server):
    process, port = server
    exchange(port, PAGE)
    before = resident_bytes(process)
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            client = connect_narrowly(stack, port)
            with suppress(OSError):
                client.sendall(PAGE * 80 + LONG * 19)
        assert ask(port, "/health/live") == {"status": "alive"}

        assert resident_bytes(process) - before < MOST_BYTES + OTHER_BYTES


def test_a_last_answer_that_is_not_read_keeps_nobody_out(models):
    port = free_port()
    with running(models, port) as process, ExitStack() as stack:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        for _ in range(DESCRIPTORS):
            connect_narrowly(stack, port).sendall(LAST)
            assert ask(port, "/health/live") == {"status": "alive"}


def test_a_client_that_reads_late_gets_every_answer_in_order(server):
    _, port = server
    with ExitStack() as stack:
        client = connect_narrowly(stack, port)
        client.sendall(PAGE * 5 + LONG * 3 + LAST)
        time.sleep(0.2)

        answers = answers_in(read_to_end(client))

    assert [answer.status for answer in answers] == [200] * 9
    assert len({answer.body for answer in answers[:5]}) == 1
    assert len(json.loads(answers[-1].body)["predictions"]) == 1000


def test_a_client_that_goes_without_reading_leaves_no_error_in_the_log(server):
    process, port = server
    with ExitStack() as stack:
        for _ in range(3):
            connect_narrowly(stack, port).sendall(PAGE * 20)
        time.sleep(0.2)

    assert soon(lambda: process.log().count('"message":"request"') >= 3)
    ask(port, "/health/live")
    assert '"level":"error"' not in process.log()


def test_a_body_that_breaks_before_it_was_asked_for_is_the_clients_mistake_alone(server):
    process, port = server

    with connect(port) as client:
        client.sendall(BROKEN)
        answers = answers_in(read_to_end(client))

    assert [answer.status for answer in answers] == [400]
    assert soon(lambda: '"status":400' in process.log())
    ask(port, "/health/live")
    assert '"status":500' not in process.log()
    assert '"level":"error"' not in process.log()


NUMBERS = count()


class Reader:
    """A client's connection that has left so much unread since so long."""

    def __init__(self, unread_bytes, since):
        self.unread = Reservation(UNREAD)
        self.unread.take(unread_bytes)
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
    """A quarter of the room each."""
    monkeypatch.setattr(connection_limits, "MOST_BYTES", 1 << 20)
    found = [Reader(1 << 18, since) for since in (3.0, 1.0, inf, 2.0)]
    found += [Reader(0, 0.0)]
    yield found
    for reader in found:
        reader.unread.release()


def test_as_long_as_there_is_room_nobody_goes_for_what_is_unread(readers):
    enforce_unread_limit(readers)

    assert [reader.unread.reserved_bytes > 0 for reader in readers] == [True] * 4 + [False]


def test_who_has_left_answers_unread_longest_goes_first_when_there_is_no_more_room(readers):
    readers.append(Reader(1, 4.0))

    enforce_unread_limit(readers)

    assert [reader.since for reader in readers if not reader.unread.reserved_bytes] == [1.0, 0.0]
