"""LitServe as in its first example, without its access log: PORT."""

import sys
from typing import Any

import litserve

from benchmarks.peers.exported_model import ExportedModel


class RowApi(litserve.LitAPI):
    """The model; a request is one row."""

    def setup(self, device: str) -> None:
        """Load the model in the worker."""
        self.model = ExportedModel()

    def predict(self, row: dict[str, Any]) -> dict[str, float]:
        """Predict one row."""
        return self.model.predict(row)


if __name__ == "__main__":
    server = litserve.LitServer(RowApi(), accelerator="cpu", workers_per_device=1)
    address = {"host": "127.0.0.1", "port": int(sys.argv[1])}
    server.run(**address, num_api_servers=1, generate_client_file=False, access_log=False)
