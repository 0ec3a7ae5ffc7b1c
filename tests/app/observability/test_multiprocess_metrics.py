"""The metrics that several workers share, and their folder."""

import os
import re
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

from app.observability.multiprocess_metrics import FOLDER_PREFIX, lock, remove_stale_folders
from tests.support.payloads import row_of
from tests.support.servers.processes import HOST, ask, end, find_workers, running, soon
from tests.support.servers.prometheus import fetch_samples, parse_samples, total
from tests.support.servers.raw_socket import answers_in, connect, read_to_end


def test_workers_share_their_metrics_and_remove_the_folder(models, port):
    with running(models, port, "--workers", "2") as process:
        for _ in range(40):
            ask(port, "/predict/iris", row_of("iris"))

        def counted():
            return total(fetch_samples(port), "http_requests_total", route="/predict/iris")

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


def test_folders_of_killed_servers_are_removed(tmp_path):
    stale, locked = (tmp_path / f"{FOLDER_PREFIX}{name}" for name in ("stale", "locked"))
    for folder in (stale, locked, tmp_path / "other"):
        folder.mkdir()
    descriptor = lock(locked)

    remove_stale_folders(tmp_path)
    os.close(descriptor)

    assert sorted(folder.name for folder in tmp_path.iterdir()) == sorted([locked.name, "other"])


def test_invalid_input_is_counted_by_the_worker_that_refused_it(models, port):
    with running(models, port, "--workers", "2"):
        for _ in range(20):
            with connect(port) as client:
                client.sendall(b"GET /models HTTP/1.1\r\n\r\n")
                assert answers_in(read_to_end(client))[0].status == 400
        with closing(HTTPConnection(HOST, port)) as one_worker:
            assert soon(lambda: refusals_reported_by(one_worker) == (20, 20))


def refusals_reported_by(connection):
    connection.request("GET", "/metrics")
    samples = parse_samples(connection.getresponse().read().decode())
    refused = {"method": "other", "route": "unmatched", "status": "400"}
    return (
        total(samples, "rejections_total", reason="bad_request"),
        total(samples, "http_requests_total", **refused),
    )
