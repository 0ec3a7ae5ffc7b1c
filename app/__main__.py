"""`python -m app`: the command that starts the server."""

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

from app.lifecycle import OneLineParser, exit_on_startup_error
from app.security.bind_policy import allows_remote_without_key, require_keys_for_remote_clients
from app.server.startup import listen, resolve_address, serve, server_config
from app.settings import Settings, read_settings, variable

PROGRAM = "python -m app"
MODULE = "app.main"
FLAGS = ("host", "port", "workers")

logger = logging.getLogger("app")


def read_flags(arguments: list[str] | None = None) -> dict[str, str]:
    """Read the command line; give the variable of each flag and its text."""
    parser = OneLineParser(
        prog=PROGRAM, description="Serve the models over HTTP. Flags override APP_ variables."
    )
    for name in FLAGS:
        field = Settings.model_fields[name]
        help_ = f"{field.description} (default: {variable(name)}, else {field.default})"
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
    """Listen, unless other machines could connect without an API key; if not, exit with one line."""
    family, address = resolve_address(settings)
    with exit_on_startup_error():
        require_keys_for_remote_clients(settings, address[0])
    return listen(settings, family, address)


def serve_models(settings: Settings) -> None:
    """Listen, and serve until a signal ends the process."""
    config = server_config(f"{MODULE}:app", settings)
    listener = open_port(settings)
    logger.info("Listening on %s, port %d.", settings.host, settings.port)
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
        os.environ[variable("versions")] = versions_served(app.state.services)
    with suppress(KeyboardInterrupt):
        serve_models(settings)


def versions_served(services: Mapping[str, Any]) -> str:
    """Give the value of APP_VERSIONS with which every later worker serves the versions verified here."""
    return json.dumps({name: service.version for name, service in services.items()})


if __name__ == "__main__":
    main()
