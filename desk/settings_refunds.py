"""Settings of refunds: `[refunds]`, and the secrets of merchants' webhooks, `[refunds.webhooks.MERCHANT]`."""

from __future__ import annotations

from typing import Annotated

import msgspec

SECRETS = ("secret_file", "keyring")
"""Where a webhook's secret may come from other than from `secret`."""


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With what the webhook of a merchant is signed; the address is in the merchant's policy."""

    secret: str = ""
    """`whsec_…`, used only when no other source is named; while it is changed, the new one and the old one."""
    secret_file: str = ""
    keyring: str = ""
    """The service under which the system's keyring keeps the merchant's secret."""

    def __post_init__(self) -> None:
        """Refuse two sources, with the keys to choose from."""
        if all(getattr(self, name) for name in SECRETS):
            raise ValueError(f"{' and '.join(SECRETS)} are both set; keep one of them")


class Refunds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What support may approve of refunds, in minor units of `currency`, and how merchants are asked."""

    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "IDR"
    two_above: Annotated[int, msgspec.Meta(ge=0)] = 50_000_000
    """Above this amount two people approve."""
    per_agent_and_day: Annotated[int, msgspec.Meta(ge=0)] = 500_000_000
    reconcile_at: Annotated[str, msgspec.Meta(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9])?$")] = "03:30"
    """When a worker compares the books with the wallet's each night, by the clock of Jakarta; empty for never."""
    link_url: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s<>\"]+)?$")] = ""
    """The address under which `desk serve` is reached from outside, as https://desk.example; empty for no links."""
    webhooks: dict[str, Webhook] = {}
    """By the key of the merchant's policy; a variable spells `toko-maju` as `toko_maju`."""
    drop_folder: str = ""
    """Where files for merchants are put, a folder each; by default `refund-drops` in the data folder."""

    def webhook(self, merchant: str) -> Webhook:
        """The settings of a merchant's webhook; empty ones where there are none."""
        return self.webhooks.get(merchant) or self.webhooks.get(merchant.replace("-", "_")) or Webhook()
