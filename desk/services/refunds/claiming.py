"""A merchant's word that it has paid already: kept on its refund until the wallet has said what it shows of it."""

from __future__ import annotations

from datetime import datetime

from db.models import Refund

CLAIMED, CHECKED = "claims_paid", "claim_checked"


def claim(refund: Refund, now: datetime) -> None:
    """Note that the merchant says so; what the wallet has said of an earlier claim counts no more."""
    kept = {name: value for name, value in refund.details.items() if name != CHECKED}
    refund.details = kept | {CLAIMED: now.isoformat()}


def unchecked_claim(refund: Refund) -> str:
    """The claim about which the wallet has said nothing yet, by its moment; empty where there is none."""
    return "" if refund.details.get(CHECKED) else str(refund.details.get(CLAIMED) or "")


def checked(refund: Refund, now: datetime) -> None:
    """The wallet has said what it shows."""
    refund.details = refund.details | {CHECKED: now.isoformat()}
