"""What stands around a case: where it came in, who is in copy, third parties, and the cases it belongs with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from db.kinds import LinkKind
from db.rows import CaseDetail, LinkRow, ParticipantRow, SideRow
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.wrapping import rows as wrapped

MOST = 12
"""People, third parties and cases listed of each."""

LINKED = {
    (LinkKind.RELATED, True): "belongs with",
    (LinkKind.RELATED, False): "belongs with",
    (LinkKind.MERGED_INTO, True): "merged into",
    (LinkKind.MERGED_INTO, False): "has taken in",
    (LinkKind.SPLIT_FROM, True): "split off from",
    (LinkKind.SPLIT_FROM, False): "was split: see",
}


def around_rows(detail: CaseDetail, width: int, now: datetime) -> Iterator[tuple[str, str]]:
    """Rows of the customer's card: the name of their style, and text fit to be shown in `width` cells."""
    if detail.spam_at is not None:
        yield "plain", ""
        yield "late", words.cut(f"SPAM since {words.moment(detail.spam_at, now)}", width)
    if detail.mailbox or detail.queue or detail.call_from:
        yield "plain", ""
    if detail.mailbox:
        yield from _rows("quiet", f"came in by {safety.line(detail.mailbox)}", width)
    if detail.queue:
        skill = f" · needs {safety.line(detail.skill)}" if detail.skill else ""
        yield from _rows("quiet", f"queue {safety.line(detail.queue)}{skill}", width)
    if detail.call_from:
        yield from _rows("soon", f"☏ wants a call from {words.moment(detail.call_from, now)}", width)
    if detail.links:
        yield "plain", ""
        for link in detail.links[:MOST]:
            yield from _link(link, width)
    if detail.participants:
        yield from _title("in copy", len(detail.participants))
        for person in detail.participants[:MOST]:
            yield from _person(person, width)
    if detail.sides:
        yield from _title("third parties", len(detail.sides))
        for side in detail.sides[:MOST]:
            yield from _side(side, width, now)


def _title(name: str, number: int) -> Iterator[tuple[str, str]]:
    yield "plain", ""
    yield "strong", f"{name} {number}"


def _link(link: LinkRow, width: int) -> Iterator[tuple[str, str]]:
    yield "soon", words.cut(f"{LINKED[link.kind, link.is_from_here]} {link.other.reference}", width)
    yield "plain", words.cut("  " + safety.line(link.other.subject), width)


def _person(person: ParticipantRow, width: int) -> Iterator[tuple[str, str]]:
    yield from _rows("plain", f"✉ {safety.line(person.address)}", width)
    by = f"by {safety.line(person.agent_name)}" if person.agent_name else "by the customer"
    wrote = " · has written" if person.joined_at is not None else ""
    yield "quiet", words.cut(f"  {by}{wrote}", width)


def _side(side: SideRow, width: int, now: datetime) -> Iterator[tuple[str, str]]:
    yield from _rows("side", f"↳ {safety.line(side.address)}", width)
    yield "quiet", words.cut(f"  {words.moment(side.created_at, now)} {safety.line(side.subject)}", width)


def _rows(style: str, text: str, width: int) -> Iterator[tuple[str, str]]:
    for row in islice(wrapped(text, width), 3):
        yield style, row
