"""The application starts under servers without lifespan state, such as hypercorn before 0.17."""

import asyncio

import pytest

from app.application import create_app
from app.observability.request_log import REQUEST_LOG
from app.settings import Settings


def run_lifespan(app, scope):
    """Send the events of a start and an end to an application; give its answers."""
    events, answers = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}], []

    async def receive():
        return events.pop(0)

    async def send(message):
        answers.append(message["type"])

    asyncio.run(app({"type": "lifespan", "asgi": {"version": "3.0"}, **scope}, receive, send))
    return answers


@pytest.mark.parametrize("scope", [{}, {"state": {}}], ids=["without", "with"])
def test_the_application_starts_and_ends_with_and_without_lifespan_state(models, scope):
    app = create_app(Settings(models_dir=models))

    answers = run_lifespan(app, scope)

    assert answers == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert all(REQUEST_LOG in state for state in scope.values())
