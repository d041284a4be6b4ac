"""A lane of messages: undelivered ones, so that none is forgotten, and answers that wait for a later moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.strip import Strip

from desk import services
from desk.tui import actions
from desk.tui import format as words
from desk.tui.dialogs.asking import expected_errors
from desk.tui.footer import KeyFooter
from desk.tui.lanes.listing import ListedMessages
from desk.tui.lanes.rows import Listed, scheduled_row, undelivered_row
from desk.tui.lines import Lines
from desk.tui.message_acts import MessageActs
from desk.tui.messages import Changed, Fresh
from desk.tui.screen import DeskScreen
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from desk.tui.app import DeskApp

TICK_SECONDS = 5.0
EMPTY = {
    "undelivered": ("Everything that was sent has arrived, as far as anybody knows.", "{back} goes back to the queue."),
    "scheduled": ("Nothing waits for a later moment.", "In the composer {later} sends a message later."),
}


class LaneHead(Lines):
    """What is listed, how many, and a rule."""

    app: DeskApp

    def __init__(self, name: str) -> None:
        super().__init__(id="lane-head")
        self._lane = name
        self.rows: Sequence[Listed] | None = None
        self.delayed = 0
        """How many messages wait for another try."""

    def line(self, y: int) -> Strip:
        """The words, then the rule."""
        width, plain = self.size.width, self.look("plain")
        if y:
            return strip([("─" * width, self.look("rule"))], width, plain)
        now = self.app.gateway.now().astimezone()
        right = [(f"{now:%a} {now.day} {now:%b %H:%M} ", self.look("quiet"))]
        return two_ends([(f" {self._said()}", self.look("strong"))], right, width, plain)

    def _said(self) -> str:
        if not self.rows:
            return self._lane
        if self._lane == "undelivered":
            waiting = "waits" if self.delayed == 1 else "wait"
            return f"✗ {len(self.rows)} undelivered" + (
                f" · ↻ {self.delayed} {waiting} for another try" if self.delayed else ""
            )
        held = sum(row.style == "soon" for row in self.rows)
        return f"◷ {len(self.rows) - held} scheduled" + (f" · ⏸ {held} held" if held else "")


class MessagesScreen(DeskScreen):
    """One lane; `NAME` says which."""

    CSS_PATH = "lanes.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.delayed = 0
        """How many messages could not be sent yet and are tried again by themselves."""
        self._head = LaneHead(self.NAME)
        self._list = ListedMessages(self.NAME)
        self._generation = 0

    def compose(self) -> ComposeResult:
        """The head, the messages, the keys."""
        yield self._head
        yield self._list
        yield KeyFooter(self.NAME)

    def on_mount(self) -> None:
        """Read them."""
        self.reread()
        self.set_interval(TICK_SECONDS, self._head.refresh)

    def on_screen_resume(self) -> None:
        """Back from a case: what was settled there goes."""
        self.reread()

    @on(Changed)
    @on(Fresh)
    def reread(self) -> None:
        """Take in what the lane holds now."""
        self.app.begin(self._load())

    async def read(self) -> Sequence[Listed]:
        """The messages of the lane."""
        raise NotImplementedError

    async def _load(self) -> None:
        self._generation += 1
        mine = self._generation
        try:
            rows = await self.read()
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            if self._list.rows is None:
                self._list.said = (words.cut(str(error), 200), "The desk tries again by itself.")
                self._list.refresh()
            return
        if mine == self._generation and self.is_attached:
            self._list.said = self.empty()
            self._list.show(rows)
            self._head.rows = rows
            self._head.delayed = self.delayed
            self._head.refresh()

    def empty(self) -> tuple[str, str]:
        """What stands in an empty lane, and what to do then."""
        said, hint = EMPTY[self.NAME]
        later, back = (actions.key_of(each, self.app.keys) for each in ("compose.later", "messages.back"))
        return said, hint.format(later=later, back=back)

    def action_move(self, step: int) -> None:
        """Select another message."""
        self._list.move(step)

    def action_pages(self, pages: int) -> None:
        """Select by screens."""
        self._list.move(pages * self._list.page)

    @on(ListedMessages.Opened)
    def action_open(self) -> None:
        """Open the case at the selected message."""
        from desk.tui.case.screen import CaseScreen

        row = self._list.current
        if row is not None:
            self.app.push_screen(CaseScreen(row.acted.case_id, at=row.acted.message_id))

    def action_message(self, what: str) -> None:
        """Do something to the selected message."""
        row = self._list.current
        if row is not None:
            self.app.begin(MessageActs(self.app).act(what, row.acted), holds_keys=True)

    def take_back_marked(self) -> bool:
        """Take the selected answer back if it waits; whether it does."""
        row = self._list.current
        if row is None or not row.acted.is_later:
            return False
        self.app.begin(MessageActs(self.app).take_back(row.acted))
        return True

    async def action_messages(self, name: str) -> None:
        """The other lane, in place of this one."""
        if name != self.NAME:
            await self.app.switch_screen(lane_of(name))

    def action_back(self) -> None:
        """Back to the queue."""
        self.dismiss(None)


class UndeliveredScreen(MessagesScreen):
    """What failed, or of which nobody knows whether it arrived."""

    NAME = "undelivered"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("undelivered")]

    async def read(self) -> Sequence[Listed]:
        """Oldest first."""
        now = self.app.gateway.now()
        rows, counts = await self.app.gateway.run(
            lambda desk, me: (services.delivery.undelivered(desk, me), services.delivery.counts(desk, me))
        )
        self.delayed = counts.delayed
        return [undelivered_row(row, now) for row in rows]

    def empty(self) -> tuple[str, str]:
        """Not that all has arrived, while something waits for another try."""
        said, hint = super().empty()
        if self.delayed:
            said = (
                f"{words.count(self.delayed, 'message')} could not be sent yet and will be tried again; nothing failed."
            )
        return said, hint


class ScheduledScreen(MessagesScreen):
    """Answers that wait for a later moment, or for somebody's word."""

    NAME = "scheduled"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("scheduled")]

    async def read(self) -> Sequence[Listed]:
        """Those that are held first, then in the order in which they go."""
        now = self.app.gateway.now()
        rows = await self.app.gateway.run(services.scheduling.scheduled)
        return [scheduled_row(row, now) for row in sorted(rows, key=lambda row: row.held_why is None)]


def lane_of(name: str) -> MessagesScreen:
    """The screen of a lane of messages."""
    return UndeliveredScreen() if name == "undelivered" else ScheduledScreen()
