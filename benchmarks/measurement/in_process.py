"""Requests to an ASGI application in this process, without socket, uvicorn and load generator."""

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from starlette.types import ASGIApp, Message


class Call:
    """One POST request with a JSON body, which can be sent repeatedly."""

    def __init__(self, app: ASGIApp, path: str, body: bytes) -> None:
        self._app = app
        self._body = body
        self._scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (b"host", b"127.0.0.1"),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 1),
        }

    async def answer(self) -> tuple[int, bytes]:
        """Send the request; return the status and the body of the response."""
        status, content = 0, b""

        async def receive() -> Message:
            return {"type": "http.request", "body": self._body, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal status, content
            status = message.get("status", status)
            content += message.get("body", b"")

        await self._app(self._scope.copy(), receive, send)
        return status, content

    async def microseconds(self, repeats: int) -> float:
        """Return the mean time of a request over `repeats` sequential requests."""
        started = time.perf_counter_ns()
        for _ in range(repeats):
            await self.answer()
        return (time.perf_counter_ns() - started) / repeats / 1e3

    async def microseconds_concurrent(self, requests: int, repeats: int) -> float:
        """Return the mean time of a request over `repeats` groups of `requests` concurrent requests."""
        started = time.perf_counter_ns()
        for _ in range(repeats):
            await asyncio.gather(*(self.answer() for _ in range(requests)))
        return (time.perf_counter_ns() - started) / repeats / requests / 1e3

    async def instructions(self, requests: int = 1) -> float:
        """Count the Python instructions a request, with `requests` concurrent ones; equal on any machine."""
        await self.answer()  # the first request fills caches
        counted = 0

        def trace(frame: FrameType, event: str, _: object) -> Any:
            nonlocal counted
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            counted += event == "opcode"
            return trace

        with untraced():
            sys.settrace(trace)
            if requests == 1:
                await self.answer()
            else:
                await asyncio.gather(*(self.answer() for _ in range(requests)))
        return counted / requests


async def min_microseconds(
    calls: Mapping[str, Call], requests: int, rounds: int, repeats: int
) -> dict[str, float]:
    """Time the calls alternately in short rounds; return the minimum of each, its least disturbed round."""
    minimum = dict.fromkeys(calls, float("inf"))
    with untraced():
        for _ in range(rounds):
            for name, call in calls.items():
                minimum[name] = min(minimum[name], await call.microseconds_concurrent(requests, repeats))
    return minimum


@contextmanager
def untraced() -> Iterator[None]:
    """Suspend the trace function of this thread, such as that of a coverage tool."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
