"""Requests for one row to several servers, in turns, as rows of a table of ratios."""

from collections.abc import Mapping, Sequence
from functools import partial

from benchmarks.form import Form
from benchmarks.launch.servers import Server
from benchmarks.measurement.load import Load, press
from benchmarks.measurement.machine import cores
from benchmarks.measurement.rounds import Spread, take_turns
from benchmarks.measurement.tables import number, spread, spread_heads

CONNECTIONS = (1, 16)
WITH_GOAL = 16
HEAD = [
    "against",
    "connections",
    "its requests/s",
    "ours",
    *spread_heads("ours / its"),
    "its p99 ms",
    "ours",
    *spread_heads("ours / its"),
    "goal",
]


def compare(servers: Sequence[Server], form: Form, goals: Mapping[str, str]) -> list[list[str]]:
    """Press each server in turn; the first is ours, and each row is about one of the others.

    Requests a second and p99 are medians over the rounds; a ratio is of two bursts of one round.
    """
    return [row for connections in CONNECTIONS for row in _compare(servers, connections, form, goals)]


def _compare(
    servers: Sequence[Server], connections: int, form: Form, goals: Mapping[str, str]
) -> list[list[str]]:
    _, second = cores()
    batch_queue = {
        server.contender.name: partial(
            press, server.url, server.contender.body(), connections, form.seconds, [second]
        )
        for server in servers
    }
    (_, ours), *others = take_turns(batch_queue, form.rounds).items()
    reached = goals if connections == WITH_GOAL else {}
    return [[name, str(connections), *_row(ours, theirs), reached.get(name, "")] for name, theirs in others]


def _row(ours: Sequence[Load], theirs: Sequence[Load]) -> list[str]:
    rates = [[load.requests_per_second for load in loads] for loads in (ours, theirs)]
    tails = [[load.p99_ms for load in loads] for loads in (ours, theirs)]
    return [*_pair(*rates), *_pair(*tails)]


def _pair(ours: Sequence[float], theirs: Sequence[float]) -> list[str]:
    typical = [number(Spread.of(values).median) for values in (theirs, ours)]
    return [*typical, *spread(Spread.of_ratios(ours, theirs))]
