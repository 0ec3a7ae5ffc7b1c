"""The responses in the documents: the shipped models generate them."""

import json
import re
import shlex
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from urllib.parse import urlsplit

from fastapi.testclient import TestClient

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "http.md")

# A shell block with a call, followed by a JSON block with its response.
CALL_AND_RESPONSE = re.compile(r"```(?:sh|shell)\n(?P<call>curl [^`]*)```\n+```json\n(?P<response>[^`]*)```")


@dataclass(frozen=True)
class Call:
    method: str
    target: str
    headers: dict[str, str]
    content: str | None


def parse_call(command: str) -> Call:
    # The command after a pipe only formats the response.
    words = takewhile(lambda word: word != "|", shlex.split(command.replace("\\\n", " ")))
    method, target, headers, content = "", "", {}, None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            content = next(words)
        elif word.startswith("http://"):
            parts = urlsplit(word)
            target = parts.path + (f"?{parts.query}" if parts.query else "")
    return Call(method or ("GET" if content is None else "POST"), target, headers, content)


def response_to(client: TestClient, command: str) -> str:
    """Send the request of a curl command; return its JSON as the documents format it."""
    call = parse_call(command)
    response = client.request(call.method, call.target, headers=call.headers, content=call.content)
    return json.dumps(response.json(), indent=1, ensure_ascii=False) + "\n"


def refresh(text: str, client: TestClient) -> str:
    """Replace the response after each call of a document by that of the server."""

    def with_response(match: re.Match[str]) -> str:
        return match[0].replace(match["response"], response_to(client, match["call"]))

    return CALL_AND_RESPONSE.sub(with_response, text)
