"""The errors of a model and of the rows that it is given.

PredictorError
├── ArtefactMissing       no artefact where one is expected
├── ArtefactCorrupt       the bytes on disk are not what the manifest promises
├── ArtefactUntrusted     not signed by the key that it must be signed by
├── KeyUnusable           the file of a key holds no such key
├── SchemaMismatch        the artefact was trained for other features than the task's
├── DeviceUnavailable     the device that was asked for is not there
├── AnswerNotFinite       the model's arithmetic overflowed on a row
├── UnknownTask           no task of that name (404)
├── UnknownOperatingPoint no operating point of that name (422)
├── InvalidThreshold      not a threshold, or two at once (422)
└── InvalidRow            a row is not one of the task's (422)
"""

from pydantic import ValidationError


class PredictorError(Exception):
    """A fact about a model, told in one sentence that says what to do."""

    status = 500


class ArtefactMissing(PredictorError):
    """There is no artefact where one is expected."""


class ArtefactCorrupt(PredictorError):
    """The artefact on disk is not what its manifest promises."""


class ArtefactUntrusted(PredictorError):
    """The artefact is not signed, or not by the key that it must be signed by."""


class KeyUnusable(PredictorError):
    """The file of a key cannot be read, or holds no such key; the text does not say which file."""


class SchemaMismatch(PredictorError):
    """The artefact was trained for other features than the task now has."""


class DeviceUnavailable(PredictorError):
    """The device that was asked for is not there."""


class AnswerNotFinite(PredictorError):
    """The model's arithmetic overflowed: there is no probability to give."""


class UnknownTask(PredictorError):
    """There is no task of that name."""

    status = 404


class UnknownOperatingPoint(PredictorError):
    """The model has no operating point of that name."""

    status = 422


class InvalidThreshold(PredictorError):
    """The threshold is not a number from 0 to 1, or two choices were made at once."""

    status = 422


class InvalidRow(PredictorError, ValueError):
    """A row is not one of the task's; the text names the row, its columns and what they may hold."""

    status = 422


def describe_errors(error: ValidationError) -> list[str]:
    """Give the place and the message of each error in one line each, without any value."""
    return [
        _describe(details["loc"], details["msg"])
        for details in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _describe(location: tuple[int | str, ...], message: str) -> str:
    place = "".join(c if c.isprintable() else "?" for c in ".".join(map(str, location)))
    message = message.removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
