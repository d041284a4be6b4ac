"""What happened to a case's mail, in words: schedules, side conversations, people, spam, merged cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from db.kinds import EventKind
from db.rows import EventRow
from desk.tui import format as words
from desk.tui import safety


def mail_words(event: EventRow) -> dict[EventKind, str]:
    """The sentences, without their subject, that this event's data make for kinds that concern mail."""
    said = _Said(event.data)
    return {
        EventKind.MESSAGE_SETTLED: f"settled what became of an answer{said.of('state', ': ')}",
        EventKind.MESSAGE_SCHEDULED: f"set an answer to go later{said.moment()}",
        EventKind.MESSAGE_HELD: f"held an answer back{said.of('why', ': ')}",
        EventKind.MESSAGE_ACKNOWLEDGED: "told the customer that the message arrived",
        EventKind.MESSAGE_MOVED: f"moved a message{said.case('from', ' from ')}{said.case('to', ' to ')}",
        EventKind.SENDER_JOINED: f"saw a new sender join{said.of('address', ': ')}",
        EventKind.PERSON_ADDED: f"put somebody in copy{said.of('address', ': ')}",
        EventKind.SIDE_OPENED: f"wrote to a third party{said.of('address', ': ')}{said.of('to', ': ')}",
        EventKind.CASE_SPAM: "took the case out of the spam" if said.is_off("spam") else "marked the case as spam",
        EventKind.CASE_MERGED: f"merged cases{said.case('into', ' into ')}{said.case('other', ' with ')}",
        EventKind.CASE_SPLIT: f"split messages off{said.case('into', ' as ')}{said.case('from', ' from ')}",
        EventKind.CASE_LINKED: f"linked the case{said.case('other', ' with ')}",
        EventKind.CASE_UNLINKED: f"unlinked the case{said.case('other', ' from ')}",
        EventKind.ADDRESS_BOUNCES: f"saw mail come back{said.of('address', ' from ')}{said.of('why', ': ')}",
        EventKind.ADDRESS_BLOCKED: f"blocked the sender{said.of('address', ': ')}",
        EventKind.ADDRESS_UNBLOCKED: f"unblocked the sender{said.of('address', ': ')}",
    }


class _Said:
    """What an event holds, wherever in it that stands."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        parts = [data.get("after"), data]
        self._parts = [part for part in parts if isinstance(part, Mapping)]

    def of(self, name: str, before: str) -> str:
        """A value with what stands before it, or nothing."""
        value = self._value(name)
        return f"{before}{words.cut(safety.line(str(value)), 80)}" if isinstance(value, str | int) else ""

    def case(self, name: str, before: str) -> str:
        """A case's number."""
        value = self._value(name)
        return f"{before}#{value}" if isinstance(value, int) else ""

    def moment(self) -> str:
        """The later moment, local."""
        try:
            return f": {words.coming(datetime.fromisoformat(str(self._value('at') or self._value('scheduled_for'))))}"
        except ValueError:
            return ""

    def is_off(self, name: str) -> bool:
        """Whether that was taken off."""
        return self._value(name) is False

    def _value(self, name: str) -> object:
        return next((part[name] for part in self._parts if part.get(name) is not None), None)
