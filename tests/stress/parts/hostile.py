"""Every raw request and every hostile body of the test suite, sent to one server."""

import json
from http.client import HTTPConnection

from tests.stress.result import Result
from tests.support.payloads import TASKS
from tests.support.repository import MODELS
from tests.support.requests.hostile_bodies import hostile_bodies
from tests.support.requests.hostile_body import NUMBER
from tests.support.requests.raw_post import CANARY, INSIDE
from tests.support.requests.raw_requests import raw_cases
from tests.support.servers.processes import HOST, JSON, free_port, running
from tests.support.servers.raw_socket import Answer, exchange

MIN_CASES = 400


def send_hostile_requests(_profile):
    """Check the response to every request, and the log of the server afterwards."""
    port = free_port()
    with running(MODELS, port, APP_REQUEST_TIMEOUT_SECONDS="1") as server:
        faults, cases = [], 0
        for task in TASKS:
            for name, fault in [*raw_faults(port, task), *body_faults(port, task)]:
                cases += 1
                faults += [f"{name}: {fault}"] if fault else []
        faults += log_faults(server.log())
    found = f"{cases} cases, " + (f"{len(faults)} faults: {'; '.join(faults[:3])}" if faults else "no fault")
    wanted = f"at least {MIN_CASES} cases, no unexpected status, no hang, no echo of a value"
    return [Result("hostile requests", wanted, found, cases >= MIN_CASES and not faults)]


def raw_faults(port, task):
    for case in raw_cases(task):
        try:
            answers = exchange(port, case.sent, waits=case.waits)
        except (TimeoutError, AssertionError) as error:
            yield case.name, f"no complete response ({type(error).__name__})"
            continue
        missing = "no response" if case.allowed and not answers else None
        yield case.name, missing or next(filter(None, (fault_of(one, case.allowed) for one in answers)), None)


def body_faults(port, task):
    connection = HTTPConnection(HOST, port, timeout=10)
    for case in hostile_bodies(task):
        path = f"/predict/{task}/batch" if case.is_batch else f"/predict/{task}"
        connection.request("POST", path, case.content, JSON)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.headers.items()}
        yield case.name, fault_of(Answer(response.status, headers, response.read()), case.allowed)
    connection.close()


def fault_of(answer, allowed):
    """Describe what is wrong with a response; None if nothing is."""
    if answer.status not in allowed:
        return f"status {answer.status}"
    content = json.dumps(answer.headers).encode() + answer.body
    internal = INSIDE.search(content)
    return f"the response contains {internal[0]!r}" if internal else echo_in(content, "response")


def log_faults(log):
    echo = echo_in(log.encode(), "log")
    errors = [word for word in ("Traceback", '"level":"error"') if word in log]
    return ([echo] if echo else []) + [f"the log contains {word}" for word in errors]


def echo_in(content, where):
    return f"the {where} contains a value of the request" if CANARY in content or NUMBER in content else None
