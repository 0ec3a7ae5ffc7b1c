"""Every line of the log is one JSON object without any value that a client sent."""

import asyncio
import json
import logging
import os
import re
import socket
import sys

import pytest

from app.observability.log_writer import MAX_QUEUED_TEXTS, LogStream
from app.observability.request_log import RequestLog, RequestRecord
from tests.support.payloads import row_of
from tests.support.servers.processes import ask, end, running, running_command, soon

SECRET = "xyzzy"


@pytest.fixture(scope="module")
def lines(models, module_port):
    with running(models, module_port) as process:
        ask(module_port, "/predict/stroke", row_of("stroke") | {"age": 33.75})
        send(module_port, b"GET /models HTTP/1.1\r\nHost: a\r\nX-Request-ID: find-me\r\n")
        send(module_port, b"GET /models HTTP/1.1\r\nHost: a\r\nX-Request-ID: a\x1b[31mb\r\n")
        send(module_port, b"GET /xyzzy?xyzzy=1 HTTP/1.1\r\nHost: xyzzy\r\nX-Request-ID: xyz zy\r\n")
        send(module_port, b"NONSENSE xyzzy\r\n")
        _, log, _ = end(process)
    return [json.loads(line) for line in log.splitlines()]


@pytest.fixture(scope="module")
def module_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def send(port, head):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n")
        while connection.recv(65_536):
            pass


def requests(lines):
    return [line for line in lines if line["message"] == "request"]


def test_every_line_has_a_time_and_a_level(lines):
    assert all(line["time"].endswith("+00:00") for line in lines)
    assert {line["level"] for line in lines} == {"info"}


def test_a_request_is_logged_with_its_route_status_and_time(lines):
    (found,) = [line for line in requests(lines) if line["request_id"] == "find-me"]

    assert (found["method"], found["route"], found["status"]) == ("GET", "/models", 200)
    assert 0 < found["milliseconds"] < 5_000


def test_a_prediction_is_logged_with_its_model_and_version(lines):
    (found,) = [line for line in requests(lines) if line["route"] == "/predict/stroke"]

    assert (found["model"], found["version"], found["status"]) == ("stroke", 1, 200)


def test_a_request_without_a_route_is_logged_without_its_path(lines):
    (found,) = [line for line in requests(lines) if line["status"] == 404]

    assert found["route"] is None


def test_invalid_input_is_logged_with_its_status(lines):
    found = [line for line in requests(lines) if line["status"] == 400]

    assert found
    assert all(line["method"] is None and line["route"] is None for line in found)
    assert all(0 <= line["milliseconds"] < 5_000 for line in found)


def test_no_value_that_was_sent_is_logged(lines):
    text = json.dumps(lines)

    assert SECRET not in text
    assert "33.75" not in text
    assert "\\u001b" not in text


def test_requests_are_not_logged_at_level_warning(models, port):
    with running(models, port, APP_LOG_LEVEL="warning") as process:
        ask(port, "/predict/iris", row_of("iris"))
        _, log, _ = end(process)

    assert log == ""


PROGRAM_WITH_UNREAD_LOG = """
import os
from app import __main__ as program
_, writer = os.pipe()
os.dup2(writer, 2)
program.main()
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_log_that_is_not_read_delays_no_request(models, port, workers):
    arguments = [
        sys.executable,
        "-c",
        PROGRAM_WITH_UNREAD_LOG,
        "--port",
        str(port),
        "--workers",
        str(workers),
    ]
    with running_command(arguments, models, port) as process:
        for _ in range(1_000):
            ask(port, "/health/live")

        assert end(process)[0] == 0


@pytest.fixture
def stream_and_reader(monkeypatch):
    """A stream that logs its own losses to itself, and the other end of the pipe that it writes to."""
    reader, writer = os.pipe()
    monkeypatch.setattr("app.observability.log_writer.STDERR", writer)
    stream = LogStream()
    handler = logging.StreamHandler(stream)
    logging.getLogger("app.observability.log_writer").addHandler(handler)
    with os.fdopen(reader, "rb") as log:
        yield stream, log
    logging.getLogger("app.observability.log_writer").removeHandler(handler)
    os.close(writer)


def test_the_number_of_lost_log_writes_is_logged_once_the_log_is_read_again(stream_and_reader):
    stream, log = stream_and_reader
    text, count = "x" * 999 + "\n", MAX_QUEUED_TEXTS + 200
    for _ in range(count):
        stream.write(text)
    # Reads one text at a time, so that the queue has space for one.
    lines = []
    for _ in range(count):
        lines.append(log.readline())
        stream.write(text)
    lines += [log.readline() for _ in range(MAX_QUEUED_TEXTS)]
    stream.write("last\n")
    lines += iter(log.readline, b"last\n")

    lost = re.findall(rb"(\d+) writes to it are lost", b"".join(lines))
    assert 0 < sum(map(int, lost)) == 2 * count - lines.count(text.encode())


def test_errors_of_the_event_loop_are_logged_without_their_text(models, port):
    program = """
import asyncio, gc
from app import __main__ as program
from app.server import graceful_shutdown, startup
def fail():
    raise ValueError("xyzzy")
async def fail_in_task():
    fail()
class Server(graceful_shutdown.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        asyncio.get_running_loop().call_soon(fail)
        asyncio.get_running_loop().create_task(fail_in_task())
        asyncio.get_running_loop().call_later(0.1, gc.collect)
startup.Server = Server
program.main()
"""
    with running_command([sys.executable, "-c", program, "--port", str(port)], models, port) as process:
        assert soon(lambda: "never retrieved" in process.log())
        _, log, _ = end(process)

    errors = [line for line in map(json.loads, log.splitlines()) if line["level"] == "error"]
    assert [line["error"] for line in errors] == ["ValueError"] * 2
    assert all(line["traceback"][-1].endswith("in fail") for line in errors)
    assert SECRET not in log


def test_a_consumer_that_fails_does_not_keep_the_records_from_the_others():
    def write_to_full_disk(_records):
        raise OSError(28, "No space left on device")

    counted: list[RequestRecord] = []
    request_log = RequestLog([write_to_full_disk, counted.extend])

    async def append():
        request_log.append(RequestRecord(0.0, "name", "GET", "/models", 200, 0.1, None, None))
        request_log.flush()

    asyncio.run(append())

    assert [record.request_id for record in counted] == ["name"]
