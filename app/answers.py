"""Answers as JSON, written in one go: the numbers are ours, so nothing checks them a second time.

`app.answer_models` documents what is written here, and a test holds the two together.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import repeat

from pydantic_core import to_json

from predictor.manifest import Manifest
from predictor.predictor import Predictions
from predictor.thresholds import ChosenThreshold

MOST_SETS = 256


class AnswerWriter:
    """Writes the answers of one model, and counts the labels in them.

    Every text in an answer is encoded once, when the writer is made.
    """

    def __init__(self, manifest: Manifest, labels_given: Counter[str]) -> None:
        self._labels_given = labels_given
        # Labels of a binary task are 0 and 1, whatever its file calls them.
        labels: Sequence[int | str] = (0, 1) if manifest.kind == "binary" else manifest.classes
        self._labels = [to_json(label).decode() for label in labels]
        self._model = f'"model":{to_json(manifest.task).decode()},"version":{manifest.version}'
        self._outcomes = self._binary if manifest.kind == "binary" else self._multiclass
        names = [label.replace("%", "%%") for label in self._labels]
        self._by_class = ",".join(f"{name}:%s" for name in names)
        self._ends_by_class = ",".join(f"{name}:[%s]" for name in names)
        self._write_set = lru_cache(MOST_SETS)(self._set)

    def singles(self, predictions: Predictions, thresholds: Sequence[ChosenThreshold]) -> list[bytes]:
        """Answer each row by itself, each with its own threshold."""
        outcomes = self._outcomes(predictions, [threshold.value for threshold in thresholds])
        return [
            f'{{{outcome},{self._origin(threshold)},"warnings":{warnings}}}'.encode()
            for outcome, threshold, warnings in zip(outcomes, thresholds, _warnings(predictions), strict=True)
        ]

    def batch(self, predictions: Predictions, threshold: ChosenThreshold) -> bytes:
        """Answer rows together, in the order given."""
        outcomes = self._outcomes(predictions, repeat(threshold.value, len(predictions.warnings)))
        rows = [
            f'{{{outcome},"warnings":{warnings}}}'
            for outcome, warnings in zip(outcomes, _warnings(predictions), strict=True)
        ]
        return f'{{"predictions":[{",".join(rows)}],{self._origin(threshold)}}}'.encode()

    def _binary(self, predictions: Predictions, thresholds: Iterable[float]) -> Iterator[str]:
        rows = zip(
            predictions.probabilities, *_numbers(predictions), predictions.sets, thresholds, strict=True
        )
        for (probability,), text, ends, members, threshold in rows:
            label = self._labels[probability >= threshold]
            self._labels_given[label] += 1
            yield (
                f'"probability":{text},"label":{label},"interval":[{ends}],'
                f'"prediction_set":{self._write_set(*members)}'
            )

    def _multiclass(self, predictions: Predictions, thresholds: Iterable[float]) -> Iterator[str]:
        rows = zip(
            predictions.probabilities, *_numbers(predictions), predictions.sets, thresholds, strict=True
        )
        for probabilities, text, ends, members, threshold in rows:
            largest = max(probabilities)
            label = self._labels[probabilities.index(largest)] if largest >= threshold else "null"
            self._labels_given[label] += 1
            yield (
                f'"probabilities":{{{self._by_class % tuple(text.split(","))}}},"label":{label},'
                f'"interval":{{{self._ends_by_class % tuple(ends.split("],["))}}},'
                f'"prediction_set":{self._write_set(*members)}'
            )

    def _set(self, *members: bool) -> str:
        return f"[{','.join(label for label, member in zip(self._labels, members, strict=True) if member)}]"

    def _origin(self, threshold: ChosenThreshold) -> str:
        return f'"threshold":{threshold.value!r},"threshold_source":"{threshold.source}",{self._model}'


def _numbers(predictions: Predictions) -> tuple[list[str], list[str]]:
    """Write each row's probabilities, as `a,b,c`, and the ends of its intervals, as `a,b],[c,d],[e,f`."""
    # All rows at once: pydantic-core writes a number in a fraction of the time that Python takes.
    probabilities = to_json(predictions.probabilities).decode()
    spreads = to_json(predictions.spreads).decode()
    return probabilities[2:-2].split("],["), spreads[3:-3].split("]],[[")


def _warnings(predictions: Predictions) -> list[str]:
    return [to_json(warnings).decode() if warnings else "[]" for warnings in predictions.warnings]
