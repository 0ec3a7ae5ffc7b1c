"""Calls every operation of the OpenAPI document, for every task, with the document's own examples.

Run in the folder of a service; prints {call: [status, answer]} as JSON.
"""

import json
from typing import Any

from fastapi.testclient import TestClient

from app.main import app

client = TestClient(app)


def example_body(operation: dict[str, Any]) -> Any:
    """Give the example that the document has for the operation's JSON body."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        return content["schema"].get("examples", [content.get("example")])[0]
    return None


def ask_everything() -> dict[str, Any]:
    """Give what each call came to."""
    document = client.get("/openapi.json").json()
    tasks = [model["model"] for model in client.get("/models").json()["models"]]
    calls = {
        f"{method} {path.replace('{task}', task)}": (
            method,
            path.replace("{task}", task),
            example_body(operation),
        )
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for task in tasks
    }
    answers = {name: client.request(method, path, json=body) for name, (method, path, body) in calls.items()}
    told = {name: [answer.status_code, content_of(answer)] for name, answer in answers.items()}
    return told | {"document": document}


def content_of(answer: Any) -> Any:
    """Give what an answer says: JSON read, anything else as text."""
    is_json = "json" in answer.headers["content-type"]
    return answer.json() if is_json else answer.text


if __name__ == "__main__":
    print(json.dumps(ask_everything()))  # noqa: T201 (a command prints)
