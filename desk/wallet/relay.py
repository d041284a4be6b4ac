"""What stands before a wallet and lets every call through one of two doors: for questions, and for what acts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from desk.wallet.port import (
    Account,
    AccountMatch,
    Challenge,
    Receipt,
    Refund,
    RefundChanges,
    RefundRequest,
    Transaction,
    Wallet,
)

T = TypeVar("T")
Behind = TypeVar("Behind", bound=Wallet)


class Relay(ABC, Generic[Behind]):
    """A `desk.wallet.port.Wallet` that asks the one `behind` it."""

    def __init__(self, behind: Behind) -> None:
        self.behind = behind

    @abstractmethod
    def ask(self, question: Callable[[], T]) -> T:
        """Let a question through."""

    @abstractmethod
    def act(self, act: Callable[[], T], key: str) -> T:
        """Let through what acts, once for each key."""

    def find_accounts(self, *, phone: str | None = None, email: str | None = None) -> tuple[AccountMatch, ...]:
        """See `desk.wallet.port.Wallet`."""
        return self.ask(lambda: self.behind.find_accounts(phone=phone, email=email))

    def account(self, account_id: str) -> Account:
        """See `desk.wallet.port.Wallet`."""
        return self.ask(lambda: self.behind.account(account_id))

    def transactions(
        self, account_id: str, *, since: datetime, until: datetime, limit: int = 100
    ) -> tuple[Transaction, ...]:
        """See `desk.wallet.port.Wallet`."""
        return self.ask(lambda: self.behind.transactions(account_id, since=since, until=until, limit=limit))

    def transaction(self, transaction_id: str) -> Transaction:
        """See `desk.wallet.port.Wallet`."""
        return self.ask(lambda: self.behind.transaction(transaction_id))

    def refund(self, request: RefundRequest) -> Refund:
        """See `desk.wallet.port.Wallet`."""
        return self.act(lambda: self.behind.refund(request), request.key)

    def refund_status(self, key: str) -> Refund | None:
        """See `desk.wallet.port.Wallet`."""
        return self.ask(lambda: self.behind.refund_status(key))

    def refunds(self, *, since: datetime, until: datetime) -> tuple[Refund, ...]:
        """See `desk.wallet.port.Wallet`."""
        return self.ask(lambda: self.behind.refunds(since=since, until=until))

    def refund_changes(self, after: int, *, limit: int = 100) -> RefundChanges:
        """See `desk.wallet.port.Wallet`."""
        return self.ask(lambda: self.behind.refund_changes(after, limit=limit))

    def freeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self.act(lambda: self.behind.freeze(account_id, key=key, reason=reason), key)

    def unfreeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self.act(lambda: self.behind.unfreeze(account_id, key=key, reason=reason), key)

    def revoke_devices(self, account_id: str, *, key: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self.act(lambda: self.behind.revoke_devices(account_id, key=key), key)

    def send_password_reset(self, account_id: str, *, key: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self.act(lambda: self.behind.send_password_reset(account_id, key=key), key)

    def send_challenge(self, account_id: str, *, key: str) -> Challenge:
        """See `desk.wallet.port.Wallet`."""
        return self.act(lambda: self.behind.send_challenge(account_id, key=key), key)

    def challenge(self, challenge_id: str) -> Challenge:
        """See `desk.wallet.port.Wallet`."""
        return self.ask(lambda: self.behind.challenge(challenge_id))

    def request_statement(self, account_id: str, *, key: str, since: datetime, until: datetime) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self.act(lambda: self.behind.request_statement(account_id, key=key, since=since, until=until), key)

    def act_done(self, key: str) -> Receipt | None:
        """See `desk.wallet.port.Wallet`."""
        return self.ask(lambda: self.behind.act_done(key))

    def close(self) -> None:
        """See `desk.wallet.port.Wallet`."""
        self.behind.close()
