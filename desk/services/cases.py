"""Looking at one case."""

from __future__ import annotations

from sqlalchemy import select

from db.models import Blob, Message
from db.queries import cases as queries
from db.rows import AgentRow, CaseDetail, EventRow, MessageRow
from desk.rules.permissions import Permission, require
from desk.rules.refunds.links import HIDES_LINK
from desk.services.desk import Desk
from desk.services.errors import CaseError, CaseNotFoundError
from desk.services.incident_links import with_incidents
from desk.services.originals import opened


def open_case(desk: Desk, me: AgentRow, case_id: int) -> CaseDetail:
    """All that the case's page shows, with my drafts. Raises `CaseNotFoundError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        detail = queries.case_detail(connection, case_id, me.id)
        if detail is None:
            raise CaseNotFoundError(case_id)
        return with_incidents(connection, detail)


def earlier_messages(desk: Desk, me: AgentRow, case_id: int, before_id: int) -> tuple[MessageRow, ...]:
    """Up to 100 messages before `before_id`, oldest first."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.messages_before(connection, case_id, before_id, queries.MESSAGES_SHOWN)


def history(
    desk: Desk, me: AgentRow, case_id: int, *, before: int | None = None, limit: int = 100
) -> tuple[EventRow, ...]:
    """What happened on a case, newest first, before an event's id."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.events_before(connection, case_id, before, min(limit, 100))


def raw(desk: Desk, me: AgentRow, message_id: int) -> bytes:
    """The bytes of a message as they were received; of one in which something was masked or a merchant's link hidden,
    to a supervisor only.

    Raises `CaseError` when it was written here, or its original was dropped, and `NotAllowedError`.
    """
    require(me, Permission.WORK_CASES)
    query = select(Message.id, Message.case_id, Message.details, Blob.data).join(
        Blob, Message.raw_sha256 == Blob.sha256
    )
    with desk.database.read() as connection:
        row = connection.execute(query.where(Message.id == message_id)).one_or_none()
    if row is None:
        raise CaseError("This message has no original: it was written at the desk.")
    if HIDES_LINK in row.details:
        require(me, Permission.SEE_SECRETS)
    return opened(desk, me, row, row.data)
