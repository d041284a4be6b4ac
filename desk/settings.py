"""Settings: one TOML file, overridden by the environment, checked with errors that name the key and the fix."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

import msgspec
from platformdirs import user_config_path, user_data_path

from desk.settings_errors import SettingsError, explained, require_known, type_of
from desk.settings_mailboxes import Mailbox, require_names
from desk.settings_refunds import Refunds
from desk.settings_wallet import Wallet

__all__ = [
    "Mailbox", "Refunds", "Settings", "SettingsError", "config_path", "database_url", "load", "load_with_sources",
    "shown",
]  # fmt: skip

ENVIRONMENT_PREFIX = "DESK_"
SECRETS = ("password", "token", "secret")
"""What a key that holds a secret has in its name; a key that ends in `_file` only says where one is."""

TABLES = ("screen.keys",)
"""Settings whose value is a table of names that are not ours."""

Seconds = Annotated[int, msgspec.Meta(ge=0, le=3600)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Smtp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The server that takes outgoing mail. With no host, mail goes into the spool folder."""

    host: str = ""
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    """Used only when no other secret is named."""
    password_file: str = ""
    keyring: str = ""
    """The service under which the system's keyring keeps the user's password."""
    token_command: tuple[str, ...] = ()
    """Prints an OAuth2 access token; it is run for each message."""
    token_file: str = ""
    timeout_seconds: Annotated[int, msgspec.Meta(ge=1, le=600)] = 30

    @property
    def uses_token(self) -> bool:
        """Whether it signs in with an OAuth2 access token."""
        return bool(self.token_command or self.token_file)


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the desk writes mail."""

    from_address: Annotated[str, msgspec.Meta(pattern=r"^[^@\s<>]+@[^@\s<>]+$")] = "support@example.com"
    from_name: Annotated[str, msgspec.Meta(pattern=r"^[^\r\n]*$")] = "Wallet support"
    subaddressing: bool = True
    """Whether answers come back to `support+case1042-k3j9x2ab@…`; off where the mail server knows no `+`."""
    smtp: Smtp = msgspec.field(default_factory=Smtp)
    acknowledge: bool = True
    """Whether a new case by live mail gets an automatic confirmation."""
    authserv_id: str = ""
    """The name under which our own mail server records results of DMARC, SPF and DKIM; none are believed without."""
    mailboxes: dict[str, Mailbox] = {}
    """The mailboxes that are read, by name."""
    largest_megabytes: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    """A larger message is not taken in whole."""

    def __post_init__(self) -> None:
        """Refuse mailboxes with names that nothing else could spell."""
        require_names(list(self.mailboxes))

    @property
    def most_bytes(self) -> int:
        """The size of the largest message that is taken in whole."""
        return self.largest_megabytes * 1_000_000

    def answers_as(self, mailbox: str | None) -> tuple[str, str]:
        """The address and the name that answer what came by a mailbox; the desk's own where it is not set."""
        box = self.mailboxes.get(mailbox or "")
        return (box and box.reply_address) or self.from_address, (box and box.from_name) or self.from_name

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """Every address that the desk writes from or reads."""
        boxes = self.mailboxes.values()
        return self.from_address, *(name for box in boxes for name in (box.reply_address, box.user) if "@" in name)

    def keeps_sent(self, mailbox: str | None) -> Mailbox | None:
        """The mailbox whose Sent folder has the answers to cases of `mailbox`: that one, else one of that address."""
        address = self.answers_as(mailbox)[0].lower()
        named = self.mailboxes.get(mailbox or "")
        alike = (box for box in self.mailboxes.values() if (box.reply_address or self.from_address).lower() == address)
        return next((box for box in (named, *alike) if box is not None and box.enabled), None)


class Serve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `desk serve` listens on."""

    lmtp: str = ""
    """`127.0.0.1:PORT`, or the path of a unix socket, for a mail server to deliver to; none by default."""
    http: str = ""
    """`127.0.0.1:PORT` for the status page; none by default."""
    behind_proxy: bool = False
    """Whether a proxy stands before `http`: only then may it be an address that other machines reach."""


class Outbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How what we owe leaves the house."""

    undo_seconds: Seconds = 10
    acknowledge: bool = True
    command: tuple[str, ...] = ()
    """The *exec* adapter for phone, chat and social: gets the message as JSON on standard input."""
    spool: str = ""
    """Folder for messages that no adapter takes; by default `spool` in the data folder."""
    lease_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 120
    attempts: Annotated[int, msgspec.Meta(ge=1, le=100)] = 30
    """How often a message is tried: thirty tries are about a day."""


class Phone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How calls are given back."""

    slot_minutes: Literal[10, 15, 20, 30, 60] = 30
    """How long the time is that a customer is told for a call-back."""
    calls_per_slot: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 3
    """How many customers get the same time at most."""
    attempts: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    """How often a customer who does not answer is called, before a person decides."""
    retry_minutes: Annotated[int, msgspec.Meta(ge=1, le=10_080)] = 60
    """The least time between two attempts."""


class Screen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the screens behave."""

    theme: str = "desk-dark"
    poll_seconds: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 0.5
    keys: dict[str, str] = {}
    """Keys changed by hand: an action's id to its keys, as in `"case.take" = "t,f3"`."""


class Routing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What routing rules ask about that no table knows."""

    incidents: tuple[str, ...] = ()
    """The incidents that are on just now, by the names that rules use."""


class Incidents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How customers are told of incidents, and whether sudden rises are looked for."""

    messages_per_minute: Annotated[int, msgspec.Meta(ge=1, le=6000)] = 120
    """How many linked cases are told in a minute."""
    propose: bool = True
    """Whether a sudden rise of a topic or an error code is proposed as an incident."""


class Safety(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of card numbers, PINs, codes and passwords that customers send."""

    originals: Literal["drop", "encrypt"] = "drop"
    """What becomes of the original of a message in which something was masked."""
    key_file: str = ""
    """Where the key is with which originals are encrypted; never in the database or its backups."""
    warn: bool = True
    """Whether the customer is told, once a case, never to share codes."""


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
    incidents: Incidents = msgspec.field(default_factory=Incidents)
    routing: Routing = msgspec.field(default_factory=Routing)
    serve: Serve = msgspec.field(default_factory=Serve)
    phone: Phone = msgspec.field(default_factory=Phone)
    refunds: Refunds = msgspec.field(default_factory=Refunds)
    safety: Safety = msgspec.field(default_factory=Safety)
    screen: Screen = msgspec.field(default_factory=Screen)
    wallet: Wallet = msgspec.field(default_factory=Wallet)

    @property
    def data_folder(self) -> Path:
        """Where the desk keeps its own files."""
        return Path(self.data_dir).expanduser() if self.data_dir else user_data_path("desk", appauthor=False)

    @property
    def url(self) -> str:
        """The database in force: as set, or a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_folder / 'desk.db'}"

    @property
    def drop_folder(self) -> Path:
        """Where files for merchants are put."""
        given = self.refunds.drop_folder
        return Path(given).expanduser() if given else self.data_folder / "refund-drops"

    @property
    def spool_folder(self) -> Path:
        """Where messages are put that no adapter takes."""
        return Path(self.outbox.spool).expanduser() if self.outbox.spool else self.data_folder / "spool"


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The settings file in force: `$DESK_CONFIG`, else `config.toml` in the user's configuration folder."""
    named = environ.get("DESK_CONFIG")
    return Path(named).expanduser() if named else user_config_path("desk", appauthor=False) / "config.toml"


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force: defaults, then the file, then `DESK_…` (`DESK_MAIL__SMTP__HOST` is `mail.smtp.host`).

    An empty variable is as good as none. Raises `SettingsError`.
    """
    return load_with_sources(environ)[0]


def load_with_sources(environ: Mapping[str, str] = os.environ) -> tuple[Settings, dict[str, str]]:
    """As `load`, and for each key that is set (`mail.smtp.host`) the file or the variable that set it."""
    path = config_path(environ)
    values = _read(path)
    sources: dict[str, str] = dict.fromkeys(_keys_of(values), str(path))
    for name, value in sorted(environ.items()):
        if value and name.startswith(ENVIRONMENT_PREFIX) and name not in NOT_SETTINGS:
            key = name.removeprefix(ENVIRONMENT_PREFIX).lower().replace("__", ".")
            _put(values, key, value, name)
            sources[key] = name
    require_known(values, Settings, sources)
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(explained(error, Settings, sources, path, values)) from error
    _require_database(settings.database_url, sources)
    return settings, sources


NOT_SETTINGS = frozenset({"DESK_CONFIG", "DESK_DEBUG", "DESK_TEST_POSTGRES_URL", "DESK_DRILL"})


def database_url() -> str:
    """The database in force, for Alembic."""
    return load().url


def shown(settings: Settings) -> dict[str, Any]:
    """All settings as plain values, secrets hidden."""
    values: dict[str, Any] = msgspec.to_builtins(settings)
    values["database_url"] = without_password(settings.url)
    values["data_dir"] = str(settings.data_folder)
    values["outbox"]["spool"] = str(settings.spool_folder)
    values["refunds"]["drop_folder"] = str(settings.drop_folder)
    return _hidden(values)


def without_password(url: str) -> str:
    """A database's URL as it may be shown."""
    scheme, separator, rest = url.partition("://")
    login, at, host = rest.rpartition("@")
    user = login.partition(":")[0]
    clean = f"{scheme}{separator}{user}:***{at}{host}" if at and ":" in login else url
    return re.sub(r"(?i)([?&](?:password|passfile|sslpassword)=)[^&]*", r"\1***", clean)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error
    import tomllib  # most desks have no file, and start the sooner

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Correct that line, or remove the file.") from error


def _keys_of(values: dict[str, Any], before: str = "") -> list[str]:
    keys: list[str] = []
    for name, value in values.items():
        keys.append(before + name)
        if isinstance(value, dict):
            keys += _keys_of(value, f"{before}{name}.")
    return keys


def _put(values: dict[str, Any], key: str, value: str, variable: str) -> None:
    *sections, last = key.split(".")
    for section in sections:
        inner = values.setdefault(section, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{variable} names a part of {section!r}, which is a plain value. Remove it.")
        values = inner
    values[last] = _from_text(value, type_of(key, Settings), variable)


def _from_text(value: str, kind: Any, variable: str) -> Any:
    """A variable's text in the form its setting has: lists as a command line or JSON, tables as JSON."""
    holder = get_origin(kind)
    try:
        if holder is tuple and not value.lstrip().startswith("["):
            return shlex.split(value)
        if holder in {tuple, dict}:
            return msgspec.json.decode(value)
    except (ValueError, msgspec.DecodeError) as error:
        form = "a list" if holder is tuple else "a table"
        raise SettingsError(f"{variable} should be {form}, written as JSON; it cannot be read: {error}.") from error
    return value


def _require_database(url: str, sources: Mapping[str, str]) -> None:
    if url and not re.match(r"(sqlite|postgresql(\+psycopg)?)://", url):
        raise SettingsError(
            f"Setting database_url ({sources['database_url']}): {without_password(url)!r} names no database that desk "
            "speaks. Use sqlite:////folder/desk.db (four strokes for a path from the root) or "
            "postgresql://USER@HOST/NAME."
        )


def _hidden(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _hidden(value)
        if isinstance(value, dict)
        else ("***" if value and any(word in key for word in SECRETS) and not key.endswith("_file") else value)
        for key, value in values.items()
    }
