"""Who reads a mailbox: one program at a time, so that a server has one connection and one hand that moves its mail.

Nothing depends on it but good order: whatever two programs read at the same time is still taken in once.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db.models import MailboxState
from desk.services.chunks import again
from desk.services.desk import Desk

NO_FOLDER = ""
"""The folder of the row that says who reads a mailbox (`error`) and until when (`checked_at`): none is called so."""

HELD_FOR = timedelta(minutes=2)


def claim(desk: Desk, name: str, reader: str, *, instead_of: str | None = None) -> bool:
    """Whether `reader` reads the mailbox from now on for `HELD_FOR`; again and again while it does.

    Somebody else's claim is respected until it runs out, or when it is that of `instead_of`, who is known to be gone.
    """
    return again(_claim, desk, name, reader, instead_of)


def release(desk: Desk, name: str, reader: str) -> None:
    """Let another one read it."""
    own = and_(MailboxState.name == name, MailboxState.folder == NO_FOLDER, MailboxState.error == reader)
    with desk.database.write() as unit:
        unit.session.execute(update(MailboxState).where(own).values(checked_at=None))


def reader_of(desk: Desk, name: str) -> str | None:
    """Who claimed the mailbox last and has not let go."""
    held = and_(MailboxState.name == name, MailboxState.folder == NO_FOLDER, MailboxState.checked_at.is_not(None))
    with desk.database.read() as connection:
        return connection.scalar(select(MailboxState.error).where(held))


def _claim(desk: Desk, name: str, reader: str, instead_of: str | None) -> bool:
    dialect = sqlite if desk.database.is_sqlite else postgresql
    with desk.database.write() as unit:
        until = unit.now + HELD_FOR
        free = or_(
            MailboxState.error.in_([reader, instead_of or reader]),
            MailboxState.checked_at.is_(None),
            MailboxState.checked_at < unit.now,
            MailboxState.checked_at > until + HELD_FOR,  # by a clock that was wrong
        )
        insert = dialect.insert(MailboxState).values(
            name=name, folder=NO_FOLDER, uid_validity=0, last_uid=0, error=reader, checked_at=until
        )
        claimed = insert.on_conflict_do_update(
            index_elements=["name", "folder"], set_={"error": reader, "checked_at": until}, where=free
        ).returning(MailboxState.name)
        return unit.connection.execute(claimed).first() is not None
