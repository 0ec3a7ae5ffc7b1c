"""Writes predictions as JSON text; the numbers come from the model and are not validated again.

`app.http.response_schemas` documents what is written here, and a test compares the two. A label compares
the rounded probability that is written with the threshold.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import starmap
from typing import TypeVar

from pydantic_core import to_json
from starlette.types import Send

from predictor.artefact.manifest import Manifest
from predictor.model.ensemble import VALUES_PER_OUTPUT
from predictor.model.predictions import Predictions
from predictor.model.thresholds import ChosenThreshold

T = TypeVar("T")

# The texts of prediction sets and thresholds are cached, because few different ones occur.
MAX_CACHED_TEXTS = 256

CONTENT_TYPE = (b"content-type", b"application/json")

# For each row its probabilities, its label and its intervals, as JSON.
Outcomes = tuple[Iterable[str], Sequence[str], Iterable[str]]


class ResponseWriter:
    """Writes the answers of one model, and counts the labels in them.

    Labels, class names and the model's name are encoded once, when the writer is created.
    """

    def __init__(self, manifest: Manifest, label_counts: Counter[str]) -> None:
        self._label_counts = label_counts
        self._is_binary = manifest.kind == "binary"
        self._labels = [to_json(label).decode() for label in manifest.labels]
        self._model_fields = f'"model":{to_json(manifest.task).decode()},"version":{manifest.version}'
        if not manifest.is_calibrated:
            self._model_fields += ',"calibrated":false'
        self._probability_name = '"probability"' if self._is_binary else '"probabilities"'
        names = [label.replace("{", "{{").replace("}", "}}") for label in self._labels]
        probabilities = (f"{name}:{{{VALUES_PER_OUTPUT * i}}}" for i, name in enumerate(names))
        intervals = (
            f"{name}:[{{{VALUES_PER_OUTPUT * i + 1}}},{{{VALUES_PER_OUTPUT * i + 2}}}]"
            for i, name in enumerate(names)
        )
        self._probabilities_format = _object_format(probabilities)
        self._intervals_format = _object_format(intervals)
        self._write_set = lru_cache(MAX_CACHED_TEXTS)(self._prediction_set)
        self._write_origin = lru_cache(MAX_CACHED_TEXTS)(self._origin)

    def row(self, predictions: Predictions, threshold: ChosenThreshold) -> bytes:
        """Write the answer to one row; the lists that `batch` makes would take longer than the rest."""
        numbers, texts = predictions.numbers, _write_numbers(predictions.numbers)
        if self._is_binary:
            label = self._labels[numbers[0] >= threshold.value]
            probability, interval = texts[0], f"[{texts[1]},{texts[2]}]"
        else:
            label = self._most_probable(numbers[::VALUES_PER_OUTPUT], threshold.value)
            probability, interval = (
                self._probabilities_format.format(*texts),
                self._intervals_format.format(*texts),
            )
        self._label_counts[label] += 1
        (warnings,) = predictions.warnings
        return (
            f'{{{self._probability_name}:{probability},"label":{label},"interval":{interval},'
            f'"prediction_set":{self._write_set(*predictions.is_member)}{self._write_origin(threshold)},'
            f'"warnings":{to_json(warnings).decode() if warnings else "[]"}}}'
        ).encode()

    def batch(self, predictions: Predictions, threshold: ChosenThreshold) -> bytes:
        """Write the answer to a batch, its rows in the order given."""
        rows = self._rows(predictions, threshold.value)
        return f'{{"predictions":[{",".join(rows)}]{self._write_origin(threshold)}}}'.encode()

    def _rows(self, predictions: Predictions, threshold: float) -> list[str]:
        """Write each row, from one list of texts for each of its fields."""
        outcomes = self._binary_outcomes if self._is_binary else self._multiclass_outcomes
        probabilities, labels, intervals = outcomes(predictions, threshold)
        for label in labels:
            self._label_counts[label] += 1
        sets = starmap(self._write_set, _in_groups(predictions.is_member, len(self._labels)))
        warnings = [to_json(of_row).decode() if of_row else "[]" for of_row in predictions.warnings]
        name = self._probability_name
        return [
            f'{{{name}:{probability},"label":{label},"interval":{interval},'
            f'"prediction_set":{prediction_set},"warnings":{warnings_of_row}}}'
            for probability, label, interval, prediction_set, warnings_of_row in zip(
                probabilities, labels, intervals, sets, warnings, strict=True
            )
        ]

    def _binary_outcomes(self, predictions: Predictions, threshold: float) -> Outcomes:
        labels = [self._labels[number >= threshold] for number in predictions.numbers[::VALUES_PER_OUTPUT]]
        texts = _write_numbers(predictions.numbers)
        ends = zip(texts[1::VALUES_PER_OUTPUT], texts[2::VALUES_PER_OUTPUT], strict=True)
        return texts[::VALUES_PER_OUTPUT], labels, [f"[{low},{high}]" for low, high in ends]

    def _multiclass_outcomes(self, predictions: Predictions, threshold: float) -> Outcomes:
        classes = len(self._labels)
        probabilities = _in_groups(predictions.numbers[::VALUES_PER_OUTPUT], classes)
        labels = [self._most_probable(of_row, threshold) for of_row in probabilities]
        rows = list(_in_groups(_write_numbers(predictions.numbers), VALUES_PER_OUTPUT * classes))
        return (
            starmap(self._probabilities_format.format, rows),
            labels,
            starmap(self._intervals_format.format, rows),
        )

    def _most_probable(self, probabilities: Sequence[float], threshold: float) -> str:
        largest = max(probabilities)
        return self._labels[probabilities.index(largest)] if largest >= threshold else "null"

    def _prediction_set(self, *is_member: bool) -> str:
        members = (label for label, is_in in zip(self._labels, is_member, strict=True) if is_in)
        return f"[{','.join(members)}]"

    def _origin(self, threshold: ChosenThreshold) -> str:
        source = f'"threshold_source":"{threshold.source}"'
        return f',"threshold":{threshold.value!r},{source},{self._model_fields}'


def _object_format(members: Iterable[str]) -> str:
    """Give a format string for a JSON object; its braces are doubled."""
    return f"{{{{{','.join(members)}}}}}"


def _write_numbers(numbers: Sequence[float]) -> list[str]:
    # pydantic-core writes a number in a fraction of the time that Python needs.
    return to_json(numbers).decode()[1:-1].split(",")


def _in_groups(flat: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    return zip(*[iter(flat)] * size, strict=True)


async def send_json(send: Send, content: bytes) -> None:
    """Send JSON with status 200."""
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [CONTENT_TYPE, length]})
    await send({"type": "http.response.body", "body": content})
