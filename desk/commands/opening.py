"""Opening the desk for one command, and offering the upgrade to a person whose database is older."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from desk.commands.log import tell_log

if TYPE_CHECKING:
    from desk.bootstrap import OlderDatabaseError, Opened
    from desk.services.desk import Desk


@contextmanager
def opened(login: str | None) -> Iterator[Opened]:
    """An open desk and who acts at it; closed at the end. Raises what `desk.bootstrap.open_desk` raises."""
    from desk.bootstrap import Opened, acting

    with at_desk() as desk:
        yield Opened(desk, acting(desk, login))


@contextmanager
def at_desk() -> Iterator[Desk]:
    """An open desk at which nobody acts: the program itself does."""
    from desk.bootstrap import OlderDatabaseError, build, ready

    tell_log()
    desk = build()
    try:
        try:
            ready(desk)
        except OlderDatabaseError as error:
            offer_upgrade(desk, error)
        yield desk
    finally:
        desk.database.close()


def offer_upgrade(desk: Desk, error: OlderDatabaseError) -> None:
    """Upgrade an older database, after a backup, if a person is there and wants it; else raise the error again."""
    if not is_watched() or not click.confirm(f"{error} Upgrade now?", default=False, err=True):
        raise error
    from desk.commands.db import upgrade_with_backup

    upgrade_with_backup(desk)


def open_screens(login: str | None) -> None:
    """Open the screens; those that could not because the database is older open again after its upgrade."""
    from desk.tui.start import open_desk

    try:
        open_desk(login=login)
    except Exception as error:  # noqa: BLE001  (`open_again` raises all but one again)
        open_again(error, login)


def open_again(error: Exception, login: str | None = None) -> None:
    """Open the screens after the upgrade that an older database needs, if it is wanted; else raise the error again."""
    from desk.bootstrap import OlderDatabaseError, build
    from desk.tui.start import open_desk

    if not isinstance(error, OlderDatabaseError):
        raise error
    desk = build()
    with closing(desk.database):
        offer_upgrade(desk, error)
    open_desk(login=login)


def is_watched() -> bool:
    """Whether a person can be asked: both what is typed and what is said go to a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
