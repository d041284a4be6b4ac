"""Finding and claiming the most urgent case that somebody can do, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy import case as either
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.elements import ColumnElement

from db.kinds import AgentState, Channel, Lane, Language, Status, WorkMode
from db.models import Case
from db.models.case import in_queue
from db.queries import routing as queries
from db.queries.queue import in_lane
from db.rows_routing import AgentWorkRow, QueueRow
from db.uow import UnitOfWork
from desk.rules.routing import COMMON
from desk.rules.turns import due_turns, next_turns
from desk.services.agent_work import note_handed, row_to_change
from desk.services.errors import NotTakingCasesError

MOST_SKIPPED = 100
PUSHED_AT_ONCE = 1
"""How many open cases of a channel somebody may have to be handed one more, where they have no limit for it."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A case that somebody has now; `is_new` unless they had it already."""

    case_id: int
    is_new: bool


class Claiming:
    """Claims cases for one agent within a unit of work."""

    def __init__(self, unit: UnitOfWork, agent_id: int) -> None:
        self._unit = unit
        self._connection = unit.session.connection()
        self._queues = queries.queues(self._connection)
        self._me = agent_id
        self._work = queries.agent_work(self._connection, agent_id)
        if self._work.limits or self._counts_turns:
            # Two programs of one agent count one after the other; others never wait for this row.
            row_to_change(unit, agent_id)
            self._work = queries.agent_work(self._connection, agent_id)

    def next(self, lane: Lane, skip: Sequence[int]) -> Claimed | None:
        """The next case for who asks. Raises `NotTakingCasesError`."""
        takes_new = self._work.state in {AgentState.AVAILABLE, AgentState.BUSY}
        if lane is Lane.MINE or not takes_new:
            found = self._claim([*in_lane(lane, self._me), Case.assignee_id == self._me], skip)
            if found is None and not takes_new:
                raise NotTakingCasesError(self._work.state)
            return found
        here = in_lane(lane, self._me)
        for key in due_turns(self._work.turns, self._shares):
            # As below: the index of this queue gives its most urgent first.
            found = self._claim([*here, _is_in(key), func.coalesce(Case.assignee_id, 0) == 0, *self._limiting], skip)
            if found is not None:
                return self._handed(found)
        pulled = [self._pulled] if self._pushes else []
        here.append(or_(Case.assignee_id == self._me, and_(*self._limiting, *pulled)))
        # Written so that no index on assignees fits: the queue's own gives the most urgent first.
        found = self._claim([*here, func.coalesce(Case.assignee_id, self._me) == self._me], skip)
        return self._handed(found) if found is not None else None

    def pushed(self) -> Claimed | None:
        """The next case of the queues that are handed out, if this agent can take one more."""
        if self._work.state is not AgentState.AVAILABLE or not self._pushes:
            return None
        most = dict.fromkeys(Channel, PUSHED_AT_ONCE) | dict(self._work.limits)
        free = [channel for channel in Channel if self._open.get(channel, 0) < most[channel]]
        place = func.coalesce(Case.queue, COMMON).in_([row.key for row in self._pushes])
        nobodys = Case.assignee_id.is_(None)
        found = self._claim([in_queue(), nobodys, *self._limiting, place, Case.channel.in_(free)], ())
        return self._handed(found) if found is not None else None

    @property
    def _pushes(self) -> list[QueueRow]:
        return [row for row in self._queues if row.mode is WorkMode.PUSH]

    @property
    def _pulled(self) -> ColumnElement[bool]:
        return func.coalesce(Case.queue, COMMON).not_in([row.key for row in self._pushes])

    @property
    def _counts_turns(self) -> bool:
        return bool(self._shares or self._pushes)

    @property
    def _shares(self) -> dict[str, int]:
        """The queues with a reserved share from which this agent gets cases."""
        mine = self._work.queues
        return {
            row.key: row.reserved_percent
            for row in self._queues
            if row.reserved_percent and row.mode is WorkMode.PULL and (not mine or row.key in mine)
        }

    @cached_property
    def _open(self) -> dict[Channel, int]:
        return queries.open_with(self._connection, self._me)

    @cached_property
    def _limiting(self) -> list[ColumnElement[bool]]:
        """What a case has to be for this agent to take it as a new one."""
        work: AgentWorkRow = self._work
        found: list[ColumnElement[bool]] = []
        if work.languages:
            found.append(Case.language.in_([*map(Language, work.languages), Language.OTHER]))
        if work.queues:
            found.append(func.coalesce(Case.queue, COMMON).in_(work.queues))
        found.append(func.coalesce(Case.skill, "").in_(["", *work.skills]))
        if work.limits:
            full = [channel for channel, most in work.limits.items() if self._open.get(channel, 0) >= most]
            if full:
                found.append(Case.channel.not_in(full))
        return found

    def _handed(self, claimed: Claimed) -> Claimed:
        """Note a new case: whose turn is next, and that this agent is the last in line."""
        if claimed.is_new and self._counts_turns:
            queue = self._unit.session.scalar(select(Case.queue).where(Case.id == claimed.case_id)) or COMMON
            note_handed(self._unit, self._me, next_turns(self._work.turns, self._shares, queue))
        return claimed

    def _claim(self, conditions: Sequence[ColumnElement[bool]], skip: Sequence[int]) -> Claimed | None:
        row = self._unit.session.execute(self._statement(conditions, skip)).one_or_none()
        return None if row is None else Claimed(row.id, row.updated_at == self._unit.now)

    def _statement(
        self, conditions: Sequence[ColumnElement[bool]], skip: Sequence[int]
    ) -> ReturningUpdate[*tuple[int, object]]:
        most_urgent = (
            select(Case.id)
            .where(*conditions, Case.id.not_in(list(skip)[-MOST_SKIPPED:]))
            .order_by(Case.due_at, Case.priority, Case.id)
            .limit(1)
            .with_for_update(skip_locked=True, key_share=True)
            .correlate(None)
        )
        is_new = Case.assignee_id.is_(None)
        return (
            update(Case)
            .where(Case.id == most_urgent.scalar_subquery())
            .values(
                assignee_id=self._me,
                status=Status.OPEN,
                version=Case.version + either((is_new, 1), else_=0),
                updated_at=either((is_new, self._unit.now), else_=Case.updated_at),
            )
            .returning(Case.id, Case.updated_at)
            .execution_options(synchronize_session=False)
        )


def _is_in(queue: str) -> ColumnElement[bool]:
    """That a case is in one queue, so that its own index fits."""
    return Case.queue.is_(None) if queue == COMMON else Case.queue == queue
