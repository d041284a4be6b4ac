"""Facts that decide a step of a guide, so that no agent guesses: most from the wallet, some from the desk itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from db.kinds import Language
from db.rows_safety import Facts, FactsRow

YES, NO, NO_ACCOUNT = "yes", "no", "no_account"
COOLING_OFF = timedelta(days=7)
"""So long after somebody asked to close an account it is not closed: who pressed for it in a hurry may think again."""
LATELY = timedelta(days=14)
"""How recent a change of contact data counts as one that was made lately."""
SIGN_INS = timedelta(hours=24)
"""How far back sign-ins are looked at."""
FRESH = timedelta(minutes=2)
"""Older facts decide no step: the wallet is asked anew."""


class Fact(StrEnum):
    """What a step may ask; each is answered by yes or no."""

    PENDING = "pending"
    """Transactions are not settled yet."""
    BALANCE_ZERO = "balance_zero"
    FROZEN = "frozen"
    PIN_LOCKED = "pin_locked"
    """Too many wrong PINs have locked the account."""
    CONTACT_CHANGED = "contact_changed"
    """Phone number or mail address on file changed in the last 14 days."""
    SIGNED_IN = "signed_in"
    """Somebody signed in within the last 24 hours."""
    EMAIL_ON_FILE = "email_on_file"
    OPEN_REFUND = "open_refund"
    """A refund of the customer is under way at the desk."""
    COOLED_OFF = "cooled_off"
    """Seven days have passed since the guide was begun on the case."""


OF_DESK = frozenset({Fact.OPEN_REFUND, Fact.COOLED_OFF})
"""What the desk knows by itself; for all else the wallet is asked."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a step is decided: the account, the desk's own facts, and when the guide was begun."""

    account: FactsRow | None
    open_refunds: int
    begun_at: datetime


def outcomes_of(fact: Fact) -> frozenset[str]:
    """What may come of a step that asks for a fact: all of these, and nothing else."""
    return frozenset({YES, NO} if fact in OF_DESK else {YES, NO, NO_ACCOUNT})


def decided(fact: Fact, known: Known, now: datetime) -> str | None:
    """What comes of the step; None while nothing fresh is known, for then nobody may say."""
    if fact is Fact.OPEN_REFUND:
        return YES if known.open_refunds else NO
    if fact is Fact.COOLED_OFF:
        return YES if now - known.begun_at >= COOLING_OFF else NO
    row = known.account
    if row is None or row.read_at is None or now - row.read_at > FRESH or row.said:
        return None
    if row.facts is None:
        return NO_ACCOUNT
    return YES if _HOLDS[fact](row.facts, now) else NO


def standing(fact: Fact, known: Known, now: datetime) -> str:
    """Why a step is not decided yet, in words for the agent; empty when it is."""
    if decided(fact, known, now) is not None:
        return ""
    row = known.account
    if row is not None and row.said:
        return f"The wallet does not answer: {row.said}"
    return "The wallet is being asked …"


def _changed_lately(facts: Facts, now: datetime) -> bool:
    changes = (facts.phone_changed_at, facts.email_changed_at)
    return any(at is not None and now - at <= LATELY for at in changes)


def _signed_in(facts: Facts, now: datetime) -> bool:
    return any(each.succeeded and now - each.at <= SIGN_INS for each in facts.sign_ins)


_HOLDS: Mapping[Fact, Callable[[Facts, datetime], bool]] = {
    Fact.PENDING: lambda facts, _now: facts.pending > 0,
    Fact.BALANCE_ZERO: lambda facts, _now: facts.balance_is_zero,
    Fact.FROZEN: lambda facts, _now: facts.state == "frozen",
    Fact.PIN_LOCKED: lambda facts, _now: facts.pin_locked,
    Fact.EMAIL_ON_FILE: lambda facts, _now: bool(facts.email),
    Fact.CONTACT_CHANGED: _changed_lately,
    Fact.SIGNED_IN: _signed_in,
}

WORDS: Mapping[str, Mapping[Language, str]] = {
    YES: {Language.INDONESIAN: "Ya", Language.ENGLISH: "Yes", Language.CHINESE: "是"},
    NO: {Language.INDONESIAN: "Tidak", Language.ENGLISH: "No", Language.CHINESE: "否"},
    NO_ACCOUNT: {
        Language.INDONESIAN: "Bukan satu akun yang ditemukan",
        Language.ENGLISH: "No one account is found",
        Language.CHINESE: "未找到唯一账户",
    },
}
"""How the outcomes are called."""
