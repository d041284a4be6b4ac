"""The words of account safety that both the database and the program speak: closed sets, stored by value."""

from __future__ import annotations

from enum import StrEnum


class SafetyRunState(StrEnum):
    """How the playbook for a stolen account stands."""

    RUNNING = "running"
    WATCHING = "watching"
    """Its steps are done, and the account is looked at until `watch_until`."""
    CLOSED = "closed"


class SafetyActKind(StrEnum):
    """What the wallet is asked to do to an account."""

    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    CHALLENGE = "challenge"
    REVOKE_DEVICES = "revoke_devices"
    PASSWORD_RESET = "password_reset"  # noqa: S105  (a word, not a secret)


class SafetyActState(StrEnum):
    """How far an act has come."""

    WAITING = "waiting"
    """For a second person; the wallet is not asked before."""
    KEPT = "kept"
    """Kept, and the wallet is asked next."""
    ASKED = "asked"
    """The wallet is being asked: what becomes of it is not known yet."""
    UNKNOWN = "unknown"
    """The wallet was asked and nobody heard what it said: it is asked by our key."""
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


LIVE_ACTS = (SafetyActState.WAITING, SafetyActState.KEPT, SafetyActState.ASKED, SafetyActState.UNKNOWN)
"""The states from which something still comes; a playbook has one live act of a kind at a time."""

NOT_BEGUN = (SafetyActState.WAITING, SafetyActState.WITHDRAWN)
"""The states in which the wallet was not asked."""


class ChallengeOutcome(StrEnum):
    """What became of an identity challenge, as the wallet says."""

    SENT = "sent"
    PASSED = "passed"
    FAILED = "failed"
    EXPIRED = "expired"


class PaymentVerdict(StrEnum):
    """Whose transaction it is, as the customer says."""

    UNSURE = "unsure"
    OWNED = "owned"
    DISOWNED = "disowned"
