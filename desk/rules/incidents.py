"""Incidents: which state may follow which and by whom, which cases belong to one, and which codes a text names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from db.kinds import IncidentKind, IncidentState
from desk.rules.words import found

PLANNED, OPEN, RECOVERING, OVERDUE, RESOLVED, CANCELLED = IncidentState

ACTIVE = frozenset({OPEN, RECOVERING, OVERDUE})
"""The states in which new cases are matched and the banner says that something is wrong."""
ENDED = frozenset({RESOLVED, CANCELLED})

ANNOUNCED = timedelta(hours=24)
"""So long before planned work begins, agents see it on every screen."""


class Who(StrEnum):
    """Who may take an incident from one state to another."""

    SUPERVISOR = "a supervisor"
    TIME = "time"
    """The worker, once the moment has come."""


EDGES: dict[tuple[IncidentState, IncidentState], frozenset[Who]] = {
    (PLANNED, OPEN): frozenset({Who.SUPERVISOR, Who.TIME}),
    (PLANNED, CANCELLED): frozenset({Who.SUPERVISOR}),
    (OPEN, RECOVERING): frozenset({Who.SUPERVISOR}),
    (OPEN, OVERDUE): frozenset({Who.TIME}),
    (OPEN, RESOLVED): frozenset({Who.SUPERVISOR, Who.TIME}),
    (OPEN, CANCELLED): frozenset({Who.SUPERVISOR}),
    (RECOVERING, OPEN): frozenset({Who.SUPERVISOR}),
    (RECOVERING, OVERDUE): frozenset({Who.TIME}),
    (RECOVERING, RESOLVED): frozenset({Who.SUPERVISOR, Who.TIME}),
    (OVERDUE, OPEN): frozenset({Who.SUPERVISOR}),
    (OVERDUE, RECOVERING): frozenset({Who.SUPERVISOR}),
    (OVERDUE, RESOLVED): frozenset({Who.SUPERVISOR}),
    (OVERDUE, CANCELLED): frozenset({Who.SUPERVISOR}),
}
"""Every way that an incident can take. What has ended stays ended: what comes back is a new incident."""


class IncidentStateError(Exception):
    """An incident cannot take that way."""


def check_edge(before: IncidentState, after: IncidentState, who: Who) -> None:
    """Raise `IncidentStateError` unless `who` may take an incident from `before` to `after`."""
    if who in EDGES.get((before, after), frozenset()):
        return
    ways = [to.value for (start, to), whom in EDGES.items() if start is before and who in whom]
    reason = f"it can become: {', '.join(ways)}" if ways else "open a new incident"
    raise IncidentStateError(f"An incident that is {before} cannot become {after}; {reason}.")


def turned(
    kind: IncidentKind, state: IncidentState, starts_at: datetime, expected_at: datetime | None, now: datetime
) -> IncidentState:
    """The state that an incident is in by time alone, one step on; moments are aware.

    Planned work begins and ends by itself; an outage whose expected recovery has passed is overdue until somebody gives
    another time.
    """
    if state is PLANNED and starts_at <= now:
        return OPEN
    if state in {OPEN, RECOVERING} and expected_at is not None and expected_at <= now:
        return RESOLVED if kind is IncidentKind.MAINTENANCE else OVERDUE
    return state


@dataclass(frozen=True, slots=True)
class Signs:
    """By what cases are known to belong to an incident; `channels` narrows, each of the others is enough."""

    channels: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing could ever match."""
        return not (self.topics or self.words or self.codes)


def why_matching(signs: Signs, *, channel: str, topics: Collection[str], text: str) -> str:
    """Why a case seems to belong to an incident, in words; empty when nothing speaks for it.

    `topics` are what the case is about or is proposed to be about, `text` is `words.folded`.
    """
    if signs.channels and channel not in signs.channels:
        return ""
    reasons = [f"names {code}" for code in found(signs.codes, text)[:3]]
    reasons += [f"says “{word.removesuffix('*')}”" for word in found(signs.words, text)[:3]]
    reasons += [f"is about {topic}" for topic in signs.topics if topic in topics]
    return ", ".join(reasons)


_CODE = re.compile(r"(?<![A-Za-z0-9_-])(?:[A-Z]{1,6}[-_]?[0-9]{2,5}|[A-Z]{2,12}(?:_[A-Z]{2,12}){1,4})(?![A-Za-z0-9_-])")
MOST_CODES = 3
"""Codes that are kept of one case; a longer list is a log, or nonsense."""


def codes_in(text: str) -> tuple[str, ...]:
    """What in a text looks like an error code (`E1042`, `PAY-503`, `BANK_TIMEOUT`), each once, at most three."""
    return tuple(dict.fromkeys(match[0] for match in _CODE.finditer(text[:20_000])))[:MOST_CODES]


def key_of(title: str, taken: Collection[str]) -> str:
    """A key made of a title that none of `taken` is: `bank-transfers-fail`, `bank-transfers-fail-2`."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:48].strip("-") or "incident"
    return next(key for key in _numbered(plain) if key not in taken)


def _numbered(key: str) -> Iterable[str]:
    yield key
    number = 2
    while True:
        yield f"{key}-{number}"
        number += 1
