"""`python -m app`: the command that starts the server."""

import argparse
import json
import logging
import os
import socket
from contextlib import suppress
from functools import partial
from importlib import import_module
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from app.lifecycle import OneLineParser, exit_on_startup_error, exit_with_message
from app.security.bind_policy import allows_remote_without_key, require_keys_for_remote_clients
from app.server.startup import serve, server_config
from app.settings import Settings, read_settings, variable

MODULE = "app.main"
BACKLOG = 2_048
FLAGS = {
    "host": "where to listen",
    "port": "where to listen",
    "workers": "number of processes",
    "tasks": "more tasks",
}

logger = logging.getLogger("app")


def read_flags(arguments: list[str] | None = None) -> dict[str, str]:
    """Read the command line; give the variable of each flag and its text."""
    parser = OneLineParser(
        prog="python -m app", description="Serve the models over HTTP. Flags override APP_ variables."
    )
    for name, meaning in FLAGS.items():
        field = Settings.model_fields[name]
        help_ = f"{meaning}: {field.description} (default: {variable(name)}, else {field.default})"
        parser.add_argument(f"--{name}", type=partial(check_flag, name), metavar=name.upper(), help=help_)
    given = vars(parser.parse_args(arguments))
    return {variable(name): text for name, text in given.items() if text is not None}


def check_flag(name: str, text: str) -> str:
    """Give the text back if it is valid for the setting."""
    field = Settings.model_fields[name]
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, *field.metadata])  # type: ignore[arg-type]
    try:
        adapter.validate_python(text)
    except ValidationError:
        raise argparse.ArgumentTypeError(f"must be {field.description}") from None
    return text


def open_port(settings: Settings) -> socket.socket:
    """Listen; exit with one line if that fails, or if other machines could connect without an API key."""
    try:
        # The name is resolved only once, because it may resolve to another address the next time.
        family, *_, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with exit_on_startup_error():
            require_keys_for_remote_clients(settings, str(address[0]))
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is not a valid host name"
        where = f"{settings.host}, port {settings.port}"
        message = f"Cannot listen on {where}: {reason}; choose another --host or --port."
        exit_with_message(message, status=1)


def web_address(settings: Settings, listens_on: str) -> str:
    """Give the address of the server's page for a browser on this machine."""
    ip = ip_address(listens_on.partition("%")[0])
    # A wildcard address is no address to connect to.
    loopback = {4: "127.0.0.1", 6: "::1"}[ip.version]
    host = loopback if ip.is_unspecified else settings.host
    if ":" in host:
        host = f"[{host.replace('%', '%25')}]"
    return f"http://{host}:{settings.port}/{'docs' if settings.docs else ''}"


def serve_models(settings: Settings) -> None:
    """Listen, and serve until a signal ends the process."""
    config = server_config(f"{MODULE}:app", settings)
    listener = open_port(settings)
    address = web_address(settings, str(listener.getsockname()[0]))
    logger.info("Listening on %s, port %d: %s", settings.host, settings.port, address)
    if allows_remote_without_key(settings, listener.getsockname()[0]):
        logger.warning(
            "No API key is required: every client that can reach port %d is served.", settings.port
        )
    serve(config, listener)


def main() -> None:
    """Start the server that the flags and the environment describe."""
    os.environ.update(read_flags())
    # Checks the settings and the models before a port is opened or a worker is started.
    app, settings = import_module(MODULE).app, read_settings()
    if settings.reload_seconds == 0:
        # Every later worker serves the versions that are verified here.
        served = {name: service.version for name, service in app.state.services.items()}
        os.environ[variable("versions")] = json.dumps(served)
    with suppress(KeyboardInterrupt):
        serve_models(settings)


if __name__ == "__main__":
    main()
