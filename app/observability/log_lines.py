"""Writes the log, one event a line, as JSON or as text, without any value that a client sent."""

import logging
import os
import traceback
from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json
from uvicorn.config import LOGGING_CONFIG

from app.observability.log_writer import STDERR, STREAM
from app.observability.request_log import RequestRecord
from app.settings import LogFormat

Facts = dict[str, Any]

logger = logging.getLogger("app.requests")


class LogLines(logging.Formatter):
    """Formats a log record as one line; of an error its type and traceback, never its text."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        message = record.getMessage()
        if record.name == "asyncio":
            # After the first line asyncio prints objects, and an error among them prints its text.
            message = message.partition("\n")[0]
        message, facts = encodable(message), getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            facts = {"error": type(error).__name__, "traceback": traceback_frames(error)} | facts
        return self.write(record.created, record.levelname.lower(), message, facts)

    def write(self, seconds: float, level: str, message: str, facts: Facts) -> str:
        """Write the line of a message, its time in seconds since 1970."""
        raise NotImplementedError

    def write_request(self, record: RequestRecord) -> str:
        """Write the line of a request."""
        raise NotImplementedError


class JsonLines(LogLines):
    """Writes one JSON object a line, for programs."""

    def write(self, seconds: float, level: str, message: str, facts: Facts) -> str:
        """Write the object: its time is in UTC."""
        time = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
        return to_json({"time": time, "level": level, "message": message} | facts).decode()

    def write_request(self, record: RequestRecord) -> str:
        """Write the object of a request."""
        facts: Facts = {
            "request_id": record.request_id,
            "method": record.method,
            "route": record.route,
            "status": record.status,
            "milliseconds": round(record.seconds * 1e3, 3),
        }
        if record.model is not None:
            facts |= {"model": record.model, "version": record.version}
        return self.write(record.ended, "info", "request", facts)


class TextLines(LogLines):
    """Writes one line of text, for a person at a terminal."""

    def write(self, seconds: float, level: str, message: str, facts: Facts) -> str:
        """Write the local time, the level, the message and the facts that it lacks."""
        time = datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%H:%M:%S")
        # A message of several lines would look like several events.
        parts = [time, f"{level:<7}", *message.split()]
        for name, value in facts.items():
            text = " < ".join(reversed(value)) if isinstance(value, list) else str(value)
            parts += [] if text in message else [f"{name}={text}"]
        return " ".join(parts)

    def write_request(self, record: RequestRecord) -> str:
        """Write the line of a request; its route names the path without what the client put there."""
        what = f"{record.method or 'invalid'} {record.route or 'unknown path'}"
        by = "" if record.model is None else f", {record.model} version {record.version}"
        message = f"{what}: {record.status} in {record.seconds * 1e3:.1f} ms{by}"
        return self.write(record.ended, "info", message, {})


LINES = {"json": JsonLines, "text": TextLines}


def choose_lines(log_format: LogFormat) -> LogLines:
    """Give the format of the setting: `auto` means text where standard error is a terminal."""
    if log_format == "auto":
        log_format = "text" if os.isatty(STDERR) else "json"
    return LINES[log_format]()


class RequestLines:
    """Writes the lines of requests."""

    def __init__(self, log_format: LogFormat) -> None:
        self._lines = choose_lines(log_format)

    def __call__(self, records: Sequence[RequestRecord]) -> None:
        """Write one line for each request, in a single write."""
        if records and logger.isEnabledFor(logging.INFO):
            STREAM.write("".join(f"{self._lines.write_request(record)}\n" for record in records))


def traceback_frames(error: BaseException) -> list[str]:
    """Give the file, line and function of each frame of an error's traceback, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return [encodable(f"{frame.filename}:{frame.lineno} in {frame.name}") for frame in frames]


def encodable(text: str) -> str:
    """Escape the bytes of a path that are not UTF-8, which Python reads as lone surrogates."""
    return text.encode(errors="backslashreplace").decode()


def log_unexpected(error: Exception, what: str, **facts: str) -> None:
    """Log an error's type and traceback, but not its text, which may contain a submitted value."""
    frames = traceback_frames(error)
    logging.getLogger("app").error(
        "%s failed with %s at %s.",
        what,
        type(error).__name__,
        frames[-1],
        extra={"facts": {**facts, "error": type(error).__name__, "traceback": frames}},
    )


def log_config(level: str, log_format: LogFormat) -> dict[str, Any]:
    """Give uvicorn's logging configuration with our lines, and with the loggers of `app`."""
    config = deepcopy(LOGGING_CONFIG)
    config["formatters"]["default"] = {"()": choose_lines, "log_format": log_format}
    config["handlers"]["default"]["stream"] = f"ext://{STREAM.__module__}.STREAM"
    # For Python, asyncio and uvloop.
    config["root"] = {"handlers": ["default"], "level": "WARNING"}
    config["loggers"]["app"] = {"handlers": ["default"], "level": level.upper(), "propagate": False}
    return config
