"""Opening the desk for one command, and offering the upgrade to a person whose database is older."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from desk.commands.log import tell_log

if TYPE_CHECKING:
    from desk.bootstrap import Opened
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
            if not is_watched() or not click.confirm(f"{error} Upgrade now?", default=False, err=True):
                raise
            from desk.commands.db import upgrade_with_backup

            upgrade_with_backup(desk)
        yield desk
    finally:
        desk.database.close()


def is_watched() -> bool:
    """Whether a person can be asked: both what is typed and what is said go to a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()
