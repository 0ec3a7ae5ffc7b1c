"""Every malformed and hostile request of `tests.support.requests`, sent to one real server.

The server must answer each with an expected status, reveal nothing internal, and work as before afterwards.
"""

import json
from http.client import HTTPConnection

import pytest

from tests.support.payloads import TASKS, row_of
from tests.support.requests.hostile_bodies import hostile_bodies
from tests.support.requests.hostile_body import NUMBER
from tests.support.requests.raw_post import CANARY, INSIDE
from tests.support.requests.raw_requests import raw_cases
from tests.support.servers.processes import ask, end, free_port, running
from tests.support.servers.raw_socket import Answer, exchange

MAX_ANSWER_BYTES = 8 * 1024

RAW_CASES = [case for task in TASKS for case in raw_cases(task)]
BODY_CASES = [(task, case) for task in TASKS for case in hostile_bodies(task)]


@pytest.fixture(scope="module")
def server(models):
    port = free_port()
    with running(models, port, APP_REQUEST_TIMEOUT_SECONDS="1") as process:
        before = ask(port, "/models")
        yield port
        assert process.poll() is None
        assert ask(port, "/models") == before
        _, log, _ = end(process)
    check_log(log)


@pytest.fixture(scope="module")
def connection(server):
    connection = HTTPConnection("127.0.0.1", server, timeout=10)
    yield connection
    connection.close()


def check_log(log: str) -> None:
    assert CANARY.decode() not in log
    assert NUMBER.decode() not in log
    assert "Traceback" not in log
    assert '"level":"error"' not in log
    assert all(json.loads(line)["time"] for line in log.splitlines())


def check_answer(answer: Answer, allowed: frozenset[int]) -> None:
    assert answer.status in allowed
    if answer.status >= 400:
        assert len(answer.body) <= MAX_ANSWER_BYTES
        problem = answer.problem()
        assert len(problem.get("errors", ())) <= 20
    received = json.dumps(answer.headers).encode() + answer.body
    assert CANARY not in received
    assert NUMBER not in received
    assert INSIDE.search(received) is None
    assert "server" not in answer.headers


def test_there_are_at_least_200_cases_of_each_kind_with_unique_names():
    assert len({case.name for case in RAW_CASES}) == len(RAW_CASES) >= 200
    assert len({case.name for _, case in BODY_CASES}) == len(BODY_CASES) >= 200


@pytest.mark.parametrize(
    "content",
    [
        b"/srv/models/task/1/manifest.json: No such file",
        b"see https://errors.pydantic.dev/2.14/v/missing",
        b"KeyError: 'x'",
        b"<object object at 0x7f51>",
        b"Python/3.11",
        b"version 0.165.0",
        b'File "routes.py", line 5, in answer',
    ],
)
def test_the_check_rejects_an_answer_that_reveals_internal_details(content):
    with pytest.raises(AssertionError):
        check_answer(Answer(200, {}, content), frozenset({200}))


@pytest.mark.parametrize("case", RAW_CASES, ids=lambda case: case.name)
def test_a_raw_request_is_answered_with_an_expected_status(server, case):
    answers = exchange(server, case.sent, waits=case.waits)

    assert bool(answers) == bool(case.allowed)
    for answer in answers:
        check_answer(answer, case.allowed)


@pytest.mark.parametrize(("task", "case"), BODY_CASES, ids=[case.name for _, case in BODY_CASES])
def test_a_hostile_body_is_answered_with_an_expected_status(connection, task, case):
    path = f"/predict/{task}/batch" if case.is_batch else f"/predict/{task}"

    connection.request("POST", path, case.content, {"Content-Type": "application/json"})
    answer = connection.getresponse()

    headers = {name.lower(): value for name, value in answer.headers.items()}

    check_answer(Answer(answer.status, headers, answer.read()), case.allowed)


@pytest.mark.parametrize("task", TASKS)
def test_a_valid_row_is_answered_after_all_hostile_requests(server, task):
    assert ask(server, f"/predict/{task}", row_of(task))["model"] == task
