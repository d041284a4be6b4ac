"""The customer's card: how to reach them, what they speak, and what else they wrote about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from db.kinds import ContactKind
from db.rows import CaseDetail, CaseRow, ContactRow
from desk.rules.lookalikes import mark
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.around import around_rows
from desk.tui.case.proposal import topic_rows
from desk.tui.case.wrapping import rows as wrapped
from desk.tui.lines import Lines
from desk.tui.playbook.card import safety_rows
from desk.tui.promise_words import promise_words
from desk.tui.refunds.card import refund_rows
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.geometry import Region
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
        self._top = self._width = 0

    def show(self, detail: CaseDetail) -> None:
        """Show whose case this is."""
        self._detail = detail
        self._lay_out()
        self.refresh()

    def scroll_rows(self, rows: int) -> None:
        """Move what is on screen, as far as there are rows."""
        self._place(self._top + rows)
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """What is on screen, wrapped for the width it has."""
        if self._width != self.size.width:
            self._lay_out()
        return super().render_lines(crop)

    def line(self, y: int) -> Strip:
        """One row of the card."""
        below = len(self._rows) - self._top - self.size.height
        if y == self.size.height - 1 and below > 0:
            said = f" ▼ {words.count(below + 1, 'more row')}"
            return strip([(said, self.look("quiet"))], self.size.width, self.look("plain"))
        y += self._top
        style, text = self._rows[y] if y < len(self._rows) else ("plain", "")
        return strip([(f" {text}", self.look(style))], self.size.width, self.look("plain"))

    def _place(self, top: int) -> None:
        self._top = max(0, min(top, len(self._rows) - self.size.height))

    def _lay_out(self) -> None:
        if self._detail is not None and self.size.width:
            self._width = self.size.width
            self._rows = list(card_rows(self._detail, self._width - 2, self.app.gateway.now()))
            self._place(self._top)


def card_rows(detail: CaseDetail, width: int, now: datetime) -> Iterator[tuple[str, str]]:
    """The card's rows: the name of their style, and text fit to be shown in `width` cells."""
    customer, case = detail.customer, detail.case
    yield "strong", words.middle(safety.line(customer.name), width)
    yield from _warning(customer.name, width)
    yield from safety_rows(detail, width, now)
    for contact in customer.contacts:
        yield from _contact(contact, width, now)
    language = customer.language or case.language
    yield "quiet", f"speaks {words.LANGUAGE_NAMES[language]}" if language.value != "other" else "language unknown"
    yield "quiet", f"known since {words.moment(customer.created_at, now)}"
    if customer.tier:
        yield "quiet", words.cut(f"tier {safety.line(customer.tier)}", width)
    if detail.promise is not None:
        style, said = promise_words(detail.promise, now)
        yield from _wrapped(style, said, width)
    for refund in detail.refunds:
        yield from refund_rows(refund, width, now)
    yield from topic_rows(detail, width)
    if detail.tags:
        yield "plain", ""
        yield from _wrapped("quiet", "tags " + ", ".join(safety.line(tag) for tag in detail.tags), width)
    if detail.follows_id:
        yield "quiet", f"follows #{detail.follows_id}"
    if detail.review_id:
        yield from _wrapped("soon", f"⚠ names #{detail.review_id}, but came from a stranger: look at both", width)
    yield from around_rows(detail, width, now)
    yield "plain", ""
    yield "strong", f"{words.count(len(detail.other_cases), 'other case')}" if detail.other_cases else "no other cases"
    for other in detail.other_cases:
        yield from _other(other, width, now)


def _warning(text: str, width: int) -> Iterator[tuple[str, str]]:
    if warning := mark(text):
        yield from _wrapped("soon", warning, width)


def _contact(contact: ContactRow, width: int, now: datetime) -> Iterator[tuple[str, str]]:
    """One way to reach them; what is wrong with it stands below, in words."""
    provider = f" ({safety.line(contact.provider)})" if contact.provider else ""
    value = safety.line(contact.value)
    sign = "" if value.startswith("@") else f"{SIGNS[contact.kind]} "
    yield from _wrapped("plain", f"{sign}{value}{provider}", width, LONGEST_CONTACT_ROWS)
    yield from _warning(contact.value, width)
    if contact.blocked_at is not None:
        yield "late", f"  ⊘ blocked {words.moment(contact.blocked_at, now)}"
    if contact.undeliverable_at is not None:
        yield "late", f"  ✗ comes back since {words.moment(contact.undeliverable_at, now)}"
        if contact.undeliverable_why:
            yield from _wrapped("quiet", f"  {safety.line(contact.undeliverable_why)}", width, LONGEST_CONTACT_ROWS)


def _wrapped(style: str, text: str, width: int, most: int = 100) -> Iterator[tuple[str, str]]:
    for row in islice(wrapped(text, width), most):
        yield style, row


def _other(other: CaseRow, width: int, now: datetime) -> Iterator[tuple[str, str]]:
    when = words.age(other.updated_at, now)
    status = str(other.status).replace("_", " ")
    yield "quiet", words.cut(f"{other.reference} {words.glyph(other.channel)} {status} · {when}", width)
    yield "plain", words.cut("  " + safety.line(other.subject), width)
