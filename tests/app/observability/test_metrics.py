"""The metrics for Prometheus."""

import urllib.error
import urllib.request
import weakref
from collections import Counter

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.observability.metrics import Metrics
from app.observability.request_log import LabelCounts, RequestRecord
from app.settings import Settings
from tests.support.payloads import row_of, without
from tests.support.requests.raw_post import Post
from tests.support.servers.processes import running
from tests.support.servers.prometheus import fetch_samples, parse_samples, total
from tests.support.servers.raw_socket import answers_in, connect, read_to_end


@pytest.fixture
def client(models):
    return TestClient(create_app(Settings(models_dir=models)), raise_server_exceptions=False)


def scrape(client):
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parse_samples(answer.text)


def test_requests_are_counted_by_method_route_and_status(client):
    for _ in range(3):
        client.post("/predict/iris", json=row_of("iris"))
    client.post("/predict/iris", json=without(row_of("iris"), "PetalWidth"))
    client.head("/health/ready")

    samples = scrape(client)

    predict = {"method": "POST", "route": "/predict/iris"}
    assert total(samples, "http_requests_total", status="200", **predict) == 3
    assert total(samples, "http_requests_total", status="422", **predict) == 1
    assert total(samples, "http_requests_total", method="HEAD", route="/health/ready") == 1
    assert total(samples, "http_request_duration_seconds_count", **predict) == 4
    assert 0 < total(samples, "http_request_duration_seconds_sum", **predict) < 4
    assert total(samples, "http_request_duration_seconds_bucket", le="+Inf", **predict) == 4


def test_unknown_routes_and_methods_create_no_new_series(client):
    for number in range(20):
        client.get(f"/nothing/{number}")
        client.request(f"ODD{number}", "/models")

    samples = scrape(client)

    assert total(samples, "http_requests_total", route="unmatched", status="404") == 20
    series = {
        labels for name, *labels in samples if name == "http_requests_total" for labels in [tuple(labels)]
    }
    assert len(series) <= 3


def test_rows_are_counted_by_model_version_and_label(client):
    rows = [row_of("iris")] * 7
    client.post("/predict/iris/batch", json={"instances": rows})
    client.post("/predict/iris?threshold=1", json=row_of("iris"))
    client.post("/predict/stroke?threshold=0", json=row_of("stroke"))
    client.post("/predict/stroke?threshold=1", json=row_of("stroke"))

    samples = scrape(client)

    assert total(samples, "predictions_total", model="iris", version="1") == 8
    assert total(samples, "predictions_total", model="iris", label="none") == 1
    assert total(samples, "predictions_total", model="stroke", label="1") == 1
    assert total(samples, "predictions_total", model="stroke", label="0") == 1
    classes = {dict(labels)["label"] for name, *labels in samples if name == "predictions_total"}
    assert classes <= {"0", "1", "setosa", "versicolor", "virginica", "none"}


def test_refusals_are_counted_by_reason(client):
    client.post("/predict/iris", json={})
    client.post("/predict/iris", content="x", headers={"Content-Type": "text/plain"})
    client.get("/nothing")

    samples = scrape(client)

    assert total(samples, "rejections_total", reason="unprocessable_entity") == 1
    assert total(samples, "rejections_total", reason="unsupported_media_type") == 1
    assert total(samples, "rejections_total", reason="not_found") == 1


def test_the_served_models_are_in_the_metrics(client):
    assert total(scrape(client), "model_info", model="stroke", version="1") == 1


def test_no_value_that_was_sent_is_in_the_metrics(client):
    client.post("/predict/stroke?xyzzy=1", json=row_of("stroke") | {"xyzzy": "xyzzy"})
    client.get("/xyzzy", headers={"X-Request-ID": "xyzzy"})

    assert "xyzzy" not in client.get("/metrics").text


def test_two_applications_in_one_process_have_separate_metrics(client, models):
    other = TestClient(create_app(Settings(models_dir=models)))
    client.get("/models")

    assert total(scrape(other), "http_requests_total", route="/models") == 0


def test_an_oversized_head_is_counted_as_a_rejection(models, port):
    with running(models, port):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(
                urllib.request.Request(f"http://127.0.0.1:{port}/models", headers={"X-Long": "x" * 40_000}),
                timeout=5,
            )
        samples = fetch_samples(port)

    assert total(samples, "rejections_total", reason="request_header_fields_too_large") == 1


def test_a_request_that_is_refused_during_its_body_is_counted_once(models, port):
    with running(models, port, APP_REQUEST_TIMEOUT_SECONDS="1"):
        with connect(port) as client:
            client.sendall(Post(b"/predict/iris", b"{}" * 10).written()[:-5])
            assert answers_in(read_to_end(client))[0].status == 408
        samples = fetch_samples(port)

    assert total(samples, "http_requests_total", status="408") == 1
    assert total(samples, "http_requests_total", status="499") == 0


def record_of(method="GET", status=200):
    return RequestRecord(0.0, "name", method, "/models", status, 0.001, None, None)


def test_a_client_that_disconnects_is_not_counted_as_a_rejection():
    metrics = Metrics({})

    metrics.count_requests([record_of(status=499), record_of(status=404)])

    samples = parse_samples(metrics.exposition({}).decode())
    assert total(samples, "http_requests_total", status="499") == 1
    assert total(samples, "rejections_total") == 1


class ReferencedText(str):
    """A text that supports weak references."""

    __slots__ = ("__weakref__",)


def test_unknown_methods_are_not_kept_in_memory():
    metrics = Metrics({})
    records = [record_of(ReferencedText(f"ODD{number}")) for number in range(20)]
    methods = weakref.WeakSet(record.method for record in records)

    metrics.count_requests(records)
    records.clear()

    assert not methods


def test_a_version_may_be_loaded_while_the_predictions_of_another_are_counted():
    label_counts: LabelCounts = {}

    class AddsAnotherVersion(Counter):
        def pop(self, *given):
            label_counts["iris", 2] = Counter()
            return super().pop(*given)

    label_counts["iris", 1] = AddsAnotherVersion({'"setosa"': 3})
    metrics = Metrics(label_counts)

    metrics.count_requests([])

    assert (
        total(parse_samples(metrics.exposition({}).decode()), "predictions_total", model="iris", version="1")
        == 3
    )
