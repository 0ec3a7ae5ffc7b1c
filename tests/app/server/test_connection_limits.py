"""The limits on the memory and the descriptors that many slow clients use together."""

import json
import re
import resource
import select
import socket
import time
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.payloads import row_of
from tests.support.requests.raw_post import Post
from tests.support.servers.processes import ask, free_port, running, soon
from tests.support.servers.raw_socket import answers_in, connect, exchange, read_to_end

ROW = json.dumps(row_of("iris")).encode()
SHORT_REQUEST = Post(b"/predict/iris", ROW).written()
LONG_BODY = ROW.ljust(1 << 20)
LONG_REQUEST = Post(b"/predict/iris", LONG_BODY).written()
# The limit for incomplete bodies in docs/operating.md.
MAX_BYTES = 64 << 20
# What the interpreter may use besides.
OTHER_BYTES = 48 << 20

CLIENTS = 120
DESCRIPTORS = 128


def resident_bytes(process):
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096


@contextmanager
def clients(port, count, sent):
    """Connect clients that each send the same bytes and then nothing."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(connect(port)) for _ in range(count)]
        for client in sockets:
            try:
                client.sendall(sent)
            except ConnectionError:
                continue
        yield sockets


def has_response(client):
    return bool(select.select([client], [], [], 0)[0])


def answers_of(sockets, at_least=0):
    """Wait for some responses; give all of them, and the number of clients without one."""
    assert soon(lambda: sum(map(has_response, sockets)) >= at_least)
    answered = [client for client in sockets if has_response(client)]
    answers = [answer for client in answered for answer in answers_in(read_to_end(client))]
    return answers, len(sockets) - len(answered)


@pytest.fixture(scope="module")
def loaded(models):
    """A server with many clients that do not send the last byte of a body of one megabyte."""
    port = free_port()
    with running(models, port, APP_REQUEST_TIMEOUT_SECONDS="60") as process:
        exchange(port, LONG_REQUEST)
        before = resident_bytes(process)
        with clients(port, CLIENTS, LONG_REQUEST[:-1]) as sockets:
            answers, waiting = answers_of(sockets, CLIENTS - MAX_BYTES // len(LONG_BODY) - 1)
            yield port, resident_bytes(process) - before, answers, waiting


def test_incomplete_bodies_use_limited_memory(loaded):
    _, used, answers, waiting = loaded

    assert used < MAX_BYTES + OTHER_BYTES
    assert waiting * len(LONG_BODY) <= MAX_BYTES + len(LONG_BODY)
    assert len(answers) + waiting == CLIENTS


def test_a_body_that_exceeds_the_memory_budget_is_refused_with_retry_after(loaded):
    *_, answers, waiting = loaded

    assert waiting >= 60
    assert {answer.status for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"1"}
    assert {answer.headers["connection"] for answer in answers} == {"close"}
    assert "bodies" in answers[0].problem()["detail"]


def test_requests_without_a_body_or_with_a_short_one_are_answered(loaded):
    port, *_ = loaded

    for path in ("/health/live", "/health/ready", "/models"):
        assert exchange(port, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())[0].status == 200
    with connect(port) as client:
        for piece in (SHORT_REQUEST[:-20], SHORT_REQUEST[-20:-10], SHORT_REQUEST[-10:]):
            client.sendall(piece)
            time.sleep(0.01)
        client.shutdown(socket.SHUT_WR)
        assert answers_in(read_to_end(client))[0].status == 200


def test_requests_that_exceed_the_memory_budget_are_counted(loaded):
    port, _, answers, _ = loaded

    (metrics,) = exchange(port, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")

    (counted,) = re.findall(rb'rejections_total\{reason="service_unavailable"\} (\d+)', metrics.body)
    # One more may have been refused since the responses were read.
    assert len(answers) <= int(counted) <= len(answers) + 1


def test_pipelined_requests_that_exceed_the_memory_budget_are_refused(loaded):
    port, *_ = loaded

    assert [answer.status for answer in exchange(port, SHORT_REQUEST * 3)] == [200] * 3
    assert [answer.status for answer in exchange(port, SHORT_REQUEST * 20)] == [200, 503]


def test_bytes_after_a_refused_request_are_discarded_and_use_no_memory(loaded):
    port, *_ = loaded

    answers = exchange(port, SHORT_REQUEST * 3 + b"nonsense\r\n\r\n" + b"x" * 20_000, waits=True)

    assert [answer.status for answer in answers] == [200, 200, 200, 400]


@pytest.fixture(scope="module")
def server(models):
    port = free_port()
    with running(models, port):
        yield port


def test_memory_is_released_when_clients_disconnect(server):
    with clients(server, CLIENTS, LONG_REQUEST[:-1]) as sockets:
        assert answers_of(sockets, 1)

    assert soon(lambda: exchange(server, LONG_REQUEST)[0].status == 200)


def test_memory_is_released_at_the_end_of_every_body(server):
    connection = HTTPConnection("127.0.0.1", server, timeout=10)
    for _ in range(2 * MAX_BYTES // len(LONG_BODY)):
        connection.request("POST", "/predict/iris", LONG_BODY, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()


def test_a_body_that_is_refused_before_its_end_uses_no_memory(server):
    other = Post(b"/predict/iris", LONG_BODY, type=(b"Content-Type: text/plain",)).written()
    with clients(server, 2 * MAX_BYTES // len(LONG_BODY), other[:-1]):
        assert exchange(server, LONG_REQUEST)[0].status == 200


WAITING = {
    "send nothing": b"",
    "stop in the head": SHORT_REQUEST[:30],
    "stop in the body": SHORT_REQUEST[:-1],
    "keep the connection open": SHORT_REQUEST,
}


@pytest.fixture
def small_server(models):
    """A server that may open only few files, with a timeout that no test reaches."""
    port = free_port()
    with running(models, port, APP_REQUEST_TIMEOUT_SECONDS="60") as process:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        yield port


@pytest.mark.parametrize("clients_that", WAITING)
def test_more_clients_than_descriptors_do_not_keep_others_from_connecting(small_server, clients_that):
    with clients(small_server, DESCRIPTORS // 2, WAITING[clients_that]):
        for _ in range(4):
            with clients(small_server, DESCRIPTORS // 2, WAITING[clients_that]):
                assert ask(small_server, "/health/live") == {"status": "alive"}
                assert ask(small_server, "/predict/iris", row_of("iris"))["label"] == "setosa"


def test_the_connections_that_have_waited_longest_are_closed_first(small_server):
    with ExitStack() as stack:
        oldest = stack.enter_context(clients(small_server, 5, SHORT_REQUEST[:-1]))
        stack.enter_context(clients(small_server, 30, b""))
        newest = stack.enter_context(clients(small_server, 30, SHORT_REQUEST[:-1]))
        answers, waiting = answers_of(oldest, 5)

        assert waiting == 0
        assert {answer.status for answer in answers} == {503}
        assert answers_of(newest)[1] == 30
