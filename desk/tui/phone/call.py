"""The screen of a call: who rings, the script, the notes, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static, TextArea

from db.kinds import CallFollowUp, CallOutcome
from desk import services
from desk.tui import actions, safety
from desk.tui.case.text_field import Writing
from desk.tui.dialogs.asking import ask, expected_errors, report
from desk.tui.footer import KeyFooter
from desk.tui.phone.lines import CallCases, CallHead, KeptLine
from desk.tui.phone.notes import CallNotes
from desk.tui.screen import DeskScreen

if TYPE_CHECKING:
    from datetime import datetime

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from db.rows import CaseRow
    from db.rows_phone import CallRow

SEEN_EVERY_SECONDS = 30.0


class CallScreen(DeskScreen):
    """One call, from its first second to its wrap-up; leaving the screen leaves it open."""

    NAME = "call"
    CSS_PATH = "phone.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("call")]

    def __init__(self, call: CallRow) -> None:
        super().__init__()
        self._call = call
        is_left = self.app.gateway.now() - call.seen_at > services.calls.LEFT_AFTER
        self._left_at = call.seen_at if is_left else None
        self._notes = CallNotes(self.app.gateway, call, self._kept)
        self._head = CallHead(call, self._left_at)
        self._head.caller_name = self._notes.name
        self._cases = CallCases(self._notes)
        self._kept_line = KeptLine(self._notes)
        self._writing = Writing()

    def compose(self) -> ComposeResult:
        """The head, the script beside the cases and the notes, the keys."""
        yield self._head
        with Horizontal(id="call-main"):
            with VerticalScroll(id="call-script", can_focus=False):
                yield Static("", id="call-steps", markup=False)
            with Vertical(id="call-right"):
                yield self._cases
                yield self._kept_line
                yield self._writing
        yield KeyFooter("call")

    def on_mount(self) -> None:
        """Type at once; the clock runs beside it."""
        self._writing.load_text(self._notes.text)
        self._writing.move_cursor(self._writing.document.end)
        self._writing.focus()
        self.set_interval(1.0, self._head.tick)
        if self._left_at is None:
            self.set_interval(SEEN_EVERY_SECONDS, self._seen)
        self.app.begin(self._load())

    async def _load(self) -> None:
        try:
            caller = await self.app.gateway.run(lambda desk, me: services.callers.caller(desk, me, self._call))
        except expected_errors() as error:
            report(self.app, error)
            return
        if self.is_attached:
            self._head.caller = caller
            self._head.refresh()
            self._cases.show(caller)
            steps = "\n\n".join(caller.script.steps)
            self.query_one("#call-steps", Static).update(safety.shown_block(steps))
            if self._notes.case_id is None and caller.cases and not self._call.notes:
                self._notes.choose(caller.cases[0].id)
                self._cases.refresh()

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        if event.text_area.text != self._notes.text:
            self._notes.change(text=event.text_area.text)
            self._kept_line.refresh()

    def _kept(self) -> None:
        if self.is_attached:
            self._kept_line.refresh()

    def _seen(self) -> None:
        self.app.begin(self._note_seen())

    async def _note_seen(self) -> None:
        try:
            await self.app.gateway.write(lambda desk, me: services.calls.seen(desk, me, self._call.id))
        except expected_errors():
            return

    async def flush(self) -> None:
        """Keep what is typed, now."""
        await self._notes.flush()

    def action_next_case(self) -> None:
        """The next of the customer's cases, or a new one."""
        if self._call.callback_id is None:
            self._notes.choose(self._cases.following())
            self._cases.refresh()

    def action_who(self) -> None:
        """Say which customer it is."""
        self.app.begin(self._ask_who(), holds_keys=True)

    async def _ask_who(self) -> None:
        from desk.tui.phone.asking_who import NOBODY, ask_who

        if self._call.callback_id is not None:
            self.app.notify("This call keeps a promise to its customer, so it is theirs.", timeout=4)
            return
        chosen = await ask_who(self.app, self._call)
        if chosen is not None and chosen != self._call.customer_id and self.is_attached:
            await self._give(None if chosen == NOBODY else chosen)

    async def _give(self, customer_id: int | None) -> None:
        call_id = self._call.id
        try:
            await self._notes.flush()
            call = await self.app.gateway.write(lambda desk, me: services.calls.give(desk, me, call_id, customer_id))
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
            return
        if self.is_attached:
            self._call = self._head.call = call
            self._head.caller = None  # until it is read who that is, nothing on screen is said of somebody else
            self._cases.show(None)
            self._notes.choose(call.case_id)
            await self._load()

    def action_name(self) -> None:
        """Note who a caller is whom nobody knows."""
        self.app.begin(self._ask_name(), holds_keys=True)

    async def _ask_name(self) -> None:
        from desk.tui.dialogs.text import TextDialog

        if self._call.customer_id is not None:
            self.app.notify(
                f"The desk knows who that is; {actions.key_of('call.who', self.app.keys)} changes it.", timeout=4
            )
            return
        name = await ask(self.app, TextDialog("who is calling?", text=safety.line(self._notes.name)))
        if name is not None:
            self._notes.change(name=name.strip())
            self._head.caller_name = name.strip()
            self._head.refresh()

    def action_script(self, way: int) -> None:
        """Scroll the script; the notes keep the keyboard."""
        pane = self.query_one("#call-script", VerticalScroll)
        pane.scroll_relative(y=way * max(pane.size.height - 2, 1), animate=False)

    def action_wrap_up(self) -> None:
        """End the call."""
        self.app.begin(self._wrap_up(), holds_keys=True)

    async def _wrap_up(self) -> None:
        from desk.tui.phone.wrapping_up import ask_outcome

        how = await ask_outcome(self.app, is_callback=self._call.callback_id is not None)
        if how is not None and self.is_attached:
            keeps = await self._asks_to_keep(how[0])
            if keeps is not None and self.is_attached:
                await self._end(*how, keeps)

    async def _asks_to_keep(self, outcome: CallOutcome) -> bool | None:
        """Whether the number is theirs from now on, where that is a question; None when the agent goes back."""
        from desk.tui.phone.asking_who import ask_keeping

        caller = self._head.caller
        if caller is None or not caller.may_keep or outcome is CallOutcome.WRONG_NUMBER:
            return False
        return await ask_keeping(self.app, self._call.number, caller.name)

    async def _end(self, outcome: CallOutcome, follow_up: CallFollowUp, back_at: datetime | None, keeps: bool) -> None:
        notes = self._notes
        text, case_id, name, left = self._writing.text, notes.case_id, notes.name, self._left_at is not None
        whose = self._call.customer_id
        try:
            await notes.flush()
            row = await self.app.gateway.write(
                lambda desk, me: services.calls.wrap_up(
                    desk, me, self._call.id, outcome, follow_up, notes=text, case_id=case_id, name=name,
                    back_at=back_at, left=left, keeps_number=keeps, whose=whose,
                )
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
            return
        notes.stop()
        self.app.notify(_ended(row, follow_up), timeout=6)
        if self.is_attached:
            self.dismiss(None)

    def action_back(self) -> None:
        """Leave the call open."""
        self.app.begin(self.flush())
        self.dismiss(None)


def _ended(row: CaseRow | None, follow_up: CallFollowUp) -> str:
    if row is None:
        return "Wrapped up; no case was needed."
    if row.snoozed_until is not None and follow_up is CallFollowUp.CALL_BACK:
        from desk.tui import format as form

        return f"Wrapped up on {row.reference}; call-back from {form.coming(row.snoozed_until)}."
    return f"Wrapped up on {row.reference}: {row.status.value.replace('_', ' ')}."
