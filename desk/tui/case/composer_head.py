"""The head of the composer: to whom it goes, in words, so that nobody writes to the one what is meant for the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.content import Content

from db.kinds import DraftKind
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.addresses import listed
from desk.tui.case.attachments import size_text

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from db.rows_delivery import DraftFileRow

BADGES = {DraftKind.NOTE: " NOTE ", DraftKind.SIDE: " THIRD PARTY "}


def addressee(detail: CaseDetail, kind: DraftKind, details: Mapping[str, Any], me: AgentRow | None) -> Content:
    """To whom the text goes; wider than a narrow screen has room for when names are long."""
    if kind is DraftKind.NOTE:
        return Content.assemble((BADGES[kind], "reverse bold"), " stays inside the desk")
    if kind is DraftKind.SIDE:
        to = words.middle(safety.line(str(details.get("to") or "nobody yet")), 44)
        return Content.assemble((BADGES[kind], "reverse bold"), (f" to {to}", "bold"), " · not the customer")
    case = detail.case
    language = "" if case.language.value == "other" else f" · {case.language.value}"
    name = words.cut(safety.line(case.customer_name), 36)
    said = f"reply to {name} · {words.CHANNEL_NAMES[case.channel]}{language}{_copies(details)}"
    taken = case.assignee_name and me is not None and case.assignee_id != me.id
    who = f"  {safety.line(words.cut(str(case.assignee_name), 24))} has it" if taken else ""
    return Content.assemble((said, "bold"), (who, "$desk-soon"))


def copies_line(kind: DraftKind, details: Mapping[str, Any], width: int) -> str:
    """All that get the text beside the one in the head, and the subject of mail to a third party."""
    if kind is DraftKind.SIDE:
        with_case = " · the conversation goes along" if details.get("forward") else ""
        subject = safety.line(str(details.get("subject") or ""))
        return words.cut(f"subject: {subject}", max(width - len(with_case), 12)) + with_case
    parts = [
        f"{name} {', '.join(safety.line(address) for address in addresses)}"
        for name in ("cc", "bcc")
        if (addresses := listed(details, name))
    ]
    return words.cut(" · ".join(parts), width)


def files_line(files: Sequence[DraftFileRow], width: int, key: str) -> str:
    """The files that go along, and the key that changes them."""
    if not files:
        return ""
    hint = f"  {key} changes"
    room = max((width - len(hint)) // len(files) - 14, 8)
    shown = [
        f"[{number}] {words.middle(safety.line(file.filename), room)} {size_text(file.size)}"
        for number, file in enumerate(files, 1)
    ]
    return words.cut("  ".join(shown), width - len(hint)) + hint


def _copies(details: Mapping[str, Any]) -> str:
    counted = [f"{name} {len(addresses)}" for name in ("cc", "bcc") if (addresses := listed(details, name))]
    return f" · {', '.join(counted)}" if counted else ""
