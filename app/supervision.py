"""Several processes that answer, and what becomes of them when one of them dies.

uvicorn's supervisor replaces a worker that dies or hangs. Added here: workers that leave as `app.server`
says, an end to the wait for a worker that does not, and workers that outlive no supervisor.
"""

import socket
import time

import uvicorn
from uvicorn.supervisors import Multiprocess, multiprocess

from app.listener import refuse_newcomers
from app.server import Server, ServerConfig

# So long a worker gets beyond the time for shutdown before it is killed.
MERCY_SECONDS = 0.5
# A worker that has once answered and then is silent for so long is replaced.
SILENT_SECONDS = 5


class Worker(multiprocess.Process):
    """One process that answers."""

    config: ServerConfig
    has_answered = False

    @property
    def server(self) -> uvicorn.Server:
        """Give the server that this process runs."""
        if self._server is None:
            self._server = Server(self.config)
        return self._server

    def ping(self, timeout: float = SILENT_SECONDS) -> bool:
        """Say whether the worker answers; it may take `timeout` only until it has answered once."""
        self.has_answered = super().ping(SILENT_SECONDS if self.has_answered else timeout)
        return self.has_answered


class Supervisor(Multiprocess):
    """Starts the workers, replaces those that die, and leaves none behind."""

    def __init__(self, config: ServerConfig, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._times = config

    def terminate_all(self) -> None:
        """Tell every worker to leave; nobody can connect any more once they have drained."""
        super().terminate_all()
        time.sleep(self._times.drain_seconds)
        refuse_newcomers(self.sockets)
        for listener in self.sockets:
            # The workers have it open still; once they close it, nobody waits in vain.
            listener.close()

    def join_all(self) -> None:
        """Wait until every worker has left, and kill those that have not when the time is up."""
        end = time.monotonic() + self._times.shutdown_seconds + MERCY_SECONDS
        for worker in self.processes:
            worker.process.join(max(0, end - time.monotonic()))
            if worker.process.is_alive():
                worker.kill()
                worker.join()


# uvicorn names the class of its workers here and nowhere else.
multiprocess.Process = Worker  # type: ignore[misc]
