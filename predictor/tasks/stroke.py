"""The stroke task: whether a stroke is on record, from ten columns of the public file by their own names."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from predictor.schema.features import Features, Flag, Value, number
from predictor.schema.task import Task

Work = Literal["Govt_job", "Never_worked", "Private", "Self-employed", "children"]
Smoking = Literal["Unknown", "formerly smoked", "never smoked", "smokes"]


class StrokeFeatures(Features):
    """One person, with the columns of the raw file. Only `bmi` may be null or left out."""

    example: ClassVar[dict[str, Value]] = {
        "gender": "Female",
        "age": 71.0,
        "hypertension": 1,
        "heart_disease": 0,
        "ever_married": "Yes",
        "work_type": "Self-employed",
        "Residence_type": "Urban",
        "avg_glucose_level": 196.5,
        "bmi": 31.2,
        "smoking_status": "formerly smoked",
    }

    gender: Annotated[Literal["Female", "Male", "Other"], Field(description="As recorded")]
    age: Annotated[float, number(0, 120, "years", "Age")]
    hypertension: Annotated[Flag, Field(description="1 where hypertension is recorded")]
    heart_disease: Annotated[Flag, Field(description="1 where a heart disease is recorded")]
    ever_married: Annotated[Literal["No", "Yes"], Field(description="Married now or before")]
    work_type: Annotated[Work, Field(description="Kind of work, or children")]
    Residence_type: Annotated[Literal["Rural", "Urban"], Field(description="Where the person lives")]
    avg_glucose_level: Annotated[float, number(20, 1000, "mg/dL", "Average blood glucose")]
    bmi: Annotated[float | None, number(8, 100, "kg/m²", "Body mass index; null where not measured")] = None
    smoking_status: Annotated[Smoking, Field(description="Smoking; Unknown where not asked")]


TASK = Task(
    name="stroke",
    title="Stroke",
    kind="binary",
    features=StrokeFeatures,
    target="stroke",
    classes=("0", "1"),
    outcome="a stroke on record",
    intended_use=(
        "Teaching and method: how small neural networks on a table are trained, evaluated and "
        "served. Its probabilities describe people like those in the public file that it was fitted to."
    ),
    not_for=(
        "Any decision about a person. It is not a medical device and has not been validated anywhere else. "
        "It does not say who will have a stroke: the file has no dates and no follow-up time, so the outcome "
        "is that one is on record. It is not for people who are known to have had one."
    ),
    limits=(
        "The file is public, of unknown provenance, country and time. In it, a missing bmi is associated "
        "with the outcome, which probably comes from how the data was collected: no medical reason is known. "
        "Work, marriage and residence stand for social circumstances. Smoking is unknown for three in ten."
    ),
    identifier="id",
)
