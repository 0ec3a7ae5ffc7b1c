"""Answers as JSON, written in one go: the numbers are ours, so nothing checks them a second time.

`app.answer_models` documents what is written here, and a test holds the two together.
"""

from collections.abc import Sequence
from functools import cache

from pydantic_core import to_json

from predictor.manifest import Manifest
from predictor.predictor import Predictions
from predictor.row_warnings import RowWarning
from predictor.thresholds import ChosenThreshold


class AnswerWriter:
    """Writes the answers of one model; every text in them is encoded once, when it is made."""

    def __init__(self, manifest: Manifest) -> None:
        # Labels of a binary task are 0 and 1, whatever its file calls them.
        labels: Sequence[int | str] = (0, 1) if manifest.kind == "binary" else manifest.classes
        self._labels = [to_json(label).decode() for label in labels]
        self._model = f'"model":{to_json(manifest.task).decode()},"version":{manifest.version}'
        self._write_outcome = self._binary if manifest.kind == "binary" else self._multiclass
        self._write_set = cache(self._set)

    def single(self, predictions: Predictions, threshold: ChosenThreshold) -> bytes:
        """Answer one row."""
        outcome = self._outcome(predictions, 0, threshold.value)
        warnings = _warnings(predictions.warnings[0])
        return f'{{{outcome},{self._origin(threshold)},"warnings":{warnings}}}'.encode()

    def batch(self, predictions: Predictions, threshold: ChosenThreshold) -> bytes:
        """Answer rows in the order given."""
        rows = ",".join(
            f'{{{self._outcome(predictions, row, threshold.value)},"warnings":{_warnings(warnings)}}}'
            for row, warnings in enumerate(predictions.warnings)
        )
        return f'{{"predictions":[{rows}],{self._origin(threshold)}}}'.encode()

    def _outcome(self, predictions: Predictions, row: int, threshold: float) -> str:
        outcome = self._write_outcome(predictions.probabilities[row], predictions.spreads[row], threshold)
        return f'{outcome},"prediction_set":{self._write_set(tuple(predictions.sets[row]))}'

    def _binary(self, probabilities: list[float], spreads: list[list[float]], threshold: float) -> str:
        (probability,), ((low, high),) = probabilities, spreads
        label = 1 if probability >= threshold else 0
        return f'"probability":{probability!r},"label":{label},"interval":[{low!r},{high!r}]'

    def _multiclass(self, probabilities: list[float], spreads: list[list[float]], threshold: float) -> str:
        largest = max(probabilities)
        label = self._labels[probabilities.index(largest)] if largest >= threshold else "null"
        return (
            f'"probabilities":{{{self._by_class(probabilities)}}},"label":{label},'
            f'"interval":{{{self._by_class(spreads)}}}'
        )

    def _by_class(self, values: Sequence[object]) -> str:
        # A list of finite numbers is written alike in Python and in JSON.
        return ",".join(f"{name}:{value!r}" for name, value in zip(self._labels, values, strict=True))

    def _set(self, members: tuple[bool, ...]) -> str:
        return f"[{','.join(label for label, member in zip(self._labels, members, strict=True) if member)}]"

    def _origin(self, threshold: ChosenThreshold) -> str:
        return f'"threshold":{threshold.value!r},"threshold_source":"{threshold.source}",{self._model}'


def _warnings(warnings: list[RowWarning]) -> str:
    return to_json(warnings).decode() if warnings else "[]"
