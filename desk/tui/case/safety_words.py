"""What happened about account safety, in words."""

from __future__ import annotations

from typing import Any

from db.kinds import EventKind
from db.rows import EventRow
from desk.tui import format as words
from desk.tui import safety

ACTS = {
    "freeze": "freezing the account",
    "unfreeze": "opening the account again",
    "challenge": "an identity challenge",
    "revoke_devices": "signing out every device",
    "password_reset": "a password reset",
}
STATES = {
    "waiting": "asked for {}: it waits for a second person",
    "kept": "has the wallet asked for {}",
    "asked": "asks the wallet for {}",
    "unknown": "got no answer about {}: it is asked again",
    "done": "{}: done by the wallet",
    "refused": "{}: refused by the wallet",
    "withdrawn": "took back {}",
}


def safety_words(event: EventRow) -> dict[EventKind, str]:
    """The sentences for events about account safety."""
    data = event.data
    return {
        EventKind.SAFETY_BEGUN: f"began the playbook for a stolen account: {_said(data.get('reason'))}",
        EventKind.SAFETY_ACT: _act(data),
        EventKind.SAFETY_FACTS: _facts(data),
        EventKind.SAFETY_STEP: _step(data),
        EventKind.SAFETY_SIGN: "saw a new sign on a watched account: " + ", ".join(map(_said, data.get("signs") or ())),
    }


def _act(data: Any) -> str:
    after = data.get("after") or {}
    what = ACTS.get(str(data.get("what")), _said(data.get("what")))
    if after.get("challenge") and after["challenge"] != "sent":
        return f"identity challenge: {_said(after['challenge'])}"
    sentence = STATES.get(str(after.get("act")), "{}").format(what)
    why = data.get("reason") or data.get("said")
    return f"{sentence} ({_said(why)})" if why else sentence


def _facts(data: Any) -> str:
    if "sought" in data:
        return "looks for the account by another contact" if data["sought"] else "looks for the account by its contacts"
    if data.get("said"):
        return f"could not learn of the account: {_said(data['said'])}"
    return f"read the account {_said(data['account'])} at the wallet" if data.get("account") else "found no one account"


def _step(data: Any) -> str:
    match data.get("step"):
        case "payments":
            verdict = (data.get("after") or {}).get("verdict")
            return f"noted transaction {_said(data.get('transaction'))}: {_said(verdict)}"
        case "disputes":
            return f"disputed transaction {_said(data.get('transaction'))} (refund {_said(data.get('refund'))})"
        case "report":
            return f"gave the customer the report {_said(data.get('report'))}"
        case "watch":
            return "watches the account for 30 days"
        case "closed":
            return f"closed the playbook: {_said(data.get('why'))}"
        case other:
            return f"account safety: {_said(other)}"


def _said(value: object) -> str:
    return words.cut(safety.line(str(value)).replace("_", " "), 80)
