"""Answers as JSON, written in one go: the numbers are ours, so nothing checks them a second time.

`app.answer_models` documents what is written here, and a test holds the two together.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

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
        self._is_binary = manifest.kind == "binary"
        self._model = f'"model":{to_json(manifest.task).decode()},"version":{manifest.version}'
        outcome = _outcome(self._labels, is_binary=self._is_binary)
        self._single = f'{{{outcome},%s,"warnings":%s}}'
        self._row = f'{{{outcome},"warnings":%s}}'
        self._write_set = lru_cache(MOST_SETS)(self._set)

    def singles(self, predictions: Predictions, thresholds: Sequence[ChosenThreshold]) -> list[bytes]:
        """Answer each row by itself, each with its own threshold."""
        *outcomes, warnings = self._columns(predictions, [threshold.value for threshold in thresholds])
        columns = zip(*outcomes, map(self._origin, thresholds), warnings, strict=True)
        return [(self._single % texts).encode() for texts in columns]

    def batch(self, predictions: Predictions, threshold: ChosenThreshold) -> bytes:
        """Answer rows together, in the order given."""
        columns = self._columns(predictions, [threshold.value] * len(predictions.warnings))
        rows = ",".join(map(self._row.__mod__, zip(*columns, strict=True)))
        return f'{{"predictions":[{rows}],{self._origin(threshold)}}}'.encode()

    def _columns(self, predictions: Predictions, thresholds: Sequence[float]) -> list[Iterable[str]]:
        """Write what an outcome has places for, one column each over the rows, and the warnings last."""
        label = self._binary_label if self._is_binary else self._likeliest_label
        ends = [list(chain.from_iterable(of_row)) for of_row in predictions.spreads]
        texts = _texts([*zip(*predictions.probabilities, strict=True), *zip(*ends, strict=True)])
        labels = list(map(label, predictions.probabilities, thresholds))
        self._labels_given.update(labels)
        outputs = len(texts) // 3
        return [
            *texts[:outputs],
            labels,
            *texts[outputs:],
            map(self._write_set, map(tuple, predictions.sets)),
            [to_json(warnings).decode() if warnings else "[]" for warnings in predictions.warnings],
        ]

    def _binary_label(self, probabilities: list[float], threshold: float) -> str:
        return self._labels[probabilities[0] >= threshold]

    def _likeliest_label(self, probabilities: list[float], threshold: float) -> str:
        largest = max(probabilities)
        return self._labels[probabilities.index(largest)] if largest >= threshold else "null"

    def _set(self, members: tuple[bool, ...]) -> str:
        return f"[{','.join(label for label, member in zip(self._labels, members, strict=True) if member)}]"

    def _origin(self, threshold: ChosenThreshold) -> str:
        return f'"threshold":{threshold.value!r},"threshold_source":"{threshold.source}",{self._model}'


def _outcome(labels: Sequence[str], *, is_binary: bool) -> str:
    """Give a row's outcome, with places for each probability, the label, each interval's ends, the set."""
    if is_binary:
        return '"probability":%s,"label":%s,"interval":[%s,%s],"prediction_set":%s'
    names = [label.replace("%", "%%") for label in labels]
    probabilities = ",".join(f"{name}:%s" for name in names)
    ends = ",".join(f"{name}:[%s,%s]" for name in names)
    return f'"probabilities":{{{probabilities}}},"label":%s,"interval":{{{ends}}},"prediction_set":%s'


def _texts(columns: list[tuple[float, ...]]) -> list[list[str]]:
    """Write columns of numbers, all of one length, as JSON."""
    # All at once: pydantic-core writes a number in a fraction of the time that Python takes.
    texts = to_json(list(chain.from_iterable(columns))).decode()[1:-1].split(",")
    rows = len(columns[0])
    return [texts[first : first + rows] for first in range(0, len(texts), rows)]
