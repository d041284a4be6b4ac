"""The composition root: settings, database, clock and the acting agent, put together in one place."""

from __future__ import annotations

import getpass
from dataclasses import dataclass

from db.clock import Clock, now
from db.engine import Database
from db.migrate import SchemaState, schema_state, upgrade
from db.rows import AgentRow
from desk import settings as configuration
from desk.services import agents, seeding
from desk.services.desk import Desk


class OlderDatabaseError(Exception):
    """The database was made by an older desk and has to be upgraded first."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open desk and the agent who acts at it."""

    desk: Desk
    me: AgentRow


def build(*, url: str | None = None, clock: Clock = now) -> Desk:
    """A desk on `url`, or on the database in force, as it is: nothing is created or upgraded."""
    settings = configuration.load()
    return Desk(database=Database(url or settings.url, clock=clock), settings=settings, clock=clock)


def open_desk(*, url: str | None = None, login: str | None = None, clock: Clock = now) -> Opened:
    """A desk that is ready to work: an empty database gets its schema, its seeds and its first agent.

    `login` is who acts (`--as`); else the settings' `agent`, else the operating system's user.
    Raises `OlderDatabaseError`, `db.migrate.NewerDatabaseError`, `agents.UnknownAgentError`, `SettingsError`.
    """
    desk = build(url=url, clock=clock)
    ready(desk)
    return Opened(desk, agents.sign_in(desk, login or desk.settings.agent or system_user()))


def ready(desk: Desk) -> None:
    """Make an empty database a desk; refuse one of another age."""
    state, revision = schema_state(desk.database)
    if state is SchemaState.OLDER:
        raise OlderDatabaseError(
            f"The database is at revision {revision}, older than this desk. "
            "Run `desk db upgrade`: it makes a backup first."
        )
    if state is not SchemaState.CURRENT:
        upgrade(desk.database)
        seeding.seed(desk)


def system_user() -> str:
    """The operating system's word for who is at the keyboard."""
    return getpass.getuser()
