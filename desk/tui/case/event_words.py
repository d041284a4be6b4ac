"""What happened on a case, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from db.kinds import EventKind
from db.rows import EventRow
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.call_words import call_words
from desk.tui.case.clock_words import clock_words
from desk.tui.case.guide_words import guide_words
from desk.tui.case.mail_words import mail_words
from desk.tui.case.masking_words import masking_words
from desk.tui.case.refund_words import refund_actor, refund_words
from desk.tui.case.safety_words import safety_words

LONGEST_WORDS = 600
"""Characters of what a server said."""


def event_words(event: EventRow) -> str:
    """One change as a sentence without its subject, fit to be shown: `set priority 3 → 1`."""
    before, after = _part(event, "before"), _part(event, "after")
    sentences = {
        EventKind.CASE_OPENED: "opened the case",
        EventKind.CASE_CLAIMED: "took the case",
        EventKind.CASE_RELEASED: "released the case",
        EventKind.CASE_TRANSFERRED: f"handed the case to {_value(after, 'assignee')}",
        EventKind.CASE_STATUS: f"set status {_change(before, after, 'status')}",
        EventKind.CASE_PRIORITY: f"set priority {_change(before, after, 'priority')}",
        EventKind.CASE_SNOOZED: f"put the case aside until {_moment(after.get('until'))}",
        EventKind.CASE_WOKEN: "brought the case back",
        EventKind.CASE_TAGGED: f"tagged it {_value(after, 'tag')}",
        EventKind.CASE_UNTAGGED: f"took off the tag {_value(before, 'tag')}",
        EventKind.CASE_TOPIC: f"set topic {_topic(before)} → {_topic(after)}",
        EventKind.CASE_ROUTED: f"routed it by the rule {_value(event.data, 'rule')}: {_value(event.data, 'why')}",
        EventKind.CASE_PUT_BACK: f"undid a change {_all(before, after)}".rstrip(),
        EventKind.MESSAGE_RECEIVED: "received a message",
        EventKind.MESSAGE_WRITTEN: _written(after),
        EventKind.MESSAGE_TAKEN_BACK: "took the answer back",
        EventKind.MESSAGE_SENT: "sent the answer",
        EventKind.MESSAGE_DELAYED: f"could not send the answer yet, and tries again{_because(event)}",
        EventKind.MESSAGE_FAILED: f"could not send the answer{_because(event)}",
        EventKind.MESSAGE_UNKNOWN: "does not know whether the answer arrived",
        EventKind.MESSAGE_RETRIED: "sent the answer again",
        EventKind.MESSAGE_SETTLED: f"settled what became of the answer: {_how(event)}",
        EventKind.NOTE_WRITTEN: "wrote a note",
        EventKind.CASE_QUEUE: f"put it into the queue {_value(after, 'queue')}",
        EventKind.INCIDENT_LINKED: f"linked it with the incident {_value(event.data, 'title')}{_by_rule(event)}",
        EventKind.INCIDENT_UNLINKED: f"took it off the incident {_value(event.data, 'title')}",
        EventKind.INCIDENT_TOLD: f"told the customer about the incident {_value(event.data, 'title')}",
        **clock_words(event),
        **guide_words(event),
        **masking_words(event),
        **safety_words(event),
        **refund_words(event),
    }
    known = {kind.value: sentence for kind, sentence in (sentences | mail_words(event) | call_words(event)).items()}
    return known.get(event.kind) or _plain(event, before, after)


def event_actor(event: EventRow) -> str:
    """Who did it: an agent, the merchant or the wallet, else the desk itself."""
    return safety.line(event.agent_name) if event.agent_name else refund_actor(event) or "the desk"


def _part(event: EventRow, name: str) -> Mapping[str, Any]:
    part = event.data.get(name)
    return part if isinstance(part, Mapping) else {}


def _value(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return "nobody" if value is None else words.cut(safety.line(str(value)).replace("_", " "), 60)


def _by_rule(event: EventRow) -> str:
    return f" {_value(event.data, 'why')}" if event.data.get("why") else ""


def _change(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> str:
    return f"{_value(before, name)} → {_value(after, name)}"


def _topic(part: Mapping[str, Any]) -> str:
    return _value(part, "topic") if part.get("topic") else "none"


def _moment(value: object) -> str:
    try:
        local = datetime.fromisoformat(str(value)).astimezone()
    except ValueError:
        return words.cut(safety.line(str(value)), 40)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def _written(after: Mapping[str, Any]) -> str:
    answers = after.get("answers")
    if isinstance(answers, list | tuple) and answers:
        return "answered with " + ", ".join(words.cut(safety.line(str(answer)), 60) for answer in answers[:5])
    if after.get("refund"):
        return f"refund {_value(after, 'refund')}: wrote to the merchant"
    return "answered"


def _because(event: EventRow) -> str:
    error = event.data.get("error") or _part(event, "after").get("error")
    return f": {words.cut(safety.line(str(error)), LONGEST_WORDS)}" if error else ""


def _how(event: EventRow) -> str:
    how = words.cut(safety.line(str(event.data.get("how", ""))), 60)
    return f"{_value(_part(event, 'after'), 'state')}, {how}" if how else _value(_part(event, "after"), "state")


def _all(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    shown = ("status", "priority", "topic_key")
    return ", ".join(_change(before, after, name) for name in shown if before.get(name) != after.get(name))


def _plain(event: EventRow, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    kind = safety.line(event.kind).replace(".", " ").replace("_", " ")
    return f"{kind} {_all(before, after)}".rstrip()
