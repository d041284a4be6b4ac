"""The head of a case's page: what it is about, how it stands, whose it is, and when an answer is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.rules.lookalikes import flagged
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.proposal import asked
from desk.tui.incidents.words import case_piece
from desk.tui.lines import Lines
from desk.tui.playbook.card import head_words
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from datetime import datetime

    from textual.strip import Strip

    from db.rows import CaseDetail, CaseRow
    from desk.tui.app import DeskApp


class CaseHeader(Lines):
    """Two lines and a rule."""

    app: DeskApp

    def __init__(self, case_id: int) -> None:
        super().__init__(id="case-head")
        self._case_id = case_id
        self._detail: CaseDetail | None = None
        self._trouble = ""

    def show(self, detail: CaseDetail) -> None:
        """Show how the case stands."""
        self._detail, self._trouble = detail, ""
        self.refresh()

    def say(self, trouble: str) -> None:
        """Say why the case cannot be shown."""
        self._trouble = trouble
        self.refresh()

    def line(self, y: int) -> Strip:
        """One of the three lines."""
        width, plain = self.size.width, self.look("plain")
        if y == 2:
            return strip([("─" * width, self.look("rule"))], width, plain)
        if self._detail is None:
            said = f" #{self._case_id} {self._trouble or '…'}" if y == 0 else ""
            return strip([(said, self.look("quiet"))], width, plain)
        return self._about(self._detail, width) if y == 0 else self._customer(self._detail, width)

    def _about(self, detail: CaseDetail, width: int) -> Strip:
        case = detail.case
        who = words.middle(safety.line(case.assignee_name), 20) if case.assignee_name else "nobody has it"
        status = str(case.status).replace("_", " ")
        right = f"{status} · prio {case.priority} · {who} "
        left = f" {case.reference} {words.glyph(case.channel)} "
        room = width - words.cells(left) - words.cells(right) - 2
        subject = words.cut(safety.line(case.subject) if case.subject.strip() else "(no subject)", max(room, 12))
        return two_ends(
            [(left, self.look("accent")), (subject, self.look("strong"))],
            [(right, self.look("quiet"))],
            width,
            self.look("plain"),
        )

    def _due(self, case: CaseRow, now: datetime) -> str:
        hours = self.app.gateway.hours
        if hours is None:
            return words.HOURS_UNKNOWN if words.needs_hours(case) else words.due(case, now)
        return words.due(case, now, hours.of_case(case.channel, case.language, case.queue))

    def _customer(self, detail: CaseDetail, width: int) -> Strip:
        case, now = detail.case, self.app.gateway.now()
        broken = words.is_broken(case, now)
        due = self._due(case, now)
        right = [(f"{due} " if due else "", self.look("late" if broken else "quiet"))]
        room = width - words.cells(due) - 3
        name = words.middle(flagged(case.customer_name), max(room // 2, 12))
        facts = [words.LANGUAGE_NAMES[case.language] if case.language.value != "other" else ""]
        facts.append(safety.line(case.topic_key or ""))
        if detail.customer.contacts:
            facts.append(flagged(detail.customer.contacts[0].value))
        if detail.other_cases:
            facts.append(words.count(len(detail.other_cases), "other case"))
        facts += [f"#{safety.line(tag)}" for tag in detail.tags]
        rest = "".join(f" · {fact}" for fact in facts if fact)
        warn, wrong = _warning(detail), _wrong(detail)
        proposed = asked(detail)
        incident, look = case_piece(detail.incidents)
        left = [
            (f" {name}", self.look("plain")),
            (wrong, self.look("late")),
            (
                words.cut(rest, max(room - words.cells(name + warn + wrong + proposed + incident), 0)),
                self.look("quiet"),
            ),
            (proposed, self.look("accent")),
            (warn, self.look("soon")),
            (incident, self.look(look)),
        ]
        return two_ends(left, right, width, self.look("plain"))


def _warning(detail: CaseDetail) -> str:
    """What to look at before answering."""
    stranger = f"  ⚠ perhaps part of #{detail.review_id}" if detail.review_id else ""
    return head_words(detail) + stranger


def _wrong(detail: CaseDetail) -> str:
    """What an answer may not get past, in a few words; the customer's card has the reasons."""
    contacts = detail.customer.contacts
    found = ["SPAM"] if detail.spam_at is not None else []
    found += ["⊘ blocked"] if any(contact.blocked_at for contact in contacts) else []
    found += ["✗ mail comes back"] if any(contact.undeliverable_at for contact in contacts) else []
    return "".join(f"  {each}" for each in found)
