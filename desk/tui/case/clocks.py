"""The clocks of a case: what is owed by when, what holds it up, what was, and what the customer was told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from db.kinds import ClockKind, ClockState, Status
from desk import services
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.wrapping import rows as wrapped
from desk.tui.dialogs.asking import expected_errors
from desk.tui.lines import Lines
from desk.tui.promise_words import promise_words
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual.strip import Strip

    from desk.rules.sla import Clock
    from desk.services.sla import CaseClocks
    from desk.tui.app import DeskApp

NAMES = {
    ClockKind.FIRST_RESPONSE: "first response",
    ClockKind.NEXT_RESPONSE: "next response",
    ClockKind.RESOLUTION: "resolution",
}
PAUSES = {
    Status.WAITING_CUSTOMER: "waiting for the customer",
    Status.WAITING_MERCHANT: "waiting for a merchant",
    Status.ON_HOLD: "being put aside",
}
Row = tuple[str, str]


def clock_rows(found: CaseClocks, now: datetime, width: int) -> Iterator[Row]:
    """What there is to say, a row each: the name of its style, and text fit to be shown."""
    of = found.policy
    pauses = [PAUSES[each] for each in PAUSES if each in of.pauses]
    yield "quiet", words.cut(f"policy {safety.line(of.title)} (version {of.version}) · prio {found.priority}", width)
    yield from _many("quiet", "paused while " + ", ".join(pauses) if pauses else "nothing pauses its clocks", width)
    yield from _hours(found, now, width)
    for clock in found.clocks:
        yield "plain", ""
        yield from _clock(clock, now, found, width)
    for promise in found.promises:
        yield "plain", ""
        style, said = promise_words(promise, now)
        yield style, words.cut(said, width)
        yield from _many("quiet", f"  “{safety.line(promise.told)}”", width)


def _hours(found: CaseClocks, now: datetime, width: int) -> Iterator[Row]:
    if found.plan is None:
        yield "quiet", "no service hours: time always passes"
        return
    standing = found.plan.standing(now)
    until = f" until {words.coming(standing.until)}" if standing.until else ""
    state = "open" if standing.is_open else "closed, so time stands still"
    yield "quiet", words.cut(f"{safety.line(found.plan.title)} is {state}{until}", width)


def _clock(clock: Clock, now: datetime, found: CaseClocks, width: int) -> Iterator[Row]:
    hours = found.plan.hours if found.plan else None
    name = f"{NAMES[clock.kind]:<15}"
    if clock.state is ClockState.RUNNING and clock.due_at is not None:
        left = words.service(abs(clock.left(now, hours)))
        is_late = clock.due_at < now
        said = f"! late by {left}" if is_late else f"{left} left"
        yield "late" if is_late else "strong", words.cut(f"{name} {said}, due {words.coming(clock.due_at)}", width)
    elif clock.state is ClockState.PAUSED:
        yield "strong", words.cut(f"{name} ⏸ paused, {words.service(clock.remaining)} left", width)
    elif clock.state is ClockState.MET:
        style, said = ("late", "! met late") if clock.is_late else ("plain", "✓ met")
        yield style, words.cut(f"{name} {said} in {words.service(clock.taken)}", width)
    else:
        yield "quiet", words.cut(f"{name} – no longer owed after {words.service(clock.taken)}", width)
    yield "quiet", words.cut(f"  {words.service(clock.target)} from {words.coming(clock.started_at)}", width)
    for moment, what in _past(clock):
        yield "quiet", words.cut(f"  {words.coming(moment)}  {what}", width)


def _past(clock: Clock) -> Iterator[tuple[datetime, str]]:
    """What happened to it, in order."""
    happened = []
    for place, (start, end) in enumerate(clock.spans):
        happened += [(start, "went on")] if place else []
        happened += [(end, "paused")] if end is not None and end != clock.ended_at else []
    if clock.ended_at is not None:
        happened.append((clock.ended_at, "ended"))
    if clock.breached_at is not None and clock.due_at is not None:
        happened.append((clock.due_at, "broke"))
    happened += [(at, f"was warned of at {share} % of its time") for at, share in clock.warnings]
    yield from sorted(happened)


def _many(style: str, text: str, width: int) -> Iterator[Row]:
    for row in wrapped(text, width):
        yield style, row


class ClockLines(Lines):
    """The rows, as many as there is room for."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="clock-rows")
        self.found: CaseClocks | None = None
        self.said = "…"
        self._top = 0

    def move(self, rows: int) -> None:
        """Scroll."""
        self._top = max(0, min(self._top + rows, len(self._rows()) - self.size.height))
        self.refresh()

    def line(self, y: int) -> Strip:
        """One row."""
        rows = self._rows()
        style, text = rows[self._top + y] if self._top + y < len(rows) else ("plain", "")
        return strip([(f" {text}", self.look(style))], self.size.width, self.look("plain"))

    def _rows(self) -> list[Row]:
        if self.found is None:
            return [("quiet", self.said)]
        return list(clock_rows(self.found, self.app.gateway.now(), max(self.size.width - 2, 10)))


class ClocksScreen(ModalScreen[None]):
    """Shows a case's clocks."""

    app: DeskApp
    CSS_PATH = "clocks.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,D,q", "leave", "back", show=False),
        Binding("j,down", "move(1)", "down", show=False),
        Binding("k,up", "move(-1)", "up", show=False),
        Binding("pagedown,space", "pages(1)", "page down", show=False),
        Binding("pageup", "pages(-1)", "page up", show=False),
    ]

    def __init__(self, case_id: int) -> None:
        super().__init__()
        self._case_id = case_id

    def compose(self) -> ComposeResult:
        """A title, the rows, and what the keys do."""
        with Vertical(id="clocks"):
            yield Static(Content.styled(f"Clocks of #{self._case_id}", "bold"), id="clocks-title", markup=False)
            yield ClockLines()
            yield Static(Content("j k move   esc back"), id="clocks-hint", markup=False)

    def on_mount(self) -> None:
        """Read them."""
        self.app.begin(self._load())

    async def _load(self) -> None:
        lines, case_id = self.query_one(ClockLines), self._case_id
        try:
            lines.found = await self.app.gateway.run(lambda desk, me: services.sla.clocks(desk, me, case_id))
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            lines.said = safety.line(str(error))
        lines.refresh()

    def action_move(self, step: int) -> None:
        """Scroll."""
        self.query_one(ClockLines).move(step)

    def action_pages(self, pages: int) -> None:
        """Scroll by screens."""
        self.action_move(pages * max(self.query_one(ClockLines).size.height - 1, 1))

    def action_leave(self) -> None:
        """Back to the case."""
        self.dismiss(None)
