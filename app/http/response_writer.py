"""Answers as JSON, written in one go: the numbers are ours, so nothing checks them a second time.

`app.http.response_schemas` documents what is written here, and a test holds the two together. A label compares
the probability that is written, rounded as it is, with the threshold: folding the threshold into the
logits would not be exact, and save nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import repeat, starmap
from typing import TypeVar

from pydantic_core import to_json

from predictor.artefact.manifest import Manifest
from predictor.model.ensemble import NUMBERS
from predictor.model.predictions import Predictions
from predictor.model.thresholds import ChosenThreshold

T = TypeVar("T")

# Sets and thresholds come again and again.
MOST_TEXTS = 256

# Of each row its probabilities, its label and the ends of its intervals, as JSON.
Outcomes = tuple[Iterable[str], Sequence[str], Iterable[str]]


class ResponseWriter:
    """Writes the answers of one model, and counts the labels in them.

    Every text in an answer is encoded once, when the writer is made.
    """

    def __init__(self, manifest: Manifest, label_counts: Counter[str]) -> None:
        self._label_counts = label_counts
        is_binary = manifest.kind == "binary"
        # Labels of a binary task are 0 and 1, whatever its file calls them.
        labels: Sequence[int | str] = (0, 1) if is_binary else manifest.classes
        self._labels = [to_json(label).decode() for label in labels]
        self._model = f'"model":{to_json(manifest.task).decode()},"version":{manifest.version}'
        self._name = '"probability"' if is_binary else '"probabilities"'
        self._outcomes = self._binary if is_binary else self._multiclass
        names = [label.replace("{", "{{").replace("}", "}}") for label in self._labels]
        self._by_class = _by_class(f"{name}:{{{NUMBERS * i}}}" for i, name in enumerate(names))
        self._intervals_by_class = _by_class(
            f"{name}:[{{{NUMBERS * i + 1}}},{{{NUMBERS * i + 2}}}]" for i, name in enumerate(names)
        )
        self._write_set = lru_cache(MOST_TEXTS)(self._set)
        self._write_origin = lru_cache(MOST_TEXTS)(self._origin)

    def singles(self, predictions: Predictions, thresholds: Sequence[ChosenThreshold]) -> list[bytes]:
        """Answer each row by itself, each with its own threshold."""
        origins = map(self._write_origin, thresholds)
        return list(map(str.encode, self._rows(predictions, thresholds, origins)))

    def batch(self, predictions: Predictions, threshold: ChosenThreshold) -> bytes:
        """Answer rows together, in the order given."""
        count = len(predictions.warnings)
        rows = self._rows(predictions, [threshold] * count, repeat("", count))
        return f'{{"predictions":[{",".join(rows)}]{self._write_origin(threshold)}}}'.encode()

    def _rows(
        self, predictions: Predictions, thresholds: Sequence[ChosenThreshold], origins: Iterable[str]
    ) -> list[str]:
        """Write each row: a column of texts at a time, and then across."""
        if not thresholds:
            return []
        probabilities, labels, intervals = self._outcomes(predictions, thresholds)
        for label in labels:
            self._label_counts[label] += 1
        sets = starmap(self._write_set, _in_groups(predictions.is_member, len(self._labels)))
        warnings = [to_json(of_row).decode() if of_row else "[]" for of_row in predictions.warnings]
        columns = zip(probabilities, labels, intervals, sets, origins, warnings, strict=True)
        name = self._name
        return [
            f'{{{name}:{probability},"label":{label},"interval":{interval},'
            f'"prediction_set":{members}{origin},"warnings":{of_row}}}'
            for probability, label, interval, members, origin, of_row in columns
        ]

    def _binary(self, predictions: Predictions, thresholds: Sequence[ChosenThreshold]) -> Outcomes:
        probabilities = predictions.numbers[::NUMBERS]
        labels = [
            self._labels[probability >= threshold.value]
            for probability, threshold in zip(probabilities, thresholds, strict=True)
        ]
        texts = _texts(predictions.numbers)
        ends = zip(texts[1::NUMBERS], texts[2::NUMBERS], strict=True)
        return texts[::NUMBERS], labels, [f"[{low},{high}]" for low, high in ends]

    def _multiclass(self, predictions: Predictions, thresholds: Sequence[ChosenThreshold]) -> Outcomes:
        classes = len(self._labels)
        probabilities = _in_groups(predictions.numbers[::NUMBERS], classes)
        labels = [
            self._labels[of_row.index(largest)] if (largest := max(of_row)) >= threshold.value else "null"
            for of_row, threshold in zip(probabilities, thresholds, strict=True)
        ]
        rows = list(_in_groups(_texts(predictions.numbers), NUMBERS * classes))
        return starmap(self._by_class.format, rows), labels, starmap(self._intervals_by_class.format, rows)

    def _set(self, *is_member: bool) -> str:
        members = (label for label, is_in in zip(self._labels, is_member, strict=True) if is_in)
        return f"[{','.join(members)}]"

    def _origin(self, threshold: ChosenThreshold) -> str:
        return f',"threshold":{threshold.value!r},"threshold_source":"{threshold.source}",{self._model}'


def _by_class(parts: Iterable[str]) -> str:
    return f"{{{{{','.join(parts)}}}}}"


def _texts(numbers: Sequence[float]) -> list[str]:
    # All at once: pydantic-core writes a number in a fraction of the time that Python takes.
    return to_json(numbers).decode()[1:-1].split(",")


def _in_groups(flat: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    return zip(*[iter(flat)] * size, strict=True)
