"""The iris task: one of three species from four lengths in centimetres."""

from typing import Annotated, ClassVar

from predictor.schema.features import Features, Value, number
from predictor.schema.task import Task


class IrisFeatures(Features):
    """The measurements of one flower."""

    example: ClassVar[dict[str, Value]] = {
        "SepalLength": 5.1,
        "SepalWidth": 3.5,
        "PetalLength": 1.4,
        "PetalWidth": 0.2,
    }

    SepalLength: Annotated[float, number(0, 30, "cm", "Length of the sepal")]
    SepalWidth: Annotated[float, number(0, 30, "cm", "Width of the sepal")]
    PetalLength: Annotated[float, number(0, 30, "cm", "Length of the petal")]
    PetalWidth: Annotated[float, number(0, 30, "cm", "Width of the petal")]


TASK = Task(
    name="iris",
    title="Iris",
    kind="multiclass",
    features=IrisFeatures,
    target="Species",
    classes=("setosa", "versicolor", "virginica"),
    outcome="the species",
    intended_use="Teaching: three classes from four lengths, with the flowers that come with scikit-learn.",
    not_for="Irises of other species or places: the prediction is always one of the three.",
    limits="150 flowers, 50 of each species, measured by one person in one place.",
)
