"""Every raw request and every hostile body of the suite, to one server."""

import json
from http.client import HTTPConnection

from tests.stress.figure import Figure
from tests.stress.shipped import MODELS
from tests.support.payloads import TASKS
from tests.support.requests.hostile_bodies import hostile_bodies
from tests.support.requests.hostile_body import NUMBER
from tests.support.requests.raw_post import CANARY, INSIDE
from tests.support.requests.raw_requests import raw_cases
from tests.support.servers.processes import HOST, JSON, free_port, running
from tests.support.servers.raw_socket import Answer, exchange

FEWEST_CASES = 400


def send_hostile_requests(_form):
    """Send them all; each has to be answered as it deserves, by a server that then is as it was."""
    port = free_port()
    with running(MODELS, port, APP_REQUEST_TIMEOUT_SECONDS="1") as server:
        faults, cases = [], 0
        for task in TASKS:
            for name, fault in [*raw_faults(port, task), *body_faults(port, task)]:
                cases += 1
                faults += [f"{name}: {fault}"] if fault else []
        faults += log_faults(server.log())
    found = f"{cases} cases, " + (
        "all well" if not faults else f"{len(faults)} wrong: {'; '.join(faults[:3])}"
    )
    wanted = f"{FEWEST_CASES} cases, no odd 5xx, hang or echo"
    return [Figure("hostile requests", wanted, found, cases >= FEWEST_CASES and not faults)]


def raw_faults(port, task):
    for case in raw_cases(task):
        try:
            answers = exchange(port, case.sent, waits=case.waits)
        except (TimeoutError, AssertionError) as error:
            yield case.name, f"hangs or breaks off ({type(error).__name__})"
            continue
        missing = "no answer" if case.allowed and not answers else None
        yield case.name, missing or next(filter(None, (fault_of(one, case.allowed) for one in answers)), None)


def body_faults(port, task):
    connection = HTTPConnection(HOST, port, timeout=10)
    for case in hostile_bodies(task):
        path = f"/predict/{task}/batch" if case.is_batch else f"/predict/{task}"
        connection.request("POST", path, case.content, JSON)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        yield case.name, fault_of(Answer(answer.status, headers, answer.read()), case.allowed)
    connection.close()


def fault_of(answer, allowed):
    """Say what is wrong with an answer, if anything is."""
    if answer.status not in allowed:
        return f"answered {answer.status}"
    written = json.dumps(answer.headers).encode() + answer.body
    told = INSIDE.search(written)
    return f"the answer tells {told[0]!r}" if told else echo_of(written, "answer")


def log_faults(log):
    echo = echo_of(log.encode(), "log")
    troubles = [word for word in ("Traceback", '"level":"error"') if word in log]
    return ([echo] if echo else []) + [f"the log has {word}" for word in troubles]


def echo_of(content, where):
    return f"a value came back in the {where}" if CANARY in content or NUMBER in content else None
