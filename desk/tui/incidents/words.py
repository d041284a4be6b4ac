"""How incidents are told on screen: a sign, words and a colour for each state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from db.kinds import IncidentKind, IncidentState
from desk.tui import format as words
from desk.tui import safety

if TYPE_CHECKING:
    from db.rows_incidents import CaseIncidentRow, IncidentProposalRow, IncidentRow
    from desk.services.incidents import Banner

SIGNS = {
    IncidentState.PLANNED: ("◷", "planned", "soon"),
    IncidentState.OPEN: ("▲", "INCIDENT", "late"),
    IncidentState.RECOVERING: ("△", "recovering", "soon"),
    IncidentState.OVERDUE: ("▲", "OVERDUE", "late"),
    IncidentState.RESOLVED: ("✓", "over", "quiet"),
    IncidentState.CANCELLED: ("–", "called off", "quiet"),
}
"""Sign, word and look of each state."""


def standing(row: IncidentRow, now: datetime) -> tuple[str, str, str]:
    """Sign, word and look at a moment: what was to be over is overdue, also before a worker has said so."""
    is_late = row.expected_at is not None and row.expected_at <= now and row.kind is IncidentKind.OUTAGE
    if is_late and row.state in {IncidentState.OPEN, IncidentState.RECOVERING}:
        return SIGNS[IncidentState.OVERDUE]
    if row.kind is IncidentKind.MAINTENANCE and row.state is IncidentState.OPEN:
        return "◷", "maintenance", "soon"
    return SIGNS[row.state]


def until(row: IncidentRow, now: datetime) -> str:
    """Until when, in a few words."""
    if row.state is IncidentState.PLANNED:
        return f"from {words.coming(row.starts_at)}"
    if row.expected_at is None:
        return "nobody knows until when"
    if row.expected_at <= now:
        return f"was to be over {words.coming(row.expected_at)}"
    return f"until {words.coming(row.expected_at)}"


def banner_pieces(banner: Banner, now: datetime, key: str, width: int) -> list[tuple[str, str]]:
    """What every screen says in one line, as text and look: the worst incident first; nothing when all is well."""
    if not banner.incidents:
        if not banner.proposals:
            return []
        rise = banner.proposals[0]
        said = f" ? sudden rise: {rise.cases} cases about {safety.line(rise.subject)} "
        return [(words.cut(said, max(width - len(key) - 4, 8)), "soon"), (f"{key} ", "accent")]
    first, others = banner.incidents[0], len(banner.incidents) - 1
    sign, word, look = standing(first, now)
    asks = " · new time?" if word == "OVERDUE" else ""
    more = f" · {others} more" if others else ""
    rises = f" · {len(banner.proposals)} rising" if banner.proposals else ""
    tail = f" · {until(first, now)}{asks}{more}{rises} "
    room = width - words.cells(tail) - words.cells(word) - len(key) - 7
    title = words.cut(safety.line(first.title), max(room, 12))
    return [(f" {sign} {word} {title}", look), (tail, "plain" if look == "late" else "quiet"), (f"{key} ", "accent")]


def case_piece(incidents: Sequence[CaseIncidentRow]) -> tuple[str, str]:
    """What the head of a case says: the incident that it belongs to, or seems to; text and look."""
    linked = next((each for each in incidents if each.is_linked), None)
    if linked is not None:
        return f"  ▲ {words.cut(safety.line(linked.incident.title), 24)}", "late"
    proposed = next((each for each in incidents if each.is_proposed), None)
    if proposed is not None:
        return f"  ▲ {words.cut(safety.line(proposed.incident.title), 20)}? I yes", "soon"
    return "", "plain"


def rise_words(rise: IncidentProposalRow, now: datetime) -> str:
    """A sudden rise in one sentence."""
    what = "topic" if rise.topic_key else "code"
    return (
        f"{rise.cases} cases of the {what} {safety.line(rise.subject)} within half an hour, "
        f"{rise.expected} were to be expected; {words.age(rise.raised_at, now)} ago"
    )
