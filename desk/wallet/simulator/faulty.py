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
from desk.wallet.simulator.faults import Mishap, read_faults

T = TypeVar("T")


class FaultyWallet(Relay[Simulator]):
    """`core` behind a line on which dialled faults happen; `patience` is how many seconds are waited for an answer.

    What takes longer than `patience` is not waited for at all: it fails at once, as if it had been. `pause` gets the
    seconds of a slow answer that comes in time.
    """

    def __init__(
        self,
        core: Simulator,
        *,
        random: Random,
        patience: float = 8.0,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        super().__init__(core)
        self._random = random
        self._patience = patience
        self._pause = pause

    def refund(self, request: RefundRequest) -> Refund:
        """See `desk.wallet.port.Wallet`."""
        return self._done(lambda: self.behind.refund(request), request.key, lambda: self.behind.delay_refund(request))

    def ask(self, question: Callable[[], T]) -> T:
        """Answer, late or not; or be silent."""
        faults = read_faults(self.behind.dialled())
        mishap = faults.draw(self._random, acts=False)
        late = faults.slow_seconds if mishap is Mishap.SLOW else 0.0
        if mishap in {None, Mishap.SLOW} and late < self._patience:
            answer = question()
            self._wait(late)
            return answer
        raise WalletUnavailableError(_said(mishap))

    def act(self, act: Callable[[], T], key: str) -> T:
        """Do it, or not, or twice; and tell of it, or not."""
        return self._done(act, key, lambda: None)

    def _done(self, act: Callable[[], T], key: str, later: Callable[[], object]) -> T:
        faults = read_faults(self.behind.dialled())
        mishap = faults.draw(self._random, acts=True)
        late = faults.slow_seconds if mishap is Mishap.SLOW else 0.0
        if mishap is Mishap.BUSY:
            raise WalletUnavailableError(_said(mishap))
        if mishap is Mishap.LATE:
            later()
        if mishap in {Mishap.LATE, Mishap.TIMEOUT_BEFORE}:
            raise UnknownOutcomeError(_said(mishap), key)
        if mishap is Mishap.REPEAT:
            act()
        answer = act()
        if mishap in {Mishap.TIMEOUT_AFTER, Mishap.ERROR_AFTER} or late >= self._patience:
            raise UnknownOutcomeError(_said(mishap), key)
        self._wait(late)
        return answer

    def _wait(self, seconds: float) -> None:
        if seconds:
            self._pause(seconds)


def _said(mishap: Mishap | None) -> str:
    if mishap is Mishap.BUSY:
        return "The wallet has too much to do just now and has done nothing."
    if mishap is Mishap.ERROR_AFTER:
        return "The wallet answered with an error of its own (500)."
    return "The wallet did not answer in time."
