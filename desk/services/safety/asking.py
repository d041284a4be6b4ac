"""Asking the wallet about accounts, in a worker: acts under our keys, and after silence by the key before all else.

The wallet is never called inside a transaction. Before a call the act says that it is being asked, so that a program
that dies leaves one that is asked for again under the same key, which the wallet does once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from db.errors import DatabaseReplacedError, DatabaseUnavailableError
from db.kinds import EventKind
from db.kinds_safety import ChallengeOutcome, SafetyActKind, SafetyActState
from db.models import SafetyAct, SafetyRun
from db.uow import UnitOfWork
from desk.rules.text import clean_line
from desk.services.desk import Desk
from desk.services.safety import reading
from desk.services.safety.holding import Held, before_people, hold_act, overtaken_at, record, take_back
from desk.wallet import port
from desk.wallet.errors import (
    ActRefusedError,
    KeyReusedError,
    UnknownAccountError,
    WalletError,
    WalletSetUpError,
    WalletUnavailableError,
)
from desk.wallet.port import Wallet

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=3), timedelta(minutes=5)
ASK_RESULT_EVERY = timedelta(seconds=10)
LOST_AFTER = timedelta(minutes=15)
"""So long after an account was frozen anew an unfreeze of before, of which the wallet has nothing, never reached it."""
TO_ASK = (SafetyActState.KEPT, SafetyActState.ASKED, SafetyActState.UNKNOWN, SafetyActState.DONE)
MOST_AT_ONCE = 20
OVERTAKEN = "The account was frozen anew, or the playbook closed, before the wallet had opened it."
REFUSALS = (ActRefusedError, UnknownAccountError, KeyReusedError)


@dataclass(frozen=True, slots=True)
class _Task:
    act_id: int
    kind: SafetyActKind
    account_id: str
    key: str
    reason: str
    challenge: str
    """The wallet's id of a challenge that was sent: its result is asked for."""
    looks_up: bool
    """Whether it may have been done already, so that it is asked for by its key first."""
    may_repeat: bool
    """Whether it is asked again when the wallet has nothing under its key."""


def has_due(desk: Desk) -> bool:
    """Whether the wallet has to be asked anything about accounts now."""
    return bool(due(desk, 1) or reading.due(desk, 1))


def due(desk: Desk, limit: int = MOST_AT_ONCE) -> tuple[int, ...]:
    """The acts about which the wallet has to be asked now, freezes first."""
    query = (
        select(SafetyAct.id)
        .join(SafetyRun, SafetyRun.id == SafetyAct.run_id)
        .where(SafetyAct.next_at.is_not(None), SafetyAct.next_at <= desk.clock(), SafetyAct.state.in_(TO_ASK))
        .where(SafetyRun.account_id != "")
        .order_by((SafetyAct.kind == SafetyActKind.FREEZE).desc(), SafetyAct.next_at, SafetyAct.id)
        .limit(limit)
    )
    with desk.database.read() as connection:
        return tuple(connection.scalars(query))


def ask_due(desk: Desk, wallet: Wallet) -> int:
    """Ask the wallet all that is due about accounts; how much there was. One that fails keeps none from going on."""
    done = _ask_acts(desk, wallet)
    for customer_id in reading.due(desk):
        with _apart(f"the account of customer {customer_id}"):
            reading.read(desk, wallet, customer_id)
        done += 1
        done += _ask_acts(desk, wallet)  # a freeze that waited to know its account waits for no other one's reading
    return done


def _ask_acts(desk: Desk, wallet: Wallet) -> int:
    acts = due(desk)
    for act_id in acts:
        with _apart(f"act {act_id}"):
            ask_wallet(desk, wallet, act_id)
    return len(acts)


@contextmanager
def _apart(what: str) -> Iterator[None]:
    """Let what goes wrong with one keep none of the others; that the database is away concerns all."""
    try:
        yield
    except (DatabaseUnavailableError, DatabaseReplacedError):
        raise
    except Exception:
        log.exception("%s: something went wrong, and the others go on", what)


def ask_wallet(desk: Desk, wallet: Wallet, act_id: int) -> None:
    """Bring one act further, if it is due and nobody else is at it."""
    task = _begin(desk, act_id)
    if task is None:
        return
    try:
        answer = _asked(wallet, task)
    except (WalletUnavailableError, WalletSetUpError) as error:
        _wait(desk, task, str(error), is_unknown=task.looks_up)
    except REFUSALS as error:
        _refused(desk, task, str(error))
    except Exception as error:
        if not isinstance(error, WalletError):
            log.exception("act %d: the wallet was asked and something went wrong", act_id)
        _wait(desk, task, str(error), is_unknown=True)
    else:
        _note(desk, task, answer)


def _begin(desk: Desk, act_id: int) -> _Task | None:
    lease = timedelta(seconds=2 * desk.settings.wallet.timeout_seconds + 10)
    with desk.database.write() as unit:
        held, act = hold_act(unit, act_id)
        run = held.run
        if act.next_at is None or act.next_at > unit.now or act.state not in TO_ASK or not run.account_id:
            return None
        looks_up = act.state in {SafetyActState.ASKED, SafetyActState.UNKNOWN}
        may_repeat = overtaken_at(unit, held, act) is None
        if not may_repeat and act.state is SafetyActState.KEPT:
            take_back(unit, held, act, None, OVERTAKEN)
            return None
        if act.state is not SafetyActState.DONE:
            act.state = SafetyActState.UNKNOWN if looks_up else SafetyActState.ASKED
        act.lease_until = act.next_at = unit.now + lease
        act.tries = min(act.tries + 1, 1000)
        if not looks_up and act.state is SafetyActState.ASKED and act.tries == 1:
            record(unit, EventKind.SAFETY_ACT, held, None, act=act.id, what=act.kind.value,
                   after={"act": "asked"})  # fmt: skip
        return _Task(act.id, act.kind, run.account_id, act.key, act.reason, act.challenge, looks_up, may_repeat)


def _asked(wallet: Wallet, task: _Task) -> port.Receipt | port.Challenge | None:
    """What the wallet says; None where it knows nothing of an act that must not be repeated."""
    if task.kind is SafetyActKind.CHALLENGE and task.challenge:
        return wallet.challenge(task.challenge)
    if task.looks_up and task.kind is not SafetyActKind.CHALLENGE:
        done = wallet.act_done(task.key)
        if done is not None or not task.may_repeat:
            return done
    return _acted(wallet, task)


def _acted(wallet: Wallet, task: _Task) -> port.Receipt | port.Challenge:
    match task.kind:
        case SafetyActKind.FREEZE:
            return wallet.freeze(task.account_id, key=task.key, reason=task.reason or "reported stolen")
        case SafetyActKind.UNFREEZE:
            return wallet.unfreeze(task.account_id, key=task.key, reason=task.reason)
        case SafetyActKind.REVOKE_DEVICES:
            return wallet.revoke_devices(task.account_id, key=task.key)
        case SafetyActKind.PASSWORD_RESET:
            return wallet.send_password_reset(task.account_id, key=task.key)
        case SafetyActKind.CHALLENGE:
            return wallet.send_challenge(task.account_id, key=task.key)  # the same key is the same challenge


def _note(desk: Desk, task: _Task, answer: port.Receipt | port.Challenge | None) -> None:
    with desk.database.write() as unit:
        held, act = hold_act(unit, task.act_id, with_facts=True)
        if act.key != task.key or act.state in {SafetyActState.REFUSED, SafetyActState.WITHDRAWN}:
            return
        act.lease_until = None
        if answer is None:
            _note_nothing(unit, held, act)
            return
        if isinstance(answer, port.Challenge):
            _note_challenge(unit, held, act, answer)
            return
        if act.state is SafetyActState.DONE:
            return
        act.state, act.next_at, act.tries = SafetyActState.DONE, None, 0
        act.done_at, act.reference = unit.now, clean_line(answer.reference, 120)
        act.said = clean_line(answer.said, 500)
        record(unit, EventKind.SAFETY_ACT, held, None, act=act.id, what=act.kind.value, said=act.said,
               after={"act": "done"})  # fmt: skip
        reading.want_in(unit, held.run.customer_id)


def _note_nothing(unit: UnitOfWork, held: Held, act: SafetyAct) -> None:
    """Of an unfreeze that must not be repeated the wallet has nothing: it may be on its way, or was lost."""
    since = overtaken_at(unit, held, act)
    if since is not None and unit.now - since >= LOST_AFTER:
        take_back(unit, held, act, None, OVERTAKEN)
        return
    act.next_at = unit.now + LONGEST_WAIT
    act.said = "The wallet has nothing under our key; it is not asked again, since the account was frozen anew."


def _note_challenge(unit: UnitOfWork, held: Held, act: SafetyAct, answer: port.Challenge) -> None:
    outcome = ChallengeOutcome(answer.state.value)
    before = act.outcome
    act.challenge, act.said = clean_line(answer.id, 64), clean_line(answer.said, 500)
    if act.state is not SafetyActState.DONE:
        act.state, act.done_at, act.tries = SafetyActState.DONE, unit.now, 0
    act.outcome = outcome
    if outcome is ChallengeOutcome.SENT:
        act.next_at = unit.now + ASK_RESULT_EVERY
    else:
        act.next_at, act.outcome_at = None, unit.now
    if outcome is not before:
        record(unit, EventKind.SAFETY_ACT, held, None, act=act.id, what=act.kind.value, said=act.said,
               after={"act": "done", "challenge": outcome.value})  # fmt: skip
        if outcome is not ChallengeOutcome.SENT:
            before_people(unit, held.case)
            reading.want_in(unit, held.run.customer_id)


def _refused(desk: Desk, task: _Task, said: str) -> None:
    with desk.database.write() as unit:
        held, act = hold_act(unit, task.act_id)
        if act.key != task.key or act.state not in {SafetyActState.ASKED, SafetyActState.UNKNOWN}:
            return
        act.state, act.next_at, act.lease_until = SafetyActState.REFUSED, None, None
        act.said = clean_line(said, 500)
        record(unit, EventKind.SAFETY_ACT, held, None, act=act.id, what=act.kind.value, said=act.said,
               after={"act": "refused"})  # fmt: skip
        before_people(unit, held.case)


def _wait(desk: Desk, task: _Task, said: str, *, is_unknown: bool) -> None:
    """Nothing has happened, or nobody knows: the next try comes later, of what is unknown by its key first."""
    with desk.database.write() as unit:
        held, act = hold_act(unit, task.act_id)
        if act.key != task.key or act.state not in {SafetyActState.ASKED, SafetyActState.UNKNOWN, SafetyActState.DONE}:
            return
        before, is_new = act.state, act.said != clean_line(said, 500)
        if act.state is not SafetyActState.DONE:
            act.state = SafetyActState.UNKNOWN if is_unknown else SafetyActState.KEPT
        act.said = clean_line(said, 500)
        act.lease_until, act.next_at = None, unit.now + wait(act.tries)
        if is_new or act.state is not before:
            record(unit, EventKind.SAFETY_ACT, held, None, act=act.id, what=act.kind.value, said=act.said,
                   after={"act": act.state.value})  # fmt: skip


def wait(tries: int) -> timedelta:
    """How long until the next try: twice as long each time, five minutes at most."""
    doubled: int = 1 << min(max(tries - 1, 0), 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)
