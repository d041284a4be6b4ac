"""The simulator as the desk meets it when it is embedded: with the faults that were dialled, told as the port tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import TypeVar

from desk.wallet.errors import UnknownOutcomeError, WalletUnavailableError
from desk.wallet.port import (
    Account,
    AccountMatch,
    Challenge,
    Receipt,
    Refund,
    RefundChanges,
    RefundRequest,
    Transaction,
)
from desk.wallet.simulator.core import Simulator
from desk.wallet.simulator.faults import Faults, Mishap

T = TypeVar("T")


class FaultyWallet:
    """`core` behind a line on which things go wrong; `patience` is how many seconds are waited for an answer.

    Waiting is virtual: `pause` gets the seconds of a slow answer that still comes in time, by default it sleeps.
    """

    def __init__(
        self,
        core: Simulator,
        faults: Faults,
        *,
        random: Random,
        patience: float = 8.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.core = core
        self.faults = faults
        self._random = random
        self._patience = patience
        self._pause = pause

    def close(self) -> None:
        """Close the simulator's file."""
        self.core.close()

    def find_accounts(self, *, phone: str | None = None, email: str | None = None) -> tuple[AccountMatch, ...]:
        """See `desk.wallet.port.Wallet`."""
        return self._ask(lambda: self.core.find_accounts(phone=phone, email=email))

    def account(self, account_id: str) -> Account:
        """See `desk.wallet.port.Wallet`."""
        return self._ask(lambda: self.core.account(account_id))

    def transactions(
        self, account_id: str, *, since: datetime, until: datetime, limit: int = 100
    ) -> tuple[Transaction, ...]:
        """See `desk.wallet.port.Wallet`."""
        return self._ask(lambda: self.core.transactions(account_id, since=since, until=until, limit=limit))

    def transaction(self, transaction_id: str) -> Transaction:
        """See `desk.wallet.port.Wallet`."""
        return self._ask(lambda: self.core.transaction(transaction_id))

    def refund(self, request: RefundRequest) -> Refund:
        """See `desk.wallet.port.Wallet`."""
        return self._do(lambda: self.core.refund(request), request.key, lambda: self.core.delay_refund(request))

    def refund_status(self, key: str) -> Refund | None:
        """See `desk.wallet.port.Wallet`."""
        return self._ask(lambda: self.core.refund_status(key))

    def refunds(self, *, since: datetime, until: datetime) -> tuple[Refund, ...]:
        """See `desk.wallet.port.Wallet`."""
        return self._ask(lambda: self.core.refunds(since=since, until=until))

    def refund_changes(self, after: int, *, limit: int = 100) -> RefundChanges:
        """See `desk.wallet.port.Wallet`."""
        return self._ask(lambda: self.core.refund_changes(after, limit=limit))

    def freeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._do(lambda: self.core.freeze(account_id, key=key, reason=reason), key)

    def unfreeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._do(lambda: self.core.unfreeze(account_id, key=key, reason=reason), key)

    def revoke_devices(self, account_id: str, *, key: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._do(lambda: self.core.revoke_devices(account_id, key=key), key)

    def send_password_reset(self, account_id: str, *, key: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._do(lambda: self.core.send_password_reset(account_id, key=key), key)

    def send_challenge(self, account_id: str, *, key: str) -> Challenge:
        """See `desk.wallet.port.Wallet`."""
        return self._do(lambda: self.core.send_challenge(account_id, key=key), key)

    def challenge(self, challenge_id: str) -> Challenge:
        """See `desk.wallet.port.Wallet`."""
        return self._ask(lambda: self.core.challenge(challenge_id))

    def request_statement(self, account_id: str, *, key: str, since: datetime, until: datetime) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._do(lambda: self.core.request_statement(account_id, key=key, since=since, until=until), key)

    def act_done(self, key: str) -> Receipt | None:
        """See `desk.wallet.port.Wallet`."""
        return self._ask(lambda: self.core.act_done(key))

    def _ask(self, question: Callable[[], T]) -> T:
        mishap = self.faults.draw(self._random, acts=False)
        if mishap is None or (mishap is Mishap.SLOW and self.faults.slow_seconds < self._patience):
            answer = question()
            self._wait(mishap)
            return answer
        raise WalletUnavailableError(_said(mishap))

    def _do(self, act: Callable[[], T], key: str, later: Callable[[], object] = lambda: None) -> T:
        mishap = self.faults.draw(self._random, acts=True)
        if mishap is Mishap.BUSY:
            raise WalletUnavailableError(_said(mishap))
        if mishap is Mishap.LATE:
            later()
        if mishap in {Mishap.LATE, Mishap.TIMEOUT_BEFORE}:
            raise UnknownOutcomeError(_said(mishap), key)
        if mishap is Mishap.REPEAT:
            act()
        answer = act()
        if mishap in {Mishap.TIMEOUT_AFTER, Mishap.ERROR_AFTER}:
            raise UnknownOutcomeError(_said(mishap), key)
        if mishap is Mishap.SLOW and self.faults.slow_seconds >= self._patience:
            raise UnknownOutcomeError(_said(mishap), key)
        self._wait(mishap)
        return answer

    def _wait(self, mishap: Mishap | None) -> None:
        if mishap is Mishap.SLOW:
            self._pause(self.faults.slow_seconds)


def _said(mishap: Mishap | None) -> str:
    if mishap is Mishap.BUSY:
        return "The wallet has too much to do just now and has done nothing."
    if mishap is Mishap.ERROR_AFTER:
        return "The wallet answered with an error of its own (500)."
    return "The wallet did not answer in time."
