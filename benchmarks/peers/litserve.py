"""LitServe, as its first example has it, without its access log: PORT."""

import sys
from typing import Any

import litserve

from benchmarks.peers.lowered import load_lowered


class ExportedWeights(litserve.LitAPI):
    """The model; a request is a row."""

    def setup(self, device: str) -> None:
        """Load the model in the worker."""
        self.ask = load_lowered()

    def predict(self, row: dict[str, Any]) -> dict[str, float]:
        """Answer one row."""
        return self.ask(row)


if __name__ == "__main__":
    server = litserve.LitServer(ExportedWeights(), accelerator="cpu", workers_per_device=1)
    address = {"host": "127.0.0.1", "port": int(sys.argv[1])}
    server.run(**address, num_api_servers=1, generate_client_file=False, access_log=False)
