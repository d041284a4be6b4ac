"""A call on a case's page, in words: how long, how it ended, and what was promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from db.kinds import EventKind
from db.rows import EventRow
from desk.tui import format as words
from desk.tui import safety


def call_line(details: Mapping[str, Any]) -> str:
    """`☏ missed`, `☏ 3:12 · helped · with Ana`; nothing for what is no call."""
    call = details.get("call")
    if not isinstance(call, Mapping):
        return ""
    if call.get("missed"):
        return "☏ missed"
    said = []
    seconds = call.get("duration_s")
    if isinstance(seconds, int):
        said.append(f"{seconds // 60}:{seconds % 60:02}")
    said += [_plain(call[name]) for name in ("outcome",) if isinstance(call.get(name), str)]
    if call.get("direction") == "outbound":
        said.append("we rang")
    if isinstance(call.get("agent"), str):
        said.append(f"with {_plain(call['agent'])}")
    if call.get("by_word") is True:
        said.append("customer named by the agent")
    return f"☏ {' · '.join(said)}".rstrip()


def call_words(event: EventRow) -> dict[EventKind, str]:
    """The sentences, without their subject, that this event's data make for kinds that concern the phone."""
    after = event.data.get("after")
    part = after if isinstance(after, Mapping) else {}
    why = event.data.get("why")
    because = f": {_plain(why)}" if isinstance(why, str) and why else ""
    return {
        EventKind.CALL_TAKEN: f"was on the phone {call_line({'call': part})}".rstrip(" ☏"),
        EventKind.NUMBER_KEPT: f"kept {_plain(part.get('number', ''))} as the customer's number",
        EventKind.CALLBACK_BOOKED: f"promised a call-back {_slot(part)}".rstrip(),
        EventKind.CALLBACK_MOVED: f"moved the call-back to {_slot(part)}{because}",
        EventKind.CALLBACK_TRIED: "rang, and nobody answered",
        EventKind.CALLBACK_OVER: f"ended the call-back: {_plain(part.get('outcome', ''))}",
    }


def _slot(part: Mapping[str, Any]) -> str:
    try:
        start, end = (datetime.fromisoformat(str(part.get(name))) for name in ("from", "until"))
    except ValueError:
        return ""
    return f"{words.coming(start)}–{words.clock(end)}"


def _plain(value: object) -> str:
    return words.cut(safety.line(str(value)).replace("_", " "), 60)
