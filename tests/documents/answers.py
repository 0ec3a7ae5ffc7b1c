"""The answers that the documents show: asked of the shipped models, never typed by hand."""

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

# A shell block, and right behind it the JSON block with its answer.
ASKED_AND_ANSWERED = re.compile(r"```(?:sh|shell)\n(?P<asked>curl [^`]*)```\n+```json\n(?P<answer>[^`]*)```")


@dataclass(frozen=True)
class Call:
    method: str
    target: str
    headers: dict[str, str]
    content: str | None


def read_call(command: str) -> Call:
    # What stands behind a pipe only lays the answer out.
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


def ask(client: TestClient, command: str) -> str:
    call = read_call(command)
    answer = client.request(call.method, call.target, headers=call.headers, content=call.content)
    return json.dumps(answer.json(), indent=1, ensure_ascii=False) + "\n"


def refresh(text: str, client: TestClient) -> str:
    """Put the server's own answer behind each call of a document."""

    def answered(found: re.Match[str]) -> str:
        return found[0].replace(found["answer"], ask(client, found["asked"]))

    return ASKED_AND_ANSWERED.sub(answered, text)
