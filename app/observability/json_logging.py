"""Logs as JSON lines: one object a line, whatever is in it, and nothing of what was sent."""

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
    """Writes a record as one line of JSON; of an exception its type and places, never its text."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        message = record.getMessage()
        if record.name == "asyncio":
            # What follows its first line is how objects look, and an error among them tells its text.
            message = message.partition("\n")[0]
        line: dict[str, Any] = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "message": message,
        }
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            line |= {"error": type(error).__name__, "places": traceback_frames(error)}
        return to_json(line | getattr(record, "facts", {})).decode()


def traceback_frames(error: BaseException) -> list[str]:
    """Say where an error was raised, and through which calls it came."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]


def log_requests(records: Sequence[RequestRecord]) -> None:
    """Write a line for each request, all at once."""
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
    """Give uvicorn's own logging as JSON lines, with the application's lines among them."""
    config = deepcopy(LOGGING_CONFIG)
    config["formatters"]["default"] = {"()": JsonLines}
    config["handlers"]["default"]["stream"] = f"ext://{STREAM.__module__}.STREAM"
    # What Python, asyncio and uvloop have to tell.
    config["root"] = {"handlers": ["default"], "level": "WARNING"}
    config["loggers"]["app"] = {"handlers": ["default"], "level": level.upper(), "propagate": False}
    return config
