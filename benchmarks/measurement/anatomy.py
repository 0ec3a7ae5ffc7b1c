"""One request taken apart: each stage as something that can be done over and over."""

import json
from collections import Counter
from collections.abc import Callable

from app.http.duplicate_keys import QuoteCount, refuse_duplicate_keys
from app.http.response_writer import ResponseWriter
from app.routes.predict import batch_body
from benchmarks.case import MODELS, ROW, TASK
from predictor.engines.encoding import raw_matrix
from predictor.model.ensemble import Ensemble
from predictor.model.input_warnings import InputChecks
from predictor.model.prediction_sets import DEFAULT_ERROR_RATE, PredictionSets
from predictor.model.predictor import load_predictor
from predictor.model.thresholds import ChosenThreshold

PARSE = "parse and check: bytes to rows"
NAMES = "look for names given twice"
TURN = "wait for its turn, alone"
ENCODE = "encode: rows to raw numbers"
FORWARD = "forward: raw numbers to logits"
ENCODE_AND_FORWARD = "encode and forward, in one"
ENSEMBLE = "ensemble: probabilities, spread, sets"
WARN = "warnings"
WRITE = "write: bytes"
# In the order of a request.
STAGES = (PARSE, NAMES, TURN, ENCODE, FORWARD, ENCODE_AND_FORWARD, ENSEMBLE, WARN, WRITE)
AS_ONE_CALL = "from encode to warnings, as one call"

Work = Callable[[], object]


class Anatomy:
    """The parts of one model's server, each by itself."""

    def __init__(self) -> None:
        self._predictor = load_predictor(MODELS, TASK, "cpu")
        self._engine, manifest = self._predictor.engine, self._predictor.manifest
        self._ensemble = Ensemble(manifest.network.members, PredictionSets(manifest.conformal), shift=0.0)
        self._input_checks = InputChecks(manifest.features, self._engine.columns)
        self._writer = ResponseWriter(manifest, Counter())
        self._threshold = ChosenThreshold.choose(manifest.thresholds)
        self._quotes = QuoteCount(TASK.features)

    def stages_of_row(self, body: bytes) -> dict[str, Work]:
        """Give each stage of a call for one row, in their order."""
        row = TASK.features.model_validate_json(body)
        logits_MC = self._engine.calibrated_logits_of_row(row)
        predictions, thresholds = self._predictor.predict([row]), [self._threshold]
        return {
            PARSE: lambda: TASK.features.model_validate_json(body),
            NAMES: lambda: refuse_duplicate_keys(body, self._quotes.of_row(row)),
            ENCODE_AND_FORWARD: lambda: self._engine.calibrated_logits_of_row(row),
            ENSEMBLE: lambda: self._ensemble.predict_row(logits_MC, DEFAULT_ERROR_RATE),
            WARN: lambda: self._input_checks.check_row(row),
            WRITE: lambda: self._writer.singles(predictions, thresholds),
            AS_ONE_CALL: lambda: self._predictor.predict([row]),
        }

    def stages_of_batch(self, body: bytes) -> dict[str, Work]:
        """Give each stage of a call for many rows, in their order."""
        model = batch_body(TASK, max_rows=len(json.loads(body)["instances"]))
        rows = model.model_validate_json(body).instances  # type: ignore[attr-defined]
        raw_BK = raw_matrix(rows, self._engine.columns)
        logits_MBC = self._engine.calibrated_logits(raw_BK)
        predictions = self._predictor.predict(rows)
        return {
            PARSE: lambda: model.model_validate_json(body),
            NAMES: lambda: refuse_duplicate_keys(body, self._quotes.of_batch(rows)),
            ENCODE: lambda: raw_matrix(rows, self._engine.columns),
            FORWARD: lambda: self._engine.calibrated_logits(raw_BK),
            ENSEMBLE: lambda: self._ensemble.predict(logits_MBC, DEFAULT_ERROR_RATE),
            WARN: lambda: self._input_checks.check(rows, raw_BK),
            WRITE: lambda: self._writer.batch(predictions, self._threshold),
            AS_ONE_CALL: lambda: self._predictor.predict(rows),
        }

    def ways(self) -> dict[str, Callable[[int], None]]:
        """Give both ways from so many rows to probabilities."""
        row = TASK.features.model_validate(ROW)

        def one_by_one(count: int) -> None:
            for _ in range(count):
                self._ensemble.predict_row(self._engine.calibrated_logits_of_row(row), DEFAULT_ERROR_RATE)

        def together(count: int) -> None:
            raw_BK = raw_matrix([row] * count, self._engine.columns)
            self._ensemble.predict(self._engine.calibrated_logits(raw_BK), DEFAULT_ERROR_RATE)

        return {"one by one": one_by_one, "together": together}
