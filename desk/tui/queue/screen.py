"""The queue screen: composes the table and its neighbours, and routes what they say."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Container

from db.kinds import Lane
from desk import services
from desk.tui import actions
from desk.tui.channels.strip import rows_at
from desk.tui.footer import KeyFooter
from desk.tui.gateway import CannotOpenError, ConnectionLostError
from desk.tui.messages import Changed, Fresh, Opened, Stale
from desk.tui.queue.acting import QueueActing
from desk.tui.queue.feed import Feed
from desk.tui.queue.masthead import Masthead
from desk.tui.queue.table import QueueTable
from desk.tui.queue.window import Window

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from desk.tui.queue.preview import Preview

SETTLED_SECONDS = 0.05
"""Once the selection has stood still this long, the case is previewed and its neighbours are read ahead."""
TICK_SECONDS = 5.0
CHANNELS_SECONDS = 30.0
"""After so long the channels are read again although nothing has changed: time has passed."""
BESIDE_WIDTH, HUGE_WIDTH, BELOW_HEIGHT = 120, 160, 36
"""From these sizes of the screen on the preview stands beside the list, takes less of it, or stands below it."""

EMPTY = {
    Lane.ALL: ("Nothing waits for an answer.", "New cases appear here by themselves."),
    Lane.PHONE: ("No calls waiting.", "1 shows all cases."),
    Lane.EMAIL: ("No e-mail waiting.", "1 shows all cases."),
    Lane.CHAT: ("No chats waiting.", "1 shows all cases."),
    Lane.SOCIAL: ("Nothing waiting on social media.", "1 shows all cases."),
    Lane.MINE: ("You have no cases.", "n takes the one that most needs an answer."),
}


class QueueScreen(QueueActing):
    """The cases that need somebody, most urgent first."""

    NAME = "queue"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("queue")]

    def __init__(self) -> None:
        super().__init__()
        self.window = Window()
        self.feed = Feed(self.app.gateway, self.window)
        self.masthead = Masthead()
        self.table = QueueTable(self.window, self.app.gateway.now, lambda: self.app.gateway.hours)
        self._preview: Preview | None = None
        self._wants_preview: bool | None = None
        self._settling: Timer | None = None
        self._channels_at, self._channels_due = 0.0, False

    def compose(self) -> ComposeResult:
        """As few widgets as will do: the first frame waits for all of them."""
        yield self.masthead
        yield Container(self.table, id="main")
        yield KeyFooter("queue", says_stale=False)

    def on_mount(self) -> None:
        """Paint first, then read."""
        self.call_after_refresh(lambda: self.app.begin(self._begin()))
        self.set_interval(TICK_SECONDS, self._tick)

    async def _begin(self) -> None:
        look = await self.app.gateway.first_look()
        if look is not None and not self.window.is_loaded:
            self.feed.show(look)
            self.show_window()
        await self.fill(self.feed.reread())
        if self.app.gateway.is_open:
            self.app.begin(self.app.learn_hours())
            await self._read_channels()
            await self.app.settle_in()

    async def _read_channels(self) -> None:
        """Take in how the channels stand: after the rows, which somebody waits for."""
        self._channels_at, self._channels_due = self.app.monotonic(), False
        with suppress(ConnectionLostError, CannotOpenError):
            self.masthead.channels = await self.app.gateway.run(services.figures.strip)
        self.masthead.refresh()

    async def fill(self, reading: Awaitable[bool]) -> None:
        """Wait for a reading of the feed, and show what it brought or why it brought nothing."""
        try:
            changed = await reading
        except ConnectionLostError as error:
            self.app.lost(Stale(self.app.gateway.last_answer, str(error)))
            self.table.words = ("The database does not answer.", str(error), "The desk tries again by itself.")
            self.table.refresh()
            return
        except CannotOpenError:
            return  # the application says why, and ends
        if changed:
            self.show_window()

    def show_window(self) -> None:
        """Show the window as it is now."""
        self.table.words = EMPTY[self.feed.lane]
        self.table.show()
        self.masthead.lane = self.feed.lane
        self.masthead.counts, self.masthead.delivery = self.feed.counts, self.feed.delivery
        self.show_place()
        self._settle_soon()

    def show_place(self) -> None:
        """Say where the selection stands, and what is new above."""
        window, masthead = self.window, self.masthead
        masthead.place = (window.start + window.selected + 1, self.feed.total) if window.rows else None
        masthead.new_above = window.new_above
        masthead.marked = len(self.table.marked)
        masthead.refresh()

    def reread(self, *, tidy: bool = False) -> None:
        """Take in what the lane holds now."""
        self.app.begin(self.fill(self.feed.reread(tidy=tidy)))

    @on(QueueTable.Selected)
    def _selected(self) -> None:
        self.show_place()
        self._settle_soon()

    @on(QueueTable.Wanted)
    def _wanted(self, message: QueueTable.Wanted) -> None:
        self.app.begin(self.fill(self.feed.extend(below=message.below)))

    @on(Opened)
    def _opened(self) -> None:
        self.refresh(recompose=False)
        for lines in self.query("Masthead, KeyFooter"):
            lines.refresh()

    @on(Changed)
    def _changed(self) -> None:
        self._channels_due = True
        if self.is_current:
            self.reread()

    @on(Fresh)
    def _fresh(self) -> None:
        self.reread()

    def on_screen_resume(self) -> None:
        """Back from a case: what left the queue goes, and the next case is under the hand."""
        if self.window.is_loaded:
            self.reread(tidy=True)

    def on_resize(self, event: events.Resize) -> None:
        """The preview stands beside the list, below it, or not at all."""
        super().on_resize(event)
        self.masthead.set_class(rows_at(event.size.width) == 1, "-one-row")
        self._place_preview()

    def action_preview(self) -> None:
        """Show or hide the preview."""
        self._wants_preview = not self._shows_preview
        self._place_preview()

    @property
    def _shows_preview(self) -> bool:
        if self._wants_preview is not None:
            return self._wants_preview
        return self.size.width >= BESIDE_WIDTH or self.size.height >= BELOW_HEIGHT

    def _place_preview(self) -> None:
        shows = self._shows_preview
        if shows and self._preview is None and self.window.is_loaded:
            from desk.tui.queue.preview import Preview

            self._preview = Preview()
            self.query_one("#main").mount(self._preview)
            self._settle_soon()
        if self._preview is not None:
            self._preview.display = shows
            main = self.query_one("#main")
            main.set_class(self.size.width >= BESIDE_WIDTH, "-wide")
            main.set_class(self.size.width >= HUGE_WIDTH, "-huge")

    def _tick(self) -> None:
        if self.is_current:
            self.table.refresh()
            self.masthead.refresh()
            age = self.app.monotonic() - self._channels_at
            if self.app.gateway.is_open and (self._channels_due or age >= CHANNELS_SECONDS):
                self.app.begin(self._read_channels())

    def _settle_soon(self) -> None:
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLED_SECONDS, self._settle)

    def _settle(self) -> None:
        self._place_preview()
        if self.feed.is_due:
            self.reread()
        row = self.window.current
        if row is None:
            if self._preview is not None:
                self._preview.show(None, None)
            return
        self.app.gateway.read_ahead(self._likely())
        if self._preview is not None and self._shows_preview:
            self._preview.follow(row)

    def _likely(self) -> list[int]:
        """What will probably be opened next."""
        rows, at = self.window.rows, self.window.selected
        near = [at, at + 1, at - 1, at + 2, at + 3, 0, 1, 2]
        return list(dict.fromkeys(rows[index].id for index in near if 0 <= index < len(rows)))
