"""`python -m app`: the server, run by uvicorn."""

import argparse
import json
import logging
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from app.log import log_config
from app.protocol import GuardedHttp
from app.reach import is_anonymous, refuse_strangers
from app.server import Server, ServerConfig
from app.settings import Settings, read_settings, variable
from app.shared_counts import shared_counts
from app.start import OneLineParser, one_line_or_exit, stop
from app.supervision import Supervisor

PROGRAM = "python -m app"
MODULE = "app.main"
FLAGS = ("host", "port", "workers")

CANNOT_LISTEN = 1

# Longer than a proxy in front keeps a connection (nginx: 60 s), so that the proxy is the one who closes it:
# else it may send a request just when the server does.
KEEP_ALIVE_SECONDS = 75

# A worker that does not serve so long after its start is replaced; uvicorn's five seconds are too few for it.
WORKER_HEALTHCHECK_SECONDS = 60


logger = logging.getLogger("app")


def read_flags(arguments: list[str] | None = None) -> dict[str, str]:
    """Read the command line: the variable that each given flag stands for, and its text."""
    parser = OneLineParser(
        prog=PROGRAM, description="Serve the models over HTTP. Flags go before APP_ variables."
    )
    for name in FLAGS:
        field = Settings.model_fields[name]
        help_ = f"{field.description} (default: {variable(name)}, else {field.default})"
        parser.add_argument(f"--{name}", type=partial(check_flag, name), metavar=name.upper(), help=help_)
    given = vars(parser.parse_args(arguments))
    return {variable(name): text for name, text in given.items() if text is not None}


def check_flag(name: str, text: str) -> str:
    """Give the text back if the setting would take it."""
    field = Settings.model_fields[name]
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, *field.metadata])  # type: ignore[arg-type]
    try:
        adapter.validate_python(text)
    except ValidationError:
        raise argparse.ArgumentTypeError(f"must be {field.description}") from None
    return text


def server_config(settings: Settings) -> ServerConfig:
    """Say how uvicorn serves the application: nothing unneeded, and an end to every wait."""
    return ServerConfig(
        f"{MODULE}:app",
        workers=settings.workers,
        loop="uvloop",
        http=partial(GuardedHttp, request_seconds=settings.request_timeout_seconds),
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
        timeout_worker_healthcheck=WORKER_HEALTHCHECK_SECONDS,
    )


def listen(settings: Settings) -> socket.socket:
    """Open the port; one line and an exit status where that cannot be, or must not."""
    try:
        family, *_, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # A name may stand for another address the next time, so this is asked of the one that is opened.
        with one_line_or_exit():
            refuse_strangers(settings, str(address[0]))
        listener = socket.create_server(address[:2], family=family, backlog=2048)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "this is no name of a machine"
        where = f"{settings.host}, port {settings.port}"
        stop(f"Cannot listen on {where}: {why}; choose another --host or --port.", CANNOT_LISTEN)
    listener.set_inheritable(True)
    return listener


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    config = server_config(settings)
    listener = listen(settings)
    logger.info("Listening on %s, port %d.", settings.host, settings.port)
    if is_anonymous(settings, listener.getsockname()[0]):
        logger.warning("Nobody needs a key: whoever can reach port %d is answered.", settings.port)
    if settings.workers == 1:
        Server(config).run(sockets=[listener])
    else:
        with shared_counts():
            Supervisor(config, sockets=[listener]).run()


def main() -> None:
    """Start the server that the flags and the environment describe."""
    os.environ.update(read_flags())
    # Settings and models are proven here, once, before a port is opened or a worker started.
    app, settings = import_module(MODULE).app, read_settings()
    if settings.reload_seconds == 0:
        os.environ[variable("versions")] = versions_served(app.state.desks)
    with suppress(KeyboardInterrupt):
        serve(settings)


def versions_served(desks: Mapping[str, Any]) -> str:
    """Pin what was proven, for the workers: one that replaces another serves no other version."""
    return json.dumps({name: desk.predictor.manifest.version for name, desk in desks.items()})


if __name__ == "__main__":
    main()
