"""What happened to a case as far as clocks are concerned, read from its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from db.kinds import SPOKEN, ClockKind, EventKind, MessageKind, Status


class What(Enum):
    """The kinds of facts."""

    OPENED = "opened"
    ASKED = "asked"
    ANSWERED = "answered"
    STATUS = "status"
    VOID = "void"
    TOOK_OVER = "took over"
    WARNED = "warned"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact; moments are aware UTC and never go back from one fact to the next."""

    at: datetime
    what: What
    status: Status = Status.NEW
    clock: ClockKind = ClockKind.FIRST_RESPONSE
    started: datetime | None = None
    """When the clock meant started; for `TOOK_OVER` since when somebody waited on the other case."""
    due: datetime | None = None
    share: int = 0


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as it was recorded."""

    at: datetime
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A message that events speak of."""

    at: datetime
    kind: MessageKind
    is_automatic: bool
    is_aside: bool
    """Whether it belongs to a side conversation, which the customer does not see."""


RELEVANT = frozenset(
    {
        EventKind.CASE_OPENED, EventKind.CASE_STATUS, EventKind.CASE_PRIORITY, EventKind.CASE_SNOOZED,
        EventKind.CASE_WOKEN, EventKind.CASE_TOPIC, EventKind.CASE_PUT_BACK, EventKind.CASE_SPAM,
        EventKind.CASE_MERGED, EventKind.MESSAGE_RECEIVED, EventKind.MESSAGE_WRITTEN, EventKind.MESSAGE_TAKEN_BACK,
        EventKind.CLOCK_WARNED, EventKind.CLOCK_BREACHED, EventKind.CALL_TAKEN,
    }
)  # fmt: skip
"""The events after which a case's clocks may stand otherwise."""

_MOVES = {
    EventKind.CASE_STATUS: None,
    EventKind.CASE_SNOOZED: Status.ON_HOLD,
    EventKind.CASE_WOKEN: Status.OPEN,
    EventKind.CASE_PUT_BACK: None,
}
UNDOING = frozenset({EventKind.CASE_PUT_BACK, EventKind.CASE_SPAM})


def facts_of(created_at: datetime, happened: Iterable[Happened], said: Mapping[int, Said]) -> list[Fact]:
    """The facts of a case in their order; what was undone or taken back has not happened.

    `said` has the messages by id that the events name. A case whose opening is not among its events was opened at
    `created_at`.
    """
    reading = _Reading(said)
    events = list(happened)
    if not any(each.kind == EventKind.CASE_OPENED for each in events[:1]):
        reading.add(Fact(created_at, What.OPENED))
    for each in events:
        reading.read(each)
    return [each for each in reading.facts if each is not None]


class _Reading:
    def __init__(self, said: Mapping[int, Said]) -> None:
        self.facts: list[Fact | None] = []
        self._said = said
        self._moves: list[int] = []
        """Places of the facts that set a status, the latest last."""
        self._answers: dict[int, tuple[int, int | None]] = {}
        """Places of an answer and of the move that came with it, by message."""
        self._merges: dict[int, int] = {}
        self._latest: datetime | None = None
        self._taken_back: tuple[datetime, int] | None = None

    def add(self, fact: Fact) -> int:
        self._latest = fact.at if self._latest is None else max(self._latest, fact.at)
        self.facts.append(fact)
        return len(self.facts) - 1

    def read(self, event: Happened) -> None:
        data = event.data
        match event.kind:
            case EventKind.CASE_OPENED:
                since = _moment(data.get("since")) or event.at
                status = Status(data.get("status", Status.NEW))
                self._moves.append(self.add(Fact(min(since, event.at), What.OPENED, status)))
            case EventKind.MESSAGE_RECEIVED:
                self._received(event)
            case EventKind.MESSAGE_WRITTEN:
                self._written(event)
            case EventKind.CALL_TAKEN:
                if (data.get("after") or {}).get("outcome") in SPOKEN:
                    self.add(Fact(self._at(event), What.ANSWERED))
            case EventKind.MESSAGE_TAKEN_BACK:
                self._take_back(event)
            case EventKind.CASE_SPAM | EventKind.CASE_MERGED:
                self._judged(event)
            case EventKind.CLOCK_WARNED | EventKind.CLOCK_BREACHED:
                what = What.WARNED if event.kind == EventKind.CLOCK_WARNED else What.BREACHED
                started, due = _moment(data.get("started")), _moment(data.get("due"))
                share = int(data.get("share", 0))
                self.add(Fact(self._at(event), what, Status.NEW, ClockKind(data["clock"]), started, due, share))
            case kind if kind in _MOVES:
                self._moved(event)

    def _at(self, event: Happened) -> datetime:
        return event.at if self._latest is None else max(event.at, self._latest)

    def _received(self, event: Happened) -> None:
        message = self._said.get(event.data.get("message", 0))
        if message is None or message.kind is not MessageKind.INBOUND or message.is_automatic or message.is_aside:
            return
        at = min(message.at, event.at)
        first = self.facts[0]
        if len(self.facts) == 1 and first is not None and at < first.at:
            # What opened the case had been waiting before it was taken in.
            self.facts[0] = Fact(at, first.what, first.status)
            self._latest = at
        self.add(Fact(max(at, self._latest or at), What.ASKED))

    def _written(self, event: Happened) -> None:
        number = int(event.data.get("message", 0))
        message = self._said.get(number)
        if message is None or message.kind is not MessageKind.OUTBOUND or message.is_automatic:
            return
        move = self._moves[-1] if self._moves else None
        came_along = move is not None and move == len(self.facts) - 1 and self._status_at(move) == event.at
        place = -1 if message.is_aside else self.add(Fact(self._at(event), What.ANSWERED))
        self._answers[number] = place, move if came_along else None

    def _status_at(self, place: int) -> datetime | None:
        fact = self.facts[place]
        return fact.at if fact is not None and fact.what is What.STATUS else None

    def _take_back(self, event: Happened) -> None:
        answer, move = self._answers.pop(int(event.data.get("message", 0)), (-1, None))
        if answer >= 0:
            self.facts[answer] = None
        if move is not None and self._moves and self._moves[-1] == move:
            self._taken_back = event.at, move

    def _moved(self, event: Happened) -> None:
        after = (event.data.get("after") or {}).get("status") or _MOVES.get(EventKind(event.kind))
        if event.kind == EventKind.CASE_PUT_BACK and (place := self._merges.pop(_unmerged(event), -1)) >= 0:
            self.facts[place] = None
        if after is None:
            return
        status = Status(after)
        if self._is_undone(event, status):
            self.facts[self._moves.pop()] = None
        elif status is not self._status:
            self._moves.append(self.add(Fact(self._at(event), What.STATUS, status)))

    def _is_undone(self, event: Happened, status: Status) -> bool:
        """Whether a move only takes the one before it back."""
        if not self._moves or not self._has_moved or not _same(self._before_last, status):
            return False
        if self._taken_back == (event.at, self._moves[-1]):
            self._taken_back = None
            return True
        return event.kind in UNDOING and status is not self._status

    @property
    def _has_moved(self) -> bool:
        last = self.facts[self._moves[-1]]
        return last is not None and last.what is not What.OPENED

    @property
    def _status(self) -> Status:
        last = self.facts[self._moves[-1]] if self._moves else self.facts[0]
        return last.status if last is not None else Status.NEW

    @property
    def _before_last(self) -> Status:
        place = self._moves[-2] if len(self._moves) > 1 else 0
        before = self.facts[place]
        return before.status if before is not None else Status.NEW

    def _judged(self, event: Happened) -> None:
        """Spam, or merged: closed in a way that meets no clock; or not spam after all; or another case taken over."""
        after = event.data.get("after") or {}
        if "from" in after:
            waits = event.data.get("waits")
            if waits:
                since, due = _moment(waits["since"]), _moment(waits["due"])
                fact = Fact(self._at(event), What.TOOK_OVER, Status.OPEN, started=since, due=due)
                self._merges[int(after["from"])] = self.add(fact)
        elif after.get("spam") is False:
            self._moved(event)
        elif "spam" in after or "into" in after:
            if self._status is not Status.CLOSED:
                self._moves.append(self.add(Fact(self._at(event), What.STATUS, Status.CLOSED)))
            self.add(Fact(self._at(event), What.VOID))


def _same(one: Status, other: Status) -> bool:
    return one is other or {one, other} <= {Status.NEW, Status.OPEN}


def _unmerged(event: Happened) -> int:
    return int((event.data.get("after") or {}).get("unmerged", 0))


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(str(value)) if value else None
