"""The specification of every measured server: its command, its environment and its form of request."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.launch.environments import python_of
from benchmarks.launch.servers import HOST, ServerSpec
from benchmarks.workload import TASK

PREDICT = f"/predict/{TASK.name}"
SAME_UVICORN = ("-m", "benchmarks.peers.same_uvicorn")


def ours(workers: int = 1) -> ServerSpec:
    """This service as `make serve` starts it, but without request log: no measured server has one."""
    return ServerSpec(
        name="this service" if workers == 1 else f"this service, {workers} workers",
        command=("-m", "app", "--port", "{port}", "--workers", str(workers)),
        path=PREDICT,
        batch_path=f"{PREDICT}/batch",
        ready_path="/health/ready",
        environment={"APP_LOG_LEVEL": "warning"},
    )


def ours_with_log() -> ServerSpec:
    """This service as `make serve` starts it, with one log line a request."""
    return replace(ours(), name="this service with request log", environment={"APP_LOG_LEVEL": "info"})


def bare() -> ServerSpec:
    """A bare ASGI function with a constant response, under the same uvicorn."""
    return ServerSpec(
        "bare ASGI function, constant", (*SAME_UVICORN, "benchmarks.peers.bare", "{port}"), PREDICT
    )


def constant() -> ServerSpec:
    """A FastAPI route with the same request and response models and a constant response."""
    return ServerSpec(
        "FastAPI route, constant", (*SAME_UVICORN, "benchmarks.peers.constant", "{port}"), PREDICT
    )


def pipeline() -> ServerSpec:
    """FastAPI with the scikit-learn preprocessor and the torch network, before export."""
    return ServerSpec(
        name="FastAPI + pandas + ColumnTransformer + torch",
        command=(*SAME_UVICORN, "benchmarks.peers.pipeline", "{port}"),
        path=PREDICT,
        batch_path=f"{PREDICT}/batch",
        ready_path="/health/ready",
    )


def litserve() -> ServerSpec:
    """The exported model behind LitServe."""
    return ServerSpec(
        name="LitServe, exported model",
        command=("-m", "benchmarks.peers.litserve", "{port}"),
        path="/predict",
        python=python_of("litserve"),
    )


def bentoml() -> ServerSpec:
    """The exported model behind BentoML."""
    command = ("-m", "bentoml", "serve", "benchmarks.peers.bentoml:RowService")
    return ServerSpec(
        name="BentoML, exported model",
        command=(*command, "--host", HOST, "--port", "{port}"),
        path="/predict",
        environment={"BENTOML_DO_NOT_TRACK": "true"},
        wrap=lambda row: {"row": row},
        python=python_of("bentoml"),
    )


def mlserver(workers: int = 1) -> ServerSpec:
    """The exported model behind MLServer with its own protocol, v2; its default is one worker process."""
    # MLServer writes an access log in debug mode, which is its default.
    without_access_log = {"MLSERVER_DEBUG": "false"}
    no_fixed_ports = {"MLSERVER_GRPC_PORT": "0", "MLSERVER_METRICS_ENDPOINT": ""}
    address = {"MLSERVER_HOST": HOST, "MLSERVER_HTTP_PORT": "{port}"}
    return ServerSpec(
        name="MLServer, exported model" if workers else "MLServer, exported model, no worker process",
        command=("-m", "mlserver.cli.main", "start", "benchmarks/peers/mlserver"),
        path="/v2/models/exported/infer",
        environment={
            "MLSERVER_PARALLEL_WORKERS": str(workers),
            **without_access_log,
            **no_fixed_ports,
            **address,
        },
        wrap=_as_v2,
        probability=lambda response: float(response["outputs"][0]["data"][0]),
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


def ray_serve() -> ServerSpec:
    """The exported model behind Ray Serve."""
    return ServerSpec(
        name="Ray Serve, exported model",
        command=("-m", "benchmarks.peers.ray_serve", "{port}"),
        path="/",
        environment={"RAY_USAGE_STATS_ENABLED": "0"},
        python=python_of("ray"),
    )


# Functions, because `python_of` installs the environment of a peer when its spec is made.
PEERS: dict[str, Callable[[], ServerSpec]] = {
    "LitServe": litserve,
    "BentoML": bentoml,
    "MLServer": mlserver,
    "MLServer without a worker process": partial(mlserver, 0),
    "Ray Serve": ray_serve,
    "FastAPI + pandas + ColumnTransformer + torch": pipeline,
}
