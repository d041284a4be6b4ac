"""Asking the wallet to act on an account: kept under a key of ours, agreed to by a second person where that is risky.

Nothing here speaks to the wallet: `desk.services.safety.asking` does, in a worker.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import and_, or_, select

from db.kinds import EventKind
from db.kinds_safety import LIVE_ACTS, ChallengeOutcome, SafetyActKind, SafetyActState, SafetyRunState
from db.models import SafetyAct
from db.queries import safety as queries
from db.rows import AgentRow
from db.rows_safety import SafetyActRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.safety.playbook import LONGEST_REASON, passed_proof
from desk.rules.safety.signs import is_fresh
from desk.rules.text import clean_line, is_blank
from desk.services.desk import Desk
from desk.services.safety.errors import NotProvenError, SafetyError, SecondPersonError
from desk.services.safety.holding import Held, hold, hold_act, overtaken_at, record, take_back
from desk.services.safety.signs import in_case


def ask(desk: Desk, me: AgentRow, run_id: int, kind: SafetyActKind, reason: str = "") -> SafetyActRow:
    """Keep that the wallet is to do this; a worker asks it. What is under way already is not asked for twice.

    Opening an account takes a reason and a passed challenge, and waits for a second person; so does a password reset
    where there are signs of a takeover, or nothing fresh is known of the account.
    Raises `SafetyError`, `NotProvenError`, `NoPlaybookError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        held = hold(unit, run_id)
        act = ask_in(unit, held, me, kind, reason)
        unit.settle()
        return _row(unit, act)


def ask_in(unit: UnitOfWork, held: Held, me: AgentRow, kind: SafetyActKind, reason: str = "") -> SafetyAct:
    """As `ask`, inside a unit of work that has the playbook."""
    reason = clean_line(reason, LONGEST_REASON)
    live = _live(unit, held.run.id, kind)
    if live is not None:
        return live
    proof, risky = None, False
    if kind is SafetyActKind.UNFREEZE:
        proof, risky = _proof(unit, held.run.id, unit.now), True
        if is_blank(reason):
            raise SafetyError("Say why the account is opened again: the reason is kept.")
    elif kind is SafetyActKind.PASSWORD_RESET:
        found = in_case(unit.connection, held.case.id, unit.now, held.run.customer_id)
        risky = found.is_risky or not is_fresh(found.facts, unit.now)
    elif kind is SafetyActKind.FREEZE:
        let_go(unit, held, me)
    act = SafetyAct(
        run_id=held.run.id, kind=kind, state=SafetyActState.WAITING if risky else SafetyActState.KEPT, key=new_key(),
        reason=reason, asked_by=me.id, asked_at=unit.now, needs_second=risky, proof_id=proof, challenge="",
        reference="", said="", next_at=None if risky else unit.now, tries=0,
    )  # fmt: skip
    unit.session.add(act)
    unit.session.flush()
    record(unit, EventKind.SAFETY_ACT, held, me, act=act.id, what=kind.value, reason=reason,
           after={"act": act.state.value})  # fmt: skip
    return act


def agree(desk: Desk, me: AgentRow, act_id: int) -> SafetyActRow:
    """Be the second person for what waits for one; the wallet is asked from then on.

    Raises `SecondPersonError` for who asked for it, `NotProvenError` when the challenge is too old by now or another
    one came after it, `SafetyError` when it waits no more, its playbook is closed, or the account was frozen since;
    `NotAllowedError`.
    """
    require(me, Permission.AGREE_TO_RISKS)
    with desk.database.write() as unit:
        held, act = hold_act(unit, act_id)
        if act.state is not SafetyActState.WAITING:
            who = _row(unit, act).approved_by_name
            raise SafetyError(f"It waits for nobody any more: it is {act.state.value}{f', by {who}' if who else ''}.")
        if held.run.state is SafetyRunState.CLOSED:
            raise SafetyError("This playbook is closed. Ask for it anew in one that is open.")
        if overtaken_at(unit, held, act) is not None:
            raise SafetyError("The account was frozen anew since this was asked for. Take it back, and ask anew.")
        if act.asked_by == me.id:
            raise SecondPersonError(me.name)
        if act.kind is SafetyActKind.UNFREEZE:
            act.proof_id = _proof(unit, held.run.id, unit.now)
        act.approved_by, act.approved_at = me.id, unit.now
        act.state, act.next_at = SafetyActState.KEPT, unit.now
        record(unit, EventKind.SAFETY_ACT, held, me, act=act.id, what=act.kind.value,
               before={"act": "waiting"}, after={"act": "kept"})  # fmt: skip
        unit.settle()
        return _row(unit, act)


def withdraw(desk: Desk, me: AgentRow, act_id: int) -> SafetyActRow:
    """Take back what waits for a second person. What the wallet was asked, or will be, is not taken back.

    Raises `SafetyError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        held, act = hold_act(unit, act_id)
        if act.state is not SafetyActState.WAITING:
            raise SafetyError("Only what waits for a second person can be taken back.")
        take_back(unit, held, act, me)
        unit.settle()
        return _row(unit, act)


def new_key() -> str:
    """A key by which the wallet knows one act: never used before, never guessed."""
    return f"desk-{secrets.token_hex(16)}"


def _live(unit: UnitOfWork, run_id: int, kind: SafetyActKind) -> SafetyAct | None:
    """What of this kind is under way; a challenge is until it was passed, failed, or has run out."""
    query = select(SafetyAct).where(SafetyAct.run_id == run_id, SafetyAct.kind == kind).order_by(SafetyAct.id.desc())
    last = unit.session.scalars(query.limit(1)).one_or_none()
    if last is None:
        return None
    is_open = last.kind is SafetyActKind.CHALLENGE and last.outcome is ChallengeOutcome.SENT
    return last if last.state in LIVE_ACTS or is_open else None


def _proof(unit: UnitOfWork, run_id: int, now: datetime) -> int:
    proof = passed_proof(queries.acts_of(unit.connection, run_id), now)
    if proof is None:
        raise NotProvenError
    return proof.id


def let_go(unit: UnitOfWork, held: Held, me: AgentRow | None, *, is_over: bool = False) -> None:
    """Take back what would open the account and has not been asked yet: whoever freezes wants it frozen.

    Where the playbook is over, so is what waits for a second person in it.
    """
    taken = and_(SafetyAct.kind == SafetyActKind.UNFREEZE, SafetyAct.state.in_((
        SafetyActState.WAITING, SafetyActState.KEPT,
    )))  # fmt: skip
    if is_over:
        taken = or_(taken, SafetyAct.state == SafetyActState.WAITING)
    query = select(SafetyAct).where(SafetyAct.run_id == held.run.id, taken).order_by(SafetyAct.id)
    for act in unit.session.scalars(query.with_for_update()):
        take_back(unit, held, act, me)


def _row(unit: UnitOfWork, act: SafetyAct) -> SafetyActRow:
    unit.session.flush()
    row = queries.act_of(unit.connection, act.id)
    assert row is not None  # noqa: S101  (it was just written)
    return row
