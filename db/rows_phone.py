"""What reads about calls and call-backs hand out; every time is aware UTC."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from db.kinds import CallDirection, Language
from db.rows import CaseRow


class CallRow(Struct, frozen=True):
    """A call that is going on, or that a program which died has left open."""

    id: int
    direction: CallDirection
    number: str
    customer_id: int | None
    case_id: int | None
    callback_id: int | None
    name: str
    notes: str
    started_at: datetime
    seen_at: datetime


class KnownCustomer(Struct, frozen=True):
    """A customer whom a caller may be: one way to reach them, and how many of their cases are not closed."""

    id: int
    name: str
    contact: str
    cases: int


class CallbackRow(Struct, frozen=True):
    """A promised call-back that is not over; the case has the customer's name."""

    id: int
    case: CaseRow
    number: str
    language: Language
    slot_start: datetime
    slot_end: datetime
    attempts: int
    agent_name: str | None
    """Who tried last."""
