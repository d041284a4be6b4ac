"""Finding and claiming the most urgent case that somebody can do, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Integer, and_, bindparam, func, or_, select, update
from sqlalchemy import case as either
from sqlalchemy.sql.elements import ColumnElement

from db.kinds import AgentState, Channel, Lane, Language, Status, WorkMode
from db.models import Case
from db.queries import routing as queries
from db.queries.direct import DirectQuery
from db.queries.queue import in_lane, returned_case_row
from db.rows import CaseRow
from db.rows_routing import ClaimerRow
from db.uow import UnitOfWork
from desk.rules.routing import COMMON
from desk.rules.turns import due_turns, next_turns
from desk.services.agent_work import note_handed
from desk.services.errors import NotTakingCasesError

MOST_SKIPPED = 100
TAKES_NEW = frozenset({AgentState.AVAILABLE, AgentState.BUSY})
PUSHED_AT_ONCE = 1
"""How many open cases of a channel somebody may have to be handed one more, where they have no limit for it."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A case that somebody has now, and its queue; `is_new` unless they had it already."""

    case: CaseRow
    queue: str
    is_new: bool


class _Wanted(Struct, frozen=True):
    """Which cases come into question. What is empty does not matter, but for skills and channels, which may be none."""

    lane: Lane = Lane.ALL
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    not_queues: tuple[str, ...] = ()
    full: tuple[Channel, ...] = ()
    """Channels of which no more are taken."""
    only_queue: str = ""
    whose: str = "mine or nobody's"
    """Or `mine`, or `nobody's`."""


class Claiming:
    """Claims cases for one agent within a unit of work."""

    def __init__(self, unit: UnitOfWork, agent_id: int) -> None:
        self._unit = unit
        self._connection = unit.connection
        self._me = agent_id
        self._work = queries.claimer(self._connection, agent_id)
        self._turns = dict(self._work.turns)
        self._pushes, self._shares = _turns_of(self._work)

    def next(self, lane: Lane, skip: Sequence[int]) -> Claimed | None:
        """The next case for who asks. Raises `NotTakingCasesError`."""
        takes_new = self._work.state in TAKES_NEW
        if lane is Lane.MINE or not takes_new:
            found = self._claim(_Wanted(lane, whose="mine"), skip)
            if found is None and not takes_new:
                raise NotTakingCasesError(self._work.state)
            return found
        for key in due_turns(self._turns, self._shares) if self._shares else ():
            found = self._claim(self._can(lane, only_queue=key, whose="nobody's"), skip)
            if found is not None:
                return self._handed(found)
            self._turns[key] = 0  # nothing waited there: its time counts anew
        found = self._claim(self._can(lane, not_queues=self._pushes), skip)
        return self._handed(found) if found is not None else None

    def pushed(self) -> Claimed | None:
        """The next case of the queues that are handed out, if this agent can take one more."""
        if self._work.state is not AgentState.AVAILABLE:
            return None
        most = dict.fromkeys(Channel, PUSHED_AT_ONCE) | dict(self._work.limits)
        full = tuple(channel for channel in Channel if self._open.get(channel, 0) >= most[channel])
        mine = self._work.queues
        places = tuple(key for key in self._pushes if not mine or key in mine)
        if not places or len(full) == len(Channel):
            return None
        found = self._claim(self._can(Lane.ALL, queues=places, full=full, whose="nobody's"), ())
        return self._handed(found) if found is not None else None

    @cached_property
    def _open(self) -> dict[Channel, int]:
        return queries.open_with(self._connection, self._me)

    def _can(self, lane: Lane, **more: Any) -> _Wanted:
        """What a case of a lane has to be for this agent to take it as a new one; `more` comes before it."""
        work = self._work
        full = tuple(channel for channel, most in work.limits if self._open.get(channel, 0) >= most)
        mine = {"skills": work.skills, "languages": work.languages, "queues": work.queues, "full": full}
        return _Wanted(lane, **mine | more)

    def _handed(self, claimed: Claimed) -> Claimed:
        """Note a new case: whose turn is next, and that this agent is the last in line."""
        if claimed.is_new and (self._shares or self._pushes):
            note_handed(self._unit, self._me, next_turns(self._turns, self._shares, claimed.queue))
        return claimed

    def _claim(self, wanted: _Wanted, skip: Sequence[int]) -> Claimed | None:
        skipped = {f"skip_{place}": case_id for place, case_id in enumerate(skip[-MOST_SKIPPED:])}
        values = {"me": self._me, "now": self._unit.now, **skipped}
        found = _statement(wanted, len(skipped)).run(self._connection, values)
        return found[0] if found else None


@lru_cache(maxsize=256)
def _turns_of(work: ClaimerRow) -> tuple[tuple[str, ...], dict[str, int]]:
    """The queues that are handed out; and those from which this agent gets a reserved share, with its per cent."""
    pushes = tuple(row.key for row in work.taking_turns if row.mode is WorkMode.PUSH)
    return pushes, {
        row.key: row.reserved_percent
        for row in work.taking_turns
        if row.mode is WorkMode.PULL and row.reserved_percent and (not work.queues or row.key in work.queues)
    }


@lru_cache(maxsize=512)
def _statement(wanted: _Wanted, skipped: int) -> DirectQuery[Claimed]:
    """Finds and claims; put together once for all agents who can do the same: that takes longer than running it."""
    me = bindparam("me", type_=Integer)
    most_urgent = (
        select(Case.id)
        .where(
            *_conditions(wanted, me),
            *[Case.id != bindparam(f"skip_{place}", type_=Integer) for place in range(skipped)],
        )
        .order_by(Case.due_at, Case.priority, Case.id)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
        .correlate(None)
    )
    is_new = Case.assignee_id.is_(None)
    now = bindparam("now", type_=Case.updated_at.type)
    statement = (
        update(Case)
        .where(Case.id == most_urgent.scalar_subquery())
        .values(
            assignee_id=me,
            status=Status.OPEN,
            version=Case.version + either((is_new, 1), else_=0),
            updated_at=either((is_new, now), else_=Case.updated_at),
        )
        .returning(func.coalesce(Case.queue, COMMON), Case.updated_at == now, *returned_case_row())
    )
    return DirectQuery(statement, lambda queue, is_new, *row: Claimed(CaseRow(*row), queue, is_new))


def _conditions(wanted: _Wanted, me: Any) -> list[ColumnElement[bool]]:
    here = in_lane(wanted.lane, me)
    if wanted.whose == "mine":
        return [*here, Case.assignee_id == me]
    limiting = _limiting(wanted)
    if wanted.only_queue:
        # Written so that no index on assignees fits: the index of this queue gives its most urgent first.
        return [*here, *limiting, func.coalesce(Case.assignee_id, 0) == 0]
    if wanted.whose == "nobody's":
        return [*here, *limiting, Case.assignee_id.is_(None)]
    # As above: the queue's own index gives the most urgent first.
    return [*here, func.coalesce(Case.assignee_id, me) == me, or_(Case.assignee_id == me, and_(*limiting))]


def _limiting(wanted: _Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [func.coalesce(Case.skill, "").in_(["", *wanted.skills])]
    if wanted.languages:
        found.append(Case.language.in_([*map(Language, wanted.languages), Language.OTHER]))
    if wanted.only_queue:
        found.append(Case.queue.is_(None) if wanted.only_queue == COMMON else Case.queue == wanted.only_queue)
    elif wanted.queues:
        found.append(func.coalesce(Case.queue, COMMON).in_(wanted.queues))
    if wanted.not_queues:
        found.append(func.coalesce(Case.queue, COMMON).not_in(wanted.not_queues))
    if wanted.full:
        found.append(Case.channel.not_in(wanted.full))
    return found
