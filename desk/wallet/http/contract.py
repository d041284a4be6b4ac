"""What both sides of the contract share: its services, its codes, and the forms of amounts and moments.

Source: Standar Nasional Open API Pembayaran (SNAP), Bank Indonesia: services 12, 13, 58 and 73, response codes, and
headers. The services from 90 on are not SNAP's: they are what SNAP lacks for a desk, in the same manner. All of them
are POSTs, so that no number or address of a customer stands in an address or a log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from zoneinfo import ZoneInfo

from desk.wallet.port import RefundReason

WIB = ZoneInfo("Asia/Jakarta")
"""SNAP's days and timestamps are Jakarta's."""

MOST_BYTES = 4_000_000
"""The largest answer that is read."""


class Service(Enum):
    """One service: its path, its two digits in a response code, whether it acts."""

    TOKEN = ("/v1.0/access-token/b2b", "73", False)
    HISTORY = ("/v1.0/transaction-history-list", "12", False)
    DETAIL = ("/v1.0/transaction-history-detail", "13", False)
    REFUND = ("/v1.0/debit/refund", "58", True)
    FIND_ACCOUNTS = ("/support/v1.0/accounts/find", "90", False)
    ACCOUNT = ("/support/v1.0/accounts/show", "91", False)
    REFUND_STATUS = ("/support/v1.0/refunds/status", "92", False)
    REFUND_REPORT = ("/support/v1.0/refunds/report", "93", False)
    REFUND_CHANGES = ("/support/v1.0/refunds/changes", "94", False)
    ACT = ("/support/v1.0/accounts/act", "95", True)
    ACT_DONE = ("/support/v1.0/accounts/act-done", "96", False)
    SEND_CHALLENGE = ("/support/v1.0/challenges/send", "97", True)
    CHALLENGE = ("/support/v1.0/challenges/show", "98", False)

    def __init__(self, path: str, code: str, acts: bool) -> None:
        self.path = path
        self.code = code
        self.acts = acts


@dataclass(frozen=True, slots=True)
class Code:
    """What is said of a request: SNAP's response code is the HTTP status, the service's digits and the case's."""

    status: int
    case: str
    words: str

    def of(self, service: Service) -> str:
        """The seven digits."""
        return f"{self.status}{service.code}{self.case}"


SUCCESSFUL = Code(200, "00", "Successful")
IN_PROGRESS = Code(202, "00", "Request In Progress")
BAD_REQUEST = Code(400, "00", "Bad Request")
INVALID_FIELD = Code(400, "01", "Invalid Field Format")
UNAUTHORIZED = Code(401, "00", "Unauthorized")
INVALID_TOKEN = Code(401, "01", "Invalid Token (B2B)")
NOT_PERMITTED = Code(403, "15", "Transaction Not Permitted")
NOT_FOUND = Code(404, "01", "Transaction Not Found")
UNKNOWN_ACCOUNT = Code(404, "11", "Invalid Account")
INCONSISTENT = Code(404, "18", "Inconsistent Request")
CONFLICT = Code(409, "00", "Conflict")
TOO_MANY = Code(429, "00", "Too Many Requests")
GENERAL_ERROR = Code(500, "00", "General Error")
TIMEOUT = Code(504, "00", "Timeout")

REFUSALS = {
    RefundReason.UNKNOWN_TRANSACTION: NOT_FOUND,
    RefundReason.NOT_REFUNDABLE: Code(404, "00", "Invalid Transaction Status"),
    RefundReason.TOO_MUCH: Code(403, "02", "Exceeds Transaction Amount Limit"),
    RefundReason.WRONG_CURRENCY: Code(404, "13", "Invalid Amount"),
    RefundReason.TOO_LATE: Code(403, "00", "Transaction Expired"),
    RefundReason.NOT_AT_THIS_TIME: Code(403, "06", "Feature Not Allowed At This Time"),
    RefundReason.MERCHANT_FUNDS: Code(403, "14", "Insufficient Funds"),
    RefundReason.ACCOUNT_CLOSED: Code(403, "18", "Inactive Card/Account/Customer"),
    RefundReason.OTHER: Code(403, "05", "Do Not Honor"),
}
"""How a refused refund, or one that has failed, is told."""

DIGITS = {"IDR": 2, "USD": 2, "SGD": 2, "MYR": 2, "CNY": 2, "EUR": 2, "JPY": 0, "KRW": 0, "VND": 0}
"""Digits of minor units (ISO 4217)."""


class WireError(ValueError):
    """Something is not in the contract's form; the message names the field."""


def as_money(amount: int, currency: str) -> dict[str, str]:
    """`{"value": "150000.00", "currency": "IDR"}`: SNAP's form of minor units."""
    digits = _digits(currency)
    whole, rest = divmod(amount, 10**digits)
    return {"value": f"{whole}.{rest:0{digits}d}" if digits else f"{whole}.00", "currency": currency}


def read_money(value: object, name: str) -> tuple[int, str]:
    """Minor units and currency of SNAP's form. Raises `WireError`."""
    if not isinstance(value, dict) or not isinstance(value.get("value"), str):
        raise WireError(f"{name} is no amount")
    currency = value.get("currency")
    found = re.fullmatch(r"(\d{1,16})(?:\.(\d{2}))?", value["value"], re.ASCII)
    if found is None or not isinstance(currency, str):
        raise WireError(f"{name} is no amount")
    digits, cents = _digits(currency), found[2] or "00"
    if not digits and cents != "00":
        raise WireError(f"{name} has more digits than {currency}")
    return int(found[1]) * 10**digits + (int(cents) if digits else 0), currency


def as_moment(at: datetime) -> str:
    """`2026-11-25T22:10:05+07:00`, in Jakarta's time, without what is less than a second."""
    return at.astimezone(WIB).isoformat(timespec="seconds")


def read_moment(value: object, name: str) -> datetime:
    """A moment in UTC. Raises `WireError` for one that is none, or has no offset."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise WireError(f"{name} is no time with an offset")
    return at.astimezone(UTC)


def _digits(currency: str) -> int:
    if currency not in DIGITS:
        raise WireError(f"the currency {currency[:8]!r} is not known here")
    return DIGITS[currency]
