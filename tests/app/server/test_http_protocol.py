"""Invalid, oversized and pipelined input on a connection."""

import json
import socket
import time

import pytest

from tests.support.payloads import row_of
from tests.support.requests.raw_post import Post, chunked
from tests.support.servers.kernel_queues import wait_until_received
from tests.support.servers.processes import free_port, running, stopped
from tests.support.servers.raw_socket import answers_in, connect, exchange, read_to_end

ROW = json.dumps(row_of("iris")).encode()
POST = Post(b"/predict/iris", ROW)
CHUNKED = Post(b"/predict/iris", b"", framing=(b"Transfer-Encoding: chunked",))
LONG_TARGET = b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n"
MANY_HEADERS = b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(scope="module")
def running_server(models):
    port = free_port()
    with running(models, port) as process:
        yield process, port


@pytest.fixture
def server(running_server):
    return running_server[1]


def resident_bytes(process):
    with open(f"/proc/{process.pid}/statm") as file:  # noqa: PTH123 (not a regular file)
        return int(file.read().split()[1]) * 4096


def statuses(answers):
    return [answer.status for answer in answers]


@pytest.mark.parametrize(
    ("sent", "status", "detail"),
    [
        (b"nonsense\r\n\r\n", 400, "This is not a valid HTTP/1.1 request."),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "A request must have exactly one Host header."),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400, "This server supports HTTP/1.1 and HTTP/1.0."),
        (b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "This server is not a proxy."),
        (LONG_TARGET, 431, "The head of a request may have at most 32768 bytes and 100 headers."),
        (MANY_HEADERS, 431, "The head of a request may have at most 32768 bytes and 100 headers."),
    ],
)  # fmt: skip
def test_invalid_input_is_answered_with_a_problem_and_the_connection_is_closed(server, sent, status, detail):
    with connect(server) as client:
        client.sendall(sent)
        (answer,) = answers_in(read_to_end(client))

    assert answer.status == status
    assert answer.headers["connection"] == "close"
    assert answer.problem()["detail"] == detail


@pytest.mark.parametrize("pieces", [1, 2, 3, 50])
def test_a_head_has_the_same_limit_in_any_number_of_pieces(server, pieces):
    for size, status in [(31_000, 200), (33_000, 431)]:
        sent = LIVE[:-2] + b"X: " + b"y" * size + b"\r\n\r\n"
        step = len(sent) // pieces + 1
        with connect(server) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(0, len(sent), step):
                client.sendall(sent[at : at + step])
                time.sleep(0.002)
            client.shutdown(socket.SHUT_WR)
            assert statuses(answers_in(read_to_end(client))) == [status]


@pytest.mark.parametrize(
    "sent",
    [
        LIVE[:-2] + b"X: " + b"y" * 100_000,
        LIVE[:-2] + b"a:b\r\n" * 20_000,
        LIVE[:-2] + b"a:b\r\n" * 1_000,
        CHUNKED.written() + b"1\r\n{\r\n0\r\n" + b"a:b\r\n" * 20_000,
        CHUNKED.written() + b"1\r\n{\r\n0\r\n" + b"a:b\r\n" * 1_000,
    ],
    ids=["long head", "many headers", "too many headers", "many trailers", "too many trailers"],
)
def test_a_head_without_end_is_refused_even_if_it_arrives_at_once(running_server, sent):
    process, port = running_server
    with connect(port) as client:
        with stopped(process):
            client.sendall(sent)
        (answer,) = answers_in(read_to_end(client))

    assert answer.status == 431


def test_a_megabyte_in_chunks_of_one_byte_is_read_fast_and_in_little_memory(running_server):
    process, port = running_server
    sent = CHUNKED.written() + chunked(ROW.ljust(1_000_000), 1)
    exchange(port, sent)
    before, started = resident_bytes(process), time.monotonic()

    answers = exchange(port, sent)

    assert statuses(answers) == [200]
    assert time.monotonic() - started < 2
    assert resident_bytes(process) - before < 10 << 20


def test_trailers_do_not_become_headers(server):
    trailers = b"X-Request-ID: trailer\r\nX: y\r\n"
    sent = CHUNKED.written() + chunked(ROW, 9, trailers=trailers) + LIVE

    answers = exchange(server, sent)

    assert statuses(answers) == [200, 200]
    assert "trailer" not in {answer.headers["x-request-id"] for answer in answers}


def test_pipelined_requests_are_answered_in_order(server):
    wrong = Post(b"/predict/iris", b"{}").written()

    answers = exchange(server, POST.written() + wrong + LIVE + wrong + b"nonsense\r\n\r\n" + LIVE)

    assert statuses(answers) == [200, 422, 200, 422, 400]


def test_a_body_is_refused_after_the_responses_to_earlier_requests(server):
    answers = exchange(server, LIVE * 3 + CHUNKED.written() + b"zz\r\n" + LIVE)

    assert statuses(answers) == [200, 200, 200, 400]


def test_the_number_of_pipelined_requests_is_limited(server):
    answers = exchange(server, LIVE * 5_000)

    assert statuses(answers)[-1] == 400
    assert set(statuses(answers)[:-1]) == {200}
    assert "may wait" in answers[-1].problem()["detail"]


def test_a_client_that_has_closed_its_side_still_gets_its_responses(server):
    assert statuses(exchange(server, LIVE * 20)) == [200] * 20


def test_the_header_upgrade_is_ignored(server):
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")
    for post in (POST, Post(b"/predict/iris", chunked(ROW, 9), framing=(b"Transfer-Encoding: chunked",))):
        sent = Post(post.target, post.body, framing=post.framing, more=upgrade).written()

        answers = exchange(server, sent * 2 + LIVE)

        assert statuses(answers) == [200, 200, 200]


@pytest.mark.parametrize("host", [b"x/health/live", b"x?a", b"x#a", b"u@x", b"x\\y", b"127.0.0.1:1", b""])
def test_no_host_header_changes_a_response(server, host):
    for post, status in [(POST, 200), (Post(b"/nothing", ROW), 404), (Post(b"/health/live", ROW), 405)]:
        sent = Post(post.target, ROW, host=(b"Host: " + host,)).written()

        assert statuses(exchange(server, sent)) == [status]


def test_silent_clients_do_not_delay_the_shutdown(models):
    port = free_port()
    with (
        running(models, port, APP_SHUTDOWN_SECONDS="100") as process,
        connect(port),
        connect(port) as client,
    ):
        client.sendall(b"POST /")
        wait_until_received(port)

        process.terminate()

        process.wait(timeout=10)
