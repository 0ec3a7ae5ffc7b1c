"""Every contender: how it is started, and in which form it takes the row."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.case import TASK
from benchmarks.launch.environments import python_of
from benchmarks.launch.servers import HOST, Contender

PREDICT = f"/predict/{TASK.name}"
UVICORN_AS_OURS = ("-m", "benchmarks.peers.uvicorn_as_ours")


def ours(workers: int = 1) -> Contender:
    """Our server as `make serve` starts it, but for its log: like every contender it writes no access log."""
    return Contender(
        name="this service" if workers == 1 else f"this service, {workers} workers",
        command=("-m", "app", "--port", "{port}", "--workers", str(workers)),
        path=PREDICT,
        batch_path=f"{PREDICT}/batch",
        ready_path="/health/ready",
        environment={"APP_LOG_LEVEL": "warning"},
    )


def ours_with_log() -> Contender:
    """Our server, with a line for each request in its log, as `make serve` has it."""
    return replace(ours(), name="this service with its log", environment={"APP_LOG_LEVEL": "info"})


def bare() -> Contender:
    """A bare ASGI function on the same uvicorn, with a constant answer."""
    return Contender(
        "bare ASGI function, constant", (*UVICORN_AS_OURS, "benchmarks.peers.bare", "{port}"), PREDICT
    )


def constant() -> Contender:
    """A FastAPI route with the same models of request and answer, with a constant answer."""
    return Contender(
        "FastAPI route, constant", (*UVICORN_AS_OURS, "benchmarks.peers.constant", "{port}"), PREDICT
    )


def pipeline() -> Contender:
    """FastAPI with the pipeline before lowering."""
    return Contender(
        name="FastAPI + pandas + ColumnTransformer + torch",
        command=(*UVICORN_AS_OURS, "benchmarks.peers.pipeline", "{port}"),
        path=PREDICT,
        batch_path=f"{PREDICT}/batch",
        ready_path="/health/ready",
    )


def litserve() -> Contender:
    """The lowered model behind LitServe."""
    return Contender(
        name="LitServe, lowered",
        command=("-m", "benchmarks.peers.litserve", "{port}"),
        path="/predict",
        python=python_of("litserve"),
    )


def bentoml() -> Contender:
    """The lowered model behind BentoML."""
    command = ("-m", "bentoml", "serve", "benchmarks.peers.bentoml:LoweredModel")
    return Contender(
        name="BentoML, lowered",
        command=(*command, "--host", HOST, "--port", "{port}"),
        path="/predict",
        environment={"BENTOML_DO_NOT_TRACK": "true"},
        wrap=lambda row: {"row": row},
        python=python_of("bentoml"),
    )


def mlserver(workers: int = 1) -> Contender:
    """The lowered model behind MLServer, asked in its own protocol, v2; its default is one worker process."""
    # Its access log belongs to what it calls debugging, which is on if nobody says otherwise.
    without_access_log = {"MLSERVER_DEBUG": "false"}
    no_fixed_ports = {"MLSERVER_GRPC_PORT": "0", "MLSERVER_METRICS_ENDPOINT": ""}
    address = {"MLSERVER_HOST": HOST, "MLSERVER_HTTP_PORT": "{port}"}
    return Contender(
        name="MLServer, lowered" if workers else "MLServer, lowered, no worker process",
        command=("-m", "mlserver.cli.main", "start", "benchmarks/peers/mlserver"),
        path="/v2/models/lowered/infer",
        environment={
            "MLSERVER_PARALLEL_WORKERS": str(workers),
            **without_access_log,
            **no_fixed_ports,
            **address,
        },
        wrap=_as_v2,
        probability=lambda answer: float(answer["outputs"][0]["data"][0]),
        python=python_of("mlserver"),
    )


def _as_v2(row: dict[str, Any]) -> dict[str, Any]:
    datatypes = {str: "BYTES", int: "INT64", float: "FP64"}
    return {
        "inputs": [
            {"name": name, "shape": [1, 1], "datatype": datatypes[type(value)], "data": [value]}
            for name, value in row.items()
        ]
    }


def ray_serve() -> Contender:
    """The lowered model behind Ray Serve."""
    return Contender(
        name="Ray Serve, lowered",
        command=("-m", "benchmarks.peers.ray_serve", "{port}"),
        path="/",
        environment={"RAY_USAGE_STATS_ENABLED": "0"},
        python=python_of("ray"),
    )


# In the order in which the table names them.
PEERS: dict[str, Callable[[], Contender]] = {
    "LitServe": litserve,
    "BentoML": bentoml,
    "MLServer": mlserver,
    "MLServer without a worker process": partial(mlserver, 0),
    "Ray Serve": ray_serve,
    "FastAPI + pandas + ColumnTransformer + torch": pipeline,
}
