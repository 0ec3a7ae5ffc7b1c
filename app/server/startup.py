"""The start of the server: uvicorn's configuration, the port, one process or several workers."""

import socket
from functools import partial
from typing import NoReturn

from app.lifecycle import exit_with_message
from app.observability.json_logging import log_config
from app.observability.multiprocess_metrics import shared_counts
from app.server.graceful_shutdown import Server, ServerConfig
from app.server.http_protocol import HttpProtocol
from app.server.supervisor import WORKER_STARTUP_SECONDS, Supervisor
from app.server.timeouts import KEEP_ALIVE_SECONDS
from app.settings import Settings

CANNOT_LISTEN_STATUS = 1
BACKLOG = 2_048


def server_config(application: str, settings: Settings) -> ServerConfig:
    """Configure uvicorn to serve an application such as `app.main:app`."""
    return ServerConfig(
        application,
        workers=settings.workers,
        loop="uvloop",
        http=partial(HttpProtocol, request_seconds=settings.request_timeout_seconds),
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level=settings.log_level,
        log_config=log_config(settings.log_level),
        shutdown_seconds=settings.shutdown_seconds,
        drain_seconds=settings.drain_seconds,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_worker_healthcheck=WORKER_STARTUP_SECONDS,
    )


def resolve_address(settings: Settings) -> tuple[int, tuple[str, int]]:
    """Give the socket family and the address to listen on; without one, exit with one line and status 1.

    The name is resolved only once, because it may resolve to another address the next time.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        _exit_cannot_listen(settings, error)
    return family, (str(address[0]), int(address[1]))


def listen(settings: Settings, family: int, address: tuple[str, int]) -> socket.socket:
    """Open the port; if that fails, exit with one line and status 1."""
    try:
        listener = socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        _exit_cannot_listen(settings, error)
    listener.set_inheritable(True)
    return listener


def _exit_cannot_listen(settings: Settings, error: OSError | UnicodeError) -> NoReturn:
    reason = error.strerror if isinstance(error, OSError) else "this is not a valid host name"
    where = f"{settings.host}, port {settings.port}"
    exit_with_message(
        f"Cannot listen on {where}: {reason}; choose another --host or --port.", CANNOT_LISTEN_STATUS
    )


def serve(config: ServerConfig, listener: socket.socket) -> None:
    """Serve until a signal ends the process."""
    if config.workers == 1:
        Server(config).run(sockets=[listener])
    else:
        with shared_counts():
            Supervisor(config, sockets=[listener]).run()
