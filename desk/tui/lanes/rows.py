"""Messages in a lane, as rows of words: how they stand, where they go, and what is the matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from db.kinds import OutboxState
from desk.tui import format as words
from desk.tui import safety
from desk.tui.message_acts import Acted

if TYPE_CHECKING:
    from db.rows import ScheduledRow
    from db.rows_delivery import UndeliveredRow

MOST_TEXT = 2000
"""Characters of a message that are looked at."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One message; all its words are fit to be shown."""

    acted: Acted
    state: str
    style: str
    """The name of the look of `state`."""
    who: str
    what: str
    when: str
    agent: str
    about: tuple[tuple[str, str], ...]
    """All of it, for below the list: names of looks, and paragraphs."""


def undelivered_row(row: UndeliveredRow, now: datetime) -> Listed:
    """A message that failed, or of which nobody knows."""
    to, error = safety.line(row.to), safety.line(row.error or "")
    failed = row.state is OutboxState.FAILED
    why = error or ("the server refused it" if failed else "a worker stopped while it was sent")
    tried = f"tried {words.count(row.attempts, 'time')} · written {words.moment(row.at, now)}"
    return Listed(
        Acted(row.message_id, row.case_id, row.to, row.state),
        "✗ not sent" if failed else "? unknown",
        "late",
        to,
        why,
        words.age(row.at, now),
        _agent(row.agent_name),
        (
            ("strong", f"{'✗ not sent to' if failed else '? nobody knows whether it arrived at'} {to}"),
            ("plain", why),
            ("quiet", f"{safety.line(row.customer_name)} · {safety.line(row.subject) or '(no subject)'} · {tried}"),
        ),
    )


def scheduled_row(row: ScheduledRow, now: datetime) -> Listed:
    """What waits for a moment, or for somebody's word; mail to a third party has the sign of one."""
    case = row.case
    name, at = safety.line(f"↳ {row.to}" if row.to else case.customer_name), words.coming(row.scheduled_for)
    held = safety.line(row.held_why) if row.held_why is not None else ""
    text = safety.line(row.text[:MOST_TEXT])
    stands = f"⏸ waits, meant for {at}: {held}" if held else f"◷ goes {at} to {name}"
    return Listed(
        Acted(
            row.message_id,
            case.id,
            row.to or case.customer_name,
            OutboxState.QUEUED,
            is_later=True,
            is_side=bool(row.to),
        ),
        f"⏸ {at}" if held else f"◷ {at}",
        "soon" if held else "plain",
        name,
        held or text,
        "" if row.scheduled_for > now else "due",
        _agent(row.agent_name),
        (
            ("strong", stands),
            ("quiet", f"#{case.id} {safety.line(case.customer_name)} · {safety.line(case.subject) or '(no subject)'}"),
            ("plain", text),
        ),
    )


def _agent(name: str | None) -> str:
    return safety.line(name).partition(" ")[0] if name else "the desk"
