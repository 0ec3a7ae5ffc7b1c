"""The batch queue: requests that arrive together are predicted together, and only a limited number may wait.

The event loop reads everything that has arrived before it runs its next callbacks. The first request in the
queue schedules such a callback, and the other requests are in the queue when it runs. No request waits for a
timer, and a request that arrives alone is predicted alone. Between two batches the loop runs other tasks.
"""

from asyncio import Future, get_running_loop, sleep
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from app.http.errors import Overloaded
from predictor.model.predictions import Predictions
from predictor.model.predictor import Predictor
from predictor.schema.features import Features


@dataclass(slots=True, eq=False)
class WaitingRequest:
    """Rows of one request that wait for their predictions; `started` is its start by `time.perf_counter`."""

    predictor: Predictor
    rows: Sequence[Features]
    error_rate: float
    started: float
    predictions: Future[Predictions]


class BatchQueue:
    """Predicts waiting requests in order of arrival, about `rows` rows in a batch.

    The queue has room for `max_requests` batches. A request takes the room of its rows, and at least that of
    one batch, so at most `max_requests` requests wait. A request that still waits `timeout_seconds` after its
    start is refused.
    """

    def __init__(self, rows: int, max_requests: int, timeout_seconds: float) -> None:
        self._rows = rows
        self._free_rows = max_requests * rows
        self._timeout_seconds = timeout_seconds
        self._waiting: deque[WaitingRequest] = deque()
        self._is_scheduled = False

    def refuse_if_full(self) -> None:
        """Raise Overloaded where no more requests may wait."""
        if self._free_rows <= 0:
            raise Overloaded("As many requests as this server accepts are waiting; try again later.")

    async def predict(
        self, predictor: Predictor, rows: Sequence[Features], error_rate: float, started: float
    ) -> Predictions:
        """Wait for the predictions of the rows; Overloaded where the queue is full or they wait too long."""
        self.refuse_if_full()
        predictions: Future[Predictions] = get_running_loop().create_future()
        self._waiting.append(WaitingRequest(predictor, rows, error_rate, started, predictions))
        self._free_rows -= max(self._rows, len(rows))
        if not self._is_scheduled:
            self._is_scheduled = True
            try:
                await sleep(0)
            finally:
                # The other waiting requests depend on this call, even where this request is cancelled.
                self._run_batch()
        return await predictions

    def _run_batch(self) -> None:
        batches = self._take_batches()
        self._is_scheduled = bool(self._waiting)
        if self._waiting:
            get_running_loop().call_soon(self._run_batch)
        for batch in batches:
            predict_together(batch)

    def _take_batches(self) -> list[list[WaitingRequest]]:
        """Take the next requests; those of one row for the same model and error rate form one batch."""
        batches: dict[object, list[WaitingRequest]] = {}
        rows, expired_start = 0, perf_counter() - self._timeout_seconds
        while self._waiting and rows < self._rows:
            request = self._waiting.popleft()
            count = len(request.rows)
            rows += count
            self._free_rows += max(self._rows, count)
            if request.started <= expired_start:
                refuse(request, Overloaded("The request waited too long in the queue."))
            else:
                # A longer request is a separate batch: if it fails, no other request is predicted again.
                key = (request.predictor, request.error_rate) if count == 1 else request
                batches.setdefault(key, []).append(request)
        return list(batches.values())


def refuse(request: WaitingRequest, error: Exception) -> None:
    """Give a request an error in place of its predictions, unless its client has disconnected."""
    if not request.predictions.done():
        request.predictions.set_exception(error)


def predict_together(requests: Sequence[WaitingRequest]) -> None:
    """Predict the rows of all requests at once; where that fails, predict each request alone."""
    try:
        results = list(zip(requests, predict_each(requests), strict=True))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 (a panic in Rust is no Exception, but must also end the wait)
        if len(requests) == 1:
            refuse(requests[0], error if isinstance(error, Exception) else RuntimeError(type(error).__name__))
        else:
            for request in requests:
                predict_together([request])
        return
    for request, predictions in results:
        # A request that is already done was cancelled, because its client has disconnected.
        if not request.predictions.done():
            request.predictions.set_result(predictions)


def predict_each(requests: Sequence[WaitingRequest]) -> list[Predictions]:
    """Give the predictions of each request; where there are several, each must have a single row."""
    predictor, error_rate = requests[0].predictor, requests[0].error_rate
    if len(requests) == 1:
        return [predictor.predict(requests[0].rows, error_rate)]
    return predictor.predict([row for request in requests for row in request.rows], error_rate).each()
