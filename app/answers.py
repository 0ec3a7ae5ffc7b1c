"""Answers as JSON, written in one go: the numbers are ours, so nothing checks them a second time.

`app.answer_models` documents what is written here, and a test holds the two together.
"""

from collections.abc import Iterator, Sequence
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
        self._outcomes = self._binary if manifest.kind == "binary" else self._multiclass
        self._write_set = cache(self._set)

    def single(self, predictions: Predictions, threshold: ChosenThreshold) -> bytes:
        """Answer one row."""
        (outcome,) = self._outcomes(predictions, threshold.value)
        warnings = _warnings(predictions.warnings[0])
        return f'{{{outcome},{self._origin(threshold)},"warnings":{warnings}}}'.encode()

    def batch(self, predictions: Predictions, threshold: ChosenThreshold) -> bytes:
        """Answer rows in the order given."""
        rows = ",".join(
            f'{{{outcome},"warnings":{_warnings(warnings) if warnings else "[]"}}}'
            for outcome, warnings in zip(
                self._outcomes(predictions, threshold.value), predictions.warnings, strict=True
            )
        )
        return f'{{"predictions":[{rows}],{self._origin(threshold)}}}'.encode()

    def _binary(self, predictions: Predictions, threshold: float) -> Iterator[str]:
        rows = zip(predictions.probabilities, predictions.spreads, predictions.sets, strict=True)
        for (probability,), ((low, high),), members in rows:
            yield (
                f'"probability":{probability!r},"label":{1 if probability >= threshold else 0},'
                f'"interval":[{low!r},{high!r}],"prediction_set":{self._write_set(*members)}'
            )

    def _multiclass(self, predictions: Predictions, threshold: float) -> Iterator[str]:
        rows = zip(predictions.probabilities, predictions.spreads, predictions.sets, strict=True)
        for probabilities, spreads, members in rows:
            largest = max(probabilities)
            label = self._labels[probabilities.index(largest)] if largest >= threshold else "null"
            yield (
                f'"probabilities":{{{self._by_class(probabilities)}}},"label":{label},'
                f'"interval":{{{self._by_class(spreads)}}},"prediction_set":{self._write_set(*members)}'
            )

    def _by_class(self, values: Sequence[object]) -> str:
        # A list of finite numbers is written alike in Python and in JSON.
        return ",".join(f"{name}:{value!r}" for name, value in zip(self._labels, values, strict=True))

    def _set(self, *members: bool) -> str:
        return f"[{','.join(label for label, member in zip(self._labels, members, strict=True) if member)}]"

    def _origin(self, threshold: ChosenThreshold) -> str:
        return f'"threshold":{threshold.value!r},"threshold_source":"{threshold.source}",{self._model}'


def _warnings(warnings: list[RowWarning]) -> str:
    return to_json(warnings).decode() if warnings else "[]"
