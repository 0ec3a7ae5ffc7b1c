"""Calls every operation of the OpenAPI document for every task, with the examples of the document.

Run in the folder of a service; prints {call: [status, content]} as JSON.
"""

import json
from typing import Any

from fastapi.testclient import TestClient

from app.main import app

# Every trained model has this figure.
FIGURE = "calibration.svg"

client = TestClient(app)


def example_body(operation: dict[str, Any]) -> Any:
    """Give the example for the JSON body of an operation; None if it has no body."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        return content["schema"].get("examples", [content.get("example")])[0]
    return None


def call_every_operation() -> dict[str, Any]:
    """Give the status and the content of every response, and the OpenAPI document under `document`."""
    document = client.get("/openapi.json").json()
    tasks = [model["model"] for model in client.get("/models").json()["models"]]
    answers: dict[str, Any] = {"document": document}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for task in tasks:
                url = path.replace("{task}", task).replace("{figure}", FIGURE)
                response = client.request(method, url, json=example_body(operation))
                answers[f"{method} {url}"] = [response.status_code, content_of(response)]
    return answers


def content_of(response: Any) -> Any:
    """Give the value of a JSON response, or the text of any other."""
    return response.json() if "json" in response.headers["content-type"] else response.text


if __name__ == "__main__":
    print(json.dumps(call_every_operation()))  # noqa: T201 (a command prints)
