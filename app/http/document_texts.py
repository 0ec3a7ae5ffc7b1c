"""The texts of the OpenAPI document, for people who call the API.

They are not docstrings, because Python removes those with PYTHONOPTIMIZE=2.
"""

from collections.abc import Iterable
from typing import NamedTuple

from app.http.response_schemas import type_name
from predictor.schema.task import Task

DESCRIPTION = (
    "Probabilities from trained models, with the threshold that made each label.\n\n"
    "Each task has one operation for a row and one for many rows, with an example that works. "
    "`GET /models` lists the models, and `GET /models/{task}/card` says what a model is good for "
    "and what not.\n\nEvery error is answered with an `application/problem+json` document; it never "
    "repeats a value that was sent."
)

TAGS = {
    "Models": "What is served: features, metrics, thresholds and model cards.",
    "Health": "For load balancers and orchestrators: does the server run, and is it ready?",
    "Metrics": "For Prometheus.",
}


class OperationText(NamedTuple):
    """What one operation does."""

    summary: str
    description: str


# By the id of the operation.
OPERATIONS = {
    "list_models": OperationText(
        "List the models",
        "Names each model with its version, its classes and what it predicts, and the tasks without a model.",
    ),
    "describe_model": OperationText(
        "Describe a model",
        "The features with their units, ranges and categories; the metrics; the named operating points; "
        "and the threshold that this server uses.",
    ),
    "rate_thresholds": OperationText(
        "Show the rates at thresholds",
        "How many rows each operating point would flag and miss, counted on held-out rows; with "
        "`threshold` also those at a threshold of your choice.",
    ),
    "read_model_card": OperationText(
        "Read the model card",
        "What the model is for, its data, its limits and its quality. The answer is Markdown, or a page "
        "where `Accept` prefers HTML, as browsers do.",
    ),
    "read_figure": OperationText(
        "Get a figure of a model card",
        "One picture of the model card, as SVG. The card links to it.",
    ),
    "is_alive": OperationText("Check that the process answers", "Answers 200 as long as the process runs."),
    "is_ready": OperationText(
        "Check that the server is ready",
        "Answers 200 when every model is loaded and has reproduced its golden rows, "
        "and 503 during a shutdown.",
    ),
    "read_metrics": OperationText(
        "Read the metrics",
        "Counts of requests, predictions, rejections and reloads, and the served versions, "
        "in Prometheus's format.",
    ),
}

SCHEMAS = {
    "Alive": "The process answers.",
    "FeatureDetail": "A field of a row: its valid values, its training statistics, and its use by the model.",
    "FieldError": "What is wrong with one field; never its submitted value.",
    "Metrics": (
        "The number of epochs, and the metrics on held-out rows and on test rows, with 95 % bootstrap "
        "intervals over rows. Each held-out row is predicted by a network that did not learn from it; a "
        "test row had no effect on the model."
    ),
    "ModelDetail": "One served model in full.",
    "ModelList": "The served models, and the tasks without a model.",
    "ModelSummary": "One served model.",
    "OperatingPoint": "A named threshold, the reason for it, and its rates on held-out rows.",
    "OperatingPointRates": "A named threshold, the reason for it, and its rates on held-out rows.",
    "OperatingPoints": "The named thresholds, and under `at` the rates at the threshold that was asked for.",
    "Problem": "An error, as RFC 9457 describes one.",
    "Ready": "The served version of each model.",
    "RowWarning": "A warning about one field of a row; the row is answered all the same.",
    "TaskWithoutModel": "A task that has no model yet; requests for it are answered with 503.",
    "ThresholdInForce": "The threshold that this server uses for a request without one.",
    "ThresholdRates": (
        "The rates at a threshold on held-out rows. These rows also decided when the training stopped, "
        "and the calibration, so the rates are slightly optimistic."
    ),
    "TrainingStatistics": (
        "What the training rows have in one column. Of a number: the range, and the 5th, 25th, 50th, 75th "
        "and 95th percentile; fewer than 1 in 100 rows lie below `sparse_below` or above `sparse_above`. "
        "Of a category or flag: the values that occur, and those that fewer than 1 in 100 rows have. "
        "`imputation` and `fill` say what replaces a missing value."
    ),
}

# Of the schemas that every task has, by the end of their names.
SCHEMAS_OF_TASKS = {
    "Batch": "The rows to predict.",
    "Intervals": "The interval of each class.",
    "Prediction": "The answer to one row.",
    "PredictionOfRow": "The answer to one of many rows.",
    "Predictions": "The answer to many rows.",
    "Probabilities": "The probability of each class.",
}


def describe_tags(tasks: Iterable[Task]) -> list[dict[str, str]]:
    """Give the tags of the document in their order: first the tasks."""
    of_tasks = {task.title: f"Predict {task.outcome}, for one row or for many." for task in tasks}
    return [{"name": name, "description": text} for name, text in (of_tasks | TAGS).items()]


def describe_schemas(tasks: Iterable[Task]) -> dict[str, str]:
    """Give the description of each schema by its name in the document."""
    texts = dict(SCHEMAS)
    for task in tasks:
        texts |= {type_name(task, ending): text for ending, text in SCHEMAS_OF_TASKS.items()}
        texts[task.features.__name__] = _describe_row(task)
    return texts


def _describe_row(task: Task) -> str:
    nullable = ", ".join(f"`{column.name}`" for column in task.features.columns() if column.nullable)
    missing = f"May be null: {nullable}." if nullable else "No field may be null."
    return f"One row of the task {task.title}. {missing}"
