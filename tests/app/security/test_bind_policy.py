"""Remote access to a running server: addresses, API keys, and a key file that changes."""

import re
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from app.__main__ import open_port
from app.security.bind_policy import require_keys_for_remote_clients
from app.settings import SettingRefused, Settings
from tests.support.api_keys import line, replace
from tests.support.servers.processes import command, end, run_to_its_end, running

ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 (the point of these tests)
EVERYWHERE = ("--host", ALL_ADDRESSES)
DOCKERFILE = Path(__file__).parents[3] / "Dockerfile"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.1"])
def test_loopback_needs_no_key(address):
    require_keys_for_remote_clients(Settings(), address)


@pytest.mark.parametrize("address", [ALL_ADDRESSES, "::", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"])
def test_any_other_address_needs_keys_or_allow_anonymous(address, tmp_path):
    with pytest.raises(SettingRefused, match=r"APP_API_KEYS_FILE.*APP_ALLOW_ANONYMOUS"):
        require_keys_for_remote_clients(Settings(), address)

    require_keys_for_remote_clients(Settings(allow_anonymous=True), address)
    require_keys_for_remote_clients(Settings(api_keys_file=tmp_path / "keys"), address)


@pytest.mark.parametrize("host", ["localhost", "127.1"])
def test_a_name_of_this_machine_is_accepted(port, host):
    open_port(Settings(host=host, port=port)).close()


def test_a_name_is_resolved_once_and_checked_by_that_address(monkeypatch, capsys):
    def answer(*addresses):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
        answers = iter([found])
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: next(answers))

    answer("127.0.0.1")
    open_port(Settings(host="name")).close()
    answer(ALL_ADDRESSES)
    with pytest.raises(SystemExit) as ended:
        open_port(Settings(host="name"))

    assert ended.value.code == 3
    assert "APP_ALLOW_ANONYMOUS" in capsys.readouterr().err


def test_the_image_listens_on_all_addresses_allows_anonymous_clients_and_requires_its_models():
    variables = dict(re.findall(r"\b(APP_[A-Z_]+)=(\S+)", DOCKERFILE.read_text("utf-8")))

    assert variables == {
        "APP_HOST": ALL_ADDRESSES,
        "APP_ALLOW_ANONYMOUS": "true",
        "APP_REQUIRE_MODELS": "true",
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_an_address_for_other_machines_without_keys_is_refused(models, port, workers):
    ended = run_to_its_end(command(*EVERYWHERE, "--port", port, "--workers", workers), models)

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert "APP_API_KEYS_FILE" in ended.stderr
    assert "APP_ALLOW_ANONYMOUS=true" in ended.stderr


@pytest.mark.parametrize("content", [None, "xyzzy\n", ""])
@pytest.mark.parametrize("workers", [1, 2])
def test_an_invalid_key_file_ends_the_start_with_status_3_and_one_line(models, tmp_path, content, workers):
    path = tmp_path / "keys"
    if content is not None:
        path.write_text(content)

    ended = run_to_its_end(command("--workers", workers), models, APP_API_KEYS_FILE=str(path))

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(f"APP_API_KEYS_FILE: {path}" if content else "APP_API_KEYS_FILE: ")
    assert "xyzzy" not in ended.stderr


def log_of(process):
    _, log, _ = end(process)
    return log


def test_a_server_for_anonymous_clients_warns_once(models, port):
    with running(models, port, *EVERYWHERE, "--workers", "2", APP_ALLOW_ANONYMOUS="true") as process:
        log = log_of(process)

    (warning,) = [text for text in log.splitlines() if '"level":"warning"' in text]
    assert f"No API key is required: every client that can reach port {port} is served." in warning


def test_with_keys_or_on_loopback_there_is_no_warning(models, port, tmp_path):
    path = tmp_path / "keys"
    path.write_text(line("alice", "key-a"))

    for flags, variables in ((EVERYWHERE, {"APP_API_KEYS_FILE": str(path)}), ((), {})):
        with running(models, port, *flags, **variables) as process:
            assert '"level":"warning"' not in log_of(process)


def status(port, key):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/models", headers={"X-API-Key": key})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 (always loopback)
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def becomes(port, key, wanted):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        # Several requests, so that every worker answers one.
        if all(status(port, key) == wanted for _ in range(10)):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("workers", [1, 2])
def test_keys_change_while_the_server_runs_and_no_key_is_logged(models, port, tmp_path, workers):
    path = tmp_path / "keys"
    path.write_text(line("alice", "secret-a"))

    with running(models, port, "--workers", workers, APP_API_KEYS_FILE=str(path)) as process:
        assert (status(port, "secret-a"), status(port, "secret-b")) == (200, 401)

        replace(path, line("bob", "secret-b"))

        assert becomes(port, "secret-b", 200)
        assert becomes(port, "secret-a", 401)

        replace(path, "xyzzy\n")
        time.sleep(1.1)

        assert status(port, "secret-b") == 200
        log = log_of(process)

    assert "APP_API_KEYS_FILE: the file was read again; valid keys: 1." in log
    assert "line 1 must be a name and 64 hexadecimal digits" in log
    assert "secret" not in log
    assert "xyzzy" not in log
