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
        line: dict[str, Any] = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "message": message,
        }
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            line |= {"error": type(error).__name__, "traceback": traceback_frames(error)}
        return to_json(line | getattr(record, "facts", {})).decode()


def traceback_frames(error: BaseException) -> list[str]:
    """Give the file, line and function of each frame of an error's traceback, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]


def log_requests(records: Sequence[RequestRecord]) -> None:
    """Write one line for each request, in a single write."""
    if records and logger.isEnabledFor(logging.INFO):
        STREAM.write("".join(map(_line, records)))


def _line(record: RequestRecord) -> str:
    facts = {
        "time": _time(record.ended),
        "level": "info",
        "message": "request",
        "request_id": record.request_id,
        "method": record.method,
        "route": record.route,
        "status": record.status,
        "milliseconds": round(record.seconds * 1e3, 3),
    }
    if record.model is not None:
        facts |= {"model": record.model, "version": record.version}
    return to_json(facts).decode() + "\n"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def log_config(level: str) -> dict[str, Any]:
    """Give uvicorn's logging configuration with JSON lines, and with the loggers of `app`."""
    config = deepcopy(LOGGING_CONFIG)
    config["formatters"]["default"] = {"()": JsonLines}
    config["handlers"]["default"]["stream"] = f"ext://{STREAM.__module__}.STREAM"
    # For Python, asyncio and uvloop.
    config["root"] = {"handlers": ["default"], "level": "WARNING"}
    config["loggers"]["app"] = {"handlers": ["default"], "level": level.upper(), "propagate": False}
    return config
