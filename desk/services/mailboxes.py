"""How far each mailbox was read, and how it is: the one place where that is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db.models import MailboxState
from desk.rules.text import clean_line
from desk.services.chunks import again
from desk.services.desk import Desk
from desk.services.mailbox_readers import NO_FOLDER

NOTED_EVERY = timedelta(minutes=1)
"""That all is well is written down this often: a desk at rest should not write all the time."""


@dataclass(frozen=True, slots=True)
class MailboxStateRow:
    """How far a folder was read and since when it fails; `uid_validity` is 0 when it was never opened."""

    name: str
    folder: str
    uid_validity: int
    last_uid: int
    checked_at: datetime | None
    failing_since: datetime | None
    error: str | None


def resume(desk: Desk, name: str, folder: str, uid_validity: int, account: str) -> int:
    """The UID up to which everything is stored; 0 for a folder that is new, or has numbered its messages anew.

    `account` is whose it is: a mailbox that is another one under the old name begins anew, too, since many servers
    number every folder alike. Raises `db.errors.DatabaseUnavailableError`, as all functions here.
    """
    return again(_resume, desk, name, folder, uid_validity, account)


def advance(desk: Desk, name: str, folder: str, uid_validity: int, last_uid: int) -> None:
    """Note that everything up to `last_uid` is stored; what another worker has noted beyond it stays."""
    state = _is(name, folder)
    behind = and_(state, MailboxState.uid_validity == uid_validity, MailboxState.last_uid < last_uid)
    with desk.database.write() as unit:
        unit.session.execute(update(MailboxState).where(behind).values(last_uid=last_uid, checked_at=unit.now))


def note_well(desk: Desk, name: str, folder: str, trouble: str | None = None) -> None:
    """Note that the mailbox was read; `trouble` is what is wrong although mail comes in."""
    words = clean_line(trouble, 2000) if trouble else None
    stale = or_(
        MailboxState.checked_at.is_(None),
        MailboxState.checked_at < desk.clock() - NOTED_EVERY,
        MailboxState.checked_at > desk.clock() + NOTED_EVERY,  # written by a clock that was wrong
        MailboxState.failing_since.is_not(None) if words is None else MailboxState.error.is_distinct_from(words),
    )
    with desk.database.read() as connection:
        if connection.scalar(select(MailboxState.name).where(_is(name, folder), stale)) is None:
            return
    with desk.database.write() as unit:
        since = func.coalesce(MailboxState.failing_since, unit.now) if words else None
        values = {"checked_at": unit.now, "error": words, "failing_since": since}
        unit.session.execute(update(MailboxState).where(_is(name, folder)).values(values))


def note_failure(desk: Desk, name: str, folder: str, error: str) -> None:
    """Note that the mailbox cannot be read, since the first failure in a row, and why."""
    words = clean_line(error, 2000)
    again(_note_failure, desk, name, folder, words)


def states(desk: Desk) -> dict[tuple[str, str], MailboxStateRow]:
    """What is noted, by a mailbox's name and folder."""
    columns = [getattr(MailboxState, field) for field in MailboxStateRow.__dataclass_fields__]
    with desk.database.read() as connection:
        query = select(*columns).where(MailboxState.folder != NO_FOLDER)
        rows = [MailboxStateRow(*row) for row in connection.execute(query)]
    return {(row.name, row.folder): row for row in rows}


def _resume(desk: Desk, name: str, folder: str, uid_validity: int, account: str) -> int:
    columns = (MailboxState.uid_validity, MailboxState.last_uid, MailboxState.account)
    known = select(*columns).where(_is(name, folder))
    with desk.database.read() as connection:
        row = connection.execute(known).one_or_none()
    if row is not None and (row.uid_validity, row.account) == (uid_validity, account):
        return int(row.last_uid)
    with desk.database.write() as unit:
        row = unit.session.execute(known.with_for_update()).one_or_none()
        if row is None:
            unit.session.add(
                MailboxState(name=name, folder=folder, account=account, uid_validity=uid_validity, last_uid=0)
            )
            return 0
        is_it = row.uid_validity == uid_validity and row.account in {None, account}
        last_uid = int(row.last_uid) if is_it else 0
        now = {"account": account, "uid_validity": uid_validity, "last_uid": last_uid}
        unit.session.execute(update(MailboxState).where(_is(name, folder)).values(now))
        return last_uid


def _note_failure(desk: Desk, name: str, folder: str, words: str) -> None:
    dialect = sqlite if desk.database.is_sqlite else postgresql
    with desk.database.write() as unit:
        first = {"uid_validity": 0, "last_uid": 0, "failing_since": unit.now, "error": words}
        since = func.coalesce(MailboxState.failing_since, unit.now)
        unit.connection.execute(
            dialect.insert(MailboxState)
            .values(name=name, folder=folder, **first)
            .on_conflict_do_update(index_elements=["name", "folder"], set_={"failing_since": since, "error": words})
        )


def _is(name: str, folder: str) -> ColumnElement[bool]:
    return and_(MailboxState.name == name, MailboxState.folder == folder)
