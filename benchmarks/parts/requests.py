"""Requests for one row to several servers, alternately, as rows of a table of ratios."""

from collections.abc import Mapping, Sequence
from functools import partial

from benchmarks.launch.servers import Server
from benchmarks.measurement.load import Load, run_load
from benchmarks.measurement.machine import cores
from benchmarks.measurement.rounds import Spread, alternate
from benchmarks.measurement.tables import number, spread, spread_headers
from benchmarks.run_length import RunLength

CONNECTIONS = (1, 16)
CONNECTIONS_OF_GOAL = 16
HEADER = [
    "against",
    "connections",
    "its requests/s",
    "ours",
    *spread_headers("ours / its"),
    "its p99 ms",
    "ours",
    *spread_headers("ours / its"),
    "goal",
]


def compare(servers: Sequence[Server], length: RunLength, goals: Mapping[str, str]) -> list[list[str]]:
    """Send load to each server alternately; the first server is ours, and each other server has its rows.

    Requests a second and p99 are medians over the rounds; a ratio is of two bursts of the same round.
    """
    return [row for connections in CONNECTIONS for row in _compare(servers, connections, length, goals)]


def _compare(
    servers: Sequence[Server], connections: int, length: RunLength, goals: Mapping[str, str]
) -> list[list[str]]:
    _, second = cores()
    measurements = {
        server.spec.name: partial(
            run_load, server.url, server.spec.body(), connections, length.seconds, [second]
        )
        for server in servers
    }
    (_, ours), *others = alternate(measurements, length.rounds).items()
    shown_goals = goals if connections == CONNECTIONS_OF_GOAL else {}
    return [
        [name, str(connections), *_cells(ours, theirs), shown_goals.get(name, "")] for name, theirs in others
    ]


def _cells(ours: Sequence[Load], theirs: Sequence[Load]) -> list[str]:
    rates = [[load.requests_per_second for load in loads] for loads in (ours, theirs)]
    p99s = [[load.p99_ms for load in loads] for loads in (ours, theirs)]
    return [*_medians_and_ratio(*rates), *_medians_and_ratio(*p99s)]


def _medians_and_ratio(ours: Sequence[float], theirs: Sequence[float]) -> list[str]:
    medians = [number(Spread.of(values).median) for values in (theirs, ours)]
    return [*medians, *spread(Spread.of_ratios(ours, theirs))]
