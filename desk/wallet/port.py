"""What a desk needs of a wallet's core: one protocol, and the frozen facts that cross it.

Amounts are integer minor units beside an ISO 4217 code; the number of digits is ISO 4217's, so that Rp 150.000 is
15_000_000 IDR (two digits). Moments are aware UTC. No call takes, returns or stores a password, a PIN or an OTP: the
wallet sends and checks them, and the desk hears whether a challenge was passed.

Everything that acts carries a **key** of ours (up to 64 of `A-Z a-z 0-9 . _ -`): the wallet does what has the same key
once and answers a repetition with what it did. Texts in answers come from outside and are hostile until cleaned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What a key of ours looks like."""


class PaymentPath(StrEnum):
    """By which way a payment came; a merchant's refund policy depends on it."""

    QRIS_SAME_WALLET = "qris_same_wallet"
    """A QR code of a merchant whom this wallet itself has acquired."""
    QRIS_OTHER_WALLET = "qris_other_wallet"
    """A QR code of a merchant whom another issuer has acquired."""
    DEEP_LINK = "deep_link"
    """From a merchant's app into the wallet and back."""
    TOKENISED = "tokenised"
    """By a merchant to whom the customer has bound the wallet."""
    BANK_TRANSFER = "bank_transfer"
    """To a bank's account, at night through a window in which nothing is taken back."""


class TransactionKind(StrEnum):
    """What a transaction is; only payments have a merchant and can be refunded."""

    PAYMENT = "payment"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    TOP_UP = "top_up"
    WITHDRAWAL = "withdrawal"


class TransactionStatus(StrEnum):
    """Where a transaction stands; what was refunded is said by `Transaction.refunded`."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One movement of money on an account."""

    id: str
    """The wallet's own id, by which it is shown and refunded."""
    account_id: str
    at: datetime
    kind: TransactionKind
    status: TransactionStatus
    amount: int
    """Minor units, always positive."""
    currency: str
    refunded: int
    """What was paid back of it already, in minor units; never more than `amount`."""
    refund_pending: int
    """What accepted refunds will pay back besides; `refunded + refund_pending` is never more than `amount`."""
    merchant_id: str | None
    merchant_name: str | None
    path: PaymentPath | None
    method: str
    """What it was paid from, in the wallet's words: `balance`, `card`, `bank`, `paylater`."""
    reference: str
    """The provider's reference, as it stands on the customer's receipt."""
    device_id: str | None
    """The device on which it was made."""
    failure: str = ""
    """Why it failed, in the wallet's words."""

    @property
    def refundable(self) -> int:
        """What can still be refunded, in minor units."""
        if self.kind is not TransactionKind.PAYMENT or self.status is not TransactionStatus.PAID:
            return 0
        return self.amount - self.refunded - self.refund_pending


class RefundState(StrEnum):
    """What became of a refund at the wallet."""

    ACCEPTED = "accepted"
    """Taken, not yet worked on."""
    PENDING = "pending"
    """On its way; the money is not there yet."""
    PAID = "paid"
    FAILED = "failed"
    """Taken, and ended without paying; the reason says why. It never pays later: a new attempt needs a new key."""
    REFUSED = "refused"
    """Not taken; the reason says why. Its key stays used."""

    @property
    def is_final(self) -> bool:
        """Whether nothing comes after it."""
        return self in {RefundState.PAID, RefundState.FAILED, RefundState.REFUSED}


class RefundReason(StrEnum):
    """Why the wallet refused a refund, or why it failed."""

    UNKNOWN_TRANSACTION = "unknown_transaction"
    NOT_REFUNDABLE = "not_refundable"
    """The transaction is no payment, or was never paid."""
    TOO_MUCH = "too_much"
    """More than what is left of the payment."""
    WRONG_CURRENCY = "wrong_currency"
    TOO_LATE = "too_late"
    """The window of its path has passed."""
    NOT_AT_THIS_TIME = "not_at_this_time"
    """Its path takes no refunds at this hour."""
    MERCHANT_FUNDS = "merchant_funds"
    """The merchant's balance does not cover it."""
    ACCOUNT_CLOSED = "account_closed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A refund to be made: all of it is bound to `key`."""

    key: str
    transaction_id: str
    amount: int
    currency: str
    note: str = ""
    """Why, for the wallet's books; at most 256 characters and nothing secret."""


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as the wallet has it."""

    key: str
    transaction_id: str
    amount: int
    currency: str
    state: RefundState
    revision: int
    """Grows with each change: of two answers about one key the one with the higher revision is the newer."""
    reference: str
    """The wallet's own number of it; empty for one that was refused."""
    requested_at: datetime
    changed_at: datetime
    reason: RefundReason | None = None
    said: str = ""
    """The wallet's words about the reason."""


@dataclass(frozen=True, slots=True)
class RefundChange:
    """A change of a refund, from the wallet's feed; it may come twice and in any order (compare revisions)."""

    number: int
    """Its place in the feed; see `RefundChanges.cursor` for where to go on."""
    refund: Refund


@dataclass(frozen=True, slots=True)
class RefundChanges:
    """A page of the feed."""

    changes: tuple[RefundChange, ...]
    cursor: int
    """What to ask for next time; the same as asked when there was nothing."""


class AccountState(StrEnum):
    """Whether an account can be used."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AccountMatch:
    """An account found by a phone number or an address."""

    account_id: str
    name: str
    state: AccountState


@dataclass(frozen=True, slots=True)
class Device:
    """A device that is, or was, bound to an account."""

    id: str
    name: str
    first_seen: datetime
    last_seen: datetime
    is_trusted: bool
    """False once it was revoked."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """An attempt to sign in to the app."""

    at: datetime
    device_id: str
    place: str
    """Town and country, as the wallet guesses them from the network's address."""
    network: str
    """The network's address, shortened by the wallet."""
    succeeded: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The facts about an account that a desk works with; nothing that opens it."""

    id: str
    name: str
    state: AccountState
    phone: str
    """E.164, as on file."""
    email: str
    opened_at: datetime
    balance_is_zero: bool
    """All that the desk learns of the balance."""
    pending_transactions: int
    pin_locked: bool
    """Whether too many wrong PINs have locked it."""
    phone_changed_at: datetime | None
    email_changed_at: datetime | None
    password_changed_at: datetime | None
    devices: tuple[Device, ...]
    """Newest sight first."""
    sign_ins: tuple[SignIn, ...]
    """The last twenty, newest first."""
    failed_challenges: int
    """Identity challenges that were failed in the last 30 days."""
    frozen_at: datetime | None
    frozen_why: str
    """The reason that was given with the freeze; empty when it is not frozen."""

    @property
    def contact_changed_at(self) -> datetime | None:
        """When phone or address were last changed; None when they never were."""
        return max((at for at in (self.phone_changed_at, self.email_changed_at) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The wallet's word that it has done something."""

    key: str
    reference: str
    at: datetime
    said: str = ""
    """What is worth telling: where the mail went (masked by the wallet), how many devices were revoked."""


class ChallengeState(StrEnum):
    """What became of an identity challenge."""

    SENT = "sent"
    PASSED = "passed"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A question that the wallet puts to the customer itself, by their own app or number."""

    id: str
    account_id: str
    key: str
    state: ChallengeState
    sent_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    said: str = ""
    """How it was sent, masked by the wallet."""


def require_key(key: str) -> None:
    """Raise `ValueError` for what cannot be a key."""
    if not KEY.fullmatch(key):
        raise ValueError(f"{key[:80]!r} cannot be a key; use 1 to 64 of A-Z a-z 0-9 . _ -")


class Wallet(Protocol):
    """A wallet's core. Each call may take seconds: never make one on a screen's event loop, or in a transaction.

    Questions raise `WalletUnavailableError` when they were not answered in time. What acts raises
    `WalletUnavailableError` only when it is certain that nothing happened, and `UnknownOutcomeError` otherwise.
    Every call may raise `WalletSetUpError`.
    """

    def find_accounts(self, *, phone: str | None = None, email: str | None = None) -> tuple[AccountMatch, ...]:
        """Accounts with exactly that number (E.164) or address (in any case); several, when one contact has several."""
        ...

    def account(self, account_id: str) -> Account:
        """The account's facts. Raises `UnknownAccountError`."""
        ...

    def transactions(
        self, account_id: str, *, since: datetime, until: datetime, limit: int = 100
    ) -> tuple[Transaction, ...]:
        """At most `limit` (up to 1000) transactions in [since, until), newest first. Raises `UnknownAccountError`."""
        ...

    def transaction(self, transaction_id: str) -> Transaction:
        """One transaction, by the wallet's id or by the provider's reference. Raises `UnknownTransactionError`."""
        ...

    def refund(self, request: RefundRequest) -> Refund:
        """Ask for a refund; the same key again answers with what became of the first. A refusal is an answer.

        Raises `KeyReusedError` when the key stands for other contents, `UnknownOutcomeError`.
        """
        ...

    def refund_status(self, key: str) -> Refund | None:
        """The refund of that key; None when the wallet has never taken one: the request may still be on its way."""
        ...

    def refunds(self, *, since: datetime, until: datetime) -> tuple[Refund, ...]:
        """The wallet's report: every refund that was taken in [since, until), oldest first, refusals left out."""
        ...

    def refund_changes(self, after: int, *, limit: int = 100) -> RefundChanges:
        """What changed about refunds since the cursor `after` (0 for all); at most `limit` (up to 1000) changes."""
        ...

    def freeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        """Let nothing leave the account. One that is frozen stays as it is. Raises `ActRefusedError` if closed."""
        ...

    def unfreeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        """Open a frozen account again. Whether it may be is the desk's decision. Raises `ActRefusedError` if closed."""
        ...

    def revoke_devices(self, account_id: str, *, key: str) -> Receipt:
        """Sign every device out for good. Raises `ActRefusedError` if closed."""
        ...

    def send_password_reset(self, account_id: str, *, key: str) -> Receipt:
        """Let the wallet send a reset to what is on file. Raises `ActRefusedError` if closed."""
        ...

    def send_challenge(self, account_id: str, *, key: str) -> Challenge:
        """Let the wallet challenge the customer's identity. Raises `ActRefusedError` if closed."""
        ...

    def challenge(self, challenge_id: str) -> Challenge:
        """What became of a challenge. Raises `UnknownChallengeError`."""
        ...

    def request_statement(self, account_id: str, *, key: str, since: datetime, until: datetime) -> Receipt:
        """Let the wallet mail a statement of [since, until) to the address on file. Raises `ActRefusedError`."""
        ...

    def act_done(self, key: str) -> Receipt | None:
        """What was done under the key of a freeze, unfreeze, revocation, reset or statement; None when nothing was."""
        ...

    def close(self) -> None:
        """Hang up; nothing is asked afterwards."""
        ...
