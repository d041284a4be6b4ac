"""The life of a case: which status may follow which, by hand and by what happens."""

from __future__ import annotations

from db.kinds import Status

BY_HAND: dict[Status, tuple[Status, ...]] = {
    Status.NEW: (
        Status.OPEN,
        Status.WAITING_CUSTOMER,
        Status.WAITING_MERCHANT,
        Status.ON_HOLD,
        Status.SOLVED,
        Status.CLOSED,
    ),
    Status.OPEN: (
        Status.WAITING_CUSTOMER,
        Status.WAITING_MERCHANT,
        Status.ON_HOLD,
        Status.SOLVED,
        Status.CLOSED,
    ),
    Status.WAITING_CUSTOMER: (
        Status.OPEN,
        Status.WAITING_MERCHANT,
        Status.ON_HOLD,
        Status.SOLVED,
        Status.CLOSED,
    ),
    Status.WAITING_MERCHANT: (
        Status.OPEN,
        Status.WAITING_CUSTOMER,
        Status.ON_HOLD,
        Status.SOLVED,
        Status.CLOSED,
    ),
    Status.ON_HOLD: (
        Status.OPEN,
        Status.WAITING_CUSTOMER,
        Status.WAITING_MERCHANT,
        Status.SOLVED,
        Status.CLOSED,
    ),
    Status.SOLVED: (Status.OPEN, Status.CLOSED),
    Status.CLOSED: (),
}
"""What an agent may set. A closed case stays closed: the next message opens a follow-up."""


class StatusChangeError(Exception):
    """This status cannot follow that one."""


def check_change(before: Status, after: Status) -> None:
    """Raise `StatusChangeError` unless an agent may set `after` on a case that is `before`."""
    if after is before or after in BY_HAND[before]:
        return
    allowed = ", ".join(BY_HAND[before])
    reason = f"it can become: {allowed}" if allowed else "write to the customer in a new case"
    raise StatusChangeError(f"A {before} case cannot become {after}; {reason}.")


def after_customer_message(before: Status) -> Status | None:
    """The status once the customer has written; None after `closed`: a follow-up case is opened instead."""
    if before is Status.CLOSED:
        return None
    return Status.NEW if before is Status.NEW else Status.OPEN


def after_reply(before: Status) -> Status:
    """The status once an agent has answered: the customer's turn."""
    return before if before in {Status.SOLVED, Status.WAITING_MERCHANT} else Status.WAITING_CUSTOMER
