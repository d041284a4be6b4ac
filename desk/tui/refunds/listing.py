"""The lines of a lane of refunds, its head, and what is said about the selected one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.strip import Strip

from db.kinds_refunds import RefundLane, RefundState
from db.rows_refunds import MOST_COUNTED
from desk.rules.refunds.life import shown
from desk.rules.refunds.money import Money, written
from desk.tui import format as words
from desk.tui import safety
from desk.tui.lines import Lines
from desk.tui.refunds.card import steps
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from db.rows_refunds import RefundRow
    from desk.tui.app import DeskApp

TITLES = {
    RefundLane.MERCHANT: "merchant",
    RefundLane.REVIEW: "review",
    RefundLane.APPROVALS: "approvals",
    RefundLane.UNKNOWN: "unknown",
    RefundLane.FLAGGED: "flagged",
    None: "newest",
}
LANES = tuple(TITLES)
NEAR_END = 30
"""So many refunds before the end of those that were read, more are asked for."""


class RefundLines(Lines, can_focus=True):
    """A line a refund; the selected one has a bar."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="refunds")
        self.rows: Sequence[RefundRow] | None = None
        self.has_more = False
        self.selected = 0
        self._top = 0

    @property
    def current(self) -> RefundRow | None:
        """The selected one."""
        return self.rows[self.selected] if self.rows else None

    @property
    def wants_more(self) -> bool:
        """Whether the selection comes near the end of what was read, and there is more."""
        return self.has_more and self.selected >= len(self.rows or ()) - NEAR_END

    def show(self, rows: Sequence[RefundRow], *, has_more: bool = False) -> None:
        """These wait; the selection stays on its refund."""
        marked, self.rows, self.has_more = self.current, rows, has_more
        ids = [row.id for row in rows]
        stays = marked is not None and marked.id in ids
        self.selected = ids.index(marked.id) if marked and stays else min(self.selected, max(len(ids) - 1, 0))
        self.refresh()

    def move(self, step: int) -> None:
        """Select another one."""
        self.selected = max(0, min(self.selected + step, len(self.rows or ()) - 1))
        self.refresh()

    def line(self, y: int) -> Strip:
        """One of them."""
        width, height, plain = self.size.width, max(self.size.height, 1), self.look("plain")
        if not self.rows:
            said = " …" if self.rows is None else " No refund waits here."
            return strip([(said if y == 1 else "", self.look("quiet"))], width, plain)
        self._top = min(max(self._top, self.selected - height + 1), self.selected)
        place = self._top + y
        if place >= len(self.rows):
            return strip([], width, plain)
        row, chosen = self.rows[place], place == self.selected
        when, look = self._when(row)
        flag = "! " if row.flags else "? " if row.question else "  "
        return strip(
            [
                ("▌" if chosen else " ", self.look("accent")),
                (words.fit(when, 22), self.look(look)),
                (flag, self.look("soon")),
                (words.fit(f"#{row.case_id}", 9), self.look("quiet")),
                (words.fit(amount_of(row), 14, right=True) + "  ", self.look("strong" if chosen else "plain")),
                (words.fit(words.middle(safety.line(row.merchant_name), 18), 19), self.look("plain")),
                (words.cut(safety.line(row.customer_name), max(width - 70, 0)), self.look("quiet")),
            ],
            width, plain,
        )  # fmt: skip

    def _when(self, row: RefundRow) -> tuple[str, str]:
        now = self.app.gateway.now()
        if row.state is RefundState.WITH_MERCHANT and row.deadline_at is not None:
            if row.deadline_at <= now:
                return f"! late {words.age(row.deadline_at, now)}", "late"
            return f"until {words.coming(row.deadline_at)}", "plain"
        look = "late" if row.state in {RefundState.UNANSWERED, RefundState.FAILED, RefundState.UNKNOWN} else "plain"
        return f"{shown(row.state)} {words.age(row.state_since, now)}", look


class RefundsHead(Lines):
    """The lanes with their counts, and a rule."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="refunds-head")
        self.lane: RefundLane | None = RefundLane.MERCHANT
        self.counts: Mapping[RefundLane, int] = {}

    def line(self, y: int) -> Strip:
        """The words, then the rule."""
        width, plain = self.size.width, self.look("plain")
        if y:
            return strip([("─" * width, self.look("rule"))], width, plain)
        parts = [(" refunds ", self.look("strong"))]
        for lane, title in TITLES.items():
            many = f" {_many(self.counts[lane])}" if lane is not None and lane in self.counts else ""
            chosen = lane is self.lane
            parts.append((f" {'▸' if chosen else ' '}{title}{many}", self.look("accent" if chosen else "quiet")))
        local = self.app.gateway.now().astimezone()
        right = [(f"{local:%a} {local.day} {local:%b %H:%M} ", self.look("quiet"))]
        return two_ends(parts, right, width, plain)


def _many(number: int) -> str:
    return f"{number - 1}+" if number >= MOST_COUNTED else str(number)


class RefundSaid(Lines):
    """What is known about the selected refund, in four rows."""

    app: DeskApp

    def __init__(self, listed: RefundLines) -> None:
        super().__init__(id="refunds-said")
        self._listed = listed

    def line(self, y: int) -> Strip:
        """A rule, how it stands, what was paid and goes along, the last word about it."""
        width, plain, row = self.size.width, self.look("plain"), self._listed.current
        if y == 0 or row is None:
            return strip([("─" * width if y == 0 else "", self.look("rule"))], width, plain)
        if y == 1:
            flags = f" · ! {', '.join(row.flags)}" if row.flags else ""
            by = f" · approved by {', '.join(map(safety.line, row.approvals))}, {len(row.approvals)} of {row.needed}"
            said = f" {steps(row.state)} {shown(row.state)} · {row.reason.value.replace('_', ' ')}"
            return strip([(words.cut(f"{said}{by if row.approvals else ''}{flags}", width), plain)], width, plain)
        if y == 2:
            part = f" of {written(Money(row.paid_amount, row.currency))}" if row.amount != row.paid_amount else ""
            files = f" · files: {', '.join(map(safety.line, row.evidence))}" if row.evidence else ""
            paid = words.moment(row.paid_at, self.app.gateway.now())
            text = f" refund {row.id}: {amount_of(row)}{part}, paid {paid}, {safety.line(row.reference)}{files}"
            return strip([(words.cut(text, width), self.look("quiet"))], width, plain)
        said = f" merchant asks: {safety.line(row.question)}" if row.question else f" {safety.line(row.said)}"
        return strip([(words.cut(said, width), self.look("quiet"))], width, plain)


def amount_of(row: RefundRow) -> str:
    """The amount as agents read it."""
    return written(Money(row.amount, row.currency))


def sums(rows: Sequence[RefundRow]) -> str:
    """What refunds come to, each currency by itself."""
    total: dict[str, int] = {}
    for row in rows:
        total[row.currency] = total.get(row.currency, 0) + row.amount
    return ", ".join(written(Money(amount, currency)) for currency, amount in total.items())
