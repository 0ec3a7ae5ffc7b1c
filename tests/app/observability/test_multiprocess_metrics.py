"""What several workers count together, and the folder in which they do."""

import os
import re
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

from app.observability.multiprocess_metrics import FOLDER_PREFIX, lock, remove_left_over
from tests.support.payloads import row_of
from tests.support.servers.processes import HOST, ask, end, find_workers, running, soon
from tests.support.servers.prometheus import ask_for_samples, read, total
from tests.support.servers.raw_socket import answers_in, connect, read_to_end


def test_several_workers_count_together_and_leave_nothing_behind(models, port):
    with running(models, port, "--workers", "2") as process:
        for _ in range(40):
            ask(port, "/predict/iris", row_of("iris"))

        def counted():
            return total(ask_for_samples(port), "http_requests_total", route="/predict/iris")

        assert soon(lambda: counted() == 40)
        counts = {counted() for _ in range(10)}
        (worker, *_) = find_workers(process)
        folder = re.search(
            rb"PROMETHEUS_MULTIPROC_DIR=([^\0]+)", Path(f"/proc/{worker}/environ").read_bytes()
        )
        end(process)

    assert counts == {40}
    assert folder is not None
    assert not Path(folder[1].decode()).exists()


def test_folders_of_killed_servers_are_cleared_away(tmp_path):
    gone, alive = (tmp_path / f"{FOLDER_PREFIX}{name}" for name in ("gone", "alive"))
    for folder in (gone, alive, tmp_path / "other"):
        folder.mkdir()
    descriptor = lock(alive)

    remove_left_over(tmp_path)
    os.close(descriptor)

    assert sorted(folder.name for folder in tmp_path.iterdir()) == sorted([alive.name, "other"])


def test_what_never_became_a_request_is_counted_by_the_worker_that_refused_it(models, port):
    with running(models, port, "--workers", "2"):
        for _ in range(20):
            with connect(port) as client:
                client.sendall(b"GET /models HTTP/1.1\r\n\r\n")
                assert answers_in(read_to_end(client))[0].status == 400
        with closing(HTTPConnection(HOST, port)) as one_worker:
            assert soon(lambda: refusals_told_by(one_worker) == (20, 20))


def refusals_told_by(connection):
    connection.request("GET", "/metrics")
    samples = read(connection.getresponse().read().decode())
    refused = {"method": "other", "route": "unmatched", "status": "400"}
    return (
        total(samples, "rejections_total", reason="bad_request"),
        total(samples, "http_requests_total", **refused),
    )
