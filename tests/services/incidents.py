"""What tests of incidents do again and again: a supervisor opens one, cases belong to it, the worker goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from db.kinds import OutboxState
from db.models import IncidentNotice, Message, OutboxItem
from desk.services import incident_links, incident_telling, incidents
from tests.services.acting import arrived, mail

if TYPE_CHECKING:
    from typing import Any

    from db.rows import AgentRow
    from db.rows_incidents import IncidentRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock

TEXTS = {
    "id": {"title": "Transfer tertunda", "text": "Transfer ke bank lain tertunda."},
    "en": {"title": "Transfers are late", "text": "Transfers to other banks are late."},
    "zh": {"title": "转账延迟", "text": "跨行转账延迟。"},
}


def opened(desk: Desk, boss: AgentRow, **more: Any) -> IncidentRow:
    """An outage of transfers to banks."""
    given = {"title": "Bank transfers fail", "texts": TEXTS, "words": ("transfer",)} | more
    return incidents.open_incident(desk, boss, incidents.Draft(**given))


def case_of(desk: Desk, me: AgentRow, number: int, *, sender: str = "", text: str = "My transfer is gone.") -> int:
    """A case by mail about a transfer, of a customer of its own."""
    raw = mail(f"t{number}@example.org", sender=sender or f"c{number}@example.org", subject="Transfer", text=text)
    return arrived(desk, me, raw).case.id


def linked(desk: Desk, me: AgentRow, incident: IncidentRow, number: int) -> list[int]:
    """So many cases of that incident, linked by hand."""
    ids = [case_of(desk, me, each) for each in range(number)]
    incident_links.link(desk, me, incident.id, ids)
    return ids


def tell_all(desk: Desk, clock: SettableClock) -> None:
    """The worker goes on until everybody has been told."""
    for _ in range(500):
        if not incident_telling.tell_some(desk):
            clock.advance(minutes=1)
            if not incident_telling.tell_some(desk):
                return
    raise AssertionError("the telling did not end")


def told(desk: Desk) -> list[tuple[int, str]]:
    """What linked cases were told and was not taken back: the case and the text, oldest first."""
    query = (
        select(Message.case_id, Message.text)
        .join(IncidentNotice, IncidentNotice.message_id == Message.id)
        .join(OutboxItem, OutboxItem.message_id == Message.id)
        .where(OutboxItem.state != OutboxState.CANCELLED)
        .order_by(Message.id)
    )
    with desk.database.read() as connection:
        return [(row.case_id, row.text) for row in connection.execute(query)]
