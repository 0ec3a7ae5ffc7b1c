"""Requests to an ASGI application inside this process: no socket, no uvicorn, no load generator."""

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from starlette.types import ASGIApp, Message


class Call:
    """One POST of JSON that can be made over and over."""

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
        """Make the request, and give the status and the body of the answer."""
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
        """Give the mean time of so many requests in a row."""
        started = time.perf_counter_ns()
        for _ in range(repeats):
            await self.answer()
        return (time.perf_counter_ns() - started) / repeats / 1e3

    async def microseconds_together(self, requests: int, repeats: int) -> float:
        """Give the mean time of a request where so many arrive at once, over and over."""
        started = time.perf_counter_ns()
        for _ in range(repeats):
            await asyncio.gather(*(self.answer() for _ in range(requests)))
        return (time.perf_counter_ns() - started) / repeats / requests / 1e3

    async def instructions(self, requests: int = 1) -> float:
        """Count the Python instructions of a request, of so many at once: the same on any machine."""
        await self.answer()  # the first fills caches
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


async def least_microseconds(
    calls: Mapping[str, Call], requests: int, rounds: int, repeats: int
) -> dict[str, float]:
    """Time the calls in turns, in rounds so short that many go undisturbed; give the least of each."""
    least = dict.fromkeys(calls, float("inf"))
    with untraced():
        for _ in range(rounds):
            for name, call in calls.items():
                least[name] = min(least[name], await call.microseconds_together(requests, repeats))
    return least


@contextmanager
def untraced() -> Iterator[None]:
    """Put aside whatever traces this thread, such as the measurement of coverage."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
