"""What the server notes of itself: a journal, and those who read it."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from app.desk import Desk, LabelsGiven
from app.journal import Journal, Note
from app.log import log_requests

if TYPE_CHECKING:
    from app.metrics import Metrics


class Observation:
    """The journal of one application, with the log and the metrics as its readers."""

    def __init__(self, desks: Mapping[str, Desk], labels_given: LabelsGiven) -> None:
        self._desks = desks
        self._labels_given = labels_given
        self.journal = Journal([log_requests, self._count])

    @cached_property
    def metrics(self) -> "Metrics":
        """Give the metrics, made when they are first wanted."""
        from app.metrics import Metrics  # noqa: PLC0415 (a twentieth of the start; nobody asks so soon)

        return Metrics(self._desks, self._labels_given)

    def count_reload(self, task: str, outcome: str) -> None:
        """Count a version that was swapped in, or refused."""
        self.metrics.count_reload(task, outcome)

    def exposition(self) -> bytes:
        """Write all counts up to now, as Prometheus reads them."""
        self.journal.write_up()
        return self.metrics.exposition()

    def _count(self, notes: Sequence[Note]) -> None:
        self.metrics.read(notes)
