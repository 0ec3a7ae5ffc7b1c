"""The log as text for a person, and the address in its first line."""

import json
import logging
import os
import re
import socket
import subprocess
import sys

import pytest

from app.__main__ import web_address
from app.observability.log_lines import TextLines
from app.settings import Settings
from tests.support.payloads import row_of
from tests.support.servers.processes import (
    ROOT,
    START_SECONDS,
    answers,
    ask,
    command,
    end,
    environment,
    running,
    soon,
)

SECRET = "xyzzy"


def send(port, head):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n")
        while connection.recv(65_536):
            pass


def talk(port):
    ask(port, "/predict/stroke", row_of("stroke") | {"age": 33.75})
    send(port, b"GET /models HTTP/1.1\r\nHost: a\r\nX-Request-ID: find-me\r\n")
    send(port, b"GET /xyzzy?xyzzy=1 HTTP/1.1\r\nHost: xyzzy\r\nX-Request-ID: xyz zy\r\n")
    send(port, b"NONSENSE xyzzy\r\n")


def test_text_lines_have_time_level_route_status_and_model_but_nothing_that_was_sent(models, port):
    with running(models, port, APP_LOG_FORMAT="text") as process:
        talk(port)
        _, log, _ = end(process)

    lines = log.splitlines()
    assert [line for line in lines if not re.match(r"\d\d:\d\d:\d\d info    \S", line)] == []
    assert re.search(r"POST /predict/stroke: 200 in \d+\.\d ms, stroke version 1$", log, flags=re.MULTILINE)
    assert re.search(r"GET /models: 200 in \d+\.\d ms$", log, flags=re.MULTILINE)
    assert re.search(r"GET unknown path: 404 in ", log)
    assert re.search(r"invalid unknown path: 400 in ", log)
    for sent in (SECRET, "33.75", "find-me"):
        assert sent not in log


def log_at_a_terminal(models, port, log_format):
    """Give what a server writes to a terminal."""
    terminal, stderr = os.openpty()
    variables = environment(models, APP_LOG_FORMAT=log_format)
    process = subprocess.Popen(command("--port", port), cwd=ROOT, env=variables, stderr=stderr)
    try:
        assert soon(lambda: answers(port), START_SECONDS)
        return os.read(terminal, 200).decode()
    finally:
        process.kill()
        process.wait()
        os.close(stderr)
        os.close(terminal)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(("log_format", "start"), [("auto", r"\d\d:\d\d:\d\d info "), ("json", r'{"time":"')])
def test_at_a_terminal_the_log_is_text_unless_the_setting_says_json(models, port, log_format, start):
    assert re.match(start, log_at_a_terminal(models, port, log_format))


@pytest.mark.parametrize(
    ("host", "docs", "address"),
    [
        ("127.0.0.1", "on", "http://127.0.0.1:{}/docs"),
        ("localhost", "on", "http://localhost:{}/docs"),
        ("0.0.0.0", "on", "http://127.0.0.1:{}/docs"),  # noqa: S104 (the server refuses others by its setting)
        ("127.0.0.1", "off", "http://127.0.0.1:{}/"),
    ],
)
def test_the_first_line_has_an_address_for_a_browser(models, port, host, docs, address):
    with running(
        models, port, "--host", host, APP_DOCS=docs, APP_ALLOW_ANONYMOUS="on", APP_LOG_FORMAT="json"
    ) as process:
        _, log, _ = end(process)

    assert json.loads(log.splitlines()[0])["message"].endswith(f": {address.format(port)}")


@pytest.mark.parametrize(
    ("host", "listens_on", "address"),
    [
        ("::", "::", "http://[::1]:8000/docs"),
        ("::1", "::1", "http://[::1]:8000/docs"),
        ("fe80::1%eth0", "fe80::1%eth0", "http://[fe80::1%25eth0]:8000/docs"),
    ],
)
def test_an_ipv6_address_is_written_for_a_browser(host, listens_on, address):
    assert web_address(Settings(host=host), listens_on) == address


def test_an_error_is_one_line_of_text_with_its_frames_but_without_its_text():
    def fail():
        raise ValueError("xyzzy\nxyzzy")

    try:
        fail()
    except ValueError as error:
        record = logging.LogRecord("app", logging.ERROR, "", 0, "It failed.\n", (), (ValueError, error, None))

    line = TextLines().format(record)

    assert "\n" not in line
    assert re.match(r"\d\d:\d\d:\d\d error   It failed\. error=ValueError traceback=\S+:\d+ in fail < ", line)
    assert SECRET not in line
