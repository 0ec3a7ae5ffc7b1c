"""Connections that arrive while the server is busy are accepted together, not one after each response."""

import json
import select
import time
from contextlib import ExitStack

import pytest

from tests.support.payloads import row_of
from tests.support.requests.raw_post import Post
from tests.support.servers.processes import free_port, running, stopped
from tests.support.servers.raw_socket import answers_in, connect, read_to_end

CLIENTS = 40
CLOSE = (b"Connection: close",)
BATCH = Post(
    b"/predict/iris/batch", json.dumps({"instances": [row_of("iris")] * 1000}).encode(), more=CLOSE
).written()
# Longer than the server's interval, so that it accepts all of them as soon as it continues.
POLL_SECONDS = 0.3
LIVE = b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def connect_and_send(stack, port, sent):
    client = stack.enter_context(connect(port))
    client.sendall(sent)
    return client


@pytest.fixture
def pending(models):
    """Clients that connect while the server is stopped: many with long batches, then one more."""
    port = free_port()
    with running(models, port, APP_QUEUE="4") as process, ExitStack() as stack:
        with stopped(process):
            batches = [connect_and_send(stack, port, BATCH) for _ in range(CLIENTS)]
            last = connect_and_send(stack, port, LIVE)
            time.sleep(POLL_SECONDS)
        yield batches, last


def test_a_request_behind_many_long_batches_does_not_wait_for_them(pending):
    batches, last = pending

    assert answers_in(read_to_end(last))[0].status == 200
    answered = select.select(batches, [], [], 0)[0]
    assert sum(client.recv(12) == b"HTTP/1.1 200" for client in answered) < CLIENTS / 4


def test_requests_beyond_the_full_queue_are_refused_and_not_left_in_the_kernel(pending):
    batches, _ = pending

    statuses = [answers_in(read_to_end(client))[0].status for client in batches]

    assert set(statuses) == {200, 503}
    assert statuses.count(503) > CLIENTS / 2
