import re
from pathlib import Path

import pytest

from app.settings import SettingRefused, Settings, read_settings, variable

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


def test_without_variables_every_setting_has_its_default():
    settings = read_settings()

    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.models_dir == Path("models")
    assert settings.max_body_bytes == 1_048_576
    assert settings.max_batch == 1000
    assert settings.docs is True
    assert settings.thresholds == {}
    assert settings.prevalence == {}
    assert settings.api_keys_file is None
    assert settings.allow_anonymous is False
    assert settings.requests_per_minute == 0
    assert settings.versions == {}
    assert settings.tasks == ()
    assert settings.require_models is False
    assert settings.reload_seconds == settings.drain_seconds == 0


def test_variables_are_read(monkeypatch):
    monkeypatch.setenv("APP_PORT", "8123")
    monkeypatch.setenv("APP_DOCS", "off")
    monkeypatch.setenv("APP_THRESHOLDS", '{"stroke": 0.08, "iris": 1}')

    monkeypatch.setenv("APP_PREVALENCE", '{"stroke": 0.02}')
    monkeypatch.setenv("APP_TASKS", "../Churn, a.package,")
    monkeypatch.setenv("APP_REQUIRE_MODELS", "on")
    monkeypatch.setenv("APP_ALLOWED_HOSTS", "A.example, *.b.example,[::1]")

    settings = read_settings()

    assert settings.prevalence == {"stroke": 0.02}
    assert settings.allowed_hosts == ("a.example", "*.b.example", "[::1]")
    assert settings.tasks == ("../Churn", "a.package")
    assert settings.require_models is True
    assert settings.port == 8123
    assert settings.docs is False
    assert settings.thresholds == {"stroke": 0.08, "iris": 1.0}


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("APP_PORT", "83647182", "1 to 65535"),
        ("APP_PORT", "xyzzy", "1 to 65535"),
        ("APP_PORT", "", "1 to 65535"),
        ("APP_HOST", "", "a name or address"),
        ("APP_WORKERS", "0", "1 to 256"),
        ("APP_DEVICE", "xyzzy", "auto, cpu or cuda"),
        ("APP_DOCS", "xyzzy", "on or off"),
        ("APP_LOG_LEVEL", "xyzzy", "critical, error, warning, info or debug"),
        ("APP_LOG_FORMAT", "xyzzy", "auto, text or json"),
        ("APP_MAX_BODY_BYTES", "-5", "whole number of bytes"),
        ("APP_MAX_BATCH", "2.5", "whole number of rows"),
        ("APP_SHUTDOWN_SECONDS", "nan", "1 to 3600"),
        ("APP_REQUEST_TIMEOUT_SECONDS", "0", "1 to 3600"),
        ("APP_ALLOWED_HOSTS", "", "host names"),
        ("APP_ALLOWED_HOSTS", "a.example,,b.example", "host names"),
        ("APP_ALLOWED_HOSTS", "http://xyzzy", "host names"),
        ("APP_ALLOWED_HOSTS", "xyzzy:80", "host names"),
        ("APP_ALLOWED_HOSTS", "*xyzzy", "host names"),
        ("APP_ALLOWED_HOSTS", '["xyzzy"]', "host names"),
        ("APP_THRESHOLDS", "xyzzy", "JSON object"),
        ("APP_THRESHOLDS", '{"stroke": 7}', "JSON object"),
        ("APP_THRESHOLDS", '{"stroke": NaN}', "JSON object"),
        ("APP_THRESHOLDS", '{"stroke": true}', "JSON object"),
        ("APP_THRESHOLDS", "[0.5]", "JSON object"),
        ("APP_PREVALENCE", "xyzzy", "JSON object"),
        ("APP_PREVALENCE", "0.5", "JSON object"),
        ("APP_PREVALENCE", '{"stroke": 0}', "JSON object"),
        ("APP_PREVALENCE", '{"stroke": 1}', "JSON object"),
        ("APP_PREVALENCE", '{"stroke": "xyzzy"}', "JSON object"),
        ("APP_PREVALENCE", '{"stroke": null}', "JSON object"),
        ("APP_MODELS_DIR", "", "a folder"),
        ("APP_MODEL_PUBLIC_KEY", "", "a file with an Ed25519 public key"),
        ("APP_API_KEYS_FILE", "", "a file of keys"),
        ("APP_ALLOW_ANONYMOUS", "xyzzy", "on or off"),
        ("APP_ALLOW_ANONYMOUS", "", "on or off"),
        ("APP_REQUIRE_MODELS", "xyzzy", "on or off"),
        ("APP_REQUESTS_PER_MINUTE", "-1", "0 to 1000000"),
        ("APP_REQUESTS_PER_MINUTE", "0.5", "0 to 1000000"),
        ("APP_VERSIONS", '{"stroke": 0}', "JSON object"),
        ("APP_VERSIONS", '{"stroke": true}', "JSON object"),
        ("APP_VERSIONS", '{"stroke": "xyzzy"}', "JSON object"),
        ("APP_RELOAD_SECONDS", "-1", "0 to 86400"),
        ("APP_RELOAD_SECONDS", "inf", "0 to 86400"),
        ("APP_DRAIN_SECONDS", "0.5", "0 to 3600"),
    ],
)
def test_an_invalid_value_is_refused_by_name_and_not_repeated(monkeypatch, name, value, allowed):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingRefused) as refused:
        read_settings()

    line = str(refused.value)
    assert line.startswith(f"{name} must be ")
    assert allowed in line
    assert "xyzzy" not in line
    assert "83647182" not in line
    assert "\n" not in line


@pytest.mark.parametrize("name", ["APP_PROT", "app_port", "APP_API_KEY_FILE", "APP_"])
def test_an_unknown_variable_is_refused_and_the_known_ones_are_listed(monkeypatch, name):
    monkeypatch.setenv(name, "xyzzy")

    with pytest.raises(SettingRefused) as refused:
        read_settings()

    assert str(refused.value).startswith(f"{name}: no such setting")
    assert "APP_PORT" in str(refused.value)
    assert "xyzzy" not in str(refused.value)


def test_two_invalid_values_are_both_named(monkeypatch):
    monkeypatch.setenv("APP_PORT", "0")
    monkeypatch.setenv("APP_WORKERS", "0")

    with pytest.raises(SettingRefused, match=r"APP_PORT must be .*; APP_WORKERS must be "):
        read_settings()


def test_the_documentation_lists_every_setting_with_its_values_and_no_other():
    rows = re.findall(r"^\| `(APP_\w+)` \| (.*) \| (.*) \| (.*) \|$", DOCUMENT.read_text(), re.MULTILINE)

    assert [name for name, *_ in rows] == [variable(field) for field in Settings.model_fields]
    for (_, default, allowed, _), field in zip(rows, Settings.model_fields.values(), strict=True):
        assert allowed.replace("`", "") == field.description
        assert default.strip("`") == written(field.default)


def written(default: object) -> str:
    if isinstance(default, tuple):
        return ",".join(default) or "not set"
    return {"True": "on", "False": "off", "None": "not set"}.get(str(default), str(default))
