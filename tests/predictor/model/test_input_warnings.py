import pytest

from predictor.artefact.records import FeatureRecord, TrainingStatistics
from predictor.artefact.weights import NO_LIMITS
from predictor.engines.encoding import raw_matrix
from predictor.model.input_warnings import InputChecks, NumberCheck
from predictor.tasks.stroke import TASK as STROKE

COLUMNS = STROKE.features.columns()

STATISTICS = {
    "gender": TrainingStatistics(levels=("Female", "Male")),
    "age": TrainingStatistics(minimum=1, maximum=80, sparse_below=3, sparse_above=75, fill=43),
    "hypertension": TrainingStatistics(levels=("0",)),
    "heart_disease": TrainingStatistics(levels=("0", "1"), sparse_levels=("1",)),
    "avg_glucose_level": TrainingStatistics(
        minimum=55, maximum=270, sparse_below=60, sparse_above=240, fill=106
    ),
    "bmi": TrainingStatistics(minimum=10, maximum=98, sparse_below=15, sparse_above=54, fill=28.93),
    "smoking_status": TrainingStatistics(
        levels=("Unknown", "smokes", "never smoked"), sparse_levels=("smokes",)
    ),
}

ORDINARY = {
    "gender": "Female",
    "age": 50.0,
    "hypertension": 0,
    "heart_disease": 0,
    "ever_married": "Yes",
    "work_type": "Private",
    "Residence_type": "Urban",
    "avg_glucose_level": 100.0,
    "bmi": 30.0,
    "smoking_status": "Unknown",
}


def warnings_of(*changes, used=True, limits=None):
    records = [
        FeatureRecord(
            column=column,
            training=STATISTICS.get(column.name) or TrainingStatistics(levels=column.categories),
            used=used,
        )
        for column in COLUMNS
    ]
    rows = [STROKE.features.model_validate(ORDINARY | change) for change in changes]
    # A row has the same warnings alone and in a batch, whatever columns the network uses.
    (warnings,) = {
        tuple(InputChecks(records, columns, limits or {}).check(rows, raw_matrix(rows, columns)))
        for columns in (COLUMNS, COLUMNS[::2], COLUMNS[::-1][:3])
    } | {tuple(map(InputChecks(records, COLUMNS, limits or {}).check_row, rows))}
    return warnings


def codes_of(change):
    (warnings,) = warnings_of(change)
    return [(warning.field, warning.code) for warning in warnings]


def test_an_ordinary_row_has_no_warning():
    assert codes_of({}) == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("bmi", None, "imputed"),
        ("age", 0.9, "out_of_range"),
        ("age", 80.1, "out_of_range"),
        ("age", 2.9, "sparse"),
        ("age", 75.1, "sparse"),
        ("age", 1, "sparse"),
        ("age", 80, "sparse"),
        ("avg_glucose_level", 500, "out_of_range"),
        ("gender", "Other", "out_of_range"),
        ("hypertension", 1, "out_of_range"),
        ("heart_disease", 1, "sparse"),
        ("smoking_status", "smokes", "sparse"),
        ("smoking_status", "formerly smoked", "out_of_range"),
    ],
)
def test_a_missing_rare_or_unknown_value_has_one_warning(field, value, code):
    assert codes_of({field: value}) == [(field, code)]


@pytest.mark.parametrize(
    ("field", "value"), [("age", 3), ("age", 75), ("heart_disease", 0), ("smoking_status", "never smoked")]
)
def test_a_value_at_the_edge_of_the_common_range_has_no_warning(field, value):
    assert codes_of({field: value}) == []


def test_a_message_names_the_field_the_mean_and_the_unit_but_not_the_value():
    ((outside, missing),) = warnings_of({"bmi": None, "age": 99.25})

    assert "bmi is missing" in missing.message
    assert "28.9 kg/m²" in missing.message
    assert "age lies outside the range in training, 1 to 80 years" in outside.message
    assert "99.25" not in outside.message


def test_the_warnings_of_a_row_have_the_order_of_the_columns():
    assert [field for field, _ in codes_of({"bmi": None, "gender": "Other", "age": 2})] == [
        "gender",
        "age",
        "bmi",
    ]


def test_each_row_of_a_batch_has_its_own_warnings():
    warnings = warnings_of({"bmi": None}, {}, {"age": 100, "bmi": None})

    assert [len(of_row) for of_row in warnings] == [1, 0, 2]


def test_a_missing_value_that_the_model_does_not_use_has_no_warning():
    assert warnings_of({"bmi": None}, used=False) == ((),)


@pytest.mark.parametrize(
    ("name", "text"), [("is paid?", "'is paid?' is missing"), ("Größe", "Größe is missing")]
)
def test_a_name_that_is_no_plain_word_is_quoted_in_the_message_alone(name, text):
    (bmi,) = (column for column in COLUMNS if column.name == "bmi")
    renamed = FeatureRecord(
        column=bmi.model_copy(update={"name": name}), training=STATISTICS["bmi"], used=True
    )

    warning = NumberCheck(renamed, NO_LIMITS).find_warning(None)

    assert warning is not None
    assert warning.message.startswith(f"{text};")
    assert warning.field == name


INDISTINCT = "bmi lies outside the range in which the model tells values apart."
RARE = "Fewer than 1 in 100 training rows have a value of bmi this low or this high."
OUTSIDE = "bmi lies outside the range in training, 10 to 98 kg/m²."
LOWEST, HIGHEST = (f" The model uses {limit} kg/m² instead." for limit in (17, 60))


@pytest.mark.parametrize(
    ("bmi", "code", "message"),
    [
        (16.0, "sparse", INDISTINCT + LOWEST),
        (14.0, "sparse", RARE + LOWEST),
        (9.0, "out_of_range", OUTSIDE + LOWEST),
        (58.0, "sparse", RARE),
        (61.0, "sparse", RARE + HIGHEST),
        (99.0, "out_of_range", OUTSIDE + HIGHEST),
    ],
)
def test_a_warning_says_which_value_the_model_uses_instead_of_one_beyond_its_limits(bmi, code, message):
    (warnings,) = warnings_of({"bmi": bmi}, limits={"bmi": (17.0, 60.0)})

    assert [(warning.code, warning.message) for warning in warnings] == [(code, message)]


def test_a_value_within_the_limits_has_no_warning():
    assert warnings_of({"bmi": 17.0}, {"bmi": 40.0}, limits={"bmi": (17.0, 60.0)}) == ((), ())
