"""Metrics for Prometheus: requests, predictions, refusals, reloads, and which models are served."""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from http import HTTPMethod, HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from pydantic_core import from_json

from app.observability.multiprocess_metrics import FOLDER_VARIABLE
from app.observability.request_log import CLIENT_CLOSED_REQUEST, LabelCounts, RequestRecord

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# Labels for unknown routes and methods, so that arbitrary requests create no new series.
UNMATCHED, OTHER = "unmatched", "other"
# The label of a row for which no class reached the threshold.
NO_LABEL = "none"


class Metrics:
    """The counters and histograms; several workers share their values."""

    def __init__(self, label_counts: LabelCounts) -> None:
        self._label_counts = label_counts
        self._registry = CollectorRegistry()
        self._requests = self._counter("http_requests", "Requests answered", "method", "route", "status")
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Time from a request's head to the end of its response",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._predictions = self._counter("predictions", "Rows answered", "model", "version", "label")
        self._rejections = self._counter("rejections", "Requests answered with an error", "reason")
        self._reloads = self._counter("model_reloads", "New versions found", "model", "outcome")
        self._of_request = cache(self._request_metrics)

    def count_requests(self, records: Sequence[RequestRecord]) -> None:
        """Count requests, and the predictions since the last call."""
        durations = defaultdict(list)
        for _, _, method, route, status, seconds, _, _ in records:
            durations[method, route, status].append(seconds)
        for (method, route, status), all_seconds in durations.items():
            known_method = method if method in HTTPMethod.__members__ else OTHER
            count, histogram, rejection = self._of_request(known_method, route or UNMATCHED, status)
            count.inc(len(all_seconds))
            if rejection is not None:
                rejection.inc(len(all_seconds))
            for seconds in all_seconds:
                histogram.observe(seconds)
        # A copy, because another thread may load a new version meanwhile.
        for (model, version), labels in list(self._label_counts.items()):
            for label in list(labels):
                value = from_json(label)
                text = NO_LABEL if value is None else str(value)
                self._predictions.labels(model, version, text).inc(labels.pop(label))

    def count_reload(self, model: str, outcome: str) -> None:
        """Count a new version that was swapped in or rejected."""
        self._reloads.labels(model, outcome).inc()

    def exposition(self, versions: Mapping[str, int]) -> bytes:
        """Give the metrics of all workers as text for Prometheus; `versions` are the served models'."""
        registry = CollectorRegistry()
        registry.register(_ServedModels(versions))
        if FOLDER_VARIABLE in os.environ:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        else:
            registry.register(self._registry)
        return generate_latest(registry)

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(name, documentation, labels, registry=self._registry)

    def _request_metrics(
        self, method: str, route: str, status: int
    ) -> tuple[Counter, Histogram, Counter | None]:
        is_refused = status >= HTTPStatus.BAD_REQUEST and status != CLIENT_CLOSED_REQUEST
        return (
            self._requests.labels(method, route, status),
            self._seconds.labels(method, route),
            self._rejections.labels(HTTPStatus(status).name.lower()) if is_refused else None,
        )


class _ServedModels(Collector):
    """The version of each model that this process serves."""

    def __init__(self, versions: Mapping[str, int]) -> None:
        self._versions = versions

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily("model_info", "The models that are served", labels=("model", "version"))
        for name, version in self._versions.items():
            family.add_metric((name, str(version)), 1)
        yield family
