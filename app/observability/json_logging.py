"""Writes the log as JSON, one object a line, without any value that a client sent."""

import logging
import traceback
from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json
from uvicorn.config import LOGGING_CONFIG

from app.observability.log_writer import STREAM
from app.observability.request_log import RequestRecord

logger = logging.getLogger("app.requests")


class JsonLines(logging.Formatter):
    """Formats a log record as one line of JSON; of an error its type and traceback, never its text."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        message = record.getMessage()
        if record.name == "asyncio":
            # After the first line asyncio prints objects, and an error among them prints its text.
            message = message.partition("\n")[0]
        facts = getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            facts = {"error": type(error).__name__, "traceback": traceback_frames(error)} | facts
        return _line(record.created, record.levelname.lower(), message, facts)


def traceback_frames(error: BaseException) -> list[str]:
    """Give the file, line and function of each frame of an error's traceback, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return [_encodable(f"{frame.filename}:{frame.lineno} in {frame.name}") for frame in frames]


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


def log_requests(records: Sequence[RequestRecord]) -> None:
    """Write one line for each request, in a single write."""
    if records and logger.isEnabledFor(logging.INFO):
        STREAM.write("".join(map(_request_line, records)))


def _request_line(record: RequestRecord) -> str:
    facts = {
        "request_id": record.request_id,
        "method": record.method,
        "route": record.route,
        "status": record.status,
        "milliseconds": round(record.seconds * 1e3, 3),
    }
    if record.model is not None:
        facts |= {"model": record.model, "version": record.version}
    return _line(record.ended, "info", "request", facts) + "\n"


def _line(seconds: float, level: str, message: str, facts: dict[str, Any]) -> str:
    time = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return to_json({"time": time, "level": level, "message": _encodable(message)} | facts).decode()


def _encodable(text: str) -> str:
    """Escape the bytes of a path that are not UTF-8, which Python reads as lone surrogates."""
    return text.encode(errors="backslashreplace").decode()


def log_config(level: str) -> dict[str, Any]:
    """Give uvicorn's logging configuration with JSON lines, and with the loggers of `app`."""
    config = deepcopy(LOGGING_CONFIG)
    config["formatters"]["default"] = {"()": JsonLines}
    config["handlers"]["default"]["stream"] = f"ext://{STREAM.__module__}.STREAM"
    # For Python, asyncio and uvloop.
    config["root"] = {"handlers": ["default"], "level": "WARNING"}
    config["loggers"]["app"] = {"handlers": ["default"], "level": level.upper(), "propagate": False}
    return config
