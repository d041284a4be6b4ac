"""Frozen rows about account safety that the database, the services and the screens hand to each other."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from db.kinds_safety import ChallengeOutcome, PaymentVerdict, SafetyActKind, SafetyActState, SafetyRunState


class DeviceFact(Struct, frozen=True):
    """A device of an account as the wallet showed it; moments aware UTC."""

    name: str
    first_seen: datetime
    last_seen: datetime
    is_trusted: bool


class SignInFact(Struct, frozen=True):
    """An attempt to sign in, as the wallet showed it."""

    at: datetime
    device: str
    place: str
    network: str
    succeeded: bool


class Facts(Struct, frozen=True):
    """What the wallet said of one account; nothing that opens it. Texts are cleaned, moments aware UTC."""

    id: str
    name: str
    state: str
    """active, frozen or closed."""
    phone: str
    email: str
    balance_is_zero: bool
    pending: int
    """Transactions that are not settled."""
    pin_locked: bool
    phone_changed_at: datetime | None
    email_changed_at: datetime | None
    password_changed_at: datetime | None
    failed_challenges: int
    """In the last 30 days."""
    frozen_at: datetime | None
    devices: tuple[DeviceFact, ...] = ()
    sign_ins: tuple[SignInFact, ...] = ()
    """Newest first."""


class FactsRow(Struct, frozen=True):
    """What is known of a customer's account at the wallet; `read_at` says how old it is, None that it never was."""

    customer_id: int
    account_id: str = ""
    sought: str = ""
    matches: tuple[tuple[str, str], ...] = ()
    """The accounts found: id and name."""
    facts: Facts | None = None
    wanted_at: datetime | None = None
    read_at: datetime | None = None
    said: str = ""
    """Why the last reading gave nothing."""


class Movement(Struct, frozen=True):
    """A transaction as the wallet showed it; amounts in minor units of `currency`."""

    id: str
    account_id: str
    at: datetime
    kind: str
    status: str
    amount: int
    currency: str
    refunded: int
    """What was paid back of it, or will be."""
    merchant_id: str
    merchant_name: str
    path: str
    method: str
    reference: str
    device_id: str
    device: str = ""


class SafetyPaymentRow(Struct, frozen=True):
    """A transaction that the customer is to own or disown."""

    movement: Movement
    verdict: PaymentVerdict
    refund_id: int | None
    said: str


class SafetyActRow(Struct, frozen=True):
    """Something the wallet is asked to do, and how far it has come."""

    id: int
    run_id: int
    kind: SafetyActKind
    state: SafetyActState
    key: str
    reason: str
    asked_by: int
    asked_by_name: str
    asked_at: datetime
    needs_second: bool
    approved_by_name: str | None
    approved_at: datetime | None
    outcome: ChallengeOutcome | None
    outcome_at: datetime | None
    said: str
    done_at: datetime | None
    next_at: datetime | None
    tries: int


class SafetyRunRow(Struct, frozen=True):
    """The playbook for a stolen account, as it stands on its case."""

    id: int
    case_id: int
    customer_id: int
    customer_name: str
    account_id: str
    state: SafetyRunState
    reason: str
    report: str
    begun_by_name: str
    begun_at: datetime
    told_at: datetime | None
    watch_until: datetime | None
    closed_at: datetime | None


class SignRow(Struct, frozen=True):
    """A sign of a takeover or of an impostor, with its reason in words for agents."""

    key: str
    """The same for the same sign, seen again."""
    said: str
