"""Account safety on a case's page: signs with their reasons, what is not known, and how a playbook stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from db.kinds_safety import SafetyRunState
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.wrapping import rows as wrapped

if TYPE_CHECKING:
    from datetime import datetime

    from db.rows import CaseDetail


def safety_rows(detail: CaseDetail, width: int, now: datetime) -> Iterator[tuple[str, str]]:
    """The card's rows: the name of their style, and text fit to be shown in `width` cells."""
    facts = detail.facts.facts if detail.facts is not None else None
    if facts is not None and facts.state != "active":
        yield "late", words.cut(f"account {facts.state}", width)
    run = detail.safety_run
    if run is not None and run.state is not SafetyRunState.CLOSED:
        watch = run.state is SafetyRunState.WATCHING and run.watch_until is not None
        said = f"watched until {words.date(run.watch_until)}" if watch and run.watch_until else "stolen account"
        yield "late", words.cut(f"{said} · {run.report} · begun {words.age(run.begun_at, now)} ago", width)
    for sign in detail.signs:
        for row in list(wrapped(f"⚠ {safety.line(sign.said)}", width))[:3]:
            yield "soon", row
    if detail.signs:
        for row in wrapped("what is risky takes a second person", width):
            yield "quiet", row
    if detail.facts_gap:
        for row in list(wrapped(f"account: {safety.line(detail.facts_gap)}", width))[:3]:
            yield "quiet", row


def head_words(detail: CaseDetail) -> str:
    """The gravest sign in a few words, and how many there are besides; how the account stands, if not as usual."""
    facts = detail.facts.facts if detail.facts is not None else None
    run = detail.safety_run
    if facts is not None and facts.state == "frozen":
        return "  ⚠ account frozen"
    if run is not None and run.state is SafetyRunState.RUNNING:
        return "  ⚠ freeze not confirmed yet"
    if not detail.signs:
        return ""
    more = f" +{len(detail.signs) - 1}" if len(detail.signs) > 1 else ""
    return f"  ⚠ {words.cut(safety.line(detail.signs[0].said), 36)}{more}"
