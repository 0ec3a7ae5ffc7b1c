"""The stages of one request, each as a callable that can be timed on its own."""

import json
from collections import Counter
from collections.abc import Callable

from app.http.duplicate_keys import QuoteCount, refuse_duplicate_keys
from app.http.request_body import BatchBody
from app.http.response_writer import ResponseWriter
from benchmarks.workload import MODELS, ROW, TASK
from predictor.engines.encoding import raw_matrix
from predictor.model.ensemble import Ensemble
from predictor.model.input_warnings import InputChecks
from predictor.model.prediction_sets import DEFAULT_ERROR_RATE, PredictionSets
from predictor.model.predictor import load_predictor
from predictor.model.thresholds import ChosenThreshold

PARSE = "parse and validate: bytes to rows"
DUPLICATE_KEYS = "check for duplicate keys"
QUEUE = "batch queue, without other requests"
ENCODE = "encode: rows to raw numbers"
FORWARD = "forward: raw numbers to logits"
ENCODE_AND_FORWARD = "encode and forward in one step"
ENSEMBLE = "ensemble: probabilities, intervals, prediction sets"
WARNINGS = "input warnings"
WRITE = "write: response bytes"
# In the order of a request.
STAGES = (PARSE, DUPLICATE_KEYS, QUEUE, ENCODE, FORWARD, ENCODE_AND_FORWARD, ENSEMBLE, WARNINGS, WRITE)
PREDICT_CALL = "from encode to warnings, as one call"

Work = Callable[[], object]


class RequestStages:
    """The components that answer a request for one model, each callable on its own."""

    def __init__(self) -> None:
        self._predictor = load_predictor(MODELS, TASK, "cpu")
        self._engine, manifest = self._predictor.engine, self._predictor.manifest
        self._ensemble = Ensemble(manifest.network.members, PredictionSets(manifest.conformal), shift=0.0)
        self._input_checks = InputChecks(manifest.features, self._engine.columns, manifest.limits)
        self._writer = ResponseWriter(manifest, Counter())
        self._threshold = ChosenThreshold.choose(manifest.thresholds)
        self._quotes = QuoteCount(TASK.features)

    def of_row(self, body: bytes) -> dict[str, Work]:
        """Return each stage of a request for one row, in order."""
        row = TASK.features.model_validate_json(body)
        logits_MC = self._engine.calibrated_logits_of_row(row)
        predictions = self._predictor.predict([row])
        return {
            PARSE: lambda: TASK.features.model_validate_json(body),
            DUPLICATE_KEYS: lambda: refuse_duplicate_keys(body, self._quotes.of_row(row)),
            ENCODE_AND_FORWARD: lambda: self._engine.calibrated_logits_of_row(row),
            ENSEMBLE: lambda: self._ensemble.predict_row(logits_MC, DEFAULT_ERROR_RATE),
            WARNINGS: lambda: self._input_checks.check_row(row),
            WRITE: lambda: self._writer.row(predictions, self._threshold),
            PREDICT_CALL: lambda: self._predictor.predict([row]),
        }

    def of_batch(self, body: bytes) -> dict[str, Work]:
        """Return each stage of a request for many rows, in order."""
        model = BatchBody(TASK, max_rows=len(json.loads(body)["instances"])).model
        rows = model.model_validate_json(body).instances  # type: ignore[attr-defined]
        raw_BK = raw_matrix(rows, self._engine.columns)
        logits_MBC = self._engine.calibrated_logits(raw_BK)
        predictions = self._predictor.predict(rows)
        return {
            PARSE: lambda: model.model_validate_json(body),
            DUPLICATE_KEYS: lambda: refuse_duplicate_keys(body, self._quotes.of_batch(rows)),
            ENCODE: lambda: raw_matrix(rows, self._engine.columns),
            FORWARD: lambda: self._engine.calibrated_logits(raw_BK),
            ENSEMBLE: lambda: self._ensemble.predict(logits_MBC, DEFAULT_ERROR_RATE),
            WARNINGS: lambda: self._input_checks.check(rows, raw_BK),
            WRITE: lambda: self._writer.batch(predictions, self._threshold),
            PREDICT_CALL: lambda: self._predictor.predict(rows),
        }

    def code_paths(self) -> dict[str, Callable[[int], None]]:
        """Return both code paths from a number of rows to probabilities."""
        row = TASK.features.model_validate(ROW)

        def row_by_row(count: int) -> None:
            for _ in range(count):
                self._ensemble.predict_row(self._engine.calibrated_logits_of_row(row), DEFAULT_ERROR_RATE)

        def as_batch(count: int) -> None:
            raw_BK = raw_matrix([row] * count, self._engine.columns)
            self._ensemble.predict(self._engine.calibrated_logits(raw_BK), DEFAULT_ERROR_RATE)

        return {"row by row": row_by_row, "as one batch": as_batch}
