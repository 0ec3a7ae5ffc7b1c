"""Ray Serve as in its first example, without its access logs: PORT."""

import signal
import sys
import threading

import ray
from ray import serve
from starlette.requests import Request

from benchmarks.peers.exported_model import ExportedModel

WITHOUT_ACCESS_LOG = {"enable_access_log": False}


@serve.deployment(logging_config=WITHOUT_ACCESS_LOG)
class RowDeployment:
    """The model; a request is one row."""

    def __init__(self) -> None:
        self.model = ExportedModel()

    async def __call__(self, request: Request) -> dict[str, float]:
        """Predict one row."""
        return self.model.predict(await request.json())


if __name__ == "__main__":
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", log_to_driver=False)
    address = {"host": "127.0.0.1", "port": int(sys.argv[1])}
    serve.start(http_options=address, logging_config=WITHOUT_ACCESS_LOG)
    serve.run(RowDeployment.bind())  # type: ignore[attr-defined]
    stopped.wait()
    ray.shutdown()
