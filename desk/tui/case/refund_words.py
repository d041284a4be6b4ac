"""What happened to the refunds of a case, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db.kinds import EventKind
from db.rows import EventRow
from desk.rules.refunds.money import Money, MoneyError, written
from desk.tui import format as words
from desk.tui import safety

STEPS: Mapping[tuple[str, str], str] = {
    ("send", "agent"): "asked the merchant{amount}",
    ("approve by policy", "desk"): "the merchant has agreed beforehand{amount}",
    ("review", "agent"): "sent to support's review{said}",
    ("dispute", "agent"): "disputed for the customer, who did not make the payment{amount}",
    ("remind", "agent"): "reminded the merchant",
    ("remind", "desk"): "reminded the merchant",
    ("ask", "merchant"): "asks{said}",
    ("answer", "agent"): "answered the merchant",
    ("approve", "merchant"): "approved{amount}",
    ("approve on review", "merchant"): "approved{amount}; support looks at it first",
    ("decline", "merchant"): "declined{said}",
    ("claim paid", "merchant"): "says that it is paid already",
    ("lapse", "desk"): "the merchant's time is over",
    ("take up", "support"): "took it up",
    ("approve", "support"): "approved{amount}",
    ("decline", "support"): "declined{said}",
    ("ask again", "support"): "asked the merchant once more",
    ("found paid", "wallet"): "shows it as paid by the merchant",
    ("request", "desk"): "asked the wallet to pay",
    ("hold back", "desk"): "asks the wallet later{said}",
    ("accepted", "wallet"): "is paying it",
    ("paid", "wallet"): "paid{amount}",
    ("failed", "wallet"): "could not pay{said}",
    ("lose sight", "desk"): "not known whether it was paid",
    ("found pending", "wallet"): "is paying it",
    ("not there", "wallet"): "knows nothing of it yet",
}
"""By the step and who took it, as `desk.rules.refunds.life` has them; who stands before it."""
STOPPED = "stopped{said}"
WHO = {"merchant": "the merchant", "wallet": "the wallet"}


def refund_words(event: EventRow) -> dict[EventKind, str]:
    """The sentences that this event's data make for kinds that concern refunds: which refund, then what was done."""
    data = event.data
    after = data["after"] if isinstance(data.get("after"), Mapping) else {}
    refund = f"refund {_value(data, 'refund')}"
    facts = {"amount": _amount(after), "said": _said(data)}
    of = data.get("act"), data.get("by")
    step = STOPPED if of[0] == "cancel" else STEPS.get((str(of[0]), str(of[1])), f"went on: {of[0]}")
    approvals = f"{_value(after, 'approvals')} of {_value(after, 'needed')}"
    kind = _value(data, "difference").replace("_", " ")
    return {
        EventKind.REFUND_OPENED: f"{refund}: opened{facts['amount']}{_flags(data)}",
        EventKind.REFUND_STEP: f"{refund}: {step.format(**facts)}",
        EventKind.REFUND_APPROVAL: f"{refund}: approved, {approvals} approvals{facts['amount']}",
        EventKind.REFUND_CHECKED: f"{refund}: looked into{facts['said']}",
        EventKind.REFUND_DIFFERENCE: f"saw the books differ from the wallet's, {kind}{facts['said']}",
    }


def refund_actor(event: EventRow) -> str:
    """Who brought a step about where no agent did: the merchant or the wallet; else empty."""
    return WHO.get(str(event.data.get("by")), "") if event.kind == EventKind.REFUND_STEP.value else ""


def _value(data: Mapping[str, Any], name: str) -> str:
    return words.cut(safety.line(str(data.get(name, "?"))), 40)


def _amount(after: Mapping[str, Any]) -> str:
    try:
        return f", {written(Money(after['amount'], str(after['currency'])))}"
    except (KeyError, MoneyError):
        return ""


def _said(data: Mapping[str, Any]) -> str:
    return f": {words.cut(safety.line(str(data['said'])), 120)}" if data.get("said") else ""


def _flags(data: Mapping[str, Any]) -> str:
    flags = data.get("flags")
    if not isinstance(flags, list | tuple) or not flags:
        return ""
    return f" ! {words.cut(safety.line(', '.join(map(str, flags))), 80)}"
