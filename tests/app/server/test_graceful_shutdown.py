import json
import os
import signal
import socket
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPException

import pytest

from app.server.graceful_shutdown import ACCEPT_SECONDS, IDLE_SECONDS
from tests.support.payloads import row_of
from tests.support.servers.kernel_queues import wait_until_received
from tests.support.servers.load import Load
from tests.support.servers.processes import (
    HOST,
    JSON,
    LONG_SECONDS,
    TIMEOUT_SECONDS,
    Stalled,
    all_processes_end,
    ask,
    end,
    free_port,
    running,
    soon,
)
from tests.support.servers.raw_socket import answers_in, connect, read_to_end

PATH, ROW = "/predict/iris", row_of("iris")


def get(port, path):
    with closing(HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer, answer.read()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_draining_server_answers_but_is_not_ready(models, port, workers):
    with running(models, port, "--workers", workers, APP_DRAIN_SECONDS=LONG_SECONDS) as process:
        process.send_signal(signal.SIGTERM)

        # The workers get the signal one after another.
        answers = []

        def is_not_ready():
            answers.append(get(port, "/health/ready"))
            return answers[-1][0].status == 503

        assert soon(is_not_ready, 0.9)
        answer, body = answers[-1]
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert json.loads(body)["detail"].startswith("The server is shutting down")
        assert get(port, "/health/live")[0].status == 200
        assert ask(port, PATH, ROW)["model"] == "iris"


@pytest.mark.parametrize("workers", [1, 2])
def test_draining_ends(models, port, workers):
    with running(models, port, "--workers", workers, APP_DRAIN_SECONDS="1") as process:
        status, _, seconds = end(process)

    assert status == 0
    assert 1 <= seconds < 5


def test_a_kept_connection_is_closed_with_the_next_response_after_the_signal(models, port):
    with ExitStack() as stack:
        process = stack.enter_context(running(models, port, APP_DRAIN_SECONDS=LONG_SECONDS))
        connection = stack.enter_context(closing(HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)))
        connection.request("POST", PATH, json.dumps(ROW), JSON)
        connection.getresponse().read()

        process.send_signal(signal.SIGTERM)
        assert soon(lambda: get(port, "/health/ready")[0].headers["connection"] == "close")
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()

        assert (answer.status, answer.headers["connection"]) == (503, "close")
        assert answer.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=5) == 0


def test_an_idle_connection_stays_open_for_a_request_that_may_be_on_its_way(models):
    # A busy machine may miss the moment, but not five times.
    assert any(answers_after_the_listener_is_closed(models, free_port()) for _ in range(5))


def answers_after_the_listener_is_closed(models, port):
    with running(models, port) as process, closing(HTTPConnection(HOST, port, timeout=5)) as connection:
        connection.request("POST", PATH, json.dumps(ROW), JSON)
        connection.getresponse().read()

        process.send_signal(signal.SIGTERM)
        time.sleep(ACCEPT_SECONDS + IDLE_SECONDS / 2)
        try:
            connection.request("GET", "/health/ready")
            answer = connection.getresponse()
        except (OSError, HTTPException):
            return False
        return (answer.status, answer.headers["connection"]) == (503, "close")


@pytest.mark.parametrize("workers", [1, 2])
def test_fifty_requests_in_flight_are_all_answered(models, port, workers):
    with running(models, port, "--workers", workers) as process, ExitStack() as stack:
        clients = [stack.enter_context(closing(Stalled(port, PATH, ROW))) for _ in range(50)]
        wait_until_received(port)

        process.send_signal(signal.SIGTERM)
        time.sleep(1)
        received = [client.finish() for client in clients]

        assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in received)
        assert process.wait(timeout=5) == 0


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("keeps_connections", [True, False])
def test_no_request_is_lost_when_the_server_ends_under_load(models, port, workers, keeps_connections):
    with running(models, port, "--workers", workers) as process:
        with Load(port, PATH, ROW, keeps_connections=keeps_connections) as load:
            assert load.gets_answers()
            status, log, _ = end(process)

        assert load.lost == []
        assert set(load.statuses) == {200}
        assert status == 0
        assert "Traceback" not in log


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stalled_client_is_disconnected_in_time_and_without_a_traceback(models, port, workers):
    with running(models, port, "--workers", workers, APP_SHUTDOWN_SECONDS="2") as process:
        with closing(Stalled(port, PATH, ROW)) as client:
            wait_until_received(port)

            _, log, seconds = end(process)

            assert 1 < seconds < 3
            assert client.read() == b""
        assert "Traceback" not in log
        assert log.count("connections are aborted") == 1
        assert all_processes_end(process.pid)


def test_an_idle_connection_does_not_keep_the_server_from_ending(models, port):
    patient = {"APP_REQUEST_TIMEOUT_SECONDS": LONG_SECONDS, "APP_SHUTDOWN_SECONDS": LONG_SECONDS}
    with running(models, port, **patient) as process, socket.create_connection((HOST, port)):
        wait_until_received(port)

        status, _, seconds = end(process)

        assert status == 0
        assert seconds < 3


def test_a_second_sigint_ends_the_server_at_once(models, port):
    patient = {"APP_REQUEST_TIMEOUT_SECONDS": LONG_SECONDS, "APP_SHUTDOWN_SECONDS": LONG_SECONDS}
    with running(models, port, **patient) as process, closing(Stalled(port, PATH, ROW)):
        wait_until_received(port)

        os.kill(process.pid, signal.SIGINT)
        assert soon(lambda: is_not_ready_or_closed(port))
        os.kill(process.pid, signal.SIGINT)

        assert process.wait(timeout=3) == 0


def is_not_ready_or_closed(port):
    try:
        return get(port, "/health/ready")[0].status == 503
    except OSError:
        # The listener is closed.
        return True


def test_a_request_whose_head_has_begun_is_answered(models, port):
    with running(models, port) as process, closing(Stalled(port, PATH, ROW, sent_bytes=40)) as client:
        wait_until_received(port)

        process.send_signal(signal.SIGTERM)
        time.sleep(1.2)
        received = client.finish()

        assert received.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nconnection: close\r\n" in received
        assert process.wait(timeout=3) == 0


def test_a_head_that_has_begun_on_a_kept_connection_is_answered(models, port):
    head = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
    with running(models, port) as process, connect(port, 5) as client:
        client.sendall(head + head[:20])
        wait_until_received(port)

        process.send_signal(signal.SIGTERM)
        time.sleep(1.2)
        client.sendall(head[20:])

        assert [answer.status for answer in answers_in(read_to_end(client))] == [200, 200]
        assert process.wait(timeout=3) == 0
