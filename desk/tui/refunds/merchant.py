"""A merchant: whom one writes to, its hours, what it takes, how it answers, and its open refunds to work on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.strip import Strip

from desk import services
from desk.rules.refunds.money import Money, written
from desk.tui import actions, safety
from desk.tui import format as words
from desk.tui.case.wrapping import rows as wrapped
from desk.tui.footer import KeyFooter
from desk.tui.lines import Lines
from desk.tui.refunds.acts import RefundActs
from desk.tui.refunds.working import Page, WorkingScreen
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.geometry import Size

    from db.kinds_refunds import RefundReason
    from db.rows_refunds import MerchantRow, RefundRow
    from desk.tui.app import DeskApp

LABEL = 9
"""Cells of the word before a fact."""
MOST_DAYS = 4


class MerchantFacts(Lines):
    """What is known of the merchant, in as many rows as it takes."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="merchant-facts")
        self.page: MerchantRow | None = None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The head, a rule, the facts, a rule."""
        del container, viewport
        return 3 + len(self._rows(width))

    def line(self, y: int) -> Strip:
        """One of them."""
        width, plain, quiet = self.size.width, self.look("plain"), self.look("quiet")
        rows = self._rows(width)
        if y == 0:
            title = safety.line(self.page.title) if self.page else "…"
            open_now = words.count(len(self.page.open_refunds), "open refund") if self.page else ""
            return two_ends([(f" merchant  {title}", self.look("strong"))], [(f"{open_now} ", quiet)], width, plain)
        if y in {1, len(rows) + 2}:
            return strip([("─" * width, self.look("rule"))], width, plain)
        label, text = rows[y - 2] if y - 2 < len(rows) else ("", "")
        return strip([(f" {words.fit(label, LABEL)}", quiet), (text, plain)], width, plain)

    def _rows(self, width: int) -> list[tuple[str, str]]:
        if self.page is None:
            return []
        found: list[tuple[str, str]] = []
        for label, text in _facts(self.page):
            lines = list(wrapped(text, max(width - LABEL - 2, 20)))
            found += [(label if place == 0 else "", line) for place, line in enumerate(lines)]
        return found


class MerchantScreen(WorkingScreen):
    """One merchant."""

    NAME = "merchant"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("merchant")]

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key
        self._facts = MerchantFacts()

    def compose(self) -> ComposeResult:
        """The facts, the refunds, the selected one, the keys."""
        yield self._facts
        yield self.listed
        yield self.said
        yield KeyFooter("merchant")

    def merchant(self) -> str:
        """This one."""
        return self._key

    async def read(self, least: int) -> Page | None:
        """The merchant with its open refunds."""
        del least
        page = await RefundActs(self.app).read(lambda desk, me: services.refunds.listing.merchant(desk, me, self._key))
        if page is None:
            return None
        self._facts.page = page
        self._facts.refresh(layout=True)
        return Page(page.open_refunds)

    async def read_on(self, after: RefundRow) -> Sequence[RefundRow]:
        """All that are shown are read at once."""
        del after
        return ()


def _facts(page: MerchantRow) -> Iterator[tuple[str, str]]:
    contacts = [f"{safety.line(name)} <{safety.line(address)}>" for name, address in page.contacts]
    yield "asked at", ", ".join(contacts) or "nobody is on file: support decides"
    turns = f", {'until' if page.is_open else 'opens'} {words.coming(page.turns_at)}" if page.turns_at else ""
    closed = ", ".join(f"{day.day} {day:%b}" for day in page.closed_on[:MOST_DAYS])
    holidays = f" · holidays {closed}" if closed else ""
    yield "hours", f"{page.hours} · {'open now' if page.is_open else 'closed'}{turns}{holidays}"
    parts = "part or whole" if page.partial else "whole payments only"
    agreed = f" · agrees beforehand up to {written(Money(*page.automatic))}" if page.automatic else ""
    yield "rules", f"answers within {page.answer_within} of its hours · {parts}{agreed}"
    yield "takes", _reasons(page.reasons) + (f" · evidence for {_reasons(page.evidence)}" if page.evidence else "")
    yield "answers", _record(page)


def _record(page: MerchantRow) -> str:
    said = f"asked {page.asked}, answered {page.answered}, left unanswered {page.late}"
    if page.answered:
        said += f" · {100 * page.approved // page.answered} % approved"
    if page.median_seconds is not None and page.slow_seconds is not None:
        usual, slow = (words.span(timedelta(seconds=each)) for each in (page.median_seconds, page.slow_seconds))
        said += f" · usually after {usual} of its hours, 9 of 10 within {slow}"
    return said


def _reasons(reasons: Sequence[RefundReason]) -> str:
    return ", ".join(each.value.replace("_", " ") for each in reasons)
