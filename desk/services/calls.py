"""Calls: who rings, what is noted meanwhile, and how a call ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select

from db.folding import without_invisible
from db.kinds import (
    CallbackOutcome,
    CallDirection,
    CallFollowUp,
    CallOutcome,
    Channel,
    ContactKind,
    EventKind,
    Language,
    Status,
)
from db.models import Call, Callback, Case, Customer
from db.rows import AgentRow, CaseRow
from db.rows_phone import CallRow
from db.uow import UnitOfWork
from desk.rules.addressing import NamedCase
from desk.rules.incoming import Incoming
from desk.rules.lifecycle import check_change
from desk.rules.masking import masked_text
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line, clean_text, is_blank
from desk.services import callbacks
from desk.services.blobs import keep_blobs, sha256
from desk.services.callback_slots import Slots
from desk.services.callers import CallError, cases_of, keep_number, owner_of
from desk.services.changes import move_to
from desk.services.changing import row_of
from desk.services.claims import claim_for, require_mine_or_leave
from desk.services.desk import Desk
from desk.services.drafts import UNSTORABLE
from desk.services.filing import Filing

__all__ = ["LEFT_AFTER", "CallError", "give", "keep", "mine", "problem_of", "seen", "start", "wrap_up"]

LEAST_DIGITS, MOST_DIGITS = 3, 15
"""Of a number that can be rung (ITU-T E.164; short codes have three)."""

ANYBODY = 0
"""No customer's id: whose a call is does not matter."""

LEFT_AFTER = timedelta(minutes=2)
"""A call that no screen has shown for so long was left by a program that died: it ended when it was last seen."""


def problem_of(number: str) -> str:
    """What is wrong with a number as somebody typed it; nothing when it can be looked up. Empty is a withheld one."""
    if is_blank(number):
        return ""
    digits = sum(sign.isdecimal() for sign in number)
    if any(sign.isalpha() for sign in number) or not LEAST_DIGITS <= digits <= MOST_DIGITS:
        return "That is no telephone number: type its digits as you see them, or nothing when it is withheld."
    return ""


def start(desk: Desk, me: AgentRow, number: str, callback_id: int | None = None) -> CallRow:
    """A call begins: a customer rings from `number`, or I ring one for a call-back. Raises `CallError`.

    An agent has one call at a time: one that is still open has to be ended first.
    """
    require(me, Permission.WORK_CASES)
    if problem := problem_of(number):
        raise CallError(problem)
    with desk.database.write() as unit:
        if _open_call(unit, me) is not None:
            raise CallError("You have a call that is not wrapped up yet. Go on with it first.")
        call = Call(
            agent_id=me.id, direction=CallDirection.INBOUND, number=_kept(number), name="", notes="",
            started_at=unit.now, seen_at=unit.now, customer_id=owner_of(desk, unit.connection, number),
        )  # fmt: skip
        if callback_id is not None:
            callback = unit.session.get(Callback, callback_id)
            if callback is None or callback.place is None:
                raise CallError("This call-back is over already; look at the list again.")
            case = unit.session.get_one(Case, callback.case_id, with_for_update={"key_share": True})
            claim_for(unit, case, me)
            call.direction, call.callback_id, call.case_id = CallDirection.OUTBOUND, callback_id, callback.case_id
            call.number, call.customer_id = callback.number, callback.customer_id
        unit.session.add(call)
        unit.session.flush()
        return _row(call)


def mine(desk: Desk, me: AgentRow) -> CallRow | None:
    """My call that is not wrapped up, also one that a program which died has left."""
    require(me, Permission.WORK_CASES)
    query = select(*Call.__table__.c).where(Call.agent_id == me.id, Call.ended_at.is_(None)).order_by(Call.id.desc())
    with desk.database.read() as connection:
        found = connection.execute(query.limit(1)).one_or_none()
    return _row(found) if found is not None else None


def give(desk: Desk, me: AgentRow, call_id: int, customer_id: int | None) -> CallRow:
    """Make my call that customer's, because of what they say; with None it is again whose the number says it is.

    Nothing is learnt about the number by that. The case chosen is their newest one that is not closed, for it was
    another's before. Raises `CallError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        call = _mine_to_change(unit, me, call_id)
        if call.callback_id is not None:
            raise CallError("This call keeps a promise to its customer, so it is theirs.")
        if customer_id is None:
            customer_id = owner_of(desk, unit.connection, call.number)
        elif unit.session.get(Customer, customer_id) is None:
            raise CallError(f"There is no customer {customer_id}. Look for them again.")
        if customer_id != call.customer_id:
            before, after = {"customer": call.customer_id}, {"customer": customer_id}
            unit.record(EventKind.CALL_GIVEN, agent_id=me.id, call=call.id, before=before, after=after)
            cases = cases_of(unit.connection, customer_id) if customer_id is not None else ()
            call.customer_id, call.case_id = customer_id, cases[0].id if cases else None
        return _row(call)


def keep(desk: Desk, me: AgentRow, call_id: int, *, notes: str, case_id: int | None = None, name: str = "") -> datetime:
    """Keep what is noted of my call so far, and which case was chosen; when it was kept. Raises `CallError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        call = _mine_to_change(unit, me, call_id)
        call.notes, call.case_id, call.name = notes.translate(UNSTORABLE), case_id, clean_line(name, 200)
        call.seen_at = unit.now
        return unit.now


def seen(desk: Desk, me: AgentRow, call_id: int) -> None:
    """My screen still shows this call: should the program die, it was going on until now."""
    with desk.database.write() as unit:
        call = unit.session.get(Call, call_id, with_for_update=True)
        if call is not None and call.agent_id == me.id and call.ended_at is None:
            call.seen_at = unit.now


def wrap_up(
    desk: Desk,
    me: AgentRow,
    call_id: int,
    outcome: CallOutcome,
    follow_up: CallFollowUp,
    *,
    notes: str,
    case_id: int | None = None,
    name: str = "",
    back_at: datetime | None = None,
    left: bool = False,
    keeps_number: bool = False,
    whose: int | None = ANYBODY,
) -> CaseRow | None:
    """End my call: it is a message on the case (None for a new one), with its event, and the follow-up is done.

    `back_at` (aware) is from when the customer wants to be called back, as soon as possible by default. With `left` it
    ended when it was last seen. With `keeps_number` the number is the customer's from now on whom I gave the call to.
    A wrong number without a case leaves no case: None is returned then. What somebody else has gets the message, but
    only who may take it changes its status. `whose` is the customer whose call it is on my screen.
    Raises `CallError`, also for a number that is another customer's and for a call that is no more `whose`,
    `CaseTakenError`, `StatusChangeError`; nothing is changed then, and the call is still open.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        call = _mine_to_change(unit, me, call_id)
        if whose not in {ANYBODY, call.customer_id}:
            raise CallError("This call was given to another customer meanwhile. Leave it and come back to see whose.")
        call.notes, call.name = notes.translate(UNSTORABLE), clean_line(name, 200)
        call.ended_at = min(call.seen_at, unit.now) if left else unit.now
        call.outcome, call.follow_up = outcome, follow_up
        if outcome is CallOutcome.WRONG_NUMBER and case_id is None and call.callback_id is None:
            call.notes = masked_text(call.notes)[0]
            return None
        is_learnt = keeps_number and keep_number(desk, unit, call)
        case = _filed(desk, unit, me, call, case_id)
        if is_learnt:
            kept = {"customer": call.customer_id, "number": call.number}
            unit.record(EventKind.NUMBER_KEPT, case_id=case.id, agent_id=me.id, call=call.id, after=kept)
        call.case_id, call.customer_id = case.id, call.customer_id or case.customer_id
        _follow(desk, unit, me, call, case, back_at)
        return row_of(unit, case.id)


def _follow(desk: Desk, unit: UnitOfWork, me: AgentRow, call: Call, case: Case, back_at: datetime | None) -> None:
    callback = unit.session.get(Callback, call.callback_id, with_for_update=True) if call.callback_id else None
    if callback is None and call.direction is CallDirection.INBOUND and call.outcome is not CallOutcome.CUT_OFF:
        callback = callbacks.pending_on(unit, case.customer_id)  # they rang before we did
    is_promised = callback is not None and callback.place is not None
    if call.outcome is CallOutcome.NO_ANSWER:
        if callback is None or not is_promised:
            raise CallError("Only a call-back can find nobody there. Choose how this call ended.")
        callbacks.tried(desk, Slots(desk, unit), unit, case, callback, me)
        return
    if callback is not None and is_promised and call.follow_up is not CallFollowUp.CALL_BACK:
        callback.attempts, callback.agent_id = callback.attempts + (call.callback_id is not None), me.id
        is_theirs = call.outcome is not CallOutcome.WRONG_NUMBER
        callbacks.end(unit, callback, CallbackOutcome.REACHED if is_theirs else CallbackOutcome.GIVEN_UP, me)
        promised_on = unit.session.get_one(Case, callback.case_id)
        if promised_on is not case and promised_on.status is Status.ON_HOLD:
            move_to(unit, promised_on, Status.OPEN, me)
    if call.follow_up is CallFollowUp.NONE:
        if case.status not in {Status.NEW, Status.OPEN}:
            move_to(unit, case, Status.OPEN, me)
        if case.assignee_id is None:
            claim_for(unit, case, me)
        return
    require_mine_or_leave(unit, case, me)
    if call.follow_up is CallFollowUp.CALL_BACK:
        _call_back(desk, unit, me, call, case, back_at)
        return
    claim_for(unit, case, me)
    after = Status.SOLVED if call.follow_up is CallFollowUp.SOLVE else Status.WAITING_CUSTOMER
    check_change(case.status, after)
    move_to(unit, case, after, me)


def _call_back(desk: Desk, unit: UnitOfWork, me: AgentRow, call: Call, case: Case, back_at: datetime | None) -> None:
    if is_blank(call.number):
        raise CallError("The number was withheld, so nobody can be called back. Choose another follow-up.")
    customer = unit.session.get_one(Customer, case.customer_id)
    slots = Slots(desk, unit)
    language = customer.language or Language.OTHER
    if callbacks.book(slots, unit, case, call.number, language, since=back_at, me=me) is None:
        raise CallError("The phone has no slot then within sixty days. Say an earlier moment, or another follow-up.")


def _filed(desk: Desk, unit: UnitOfWork, me: AgentRow, call: Call, case_id: int | None) -> Case:
    """The case with the call as its newest message, filed as every message is: it is found and counted alike."""
    assert call.ended_at is not None  # noqa: S101  (the caller has set it)
    duration = int((call.ended_at - call.started_at).total_seconds())
    facts: dict[str, Any] = {
        "duration_s": max(duration, 0), "outcome": call.outcome, "follow_up": call.follow_up,
        "direction": call.direction, "agent": me.name,
    }  # fmt: skip
    if call.customer_id is not None and call.customer_id != owner_of(desk, unit.connection, call.number):
        facts["by_word"] = True
    customer = unit.session.get(Customer, call.customer_id) if call.customer_id else None
    text, notes = clean_text(call.notes).strip(), call.notes
    call.notes = masked_text(call.notes)[0]
    incoming = Incoming(
        channel=Channel.PHONE,
        external_id=f"desk-call-{call.id}",
        digest=sha256(f"call {call.id}".encode()),
        sender_kind=ContactKind.PHONE,
        sender_address=call.number,
        sender_name=customer.name if customer else call.name,
        subject="" if text else "Call",
        text=text,
        new_text=text,
        at=unit.now,
        language=customer.language if customer else None,
        named_cases=(NamedCase(case_id),) if case_id is not None else (),
        details={"call": _plain(facts)},
    )
    raw = msgspec.json.encode({"call": call.id, "number": call.number, "notes": notes} | _plain(facts))
    keep_blobs(unit.connection, [raw])
    filing = Filing(desk, unit, me, [incoming], vouched=call.customer_id, are_taken=True)
    entry = filing.file(incoming, sha256(raw), len(raw)).entry
    filing.finish()
    if case_id is not None and entry.place.id != case_id:
        raise CallError(f"#{case_id} is not a case of this customer that is open. Choose another, or a new one.")
    call.message_id = entry.id
    case = unit.session.get_one(Case, entry.place.id, with_for_update={"key_share": True})
    unit.session.refresh(case)
    unit.record(
        EventKind.CALL_TAKEN, case_id=case.id, agent_id=me.id, message=entry.id, call=call.id, after=_plain(facts)
    )
    return case


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(facts)
    return plain


def _mine_to_change(unit: UnitOfWork, me: AgentRow, call_id: int) -> Call:
    call = unit.session.get(Call, call_id, with_for_update=True)
    if call is None or call.agent_id != me.id:
        raise CallError("This call is not yours.")
    if call.ended_at is not None:
        raise CallError("This call is wrapped up already.")
    return call


def _open_call(unit: UnitOfWork, me: AgentRow) -> Call | None:
    return unit.session.scalar(select(Call).where(Call.agent_id == me.id, Call.ended_at.is_(None)).limit(1))


def _kept(number: str) -> str:
    return clean_line(without_invisible(number), 320)


def _row(call: Any) -> CallRow:
    return CallRow(
        call.id, call.direction, call.number, call.customer_id, call.case_id, call.callback_id, call.name, call.notes,
        call.started_at, call.seen_at,
    )  # fmt: skip
