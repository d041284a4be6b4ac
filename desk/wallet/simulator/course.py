"""How long things take in the simulator, and what becomes of them: by the clock that it was given, never by waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from desk.wallet.port import PaymentPath, RefundReason


@dataclass(frozen=True, slots=True)
class Course:
    """What an accepted refund goes through; seconds of the simulator's clock since the request."""

    pending_after: float = 2.0
    paid_after: float = 45.0
    failing: float = 0.03
    """Share of accepted refunds that fail instead of being paid."""
    challenge_after: float = 20.0
    """When a customer answers an identity challenge."""

    def fails(self, key: str) -> RefundReason | None:
        """Why the refund of that key will fail; None when it will be paid. The same key, the same fate."""
        if share_of(f"fate {key}") >= self.failing:
            return None
        return RefundReason.MERCHANT_FUNDS if share_of(f"why {key}") < 0.7 else RefundReason.OTHER


AT_ONCE = Course(pending_after=0.0, paid_after=0.0, failing=0.0, challenge_after=0.0)
"""For drills: what is accepted is paid when it is next looked at."""

WINDOWS = {
    PaymentPath.QRIS_SAME_WALLET: timedelta(days=45),
    PaymentPath.QRIS_OTHER_WALLET: timedelta(days=7),
    PaymentPath.DEEP_LINK: timedelta(days=45),
    PaymentPath.TOKENISED: timedelta(days=180),
    PaymentPath.BANK_TRANSFER: timedelta(days=180),
}
"""Within what time after the payment the wallet itself takes a refund."""

CHALLENGE_LASTS = timedelta(minutes=10)


def share_of(words: str) -> float:
    """A number in [0, 1) that depends on nothing but `words`."""
    return int.from_bytes(sha256(words.encode()).digest()[:7], "big") / (1 << 56)
