"""The customer's card: how to reach them, what they speak, and what else they wrote about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from db.kinds import ContactKind
from db.rows import CaseDetail, CaseRow
from desk.rules.lookalikes import mark
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.wrapping import rows as wrapped
from desk.tui.lines import Lines
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.strip import Strip

    from desk.tui.app import DeskApp

SIGNS = {ContactKind.EMAIL: "✉", ContactKind.PHONE: "☏", ContactKind.HANDLE: "@"}
LONGEST_CONTACT_ROWS = 3


class CustomerCard(Lines):
    """A column of facts beside the conversation."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="card")
        self._detail: CaseDetail | None = None
        self._rows: list[tuple[str, str]] = []

    def show(self, detail: CaseDetail) -> None:
        """Show whose case this is."""
        self._detail = detail
        self._lay_out()

    def on_resize(self) -> None:
        """Wrap anew."""
        self._lay_out()

    def line(self, y: int) -> Strip:
        """One row of the card."""
        style, text = self._rows[y] if y < len(self._rows) else ("plain", "")
        return strip([(f" {text}", self.look(style))], self.size.width, self.look("plain"))

    def _lay_out(self) -> None:
        if self._detail is not None and self.size.width:
            self._rows = list(card_rows(self._detail, self.size.width - 2, self.app.gateway.now()))
            self.refresh()


def card_rows(detail: CaseDetail, width: int, now: datetime) -> Iterator[tuple[str, str]]:
    """The card's rows: the name of their style, and text fit to be shown in `width` cells."""
    customer, case = detail.customer, detail.case
    yield "strong", words.middle(safety.line(customer.name), width)
    yield from _warning(customer.name, width)
    for contact in customer.contacts:
        via = f" ({safety.line(contact.provider)})" if contact.provider else ""
        value = safety.line(contact.value)
        sign = "" if value.startswith("@") else f"{SIGNS[contact.kind]} "
        shown = f"{sign}{value}{via}"
        for number, row in enumerate(wrapped(shown, width)):
            if number < LONGEST_CONTACT_ROWS:
                yield "plain", row
        yield from _warning(contact.value, width)
    language = customer.language or case.language
    yield "quiet", f"speaks {words.LANGUAGE_NAMES[language]}" if language.value != "other" else "language unknown"
    yield "quiet", f"known since {words.moment(customer.created_at, now)}"
    if detail.tags:
        yield "plain", ""
        for row in wrapped("tags " + ", ".join(safety.line(tag) for tag in detail.tags), width):
            yield "quiet", row
    if detail.follows_id:
        yield "quiet", f"follows #{detail.follows_id}"
    if detail.review_id:
        for row in wrapped(f"⚠ names #{detail.review_id}, but came from a stranger: look at both", width):
            yield "soon", row
    yield "plain", ""
    yield "strong", f"{words.count(len(detail.other_cases), 'other case')}" if detail.other_cases else "no other cases"
    for other in detail.other_cases:
        yield from _other(other, width, now)


def _warning(text: str, width: int) -> Iterator[tuple[str, str]]:
    if warning := mark(text):
        for row in wrapped(warning, width):
            yield "soon", row


def _other(other: CaseRow, width: int, now: datetime) -> Iterator[tuple[str, str]]:
    when = words.age(other.updated_at, now)
    status = str(other.status).replace("_", " ")
    yield "quiet", words.cut(f"{other.reference} {words.glyph(other.channel)} {status} · {when}", width)
    yield "plain", words.cut("  " + safety.line(other.subject), width)
