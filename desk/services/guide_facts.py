"""Steps of guides that a fact decides: taken by the desk as soon as the fact is known, never by an agent's guess."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from db.kinds import EventKind, GuideRunState
from db.kinds_refunds import SETTLED, RefundState
from db.models import AccountFacts, Case, GuideRun, Refund
from db.queries import safety as queries
from db.uow import UnitOfWork
from desk.rules.guides import Guide, after
from desk.rules.guides.facts import OF_DESK, Known, decided, standing
from desk.services.guide_store import guide_in
from desk.services.safety.reading import want_in

MOST_STEPS = 50
"""So many steps are decided at once at most: a circle of facts would have no end."""
OVER = (*SETTLED, RefundState.DRAFT)


def known_of(connection: Connection, case_id: int, begun_at: datetime) -> Known:
    """What is known for a guide that is walked on a case."""
    customer_id = connection.scalar(select(Case.customer_id).where(Case.id == case_id)) or 0
    refunds = select(func.count()).select_from(Refund)
    refunds = refunds.where(Refund.customer_id == customer_id, Refund.state.not_in(OVER))
    return Known(queries.facts_of(connection, customer_id), connection.scalar(refunds) or 0, begun_at)


def go_on(unit: UnitOfWork, case_id: int, run: GuideRun, guide: Guide) -> bool:
    """Take every step that a known fact decides; where the wallet has to be asked, it is. Whether any was taken."""
    taken = False
    for _ in range(MOST_STEPS):
        step = guide.steps.get(run.step)
        if step is None or step.fact is None:
            break
        unit.session.flush()
        outcome = decided(step.fact, known_of(unit.connection, case_id, run.started_at), unit.now)
        if outcome is None:
            _want(unit, case_id)
            break
        who = "desk" if step.fact in OF_DESK else "wallet"
        run.step, here = after(guide, run.step, outcome), run.step
        run.turns = [*run.turns, {"step": here, "outcome": outcome, "who": who, "at": unit.now.isoformat()}]
        run.updated_at, taken = unit.now, True
        unit.record(
            EventKind.GUIDE_OUTCOME, case_id=run.case_id, guide=run.guide_key, version=run.guide_number, step=here,
            outcome=outcome, to=run.step,
        )  # fmt: skip
    return taken


def go_on_in(unit: UnitOfWork, case_ids: Sequence[int]) -> None:
    """As `go_on`, for the guides walked on these cases, which the unit of work has locked: their facts are new."""
    query = (
        select(GuideRun)
        .where(GuideRun.case_id.in_(case_ids), GuideRun.state == GuideRunState.RUNNING)
        .order_by(GuideRun.id)
        .with_for_update()
    )
    for run in unit.session.scalars(query).all():
        go_on(unit, run.case_id, run, guide_in(unit.connection, run.guide_key, run.guide_number))


def waits_for(connection: Connection, guide: Guide, run: Any, now: datetime) -> str:
    """Why the step at which a guide stands is not decided yet; empty where no fact decides it.

    `run` is a row with `case_id`, `step` and `started_at`.
    """
    step = guide.steps.get(run.step)
    if step is None or step.fact is None:
        return ""
    said = standing(step.fact, known_of(connection, run.case_id, run.started_at), now)
    return said or "The wallet has answered."


def _want(unit: UnitOfWork, case_id: int) -> None:
    """Have the wallet asked, unless it is being asked already."""
    customer_id = unit.session.scalar(select(Case.customer_id).where(Case.id == case_id)) or 0
    row = unit.session.scalar(select(AccountFacts).where(AccountFacts.customer_id == customer_id))
    if row is None or row.next_at is None or row.read_at is None or (row.wanted_at or row.read_at) <= row.read_at:
        want_in(unit, customer_id)
