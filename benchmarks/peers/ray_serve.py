"""Ray Serve, as its first example has it, without its access logs: PORT."""

import signal
import sys
import threading

import ray
from ray import serve
from starlette.requests import Request

from benchmarks.peers.lowered import load_lowered

WITHOUT_ACCESS_LOG = {"enable_access_log": False}


@serve.deployment(logging_config=WITHOUT_ACCESS_LOG)
class ExportedWeights:
    """The model; a request is a row."""

    def __init__(self) -> None:
        self.ask = load_lowered()

    async def __call__(self, request: Request) -> dict[str, float]:
        """Answer one row."""
        return self.ask(await request.json())


if __name__ == "__main__":
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", log_to_driver=False)
    address = {"host": "127.0.0.1", "port": int(sys.argv[1])}
    serve.start(http_options=address, logging_config=WITHOUT_ACCESS_LOG)
    serve.run(ExportedWeights.bind())  # type: ignore[attr-defined]
    stopped.wait()
    ray.shutdown()
