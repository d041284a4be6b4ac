"""The lane of call-backs: who is to be rung, in which slot, and those that are due now first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.strip import Strip

from desk import services
from desk.tui import actions, safety
from desk.tui import format as form
from desk.tui.dialogs.asking import expected_errors, report
from desk.tui.footer import KeyFooter
from desk.tui.lines import Lines
from desk.tui.messages import Changed, Fresh
from desk.tui.screen import DeskScreen
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from db.rows_phone import CallbackRow
    from desk.tui.app import DeskApp

TICK_SECONDS = 5.0
NUMBER_WIDTH, NAME_WIDTH = 18, 18


class CallbackLines(Lines, can_focus=True):
    """A line a call-back; the selected one has a bar."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="callbacks")
        self.rows: Sequence[CallbackRow] | None = None
        self.selected = 0
        self._top = 0

    @property
    def current(self) -> CallbackRow | None:
        """The selected one."""
        return self.rows[self.selected] if self.rows else None

    def show(self, rows: Sequence[CallbackRow]) -> None:
        """These are to be rung; the selection stays on its promise."""
        marked = self.current
        self.rows = rows
        ids = [row.id for row in rows]
        self.selected = (
            ids.index(marked.id) if marked and marked.id in ids else min(self.selected, max(len(ids) - 1, 0))
        )
        self.refresh()

    def move(self, step: int) -> None:
        """Select another one."""
        self.selected = max(0, min(self.selected + step, len(self.rows or ()) - 1))
        self.refresh()

    def line(self, y: int) -> Strip:
        """One of them."""
        width, height, plain = self.size.width, max(self.size.height, 1), self.look("plain")
        if not self.rows:
            words = ("", " …") if self.rows is None else ("", " Nobody waits for a call-back.", " F8 takes a call.")
            return strip([(words[y] if y < len(words) else "", self.look("quiet"))], width, plain)
        self._top = min(max(self._top, self.selected - height + 1), self.selected)
        place = self._top + y
        if place >= len(self.rows):
            return strip([], width, plain)
        row, chosen = self.rows[place], place == self.selected
        when, look = self._when(row)
        tried = f"tried {row.attempts}× " if row.attempts else ""
        rest = f"{row.case.reference} {row.language.value}  {tried}{safety.line(row.case.subject)}"
        return strip(
            [
                ("▌" if chosen else " ", self.look("accent")),
                (form.fit(when, 25), self.look(look)),
                (form.fit(safety.line(row.number), NUMBER_WIDTH) + " ", self.look("strong" if chosen else "plain")),
                (form.fit(safety.line(row.case.customer_name), NAME_WIDTH) + " ", self.look("plain")),
                (form.cut(rest, max(width - 64, 0)), self.look("quiet")),
            ],
            width, plain,
        )  # fmt: skip

    def _when(self, row: CallbackRow) -> tuple[str, str]:
        now = self.app.gateway.now()
        if row.slot_end <= now:
            return f"! late, was {form.moment(row.slot_start, now)}", "late"
        if row.slot_start <= now:
            return f"NOW until {form.clock(row.slot_end)}", "soon"
        return f"{form.coming(row.slot_start)}–{form.clock(row.slot_end)}", "plain"


class CallbacksHead(Lines):
    """How many wait, how many of them now, and a rule."""

    app: DeskApp

    def __init__(self, listed: CallbackLines) -> None:
        super().__init__(id="callbacks-head")
        self._listed = listed

    def line(self, y: int) -> Strip:
        """The words, then the rule."""
        width, plain = self.size.width, self.look("plain")
        if y:
            return strip([("─" * width, self.look("rule"))], width, plain)
        now = self.app.gateway.now()
        rows = self._listed.rows or ()
        due = sum(row.slot_start <= now for row in rows)
        local = now.astimezone()
        right = [(f"{local:%a} {local.day} {local:%b %H:%M} ", self.look("quiet"))]
        said = f" ☏ {form.count(len(rows), 'call-back')}" + (f" · {due} due now" if due else "")
        return two_ends([(said, self.look("strong"))], right, width, plain)


class CallbacksScreen(DeskScreen):
    """Call-backs, the earliest slot first."""

    NAME = "callbacks"
    CSS_PATH = "phone.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("callbacks")]

    def __init__(self) -> None:
        super().__init__()
        self._list = CallbackLines()
        self._head = CallbacksHead(self._list)
        self._generation = 0

    def compose(self) -> ComposeResult:
        """The head, the call-backs, the keys."""
        yield self._head
        yield self._list
        yield KeyFooter("callbacks")

    def on_mount(self) -> None:
        """Read them."""
        self.reread()
        self.set_interval(TICK_SECONDS, self._tick)

    def on_screen_resume(self) -> None:
        """Back from a call: what was settled goes."""
        self.reread()

    @on(Changed)
    @on(Fresh)
    def reread(self) -> None:
        """Take in who waits now."""
        self.app.begin(self._load())

    async def _load(self) -> None:
        self._generation += 1
        mine = self._generation
        try:
            rows = await self.app.gateway.run(services.callbacks.waiting)
        except expected_errors() as error:
            report(self.app, error)
            return
        if mine == self._generation and self.is_attached:
            self._list.show(rows)
            self._head.refresh()

    def _tick(self) -> None:
        if self.is_current:
            self._list.refresh()
            self._head.refresh()

    def action_move(self, step: int) -> None:
        """Select another one."""
        self._list.move(step)

    def action_ring(self) -> None:
        """Ring them."""
        row = self._list.current
        if row is not None:
            self.app.begin(self._ring(row), holds_keys=True)

    async def _ring(self, row: CallbackRow) -> None:
        from desk.tui.phone.opening import show_call

        try:
            call = await self.app.gateway.write(lambda desk, me: services.calls.start(desk, me, row.number, row.id))
        except expected_errors() as error:
            report(self.app, error)
            return
        await show_call(self.app, call)

    def action_open(self) -> None:
        """Open the case."""
        from desk.tui.case.screen import CaseScreen

        row = self._list.current
        if row is not None:
            self.app.push_screen(CaseScreen(row.case.id))

    def action_other_slot(self) -> None:
        """Promise another slot."""
        row = self._list.current
        if row is not None:
            self.app.begin(self._other_slot(row), holds_keys=True)

    async def _other_slot(self, row: CallbackRow) -> None:
        from desk.tui.phone.moving import ask_since

        asked = await ask_since(self.app, row)
        if asked is None:
            return
        since = asked[0]
        try:
            start, end = await self.app.gateway.write(lambda desk, me: services.callbacks.move(desk, me, row.id, since))
        except expected_errors() as error:
            report(self.app, error)
        else:
            told = f"{row.case.reference} is rung {form.coming(start)}–{form.clock(end)}; the customer is told."
            self.app.notify(told, timeout=6)
        self.reread()

    def action_give_up(self) -> None:
        """Ring nobody for this."""
        row = self._list.current
        if row is not None:
            self.app.begin(self._give_up(row))

    async def _give_up(self, row: CallbackRow) -> None:
        try:
            await self.app.gateway.write(lambda desk, me: services.callbacks.give_up(desk, me, row.id))
        except expected_errors() as error:
            report(self.app, error)
        self.reread()

    def action_back(self) -> None:
        """Back to where we came from."""
        self.dismiss(None)
