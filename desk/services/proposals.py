"""What was proposed for cases on arrival: accepting it, and how often it was right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from db.models import Case, CaseProposal
from db.queries import routing as queries
from db.rows import AgentRow
from db.rows_routing import ProposalRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk
from desk.services.errors import CaseError

_SETTLED = (
    CaseProposal.settled_topic,
    CaseProposal.topic_settled_at,
    CaseProposal.settled_priority,
    CaseProposal.priority_settled_at,
    CaseProposal.agent_id,
)


@dataclass(frozen=True, slots=True)
class HitRate:
    """Of so many proposals, how many people settled, and how many of these they kept as they were."""

    proposed: int = 0
    settled: int = 0
    kept: int = 0

    @property
    def rate(self) -> float | None:
        """The share of the settled ones that was kept, 0 to 1; None before the first."""
        return self.kept / self.settled if self.settled else None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good proposals were; `by_topic` by the topic proposed."""

    topics: HitRate
    priorities: HitRate
    by_topic: dict[str, HitRate]


def of_case(desk: Desk, me: AgentRow, case_id: int) -> ProposalRow | None:
    """What was proposed for a case; None when nothing was."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.proposal(connection, case_id)


def require_open(proposal: ProposalRow | None, case_id: int) -> ProposalRow:
    """The proposal, if a person has not settled it yet. Raises `CaseError`."""
    if proposal is None:
        raise CaseError(f"Nothing is proposed for #{case_id}; choose a topic yourself.")
    is_settled = proposal.topic_settled_at is not None or proposal.topic_key is None
    if is_settled and (proposal.priority is None or proposal.priority_settled_at is not None):
        raise CaseError(f"The proposal for #{case_id} is settled already.")
    return proposal


def note_topic(unit: UnitOfWork, case_id: int, topic_key: str | None, me: AgentRow) -> None:
    """A person said what a case is about: the proposal, if there is one, is settled by that; the last word counts."""
    _note(unit, case_id, me, settled_topic=topic_key, topic_settled_at=unit.now)


def note_priority(unit: UnitOfWork, case_id: int, priority: int, me: AgentRow) -> None:
    """A person set a case's priority, likewise."""
    _note(unit, case_id, me, settled_priority=priority, priority_settled_at=unit.now)


def settlement(unit: UnitOfWork, case_id: int) -> dict[str, Any]:
    """What people have said about a case's proposal so far, for `put_back`; nothing where nothing was proposed."""
    found = unit.session.execute(select(*_SETTLED).where(CaseProposal.case_id == case_id)).one_or_none()
    return {} if found is None else dict(found._mapping)  # noqa: SLF001  (its public name begins so)


def put_back(unit: UnitOfWork, case_id: int, before: Mapping[str, Any]) -> None:
    """The proposal is as open or settled as `settlement` found it; `before` may hold other values beside."""
    former = {column.key: before[column.key] for column in _SETTLED if column.key in before}
    if former:
        _change(unit, case_id, former)


def evaluate(desk: Desk, me: AgentRow, *, since: datetime | None = None) -> Evaluation:
    """How many proposals made since a moment (aware; all by default) people kept."""
    require(me, Permission.WORK_CASES)
    query = select(
        CaseProposal.topic_key,
        CaseProposal.settled_topic,
        CaseProposal.topic_settled_at,
        CaseProposal.priority,
        CaseProposal.settled_priority,
        CaseProposal.priority_settled_at,
    ).join(Case, Case.id == CaseProposal.case_id)
    if since is not None:
        query = query.where(CaseProposal.created_at >= since)
    topics: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    priorities = [0, 0, 0]
    with desk.database.read() as connection:
        for topic, settled_topic, topic_at, priority, settled_priority, priority_at in connection.execute(query):
            if topic is not None:
                _add(topics[topic], is_settled=topic_at is not None, is_kept=settled_topic == topic)
            if priority is not None:
                _add(priorities, is_settled=priority_at is not None, is_kept=settled_priority == priority)
    every = [sum(column) for column in zip(*topics.values(), strict=True)] or [0, 0, 0]
    return Evaluation(
        HitRate(*every), HitRate(*priorities), {topic: HitRate(*numbers) for topic, numbers in sorted(topics.items())}
    )


def _add(numbers: list[int], *, is_settled: bool, is_kept: bool) -> None:
    numbers[0] += 1
    numbers[1] += is_settled
    numbers[2] += is_settled and is_kept


def _note(unit: UnitOfWork, case_id: int, me: AgentRow, **values: Any) -> None:
    _change(unit, case_id, values | {"agent_id": me.id})


def _change(unit: UnitOfWork, case_id: int, values: Mapping[str, Any]) -> None:
    unit.session.execute(
        update(CaseProposal)
        .where(CaseProposal.case_id == case_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
