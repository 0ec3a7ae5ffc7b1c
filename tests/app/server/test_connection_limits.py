"""Many clients at once that keep the server waiting: what they take up together has an end."""

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
SMALL = Post(b"/predict/iris", ROW).written()
LONG = ROW.ljust(1 << 20)
BIG = Post(b"/predict/iris", LONG).written()
# What docs/operating.md promises, for the bodies alone.
MOST_BYTES = 64 << 20
# What the interpreter may take beside them.
OTHER_BYTES = 48 << 20

CLIENTS = 120
DESCRIPTORS = 128


def resident_bytes(process):
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096


@contextmanager
def clients(port, number, sent):
    """Connect so many, who each send the same and then nothing."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(connect(port)) for _ in range(number)]
        for client in sockets:
            try:
                client.sendall(sent)
            except ConnectionError:
                continue
        yield sockets


def has_been_answered(client):
    return bool(select.select([client], [], [], 0)[0])


def answers_of(sockets, at_least=0):
    """Give what was answered, so many soon, and how many clients the server still waits for."""
    assert soon(lambda: sum(map(has_been_answered, sockets)) >= at_least)
    told = [client for client in sockets if has_been_answered(client)]
    return [answer for client in told for answer in answers_in(read_to_end(client))], len(sockets) - len(told)


@pytest.fixture(scope="module")
def crowded(models):
    """A server with many clients who hold back the last byte of a megabyte."""
    port = free_port()
    with running(models, port, APP_REQUEST_TIMEOUT_SECONDS="60") as process:
        exchange(port, BIG)
        before = resident_bytes(process)
        with clients(port, CLIENTS, BIG[:-1]) as sockets:
            answers, waiting = answers_of(sockets, CLIENTS - MOST_BYTES // len(LONG) - 1)
            yield port, resident_bytes(process) - before, answers, waiting


def test_bodies_that_do_not_end_take_up_only_so_much(crowded):
    _, taken, answers, waiting = crowded

    assert taken < MOST_BYTES + OTHER_BYTES
    assert waiting * len(LONG) <= MOST_BYTES + len(LONG)
    assert len(answers) + waiting == CLIENTS


def test_who_comes_when_there_is_no_room_for_a_body_is_told_to_come_again(crowded):
    *_, answers, waiting = crowded

    assert waiting >= 60
    assert {answer.status for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"1"}
    assert {answer.headers["connection"] for answer in answers} == {"close"}
    assert "bodies" in answers[0].problem()["detail"]


def test_who_has_no_body_or_a_small_one_never_notices(crowded):
    port, *_ = crowded

    for path in ("/health/live", "/health/ready", "/models"):
        assert exchange(port, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())[0].status == 200
    with connect(port) as client:
        for piece in (SMALL[:-20], SMALL[-20:-10], SMALL[-10:]):
            client.sendall(piece)
            time.sleep(0.01)
        client.shutdown(socket.SHUT_WR)
        assert answers_in(read_to_end(client))[0].status == 200


def test_who_is_refused_for_want_of_room_is_counted(crowded):
    port, _, answers, _ = crowded

    (told,) = exchange(port, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")

    (counted,) = re.findall(rb'rejections_total\{reason="service_unavailable"\} (\d+)', told.body)
    # One more may have been refused after the answers were looked at.
    assert len(answers) <= int(counted) <= len(answers) + 1


def test_many_requests_at_once_are_refused_where_there_is_no_room_for_them_to_wait(crowded):
    port, *_ = crowded

    assert [answer.status for answer in exchange(port, SMALL * 3)] == [200] * 3
    assert [answer.status for answer in exchange(port, SMALL * 20)] == [200, 503]


def test_what_stands_behind_a_refused_request_is_not_kept_and_so_not_refused(crowded):
    port, *_ = crowded

    answers = exchange(port, SMALL * 3 + b"nonsense\r\n\r\n" + b"x" * 20_000, waits=True)

    assert [answer.status for answer in answers] == [200, 200, 200, 400]


@pytest.fixture(scope="module")
def server(models):
    port = free_port()
    with running(models, port):
        yield port


def test_there_is_room_again_when_those_who_filled_it_have_gone(server):
    with clients(server, CLIENTS, BIG[:-1]) as sockets:
        assert answers_of(sockets, 1)

    assert soon(lambda: exchange(server, BIG)[0].status == 200)


def test_room_is_given_back_with_the_end_of_every_body(server):
    connection = HTTPConnection("127.0.0.1", server, timeout=10)
    for _ in range(2 * MOST_BYTES // len(LONG)):
        connection.request("POST", "/predict/iris", LONG, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()


def test_what_is_refused_before_its_end_takes_no_room(server):
    other = Post(b"/predict/iris", LONG, type=(b"Content-Type: text/plain",)).written()
    with clients(server, 2 * MOST_BYTES // len(LONG), other[:-1]):
        assert exchange(server, BIG)[0].status == 200


WAITING = {
    "say nothing": b"",
    "stop in the head": SMALL[:30],
    "stop in the body": SMALL[:-1],
    "keep their connection": SMALL,
}


@pytest.fixture
def narrow_server(models):
    """A server that may open only few files, and lets nobody go for being slow."""
    port = free_port()
    with running(models, port, APP_REQUEST_TIMEOUT_SECONDS="60") as process:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        yield port


@pytest.mark.parametrize("way", WAITING)
def test_more_clients_than_the_system_lets_in_do_not_shut_out_the_others(narrow_server, way):
    with clients(narrow_server, DESCRIPTORS // 2, WAITING[way]):
        for _ in range(4):
            with clients(narrow_server, DESCRIPTORS // 2, WAITING[way]):
                assert ask(narrow_server, "/health/live") == {"status": "alive"}
                assert ask(narrow_server, "/predict/iris", row_of("iris"))["label"] == "setosa"


def test_those_who_have_kept_the_server_waiting_longest_go_first(narrow_server):
    with ExitStack() as stack:
        oldest = stack.enter_context(clients(narrow_server, 5, SMALL[:-1]))
        stack.enter_context(clients(narrow_server, 30, b""))
        newest = stack.enter_context(clients(narrow_server, 30, SMALL[:-1]))
        answers, waiting = answers_of(oldest, 5)

        assert waiting == 0
        assert {answer.status for answer in answers} == {503}
        assert answers_of(newest)[1] == 30
