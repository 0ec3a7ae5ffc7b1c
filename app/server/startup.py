"""The start of the server: uvicorn's configuration, and one process or several workers."""

import socket

from app.observability.log_lines import log_config
from app.observability.multiprocess_metrics import shared_counts
from app.server.graceful_shutdown import Server, ServerConfig
from app.server.http_protocol import HttpProtocol
from app.server.supervisor import WORKER_STARTUP_SECONDS, Supervisor
from app.server.timeouts import KEEP_ALIVE_SECONDS
from app.settings import Settings


def server_config(application: str, settings: Settings) -> ServerConfig:
    """Configure uvicorn to serve an application such as `app.main:app`."""
    return ServerConfig(
        application,
        workers=settings.workers,
        loop="uvloop",
        http=HttpProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level=settings.log_level,
        log_config=log_config(settings.log_level, settings.log_format),
        request_timeout_seconds=settings.request_timeout_seconds,
        shutdown_seconds=settings.shutdown_seconds,
        drain_seconds=settings.drain_seconds,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_worker_healthcheck=WORKER_STARTUP_SECONDS,
    )


def serve(config: ServerConfig, listener: socket.socket) -> None:
    """Serve until a signal ends the process."""
    if config.workers == 1:
        Server(config).run(sockets=[listener])
    else:
        with shared_counts():
            Supervisor(config, sockets=[listener]).run()
