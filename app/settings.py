"""The settings: environment variables that start with APP_, read once at the start."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import from_json
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from predictor.engines.selection import Device

PREFIX = "APP_"

Prevalence = Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)]
Version = Annotated[int, Field(strict=True, ge=1)]
ServerThreshold = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
# A name, an address, or all subdomains of a name; the port of a Host header is ignored.
HostPattern = Annotated[str, Field(pattern=r"^(\*|(\*\.)?[a-z0-9._-]+|\[[0-9a-f:.]+\])$")]


def _split(value: Any) -> Any:
    return [name.strip().lower() for name in value.split(",")] if isinstance(value, str) else value


def _read_json(value: Any) -> Any:
    return from_json(value) if isinstance(value, str) else value


def _refuse_empty(value: Any) -> Any:
    # An empty path would mean the working directory.
    if value == "":
        raise ValueError
    return value


class SettingRefused(Exception):
    """A variable is unknown or its value is not allowed; the text names it and what is allowed."""


class Settings(BaseSettings):
    """Every setting of the server; a field's description says which values are allowed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1, description="a name or address of this machine")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535, description="a whole number from 1 to 65535")] = 8000
    workers: Annotated[int, Field(ge=1, le=256, description="a whole number from 1 to 256")] = 1
    models_dir: Annotated[Path, BeforeValidator(_refuse_empty), Field(description="a folder of models")] = (
        Path("models")
    )
    model_public_key: Annotated[
        Path | None,
        BeforeValidator(_refuse_empty),
        Field(description="a file with an Ed25519 public key in PEM"),
    ] = None
    versions: Annotated[
        dict[str, Version],
        NoDecode,
        BeforeValidator(_read_json),
        Field(description='a JSON object of tasks and whole numbers from 1, such as {"TASK": 1}'),
    ] = {}
    reload_seconds: Annotated[
        float, Field(ge=0, le=86_400, allow_inf_nan=False, description="a number from 0 to 86400")
    ] = 0
    thresholds: Annotated[
        dict[str, ServerThreshold],
        NoDecode,
        BeforeValidator(_read_json),
        Field(description='a JSON object of tasks and numbers from 0 to 1, such as {"TASK": 0.1}'),
    ] = {}
    prevalence: Annotated[
        dict[str, Prevalence],
        NoDecode,
        BeforeValidator(_read_json),
        Field(description='a JSON object of tasks and shares between 0 and 1, such as {"TASK": 0.02}'),
    ] = {}
    device: Annotated[Device, Field(description="auto, cpu or cuda")] = "auto"
    max_body_bytes: Annotated[
        int,
        Field(ge=1_024, le=1 << 30, description="a whole number of bytes from 1024 to 1073741824"),
    ] = 1 << 20
    max_batch: Annotated[
        int, Field(ge=1, le=100_000, description="a whole number of rows from 1 to 100000")
    ] = 1_000
    concurrency: Annotated[
        int, Field(ge=1, le=100_000, description="a whole number of rows from 1 to 100000")
    ] = 64
    queue: Annotated[
        int, Field(ge=1, le=100_000, description="a whole number of requests from 1 to 100000")
    ] = 1_000
    request_timeout_seconds: Annotated[
        int, Field(ge=1, le=3_600, description="a whole number from 1 to 3600")
    ] = 10
    shutdown_seconds: Annotated[int, Field(ge=1, le=3_600, description="a whole number from 1 to 3600")] = 20
    drain_seconds: Annotated[int, Field(ge=0, le=3_600, description="a whole number from 0 to 3600")] = 0
    allowed_hosts: Annotated[
        tuple[HostPattern, ...],
        NoDecode,
        BeforeValidator(_split),
        Field(
            min_length=1,
            description="host names separated by commas, such as api.example.org,*.example.net, or *",
        ),
    ] = ("*",)
    log_level: Annotated[
        Literal["critical", "error", "warning", "info", "debug"],
        Field(description="critical, error, warning, info or debug"),
    ] = "info"
    api_keys_file: Annotated[
        Path | None, BeforeValidator(_refuse_empty), Field(description="a file of keys")
    ] = None
    allow_anonymous: Annotated[bool, Field(description="on or off")] = False
    requests_per_minute: Annotated[
        int, Field(ge=0, le=1_000_000, description="a whole number from 0 to 1000000")
    ] = 0
    docs: Annotated[bool, Field(description="on or off")] = True


def variable(field: str) -> str:
    """Give the name of a field's variable."""
    return PREFIX + field.upper()


def read_settings() -> Settings:
    """Read the environment; SettingRefused names each refused variable, never its value."""
    _refuse_unknown(os.environ)
    try:
        return Settings()
    except ValidationError as error:
        fields = dict.fromkeys(str(detail["loc"][0]) for detail in error.errors(include_url=False))
        raise SettingRefused("; ".join(must_be(field) for field in fields) + ".") from None


def must_be(field: str) -> str:
    """Say which values a field's variable may have."""
    return f"{variable(field)} must be {Settings.model_fields[field].description}"


def _refuse_unknown(environment: os._Environ[str]) -> None:
    known = [variable(field) for field in Settings.model_fields]
    # pydantic-settings ignores case and would read app_port as APP_PORT.
    unknown = [name for name in environment if name.upper().startswith(PREFIX) and name not in known]
    if unknown:
        raise SettingRefused(
            f"{', '.join(sorted(unknown))}: no such setting; the settings are {', '.join(known)}."
        )
