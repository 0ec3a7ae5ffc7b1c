"""Those who connect while the server is at work: it sees them soon, and not one after each answer."""

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
LAST = (b"Connection: close",)
LONG = Post(
    b"/predict/iris/batch", json.dumps({"instances": [row_of("iris")] * 1000}).encode(), more=LAST
).written()
# Longer than the server lets pass before it looks who waits, so that it looks as soon as it goes on.
POLL_SECONDS = 0.3
LIVE = b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def connect_and_send(stack, port, sent):
    client = stack.enter_context(connect(port))
    client.sendall(sent)
    return client


@pytest.fixture
def asked(models):
    """Clients that all connected before the server saw the first: many with long batches, then one more."""
    port = free_port()
    with running(models, port, APP_QUEUE="4") as process, ExitStack() as stack:
        with stopped(process):
            batches = [connect_and_send(stack, port, LONG) for _ in range(CLIENTS)]
            last = connect_and_send(stack, port, LIVE)
            time.sleep(POLL_SECONDS)
        yield batches, last


def test_who_comes_behind_many_long_batches_does_not_wait_for_them(asked):
    batches, last = asked

    assert answers_in(read_to_end(last))[0].status == 200
    answered = select.select(batches, [], [], 0)[0]
    assert sum(client.recv(12) == b"HTTP/1.1 200" for client in answered) < CLIENTS / 4


def test_who_comes_when_the_queue_is_full_is_refused_and_not_kept_in_the_kernel(asked):
    batches, _ = asked

    statuses = [answers_in(read_to_end(client))[0].status for client in batches]

    assert set(statuses) == {200, 503}
    assert statuses.count(503) > CLIENTS / 2
