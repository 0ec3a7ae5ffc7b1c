"""The errors of a model and of the rows that it is given."""

from pydantic import ValidationError


class PredictorError(Exception):
    """Base of the errors; the text says what is wrong and what to do, and `status` is for HTTP."""

    status = 500


class ArtefactMissing(PredictorError):
    """There is no artefact in the folder."""


class ArtefactCorrupt(PredictorError):
    """The files of the artefact do not match its manifest; `remedy` says what to do."""

    def __init__(self, text: str, remedy: str = "restore it, or train it again") -> None:
        super().__init__(text)
        self.remedy = remedy


class ArtefactUntrusted(PredictorError):
    """The artefact is not signed by the required key."""


class KeyUnusable(PredictorError):
    """The key file cannot be read or does not contain a key; the text does not name the file."""


class SchemaMismatch(PredictorError):
    """The artefact was trained for other features than those of the task."""


class DeviceUnavailable(PredictorError):
    """The requested device cannot be used."""


class PredictionNotFinite(PredictorError):
    """The model's computation overflowed, so there is no probability."""


class DefinitionInvalid(PredictorError):
    """A file of a task or recipe is not valid; the text names the file, the line and what to do."""


class UnknownSource(PredictorError):
    """There is no folder or package of tasks of that name."""


class UnknownTask(PredictorError):
    """There is no task of that name."""

    status = 404


class UnknownOperatingPoint(PredictorError):
    """The model has no operating point of that name."""

    status = 422


class InvalidThreshold(PredictorError):
    """The threshold is not a number from 0 to 1, or two thresholds were given."""

    status = 422


class InvalidRow(PredictorError, ValueError):
    """A row is not valid for the task; the text names the row, its columns and what they may hold."""

    status = 422


def describe_errors(error: ValidationError) -> list[str]:
    """Give one line for each error, with its location and message but without any value."""
    lines = []
    for details in error.errors(include_input=False, include_url=False, include_context=False):
        location = ".".join(map(str, details["loc"]))
        location = "".join(c if c.isprintable() else "?" for c in location)
        message = details["msg"].removeprefix("Value error, ")
        lines.append(f"{location}: {message}" if location else message)
    return lines


def training_command(task: str) -> str:
    """Give the command that trains a task's model; where its data comes from is known to training alone."""
    return f"`python -m training {task} --data FILE` (without --data if its data is built in)"
