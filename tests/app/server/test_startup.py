import json
import signal
import socket
import sys
from pathlib import Path

import pytest

from app.__main__ import open_port, read_flags
from app.settings import Settings
from tests.support.artefacts import write_artefact, write_other_artefacts
from tests.support.payloads import TASKS, row_of
from tests.support.requests.raw_post import Post
from tests.support.servers.kernel_queues import wait_until_received
from tests.support.servers.processes import (
    all_processes_end,
    ask,
    command,
    run_to_its_end,
    running,
    running_command,
)
from tests.support.servers.raw_socket import answers_in, connect, read_to_end


@pytest.mark.parametrize("workers", [1, 2])
def test_the_server_answers_and_ends_quickly_with_all_its_processes(models, port, workers):
    with running(models, port, "--workers", workers) as process:
        for task in TASKS:
            assert ask(port, f"/predict/{task}", row_of(task))["model"] == task

        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=10) in {0, -signal.SIGTERM}
        assert all_processes_end(process.pid)


def test_a_stalled_client_does_not_prevent_the_shutdown(models, port):
    with running(models, port, APP_SHUTDOWN_SECONDS="1") as process:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(
                b"POST /predict/iris HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                b"Content-Length: 100\r\n\r\n{"
            )
            wait_until_received(port)

            process.send_signal(signal.SIGTERM)

            assert process.wait(timeout=8) != 0
        assert all_processes_end(process.pid)


def test_flags_override_variables(models, port):
    with running(models, port, APP_PORT="1"):
        assert ask(port, "/health/live") == {"status": "alive"}


COMMANDS = [command(), [sys.executable, "-m", "uvicorn", "app.main:app"]]

UNKNOWN_TASK = '{"xyzzy": 0.5}'


@pytest.mark.parametrize(
    ("start", "name", "value"),
    [
        (COMMANDS[0], "APP_PORT", "xyzzy"),
        (COMMANDS[1], "APP_PROT", "xyzzy"),
        (COMMANDS[0], "APP_THRESHOLDS", UNKNOWN_TASK),
        (COMMANDS[1], "APP_PREVALENCE", UNKNOWN_TASK),
        (COMMANDS[0], "APP_MODELS_DIR", ""),
    ],
)
def test_an_invalid_variable_ends_the_start_with_status_3_and_one_line(models, start, name, value):
    ended = run_to_its_end(start, models, **{name: value})

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(name)
    assert "xyzzy" not in ended.stderr


@pytest.mark.parametrize(
    ("start", "damage"),
    [(COMMANDS[0], "missing"), (COMMANDS[0], "truncated"), (COMMANDS[1], "changed")],
)
def test_a_missing_or_broken_model_ends_the_start_with_status_3_and_one_line(tmp_path, start, damage):
    folders = [write_artefact(tmp_path, task) for task in TASKS.values()]
    write_other_artefacts(tmp_path)
    break_artefact(folders[-1], damage)

    ended = run_to_its_end(start, tmp_path, APP_REQUIRE_MODELS="true")

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert str(folders[-1].parent) in ended.stderr
    assert "train" in ended.stderr


def break_artefact(folder, damage):
    arrays, manifest = folder / "model.safetensors", folder / "manifest.json"
    if damage == "missing":
        folder.rename(folder.with_name("old"))
    elif damage == "truncated":
        arrays.write_bytes(arrays.read_bytes()[:100])
    else:
        manifest.write_text(manifest.read_text().replace('"task"', '"tusk"'))


def test_sighup_ends_the_server_gracefully(models, port):
    body = json.dumps(row_of("iris")).encode()
    with running(models, port) as process, connect(port) as client:
        sent = Post(b"/predict/iris", body).written()
        client.sendall(sent[:-1])
        wait_until_received(port)
        process.send_signal(signal.SIGHUP)
        client.sendall(sent[-1:])

        assert answers_in(read_to_end(client))[0].status == 200
        assert process.wait(10) == 0


def test_sighup_disconnects_a_client_that_does_not_finish(models, port):
    with running(models, port, APP_SHUTDOWN_SECONDS="1") as process, connect(port) as client:
        client.sendall(Post(b"/predict/iris", b"{}").written()[:-1])
        wait_until_received(port)

        process.send_signal(signal.SIGHUP)

        assert process.wait(timeout=8) == -signal.SIGHUP
        assert "Finished server process" in process.log()


def test_a_server_that_ignores_sighup_goes_on_serving(models, port):
    ignoring = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *command("--port", port)]
    with running_command(ignoring, models, port) as process:
        process.send_signal(signal.SIGHUP)

        assert ask(port, "/health/ready")["status"] == "ready"


@pytest.mark.parametrize(
    "flags", [("--port", "0"), ("--port", "abc"), ("--workers", "-1"), ("--xyzzy",), ("more",)]
)
def test_an_invalid_flag_ends_with_status_2_and_one_line(capsys, flags):
    with pytest.raises(SystemExit) as ended:
        read_flags(list(flags))

    line = capsys.readouterr().err
    assert ended.value.code == 2
    assert line.count("\n") == 1
    assert line.startswith("python -m app: ")
    assert "see --help" in line


def test_flags_set_their_variables():
    assert read_flags(["--port", "81", "--host", "::1"]) == {"APP_HOST": "::1", "APP_PORT": "81"}
    assert read_flags(["--tasks", "Mine,a.package"]) == {"APP_TASKS": "Mine,a.package"}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_in_use_ends_with_one_clear_line(models, workers):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        ended = run_to_its_end(command("--port", port, "--workers", workers), models)

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert f"port {port}" in ended.stderr
    assert "in use" in ended.stderr


@pytest.mark.parametrize("host", ["x" * 300, "a..b", "xyzzy.invalid"])
def test_an_invalid_host_ends_with_one_clear_line(capsys, host):
    with pytest.raises(SystemExit) as ended:
        open_port(Settings(host=host))

    line = capsys.readouterr().err
    assert ended.value.code == 1
    assert line.count("\n") == 1
    assert line.startswith("Cannot listen on ")
    assert "--host" in line


def test_the_cuda_device_without_a_gpu_ends_with_status_3_and_one_line(models):
    if Path("/dev/nvidiactl").exists():
        pytest.skip("this machine has a GPU")

    ended = run_to_its_end(command(), models, APP_DEVICE="cuda")

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("APP_DEVICE")
    assert "cuda" in ended.stderr
