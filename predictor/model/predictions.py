"""The predictions of a model for several rows, as numpy arrays, lists or a DataFrame.

Shapes: B rows, C outputs, L classes. A binary task has one output, the probability of its second class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from predictor.artefact.manifest import Manifest
from predictor.artefact.weights import Array
from predictor.engines.activations import class_probabilities, round_probabilities
from predictor.model.ensemble import VALUES_PER_OUTPUT
from predictor.model.input_warnings import Warnings
from predictor.model.thresholds import ChosenThreshold

if TYPE_CHECKING:
    import pandas as pd


# Not frozen: the server builds one for each request, and a frozen one takes four times as long to build.
@dataclass(slots=True, eq=False, repr=False)
class Predictions:
    """One prediction a row, in the order of the rows; all numbers are rounded to nine decimals.

    `numbers` and `is_member` are flat, as `predictor.model.ensemble` makes them: for each row and
    output the probability and both ends of its interval, and for each row and class whether it belongs to
    the prediction set. `warnings` holds one tuple a row. `index` is that of the DataFrame that was given.
    """

    numbers: Sequence[float]
    is_member: Sequence[bool]
    warnings: list[Warnings]
    manifest: Manifest
    index: Any = None

    def __len__(self) -> int:
        return len(self.warnings)

    def __repr__(self) -> str:
        return f"<Predictions: {len(self)} rows, {self.manifest.task} version {self.manifest.version}>"

    def each(self) -> "list[Predictions]":
        """Give the predictions of each row by itself."""
        count = max(1, len(self))
        numbers = zip(*[iter(self.numbers)] * (len(self.numbers) // count), strict=True)
        is_member = zip(*[iter(self.is_member)] * (len(self.is_member) // count), strict=True)
        warnings = map(list, zip(self.warnings, strict=True))
        return list(map(Predictions, numbers, is_member, warnings, repeat(self.manifest)))

    @property
    def probabilities(self) -> Array:
        """Give the probability of each class (B, L), also for a binary task, as scikit-learn does."""
        return round_probabilities(class_probabilities(self._numbers_BC3()[:, :, 0]))

    @property
    def intervals(self) -> Array:
        """Give the 5th and the 95th percentile of the members' probabilities.

        The shape is (B, 2) for a binary task, whose interval is that of the second class, else (B, L, 2).
        """
        intervals_BC2 = self._numbers_BC3()[:, :, 1:]
        return intervals_BC2[:, 0] if self._is_binary else intervals_BC2

    @property
    def prediction_sets(self) -> list[list[int | str]]:
        """Give for each row the labels of the classes that cannot be ruled out at the error rate."""
        labels = self._labels
        return [
            [label for label, is_in in zip(labels, is_in_L, strict=True) if is_in]
            for is_in_L in np.reshape(self.is_member, (-1, len(labels))).tolist()
        ]

    @property
    def is_calibrated(self) -> bool:
        """Say whether the probabilities are calibrated; otherwise they are those of the networks."""
        return self.manifest.is_calibrated

    def labels(self, threshold: float | None = None, operating_point: str | None = None) -> NDArray[Any]:
        """Give the label of each row (B,) at a threshold or a named one, by default the model's own.

        Of a binary task: the second class where its probability is at least the threshold, else the first; of
        other tasks, the most probable class, or None where its probability is below the threshold. A label is
        the name of a class, or 0 or 1 where those are the two names.
        InvalidThreshold and UnknownOperatingPoint say what may be given.
        """
        thresholds = self.manifest.thresholds
        chosen = ChosenThreshold.choose(thresholds, threshold=threshold, operating_point=operating_point)
        if self._is_binary:
            is_flagged_B = self._numbers_BC3()[:, 0, 0] >= chosen.value
            labels_B: NDArray[Any] = np.array(self._labels)[is_flagged_B.astype(np.intp)]
            return labels_B
        probabilities_BL = self.probabilities
        labels_B = np.array(self._labels, dtype=object)[probabilities_BL.argmax(axis=1)]
        labels_B[probabilities_BL.max(axis=1) < chosen.value] = None
        return labels_B

    def to_pandas(self, threshold: float | None = None, operating_point: str | None = None) -> "pd.DataFrame":
        """Give one row for each prediction, with the index of the DataFrame that was given, if any.

        Columns of a binary task: probability, label, interval_low, interval_high, prediction_set, warnings.
        Of another task, probability, interval_low and interval_high end with the name of a class each.
        """
        # Only this method needs pandas, and the server never calls it.
        import pandas as pd  # noqa: PLC0415

        numbers_BC3 = self._numbers_BC3()
        suffixes = [""] if self._is_binary else [f"_{name}" for name in self.manifest.classes]
        columns: dict[str, Any] = {
            f"probability{suffix}": numbers_BC3[:, c, 0] for c, suffix in enumerate(suffixes)
        }
        columns["label"] = self.labels(threshold, operating_point)
        for c, suffix in enumerate(suffixes):
            columns[f"interval_low{suffix}"] = numbers_BC3[:, c, 1]
            columns[f"interval_high{suffix}"] = numbers_BC3[:, c, 2]
        columns |= {"prediction_set": self.prediction_sets, "warnings": self.warnings}
        return pd.DataFrame(columns, index=self.index)

    @property
    def _is_binary(self) -> bool:
        return self.manifest.kind == "binary"

    @property
    def _labels(self) -> Sequence[int | str]:
        return self.manifest.labels

    def _numbers_BC3(self) -> Array:  # noqa: N802 (shapes are in names)
        return np.reshape(self.numbers, (-1, self.manifest.network.outputs, VALUES_PER_OUTPUT))
