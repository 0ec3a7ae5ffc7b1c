"""The start of the server: its uvicorn configuration, its port, one process or several."""

import socket
from functools import partial
from typing import NoReturn

from app.lifecycle import exit_with_message
from app.observability.json_logging import log_config
from app.observability.multiprocess_metrics import shared_counts
from app.server.graceful_shutdown import Server, ServerConfig
from app.server.http_protocol import HttpProtocol
from app.server.supervisor import Supervisor
from app.settings import Settings

CANNOT_LISTEN_STATUS = 1
BACKLOG = 2_048

# Longer than a proxy keeps an idle connection (nginx: 60 s), so that the proxy closes it: otherwise it may
# send a request while the server closes.
KEEP_ALIVE_SECONDS = 75

# A worker that does not serve this long after its start is replaced; uvicorn's five seconds are too short.
WORKER_STARTUP_SECONDS = 60


def server_config(application: str, settings: Settings) -> ServerConfig:
    """Configure uvicorn to serve an application such as `app.main:app`, with a timeout for every wait."""
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
    """Give the socket family and the address to listen at; one line and status 1 where there is none.

    The name is resolved once: the next time it may stand for another address.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        _exit_not_listening(settings, error)
    return family, (str(address[0]), int(address[1]))


def listen(settings: Settings, family: int, address: tuple[str, int]) -> socket.socket:
    """Open the port; one line and status 1 where that is not possible."""
    try:
        listener = socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        _exit_not_listening(settings, error)
    listener.set_inheritable(True)
    return listener


def _exit_not_listening(settings: Settings, error: OSError | UnicodeError) -> NoReturn:
    reason = error.strerror if isinstance(error, OSError) else "this is not the name of a machine"
    where = f"{settings.host}, port {settings.port}"
    exit_with_message(
        f"Cannot listen on {where}: {reason}; choose another --host or --port.", CANNOT_LISTEN_STATUS
    )


def serve(config: ServerConfig, listener: socket.socket) -> None:
    """Serve until the process is told to stop."""
    if config.workers == 1:
        Server(config).run(sockets=[listener])
    else:
        with shared_counts():
            Supervisor(config, sockets=[listener]).run()
