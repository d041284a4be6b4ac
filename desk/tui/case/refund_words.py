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
    ("send", "agent"): "asked the merchant about {refund}{amount}",
    ("approve by policy", "desk"): "sent {refund}{amount}, which the merchant has agreed to",
    ("review", "agent"): "sent {refund} to support's review{said}",
    ("remind", "agent"): "reminded the merchant of {refund}",
    ("remind", "desk"): "reminded the merchant of {refund}",
    ("ask", "merchant"): "asks about {refund}{said}",
    ("answer", "agent"): "answered the merchant about {refund}",
    ("approve", "merchant"): "approved {refund}{amount}",
    ("decline", "merchant"): "declined {refund}{said}",
    ("claim paid", "merchant"): "says that {refund} is paid already",
    ("lapse", "desk"): "saw the merchant's time for {refund} pass",
    ("take up", "support"): "took {refund} up",
    ("approve", "support"): "approved {refund}{amount}",
    ("decline", "support"): "declined {refund}{said}",
    ("ask again", "support"): "asked the merchant once more about {refund}",
    ("found paid", "wallet"): "shows {refund} as paid by the merchant",
    ("request", "desk"): "asked the wallet to pay {refund}",
    ("hold back", "desk"): "asks the wallet later for {refund}{said}",
    ("accepted", "wallet"): "has taken {refund} and is paying it",
    ("paid", "wallet"): "paid {refund}{amount}",
    ("failed", "wallet"): "could not pay {refund}{said}",
    ("lose sight", "desk"): "does not know whether {refund} was paid",
    ("found pending", "wallet"): "is paying {refund}",
    ("not there", "wallet"): "knows nothing of {refund} yet",
}
"""By the step and who took it, as `desk.rules.refunds.life` has them; who stands before it."""
STOPPED = "stopped {refund}{said}"
WHO = {"merchant": "the merchant", "wallet": "the wallet"}


def refund_words(event: EventRow) -> dict[EventKind, str]:
    """The sentences, without their subject, that this event's data make for kinds that concern refunds."""
    data = event.data
    after = data["after"] if isinstance(data.get("after"), Mapping) else {}
    facts = {"refund": f"refund {_value(data, 'refund')}", "amount": _amount(after), "said": _said(data)}
    of = data.get("act"), data.get("by")
    step = STOPPED if of[0] == "cancel" else STEPS.get((str(of[0]), str(of[1])), f"took {{refund}} on: {of[0]}")
    approvals = f"{_value(after, 'approvals')} of {_value(after, 'needed')}"
    kind = _value(data, "difference").replace("_", " ")
    return {
        EventKind.REFUND_OPENED: f"opened {facts['refund']}{facts['amount']}{_flags(data)}",
        EventKind.REFUND_STEP: step.format(**facts),
        EventKind.REFUND_APPROVAL: f"approved {facts['refund']}{facts['amount']}, {approvals} approvals",
        EventKind.REFUND_CHECKED: f"looked into {facts['refund']}{facts['said']}",
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
