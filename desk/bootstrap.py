"""The composition root: settings, database, clock and the acting agent, put together in one place."""

from __future__ import annotations

import getpass
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from db.clock import Clock, now
from db.engine import Database, DatabaseUnavailableError
from db.migrate import ForeignDatabaseError, NewerDatabaseError, SchemaState, state_of, upgrade
from db.models import map_all
from db.rows import AgentRow
from desk import settings as configuration
from desk.services import agents
from desk.services.desk import Desk
from desk.settings import SettingsError


class OlderDatabaseError(Exception):
    """The database was made by an older desk and has to be upgraded first."""

    def __init__(self, revision: str | None) -> None:
        super().__init__(
            f"The database is at revision {revision}, older than this desk. "
            "Run `desk db upgrade`: it makes a backup first."
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """An open desk and the agent who acts at it."""

    desk: Desk
    me: AgentRow


def build(*, url: str | None = None, clock: Clock = now) -> Desk:
    """A desk on `url`, or on the database in force, as it is: nothing but its folder is made.

    Raises `SettingsError`, `DatabaseUnavailableError` when there can be no file at that place.
    """
    settings = configuration.load()
    return Desk(database=_database(url or settings.url, clock), settings=settings, clock=clock)


def open_desk(*, url: str | None = None, login: str | None = None, clock: Clock = now) -> Opened:
    """A desk that is ready to work: an empty database gets its schema, its seeds and its first agent.

    Raises what `build`, `ready` and `acting` raise.
    """
    map_all()  # before threads share the desk: one that is half-way through mapping a table would fail another's query
    desk = build(url=url, clock=clock)
    ready(desk)
    return Opened(desk, acting(desk, login))


def glance(*, url: str | None = None, login: str | None = None) -> Opened | None:
    """The desk if it is ready and knows who acts; None otherwise, and nothing is made or changed. Raises as `build`."""
    desk = build(url=url)
    if desk.database.path is not None and not desk.database.path.exists():
        return None
    with desk.database.read() as connection:
        state, _ = state_of(connection)
        if state is not SchemaState.CURRENT or not _is_seeded(connection):
            return None
    me = agents.known(desk, login or desk.settings.agent or system_user())
    return None if me is None else Opened(desk, me)


def acting(desk: Desk, login: str | None = None) -> AgentRow:
    """Who acts: `login` (`--as`), else the settings' `agent` (`DESK_AGENT`), else the operating system's user.

    The first to act at a desk that has nobody yet becomes its administrator. Raises `agents.UnknownAgentError`.
    """
    login = login or desk.settings.agent or system_user()
    return agents.sign_in(desk, login, full_name(login))


def ready(desk: Desk) -> None:
    """Make an empty database a desk; refuse one of another age or another program.

    Raises `OlderDatabaseError`, `db.migrate.NewerDatabaseError`, `db.migrate.ForeignDatabaseError`,
    `DatabaseUnavailableError`.
    """
    with desk.database.read() as connection:
        state, revision = state_of(connection)
        if state is SchemaState.CURRENT and _is_seeded(connection):
            return
    if state is SchemaState.OLDER:
        raise OlderDatabaseError(revision)
    if state is SchemaState.NEWER:
        raise NewerDatabaseError(revision)
    if state is SchemaState.FOREIGN:
        raise ForeignDatabaseError(str(desk.database.path))
    if state is SchemaState.EMPTY:
        upgrade(desk.database)
    from desk.services import seeding

    seeding.seed(desk)


def system_user() -> str:
    """The operating system's word for who is at the keyboard. Raises `SettingsError` where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:  # a container's user need not have a name
        raise SettingsError(
            "The system has no name for this user. Say who acts with --as LOGIN, with DESK_AGENT, or with `agent` in "
            f"{configuration.config_path()}."
        ) from error


def full_name(login: str) -> str:
    """What the operating system calls its user of that login: the first field of GECOS; empty where it says nothing."""
    try:
        import pwd
    except ImportError:  # a system without accounts of that kind
        return ""
    try:
        said = pwd.getpwnam(login).pw_gecos.partition(",")[0].strip()
    except (KeyError, ValueError):
        return ""
    return said.replace("&", login.capitalize())  # as finger(1) reads it


def _is_seeded(connection: Connection) -> bool:
    """Whether the seeds are in: the program that made the database may have been stopped before."""
    asked = "SELECT 1 FROM desk_info WHERE key = 'seeds'"
    return connection.exec_driver_sql(asked).first() is not None


def _database(url: str, clock: Clock) -> Database:
    try:
        return Database(url, clock=clock)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise SettingsError(
            f"Setting database_url: {configuration.without_password(url)} names no database. "
            "Use sqlite:///FILE or postgresql://USER@HOST:PORT/NAME."
        ) from error
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"Setting database_url: for PostgreSQL desk needs {error.name}. Install it: pip install 'desk[postgres]'."
        ) from error
    except OSError as error:
        where = configuration.without_password(url)
        raise DatabaseUnavailableError(f"There can be no database at {where}: {error.strerror or error}.") from error
