"""Settings: one TOML file, overridden by the environment, checked with errors that name the key and the fix."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from platformdirs import user_config_path, user_data_path

ENVIRONMENT_PREFIX = "DESK_"
SECRETS = ("password", "token", "secret")

Seconds = Annotated[int, msgspec.Meta(ge=0, le=3600)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class SettingsError(Exception):
    """The settings cannot be used; the message names the file, the key and what would be right."""


class Smtp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The server that takes outgoing mail. With no host, mail goes into the spool folder."""

    host: str = ""
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    timeout_seconds: Annotated[int, msgspec.Meta(ge=1, le=600)] = 30


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the desk writes mail."""

    from_address: str = "support@example.com"
    from_name: str = "Wallet support"
    smtp: Smtp = msgspec.field(default_factory=Smtp)


class Outbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How what we owe leaves the house."""

    undo_seconds: Seconds = 10
    command: tuple[str, ...] = ()
    """The *exec* adapter for phone, chat and social: gets the message as JSON on standard input."""
    spool: str = ""
    """Folder for messages that no adapter takes; by default `spool` in the data folder."""
    lease_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 120
    attempts: Annotated[int, msgspec.Meta(ge=1, le=100)] = 8


class Screen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the screens behave."""

    theme: str = "desk-dark"
    poll_seconds: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 0.5
    keys: dict[str, str] = {}
    """Keys changed by hand: an action's id to its keys, as in `"case.take" = "t,f3"`."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that can be set; the defaults work without a file."""

    database_url: str = ""
    data_dir: str = ""
    agent: str = ""
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = "ID"
    """Where phone numbers without a country code are at home (ISO 3166)."""
    fallback_language: Literal["id", "en", "zh"] = "en"
    mail: Mail = msgspec.field(default_factory=Mail)
    outbox: Outbox = msgspec.field(default_factory=Outbox)
    screen: Screen = msgspec.field(default_factory=Screen)

    @property
    def data_folder(self) -> Path:
        """Where the desk keeps its own files."""
        return Path(self.data_dir) if self.data_dir else user_data_path("desk", appauthor=False)

    @property
    def url(self) -> str:
        """The database in force: as set, or a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_folder / 'desk.db'}"

    @property
    def spool_folder(self) -> Path:
        """Where messages are put that no adapter takes."""
        return Path(self.outbox.spool) if self.outbox.spool else self.data_folder / "spool"


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The settings file in force: `$DESK_CONFIG`, else `config.toml` in the user's configuration folder."""
    named = environ.get("DESK_CONFIG")
    return Path(named) if named else user_config_path("desk", appauthor=False) / "config.toml"


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force: defaults, then the file, then `DESK_…` (`DESK_MAIL__SMTP__HOST` is `mail.smtp.host`).

    Raises `SettingsError`.
    """
    path = config_path(environ)
    values = _read(path)
    for name, value in environ.items():
        if name.startswith(ENVIRONMENT_PREFIX) and name not in NOT_SETTINGS:
            _put(values, name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"), value)
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(_explained(error, path)) from error


NOT_SETTINGS = frozenset({"DESK_CONFIG", "DESK_TEST_POSTGRES_URL", "DESK_DRILL"})


def database_url() -> str:
    """The database in force, for Alembic."""
    return load().url


def shown(settings: Settings) -> dict[str, Any]:
    """All settings as plain values, secrets hidden."""
    values: dict[str, Any] = msgspec.to_builtins(settings)
    values["database_url"] = _without_password(settings.url)
    values["data_dir"] = str(settings.data_folder)
    values["outbox"]["spool"] = str(settings.spool_folder)
    return _hidden(values)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Correct that line, or remove the file.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error


def _put(values: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        inner = values.setdefault(key, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{'__'.join(keys).upper()} names a part of {key!r}, which is a plain value.")
        values = inner
    text_list = keys[-1] == "command"
    values[keys[-1]] = value.split() if text_list else value


def _explained(error: msgspec.ValidationError, path: Path) -> str:
    what, _, where = str(error).partition(" - at ")
    key = where.strip("`").removeprefix("$").removeprefix(".") or "the top level"
    what = what.replace("Object contains unknown field", "there is no setting named")
    return f"Setting {key}: {what}. It comes from {path} or from the environment ({ENVIRONMENT_PREFIX}…)."


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    login, at, host = rest.rpartition("@")
    user = login.partition(":")[0]
    return f"{scheme}{separator}{user}:***{at}{host}" if at and ":" in login else url


def _hidden(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _hidden(value)
        if isinstance(value, dict)
        else ("***" if value and any(word in key for word in SECRETS) else value)
        for key, value in values.items()
    }
