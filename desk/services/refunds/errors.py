"""What can go wrong about refunds, in the desk's words and with what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from desk.services.errors import CaseError


class RefundError(CaseError):
    """Something about a refund does not allow what was asked; nothing was changed."""


class NoRefundError(RefundError):
    """An answer says that a refund is on its way, and none was opened."""

    def __init__(self) -> None:
        super().__init__("This answer says that a refund is on its way, and none is. Open the refund first.")


class RefundNotFoundError(RefundError):
    """There is no refund of that number."""

    def __init__(self, refund_id: int) -> None:
        super().__init__(f"There is no refund {refund_id}. Look at `desk refunds list`, or at the case.")


class RefundRefusedError(RefundError):
    """A rule of the policy refuses it; `said` has the reasons as the customer may read them."""

    def __init__(self, said: Sequence[str]) -> None:
        self.said = tuple(said)
        super().__init__(" ".join(said))


class TooMuchError(RefundError):
    """Refunds of one payment would sum above what was paid."""

    def __init__(self) -> None:
        super().__init__(
            "That is more than what is left of the payment: other refunds of it are under way or paid. "
            "Look at them, then ask for what is left."
        )


class AccountSafetyError(RefundError):
    """The customer says that somebody else paid: nobody asks a merchant for that."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody else paid: that is a matter of account safety, and no refund. "
            "Freeze the account first; disowned payments become disputes from there."
        )


class MerchantLinkError(RefundError):
    """A merchant's link does nothing; the message says why, in words that the merchant may read."""


class ForgedLinkError(MerchantLinkError):
    """It is not a link that this desk has made."""

    def __init__(self) -> None:
        super().__init__("This link is not valid. Use the one in our latest mail.")


class ExpiredLinkError(MerchantLinkError):
    """Its time is over."""

    def __init__(self) -> None:
        super().__init__("The time to answer is over, and our own team decides now. Please answer by mail.")


class UsedLinkError(MerchantLinkError):
    """Somebody has answered by it, or by another one, already."""

    def __init__(self) -> None:
        super().__init__("This has been answered already. The first answer stands.")


class RevokedLinkError(MerchantLinkError):
    """It was taken back, or a newer one took its place."""

    def __init__(self) -> None:
        super().__init__("This link was replaced or taken back. Use the one in our latest mail.")


class FilesTooLargeError(MerchantLinkError):
    """More or larger files than are taken."""

    def __init__(self) -> None:
        super().__init__("Three files of ten megabytes together are taken at most.")
