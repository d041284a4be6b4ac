"""The doctor's look at what is on this machine: settings, database, folders, disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from db.engine import Database, DatabaseUnavailableError
from db.migrate import SchemaState, state_of
from db.models import Agent
from desk import settings as configuration
from desk.doctor.findings import Finding, note, well, wrong
from desk.settings import Settings, SettingsError

LITTLE_BYTES, TOO_LITTLE_BYTES = 2_000_000_000, 300_000_000
MOST_NAMED = 5
STATES = {
    SchemaState.EMPTY: (note, "is empty; it gets its tables when the desk is opened."),
    SchemaState.OLDER: (wrong, "was made by an older desk. Run `desk db upgrade`: it makes a backup first."),
    SchemaState.NEWER: (wrong, "was made by a newer desk. Install that one here as well."),
    SchemaState.FOREIGN: (wrong, "belongs to another program. Name another one with `database_url`."),
}


def settings_found(settings: Settings) -> Iterator[Finding]:
    """The settings file, and who can read the passwords in it."""
    path = configuration.config_path()
    if not path.exists():
        yield well("settings", f"There is no file {path}; the defaults and the environment are in force.")
        return
    in_file = [settings.mail.smtp.password, *(each.password for each in settings.mail.mailboxes.values())]
    in_file.append(settings.wallet.client_secret)
    in_file += [each.secret for each in settings.refunds.webhooks.values()]
    if any(in_file) and path.stat().st_mode & 0o077:
        yield note("settings", f"{path} can hold passwords, and others can read it. Run: chmod 600 {path}")
    else:
        yield well("settings", f"{path} can be used.")


def database_found() -> Iterator[Finding]:
    """The database: there, ours, of this age, and taking writes."""
    from desk.bootstrap import build

    try:
        with closing(build().database) as database:
            name = configuration.without_password(database.url.render_as_string(hide_password=False))
            if database.path is not None and not database.path.exists():
                yield note("database", f"There is none at {database.path} yet; the first to open the desk makes it.")
                return
            with database.read() as connection:
                state, _ = state_of(connection)
            if state in STATES:
                made, words = STATES[state]
                yield made("database", f"{name} {words}")
                return
            with database.write() as unit:
                unit.connection.begin()
            yield well("database", f"{name} can be read and written.")
            yield from _nameless(database)
    except (DatabaseUnavailableError, SettingsError) as error:
        yield wrong("database", str(error))


def _nameless(database: Database) -> Iterator[Finding]:
    """Agents whom customers know by their login."""
    with database.read() as connection:
        logins = list(connection.scalars(select(Agent.login).where(Agent.active, Agent.name == Agent.login)))
    if logins:
        told = f"Customers see a login as the name of {', '.join(logins[:MOST_NAMED])} in mail and on answers."
        yield note("people", f"{told} Give a name: desk agents rename {logins[0]} 'First Last'")


def folders_found(settings: Settings) -> Iterator[Finding]:
    """The spool folder, and how much room is left."""
    spool = settings.spool_folder
    there = _nearest(spool)
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        yield well("spool", f"{spool} can be written.")
    else:
        yield wrong("spool", f"{spool} cannot be written. Give this user the right to write into {there}.")
    data = _nearest(settings.data_folder)
    free = shutil.disk_usage(data).free
    words = f"{free / 1e9:.1f} GB are free at {data}."
    if free < TOO_LITTLE_BYTES:
        yield wrong("disk", f"Only {words} Make room: mail that cannot be stored is not taken in.")
    elif free < LITTLE_BYTES:
        yield note("disk", f"Only {words}")
    else:
        yield well("disk", words)


def _nearest(path: Path) -> Path:
    """The path, or what there is of the way to it."""
    return next((each for each in (path, *path.parents) if each.exists()), Path("/"))
