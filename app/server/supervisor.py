"""Several processes that answer, and what becomes of them when one of them dies.

uvicorn's supervisor hears the signals and looks around twice a second. What it does then is here: until
it is told to stop it waits for no worker, not even for one that it has killed, so none can keep it from
hearing the next signal; and it outlives every trouble that begins after a worker has served.
"""

import logging
import signal
import socket
import sys
import time
from contextlib import suppress

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess, multiprocess

from app.server.graceful_shutdown import Server, ServerConfig
from app.server.listener import refuse_new_connections

# So long a worker gets beyond the time for shutdown before it is killed.
KILL_GRACE_SECONDS = 0.5
# A worker that has once served and then is silent for so long is replaced.
UNRESPONSIVE_SECONDS = 5
# One falls silent whose event loop has done nothing for so long. The longest batch that a setting allows,
# 100,000 rows without a value, holds it for some seconds.
BLOCKED_LOOP_SECONDS = 25
# So long after a start that failed the next one is tried.
RESTART_DELAY_SECONDS = 2
POLL_SECONDS = 0.05

logger = logging.getLogger(__name__)


class Worker(multiprocess.Process):
    """One process that answers."""

    config: ServerConfig
    _server: Server
    has_served = False
    _asked_seconds: float | None = None

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Run the server; in the new process."""
        # Made before the thread that tells how it is, so that both mean the same one.
        self._server = Server(self.config)
        self._was_at_work = time.monotonic()
        super().target(sockets)

    def pong(self) -> None:
        """Wait to be asked whether it serves, and answer once it does, not before; in the new process."""
        self.child_conn.recv()
        while not self.server.started:
            time.sleep(POLL_SECONDS)
        # Once its loop is closed it is about to end.
        with suppress(RuntimeError):
            self._server.loop.call_soon_threadsafe(self._note_work)
        while time.monotonic() - self._was_at_work > BLOCKED_LOOP_SECONDS:
            time.sleep(POLL_SECONDS)
        self.child_conn.send(True)

    def _note_work(self) -> None:
        self._was_at_work = time.monotonic()

    def is_alive(self, timeout: float = UNRESPONSIVE_SECONDS) -> bool:
        """Say, without waiting, whether it lives and is not silent: for `timeout`, until it has served."""
        now = time.monotonic()
        try:
            # What it said before it died counts, too.
            if self.parent_conn.poll():
                self.has_served, self._asked_seconds = self.parent_conn.recv(), None
            if self._asked_seconds is None:
                self.parent_conn.send(b"ping")
                self._asked_seconds = now
        except (OSError, EOFError):
            return False
        is_silent = now - self._asked_seconds > (UNRESPONSIVE_SECONDS if self.has_served else timeout)
        return self.process.is_alive() and not is_silent


class Supervisor(Multiprocess):
    """Starts the workers, replaces those that die, and leaves none behind."""

    def __init__(self, config: ServerConfig, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._times = config
        self._workers: list[Worker] = []
        self._outdated: list[Worker] = []
        # Those that are to leave and are not gone yet, and when their time is up.
        self._terminating: dict[Worker, float] = {}
        self._next_start = 0.0
        self._has_served = False
        self._has_failed = False
        self._is_killing = False

    def run(self) -> None:
        """Serve until told to stop; the process ends with status 3 where its first workers cannot start."""
        super().run()
        if self._has_failed:
            sys.exit(STARTUP_FAILURE)

    def init_processes(self) -> None:
        """Start the first workers."""
        self._fill_up()

    def keep_subprocess_alive(self) -> None:
        """Look after the workers: as many as there should be, none that hangs, none that stays too long."""
        if self.should_exit.is_set():
            return
        patience = self.config.timeout_worker_healthcheck
        dead = [worker for worker in self._workers if not worker.is_alive(patience)]
        self._has_served = self._has_served or any(worker.has_served for worker in self._workers)
        for worker in dead:
            self._handle_dead_worker(worker)
        self._reap()
        self._fill_up()
        self._retire_one()

    def restart_all(self) -> None:
        """Replace each worker, one after the other, once another one serves in its place."""
        self._outdated = list(self._workers)

    def handle_int(self) -> None:
        """Stop, and told a second time wait for nobody."""
        self._is_killing = self.should_exit.is_set()
        super().handle_int()

    def handle_ttin(self) -> None:
        """Have one worker more."""
        self.processes_num += 1

    def handle_ttou(self) -> None:
        """Have one worker less, but for the last."""
        self.processes_num = max(1, self.processes_num - 1)

    def terminate_all(self) -> None:
        """Tell every worker to leave; nobody can connect any more once they have drained."""
        for worker in list(self._workers):
            self._terminate(worker)
        end = time.monotonic() + self._times.drain_seconds
        while self._terminating and not self._is_killing and time.monotonic() < end:
            self._poll()
        refuse_new_connections(self.sockets)
        for listener in self.sockets:
            # The workers have it open still; once they close it, nobody waits in vain.
            listener.close()

    def join_all(self) -> None:
        """Wait until every worker has left, and kill those that have not when the time is up."""
        while self._terminating:
            self._poll()

    def _fill_up(self) -> None:
        now = time.monotonic()
        # Who is killed and not gone keeps its place: else those that no signal ends would pile up.
        undying = sum(now >= end for end in self._terminating.values())
        wanted = self.processes_num + bool(self._outdated) - undying
        while len(self._workers) < wanted and time.monotonic() >= self._next_start:
            self._start()

    def _start(self) -> None:
        try:
            worker = Worker(self.config, self.sockets)
            worker.start()
        except OSError as error:
            logger.error("A worker cannot start. %s.", error.strerror)  # noqa: TRY400 (one line)
            self._delay_restart()
        else:
            self._workers.append(worker)

    def _delay_restart(self) -> None:
        self._next_start = time.monotonic() + RESTART_DELAY_SECONDS
        # Who would come in their place does not start: they stay.
        self._outdated.clear()

    def _handle_dead_worker(self, worker: Worker) -> None:
        status = worker.exitcode
        worker.kill()
        self._let_go(worker, time.monotonic())
        what = "was silent for too long" if status is None else f"ended with status {status}"
        if worker.has_served:
            logger.warning("Worker %s %s and is replaced.", worker.pid, what)
            return
        self._delay_restart()
        if status != STARTUP_FAILURE:
            logger.error("A worker cannot start. It %s.", what)
        elif not self._has_served:
            # It has said why; so would every other one.
            self._has_failed = self._is_killing = True
            self.should_exit.set()

    def _retire_one(self) -> None:
        serving = sum(worker.has_served for worker in self._workers)
        for worker in self._outdated or self._workers:
            if serving - worker.has_served >= self.processes_num:
                self._terminate(worker)
                return

    def _terminate(self, worker: Worker) -> None:
        worker.terminate()
        seconds = self._times.drain_seconds + self._times.shutdown_seconds + KILL_GRACE_SECONDS
        self._let_go(worker, time.monotonic() + seconds)

    def _let_go(self, worker: Worker, end: float) -> None:
        self._workers.remove(worker)
        self._outdated = [other for other in self._outdated if other is not worker]
        self._terminating[worker] = end

    def _poll(self) -> None:
        self._is_killing = self._is_killing or signal.SIGINT in self.signal_queue
        self._reap()
        time.sleep(POLL_SECONDS)

    def _reap(self) -> None:
        for worker, end in list(self._terminating.items()):
            if not worker.process.is_alive():
                del self._terminating[worker]
            elif self._is_killing or time.monotonic() >= end:
                worker.process.kill()
