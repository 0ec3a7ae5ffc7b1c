"""The settings: environment variables that start with APP_, read once at the start."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import from_json
from pydantic_settings import BaseSettings, SettingsConfigDict

from predictor.engines.selection import Device

PREFIX = "APP_"

T = TypeVar("T")


def _split(value: Any) -> Any:
    return [name.strip().lower() for name in value.split(",")] if isinstance(value, str) else value


def _split_names(value: Any) -> Any:
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


def _read_json(value: Any) -> Any:
    return from_json(value) if isinstance(value, str) else value


def _refuse_empty(value: Any) -> Any:
    # An empty path would mean the working directory.
    if value == "":
        raise ValueError
    return value


def _integer(default: int, *, least: int, most: int, of: str = "") -> Any:
    unit = f" of {of}" if of else ""
    description = f"a whole number{unit} from {least} to {most}"
    return Field(default, ge=least, le=most, description=description)


NonEmptyPath = Annotated[Path, BeforeValidator(_refuse_empty)]
ByTask = Annotated[dict[str, T], BeforeValidator(_read_json)]
LogFormat = Literal["auto", "text", "json"]
Version = Annotated[int, Field(strict=True, ge=1)]
Threshold = Annotated[float, Field(strict=True, ge=0, le=1)]
Prevalence = Annotated[float, Field(strict=True, gt=0, lt=1)]
# A name, an address, or all subdomains of a name; the port of a Host header is ignored.
HostPattern = Annotated[str, Field(pattern=r"^(\*|(\*\.)?[a-z0-9._-]+|\[[0-9a-f:.]+\])$")]
HostPatterns = Annotated[tuple[HostPattern, ...], Field(min_length=1), BeforeValidator(_split)]


class SettingRefused(Exception):
    """A variable is unknown or its value is not allowed; the text names it and what is allowed."""


class Settings(BaseSettings):
    """Every setting of the server; a field's description says which values are allowed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, enable_decoding=False, frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="a name or address of this machine")
    port: int = _integer(8000, least=1, most=65_535)
    workers: int = _integer(1, least=1, most=256)
    models_dir: NonEmptyPath = Field(Path("models"), description="a folder of models")
    model_public_key: NonEmptyPath | None = Field(
        None, description="a file with an Ed25519 public key in PEM"
    )
    tasks: Annotated[tuple[str, ...], BeforeValidator(_split_names)] = Field(
        (), description="folders or packages separated by commas"
    )
    require_models: bool = Field(default=False, description="on or off")
    versions: ByTask[Version] = Field(
        {}, description='a JSON object of tasks and whole numbers from 1, such as {"TASK": 1}'
    )
    reload_seconds: float = Field(0, ge=0, le=86_400, description="a number from 0 to 86400")
    thresholds: ByTask[Threshold] = Field(
        {}, description='a JSON object of tasks and numbers from 0 to 1, such as {"TASK": 0.1}'
    )
    prevalence: ByTask[Prevalence] = Field(
        {}, description='a JSON object of tasks and shares between 0 and 1, such as {"TASK": 0.02}'
    )
    device: Device = Field("auto", description="auto, cpu or cuda")
    max_body_bytes: int = _integer(1 << 20, least=1_024, most=1 << 30, of="bytes")
    max_batch: int = _integer(1_000, least=1, most=100_000, of="rows")
    concurrency: int = _integer(64, least=1, most=100_000, of="rows")
    queue: int = _integer(1_000, least=1, most=100_000, of="requests")
    request_timeout_seconds: int = _integer(10, least=1, most=3_600)
    shutdown_seconds: int = _integer(20, least=1, most=3_600)
    drain_seconds: int = _integer(0, least=0, most=3_600)
    allowed_hosts: HostPatterns = Field(
        ("*",), description="host names separated by commas, such as api.example.org,*.example.net, or *"
    )
    log_level: Literal["critical", "error", "warning", "info", "debug"] = Field(
        "info", description="critical, error, warning, info or debug"
    )
    log_format: LogFormat = Field("auto", description="auto, text or json")
    api_keys_file: NonEmptyPath | None = Field(None, description="a file of keys")
    allow_anonymous: bool = Field(default=False, description="on or off")
    requests_per_minute: int = _integer(0, least=0, most=1_000_000)
    docs: bool = Field(default=True, description="on or off")


def variable(field: str) -> str:
    """Give the name of a field's variable."""
    return PREFIX + field.upper()


def read_settings() -> Settings:
    """Read the environment; SettingRefused names each refused variable, never its value."""
    _refuse_unknown()
    try:
        return Settings()
    except ValidationError as error:
        fields = dict.fromkeys(str(detail["loc"][0]) for detail in error.errors(include_url=False))
        refused = [f"{variable(name)} must be {Settings.model_fields[name].description}" for name in fields]
        raise SettingRefused("; ".join(refused) + ".") from None


def _refuse_unknown() -> None:
    known = [variable(field) for field in Settings.model_fields]
    # pydantic-settings ignores case and would read app_port as APP_PORT.
    unknown = [name for name in os.environ if name.upper().startswith(PREFIX) and name not in known]
    if unknown:
        raise SettingRefused(
            f"{', '.join(sorted(unknown))}: no such setting; the settings are {', '.join(known)}."
        )
