"""The simulator as the desk meets it when it is embedded: with the faults that were dialled, told as the port tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from typing import TypeVar

from desk.wallet.errors import UnknownOutcomeError, WalletUnavailableError
from desk.wallet.port import Refund, RefundRequest
from desk.wallet.relay import Relay
from desk.wallet.simulator.core import Simulator
from desk.wallet.simulator.faults import Faults, Mishap

T = TypeVar("T")


class FaultyWallet(Relay[Simulator]):
    """`core` behind a line on which things go wrong; `patience` is how many seconds are waited for an answer.

    What takes longer than `patience` is not waited for at all: it fails at once, as if it had been. `pause` gets the
    seconds of a slow answer that comes in time.
    """

    def __init__(
        self,
        core: Simulator,
        faults: Faults,
        *,
        random: Random,
        patience: float = 8.0,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        super().__init__(core)
        self.faults = faults
        self._random = random
        self._patience = patience
        self._pause = pause

    def refund(self, request: RefundRequest) -> Refund:
        """See `desk.wallet.port.Wallet`."""
        return self._done(lambda: self.behind.refund(request), request.key, lambda: self.behind.delay_refund(request))

    def ask(self, question: Callable[[], T]) -> T:
        """Answer, late or not; or be silent."""
        mishap = self.faults.draw(self._random, acts=False)
        if mishap is None or (mishap is Mishap.SLOW and self._is_in_time()):
            answer = question()
            self._wait(mishap)
            return answer
        raise WalletUnavailableError(_said(mishap))

    def act(self, act: Callable[[], T], key: str) -> T:
        """Do it, or not, or twice; and tell of it, or not."""
        return self._done(act, key, lambda: None)

    def _done(self, act: Callable[[], T], key: str, later: Callable[[], object]) -> T:
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
        silent = mishap in {Mishap.TIMEOUT_AFTER, Mishap.ERROR_AFTER}
        if silent or (mishap is Mishap.SLOW and not self._is_in_time()):
            raise UnknownOutcomeError(_said(mishap), key)
        self._wait(mishap)
        return answer

    def _is_in_time(self) -> bool:
        return self.faults.slow_seconds < self._patience

    def _wait(self, mishap: Mishap | None) -> None:
        if mishap is Mishap.SLOW:
            self._pause(self.faults.slow_seconds)


def _said(mishap: Mishap | None) -> str:
    if mishap is Mishap.BUSY:
        return "The wallet has too much to do just now and has done nothing."
    if mishap is Mishap.ERROR_AFTER:
        return "The wallet answered with an error of its own (500)."
    return "The wallet did not answer in time."
