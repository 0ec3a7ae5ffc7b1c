"""Telemetry: the request log of one application, with the log lines and the metrics as its consumers."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from app.observability.log_lines import RequestLines
from app.observability.request_log import LabelCounts, RequestLog, RequestRecord
from app.settings import LogFormat

if TYPE_CHECKING:
    from app.observability.metrics import Metrics


class Telemetry:
    """What one application records of its requests and predictions."""

    def __init__(self, log_format: LogFormat = "auto") -> None:
        self.label_counts: LabelCounts = {}
        self.request_log = RequestLog([RequestLines(log_format), self._count_requests])

    @cached_property
    def metrics(self) -> "Metrics":
        """Give the metrics; they are created at their first use."""
        from app.observability.metrics import Metrics  # noqa: PLC0415 (a twentieth of the start)

        return Metrics(self.label_counts)

    def count_reload(self, task: str, outcome: str) -> None:
        """Count a new version of a task, `swapped` in or `refused`."""
        self.metrics.count_reload(task, outcome)

    def exposition(self, versions: Mapping[str, int]) -> bytes:
        """Give all metrics up to now as text for Prometheus; `versions` are the served models'."""
        self.request_log.flush()
        return self.metrics.exposition(versions)

    def _count_requests(self, records: Sequence[RequestRecord]) -> None:
        self.metrics.count_requests(records)
