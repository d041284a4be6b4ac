"""The lines of a playbook: its head with account and signs, its steps, and what is known about the selected one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.strip import Strip

from db.kinds_safety import PaymentVerdict, SafetyRunState
from desk.rules.refunds.money import Money, written
from desk.rules.safety.playbook import Standing, Step, StepState
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.wrapping import rows as wrapped
from desk.tui.lines import Lines
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from datetime import timedelta

    from db.rows_safety import SafetyPaymentRow
    from desk.services.safety.playbook import Playbook
    from desk.tui.app import DeskApp

LOOKS = {
    StepState.TODO: "quiet",
    StepState.WAITING: "soon",
    StepState.ASKED: "soon",
    StepState.UNKNOWN: "late",
    StepState.RUNNING: "soon",
    StepState.DONE: "plain",
    StepState.FAILED: "late",
}
SIGNS = {
    StepState.TODO: "○",
    StepState.WAITING: "2",
    StepState.ASKED: "…",
    StepState.UNKNOWN: "?",
    StepState.RUNNING: "◐",
    StepState.DONE: "●",
    StepState.FAILED: "✗",
}


class PlaybookHead(Lines):
    """Whose account it is, how it stands, the signs, and a rule."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="playbook-head")
        self.book: Playbook | None = None

    def line(self, y: int) -> Strip:
        """One of the four lines."""
        width, plain, book = self.size.width, self.look("plain"), self.book
        if y == 3 or book is None:
            return strip([("─" * width if y == 3 else "", self.look("rule"))], width, plain)
        if y == 0:
            left = [(" stolen account ", self.look("strong")), (f" #{book.run.case_id} ", self.look("accent")),
                    (words.middle(safety.line(book.run.customer_name), 24), plain)]  # fmt: skip
            return two_ends(left, [(f"report {book.run.report} ", self.look("quiet"))], width, plain)
        if y == 1:
            look, said = account_words(book)
            return strip([(words.cut(f" {said}", width), self.look(look))], width, plain)
        signs = " · ".join(safety.line(each.said) for each in book.signs)
        said = f" ⚠ {signs}" if signs else " no signs of a takeover in what is known"
        return strip([(words.cut(said, width), self.look("soon" if signs else "quiet"))], width, plain)


class PlaybookLines(Lines, can_focus=True):
    """A line a step; the selected one has a bar."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="playbook")
        self.book: Playbook | None = None
        self.selected = 0

    @property
    def current(self) -> Standing | None:
        """The selected step."""
        return self.book.steps[self.selected] if self.book is not None else None

    def move(self, step: int) -> None:
        """Select another one."""
        many = len(self.book.steps) if self.book is not None else 1
        self.selected = max(0, min(self.selected + step, many - 1))
        self.refresh()

    def line(self, y: int) -> Strip:
        """One step: its sign, its title, how it stands, its clock."""
        width, plain = self.size.width, self.look("plain")
        if self.book is None or y >= len(self.book.steps):
            return strip([(" …" if self.book is None and y == 1 else "", self.look("quiet"))], width, plain)
        each, chosen = self.book.steps[y], y == self.selected
        clock = _clock(each.took(self.app.gateway.now()))
        return strip(
            [
                ("▌" if chosen else " ", self.look("accent")),
                (f"{SIGNS[each.state]} ", self.look(LOOKS[each.state])),
                (words.fit(each.about.title, 35), self.look("strong" if chosen else "plain")),
                (words.fit(str(each.state), max(width - 47, 10)), self.look(LOOKS[each.state])),
                (words.fit(clock, 8, right=True), self.look("quiet")),
            ],
            width, plain,
        )  # fmt: skip


class StepSaid(Lines):
    """What is known about the selected step, its canned answer, and what to do when it fails."""

    app: DeskApp

    def __init__(self, listed: PlaybookLines) -> None:
        super().__init__(id="playbook-said")
        self._listed = listed

    def line(self, y: int) -> Strip:
        """A rule, then the rows."""
        width, plain = self.size.width, self.look("plain")
        if y == 0:
            return strip([("─" * width, self.look("rule"))], width, plain)
        book, step = self._listed.book, self._listed.current
        rows = list(step_rows(book, step, width - 2, self.size.height - 1)) if book and step else []
        look, text = rows[y - 1] if y - 1 < len(rows) else ("plain", "")
        return strip([(f" {text}", self.look(look))], width, plain)


def step_rows(book: Playbook, step: Standing, width: int, height: int) -> Iterator[tuple[str, str]]:
    """The rows about a step: the name of their style, and text that fits into `width` cells."""
    if step.act is not None:
        who = f"asked by {safety.line(step.act.asked_by_name)}"
        if step.act.approved_by_name:
            who += f", agreed to by {safety.line(step.act.approved_by_name)}"
        reason = f": {safety.line(step.act.reason)}" if step.act.reason else ""
        yield "plain", words.cut(who + reason, width)
    if step.said:
        for row in list(wrapped(safety.line(step.said), width))[:2]:
            yield LOOKS[step.state], row
    if step.step is Step.LOOK:
        yield from _sign_ins(book, width, height - 3)
        return
    if step.about.answer:
        yield "side", words.cut(f"answer: {step.about.answer}", width)
    if step.state is StepState.DONE:
        return
    for row in list(wrapped(f"when it fails: {step.about.when_it_fails}", width))[:4]:
        yield "quiet", row


def account_words(book: Playbook) -> tuple[str, str]:
    """The style and the words for how the account stands, as truly as it is known."""
    facts = book.facts.facts if book.facts is not None else None
    freeze = book.steps[0]
    gap = f" · {safety.line(book.gap)}" if book.gap else ""
    watch = ""
    if book.run.state is SafetyRunState.WATCHING and book.run.watch_until is not None:
        watch = f" · watched until {words.date(book.run.watch_until)}"
    if book.run.state is SafetyRunState.CLOSED:
        watch = " · closed"
    if facts is None:
        return "soon", f"freeze {freeze.state}{gap}{watch}"
    state = f"account {safety.line(facts.id)}: {facts.state}"
    if freeze.state is not StepState.DONE:
        return ("late" if freeze.state is StepState.FAILED else "soon"), f"{state} · freeze {freeze.state}{gap}{watch}"
    return "plain", f"{state}{gap}{watch}"


class PaymentsHead(Lines):
    """How many transactions there are to go through, and a rule."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="playbook-payments-head")
        self.rows: tuple[SafetyPaymentRow, ...] = ()

    def line(self, y: int) -> Strip:
        """The words, then the rule."""
        width, plain = self.size.width, self.look("plain")
        if y:
            return strip([("─" * width, self.look("rule"))], width, plain)
        open_ones = sum(each.verdict is PaymentVerdict.UNSURE for each in self.rows)
        disowned = sum(each.verdict is PaymentVerdict.DISOWNED for each in self.rows)
        said = f" whose transactions? {len(self.rows)} of the last 60 days, {open_ones} open, {disowned} disowned"
        return strip([(words.cut(said, width), self.look("strong"))], width, plain)


class PaymentLines(Lines, can_focus=True):
    """A line a transaction, newest first; the selected one has a bar."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="playbook-payments")
        self.rows: tuple[SafetyPaymentRow, ...] | None = None
        self.selected = 0
        self._top = 0

    @property
    def current(self) -> SafetyPaymentRow | None:
        """The selected one."""
        return self.rows[self.selected] if self.rows else None

    def move(self, step: int) -> None:
        """Select another one."""
        self.selected = max(0, min(self.selected + step, len(self.rows or ()) - 1))
        self.refresh()

    def line(self, y: int) -> Strip:
        """One of them."""
        width, height, plain = self.size.width, max(self.size.height, 1), self.look("plain")
        if not self.rows:
            said = " …" if self.rows is None else " The wallet has shown no transactions yet."
            return strip([(said if y == 1 else "", self.look("quiet"))], width, plain)
        self._top = min(max(self._top, self.selected - height + 1), self.selected)
        place = self._top + y
        if place >= len(self.rows):
            return strip([], width, plain)
        row, chosen = self.rows[place], place == self.selected
        one = row.movement
        local = one.at.astimezone()
        look, verdict = _verdict(row)
        return strip(
            [
                ("▌" if chosen else " ", self.look("accent")),
                (words.fit(f"{local.day} {local:%b %H:%M}", 13), self.look("quiet")),
                (words.fit(written(Money(one.amount, one.currency)), 13, right=True) + "  ",
                 self.look("strong" if chosen else "plain")),
                (words.fit(words.middle(safety.line(one.merchant_name or one.kind.replace("_", " ")), 16), 17), plain),
                (words.fit(safety.line(one.device or "–"), 14), self.look("quiet")),
                (words.cut(verdict, max(width - 61, 8)), self.look(look)),
            ],
            width, plain,
        )  # fmt: skip


def _verdict(row: SafetyPaymentRow) -> tuple[str, str]:
    if row.refund_id is not None:
        return "late", f"disputed ({row.refund_id})"
    if row.verdict is PaymentVerdict.DISOWNED:
        return "late", f"not theirs{': ' + safety.line(row.said) if row.said else ''}"
    return ("plain", "theirs") if row.verdict is PaymentVerdict.OWNED else ("quiet", "?")


def _sign_ins(book: Playbook, width: int, most: int) -> Iterator[tuple[str, str]]:
    facts = book.facts.facts if book.facts is not None else None
    if facts is None:
        yield "quiet", "nothing is known yet; g asks again"
        return
    rows = []
    for device in facts.devices[:3]:
        trusted = "" if device.is_trusted else " · signed out"
        first = f"{device.first_seen.astimezone():%d %b %H:%M}"
        rows.append(("plain", f"device {safety.line(device.name)} since {first}{trusted}"))
    for each in facts.sign_ins:
        what = "signed in" if each.succeeded else "failed"
        at = f"{each.at.astimezone():%d %b %H:%M}"
        look = "plain" if each.succeeded else "soon"
        rows.append(
            (look, f"{at} {what}  {safety.line(each.place)}  {safety.line(each.device)}  {safety.line(each.network)}")
        )
    for look, text in rows[: max(most, 3)]:
        yield look, words.cut(text, width)


def _clock(took: timedelta | None) -> str:
    if took is None:
        return ""
    seconds = int(took.total_seconds())
    return f"{seconds} s" if seconds < 60 else words.span(took)
