"""The demo world's clocks and promises: computed from its events by what keeps them at any desk."""

from __future__ import annotations

from sqlalchemy import insert, select, text

from db.engine import Database
from db.kinds import Channel, ClockKind, ClockState, Language, PromiseState, Status
from db.models import Case, CaseClock, CasePromise, SlaRun
from db.uow import UnitOfWork
from desk.rules.promises import told
from desk.services.clock_keeping import renew
from desk.services.promises import PromiseWords, promise_words
from desk.services.sla_terms import terms_of

IN_A_BATCH = 2000
OPENED, KEPT, BROKEN = PromiseState.OPEN, PromiseState.KEPT, PromiseState.BROKEN


def wind(database: Database) -> None:
    """Give every case that is not closed its clocks, and those that came by mail what was promised.

    The database's clock stands at the end of the world.
    """
    last = 0
    while True:
        with database.write() as unit:
            query = select(Case.id).where(Case.id > last, Case.status != Status.CLOSED).order_by(Case.id)
            ids = list(unit.session.scalars(query.limit(IN_A_BATCH)))
            if not ids:
                unit.session.execute(text("DELETE FROM " + SlaRun.__tablename__))
                return
            renew(unit, ids)
            _promise(unit, ids)
            last = ids[-1]


def _promise(unit: UnitOfWork, ids: list[int]) -> None:
    plan = terms_of(unit.connection, unit.now).plans[Channel.EMAIL]
    query = (
        select(Case.id, Case.language, CaseClock.started_at, CaseClock.due_at, CaseClock.ended_at, CaseClock.state)
        .join(CaseClock, (CaseClock.case_id == Case.id) & (CaseClock.kind == ClockKind.FIRST_RESPONSE))
        .where(Case.id.between(ids[0], ids[-1]), Case.channel == Channel.EMAIL)
        .order_by(Case.id)
    )
    rows = []
    for case_id, spoken, made_at, until, ended_at, state in unit.session.execute(query):
        language = Language.INDONESIAN if spoken is Language.OTHER else spoken
        words: PromiseWords = getattr(promise_words(), language)
        if until is None:
            continue  # its clock was paused before that
        is_over = until <= unit.now
        kept = ended_at is not None and ended_at <= until and state is ClockState.MET
        rows.append(
            {
                "case_id": case_id,
                "channel": Channel.EMAIL,
                "made_at": made_at,
                "until": until,
                "told": words.open.format(until=told(until, made_at, plan.zone, language)),
                "state": (KEPT if kept else BROKEN) if is_over else OPENED,
                "settled_at": until if is_over else None,
            }
        )
    if rows:
        unit.session.execute(insert(CasePromise), rows)
