"""The exported weights of a trained model: plain arrays, without pipeline, framework or pickle.

Shapes: F encoded features, M members, I inputs and O outputs of a layer, C outputs of the network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from predictor.artefact.records import Record
from predictor.schema.errors import ArtefactCorrupt

Array = NDArray[np.floating]
Activation = Literal["leaky_relu", "relu"]

NO_LIMITS = (-inf, inf)

# A missing value that is drawn is replaced by this many values, and the answer is the mean.
DRAWS = 20


class EncodedColumn(Record):
    """One input of the network: a column's number, or 1 where the column holds the category or is missing.

    A number is limited to `low` and `high`, if they are there.
    """

    column: str
    category: str | None = None
    missing: bool = False
    low: float | None = None
    high: float | None = None

    @property
    def limits(self) -> tuple[float, float]:
        """Give the lowest and the highest number that the network gets; infinite without limits."""
        return (-inf if self.low is None else self.low, inf if self.high is None else self.high)


class LikeColumn(Record):
    """A column in which rows are alike: its levels, or the intervals between ascending edges of numbers.

    An interval includes its lower edge. Missing values have one more code, the last.
    """

    column: str
    codes: PositiveInt
    edges: tuple[float, ...] = ()


class DrawnColumn(Record):
    """A column whose missing values are drawn from those of like rows: one cell for each combination."""

    column: str
    like: tuple[LikeColumn, ...]

    @property
    def cells(self) -> int:
        """Count the cells."""
        return prod(like.codes + 1 for like in self.like)


class NetworkShape(Record):
    """The architecture of the network."""

    members: PositiveInt
    inputs: PositiveInt
    hidden: tuple[PositiveInt, ...]
    outputs: PositiveInt
    activation: Activation
    negative_slope: float = Field(ge=0, le=1)

    @property
    def widths(self) -> tuple[int, ...]:
        """Give the width of each layer, from the inputs to the outputs."""
        return (self.inputs, *self.hidden, self.outputs)

    @property
    def layers(self) -> list[tuple[int, int]]:
        """Give the inputs and outputs of each layer."""
        return list(pairwise(self.widths))

    @property
    def parameters(self) -> int:
        """Count the weights and biases of one member."""
        return sum(inputs * outputs + outputs for inputs, outputs in self.layers)


@dataclass(frozen=True)
class ExportedWeights:
    """The arrays that turn a raw row into calibrated logits.

    An encoded feature is (value - mean) / scale, where `fill` is its value if the column is missing: the
    imputed number, or 1 for the imputed category or for the category of missing values. A number is limited
    before it is scaled. The network gives one logit for each member and output; calibration is
    slope * (mean over members) + intercept. `draws_LQ` has for each drawn column, and each cell of like
    rows, the values that replace a missing one.
    """

    encoding: tuple[EncodedColumn, ...]
    shape: NetworkShape
    fill_F: Array
    mean_F: Array
    scale_F: Array
    weights_MIO: tuple[Array, ...]
    biases_MO: tuple[Array, ...]
    slope: Array
    intercept_C: Array
    drawn: tuple[DrawnColumn, ...] = ()
    draws_LQ: tuple[Array, ...] = ()

    def tensors(self) -> dict[str, Array]:
        """Give every array by the name it has in the artefact."""
        plain = {"fill": self.fill_F, "mean": self.mean_F, "scale": self.scale_F}
        weights = {f"weight_{i}": weight for i, weight in enumerate(self.weights_MIO)}
        biases = {f"bias_{i}": bias for i, bias in enumerate(self.biases_MO)}
        draws = {f"draws_{i}": draws_LQ for i, draws_LQ in enumerate(self.draws_LQ)}
        calibration = {"slope": self.slope, "intercept": self.intercept_C}
        return plain | weights | biases | draws | calibration


def expected_tensors(
    shape: NetworkShape, drawn: Sequence[DrawnColumn] = ()
) -> dict[str, tuple[tuple[int, ...], str]]:
    """Give the shape and dtype that each array must have for a network of this shape."""
    expected: dict[str, tuple[tuple[int, ...], str]] = dict.fromkeys(
        ("fill", "mean", "scale"), ((shape.inputs,), "float64")
    )
    for i, (inputs, outputs) in enumerate(shape.layers):
        expected[f"weight_{i}"] = ((shape.members, inputs, outputs), "float32")
        expected[f"bias_{i}"] = ((shape.members, outputs), "float32")
    for i, column in enumerate(drawn):
        expected[f"draws_{i}"] = ((column.cells, DRAWS), "float64")
    return expected | {"slope": ((), "float64"), "intercept": ((shape.outputs,), "float64")}


def weights_from_tensors(
    tensors: dict[str, Array],
    encoding: tuple[EncodedColumn, ...],
    shape: NetworkShape,
    drawn: tuple[DrawnColumn, ...] = (),
) -> ExportedWeights:
    """Build the weights from an artefact's arrays; ArtefactCorrupt names an array that does not fit."""
    expected = expected_tensors(shape, drawn)
    if tensors.keys() != expected.keys() or len(encoding) != shape.inputs:
        raise ArtefactCorrupt("the arrays are not those of the network in the manifest")
    for name, (dimensions, dtype) in expected.items():
        if tensors[name].shape != dimensions or str(tensors[name].dtype) != dtype:
            raise ArtefactCorrupt(f"array {name} does not have the shape or type in the manifest")
        if not np.isfinite(tensors[name]).all():
            raise ArtefactCorrupt(f"array {name} contains a number that is not finite")
    layers = range(len(shape.layers))
    return ExportedWeights(
        encoding=encoding,
        shape=shape,
        fill_F=tensors["fill"],
        mean_F=tensors["mean"],
        scale_F=tensors["scale"],
        weights_MIO=tuple(tensors[f"weight_{i}"] for i in layers),
        biases_MO=tuple(tensors[f"bias_{i}"] for i in layers),
        slope=tensors["slope"],
        intercept_C=tensors["intercept"],
        drawn=drawn,
        draws_LQ=tuple(tensors[f"draws_{i}"] for i in range(len(drawn))),
    )


def check_draws(model: ExportedWeights, levels: Mapping[str, Sequence[str]]) -> None:
    """Raise ArtefactCorrupt where a draw is not the code of a level; `levels` are those of each column."""
    for drawn, draws_LQ in zip(model.drawn, model.draws_LQ, strict=True):
        count = len(levels[drawn.column])
        if count and not np.isin(draws_LQ, range(count)).all():
            raise ArtefactCorrupt(f"the draws of {drawn.column} are not its levels")
