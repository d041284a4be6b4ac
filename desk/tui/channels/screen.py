"""The Channels screen: what each channel bears now and what was counted over a range, live."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on

from db.kinds import Channel
from desk import services
from desk.rules.ranges import neighbour
from desk.tui import actions
from desk.tui import format as words
from desk.tui.channels.board import Board
from desk.tui.channels.columns import LANE
from desk.tui.dialogs.asking import expected_errors
from desk.tui.footer import KeyFooter
from desk.tui.messages import Changed, Fresh
from desk.tui.screen import DeskScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

TICK_SECONDS = 1.0
READ_EVERY = 5
"""Ticks after which what was changed meanwhile is read; on a busy desk something changes all the time."""
READ_ANYWAY = 60
"""Ticks after which it is read in any case: time passes, and lanes fill with what is due."""


class ChannelsScreen(DeskScreen):
    """Each channel's numbers; `on_lane` shows a channel's lane of the queue once this screen has gone."""

    NAME = "channels"
    CSS_PATH = "channels.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("channels")]

    def __init__(self, on_lane: Callable[[Channel], None]) -> None:
        super().__init__()
        self._on_lane = on_lane
        self._board = Board()
        self._generation = 0
        self._ticks = 0
        self._is_due = False

    def compose(self) -> ComposeResult:
        """The board, the keys."""
        yield self._board
        yield KeyFooter("channels")

    def on_mount(self) -> None:
        """Read the figures, and follow them."""
        self.reread()
        self.set_interval(TICK_SECONDS, self._tick)

    def on_screen_resume(self) -> None:
        """Back from the cases behind a number."""
        self.reread()

    @on(Changed)
    def _changed(self) -> None:
        self._is_due = True

    @on(Fresh)
    def reread(self) -> None:
        """Read everything again."""
        self._ticks, self._is_due = 0, False
        self.app.begin(self._load())

    def _tick(self) -> None:
        self._ticks += 1
        if not self.is_current:
            return
        if (self._is_due and self._ticks >= READ_EVERY) or self._ticks >= READ_ANYWAY:
            self.reread()
        self._board.redraw()

    async def _load(self) -> None:
        self._generation += 1
        mine, wanted = self._generation, self._board.range
        try:
            shown = await self.app.gateway.run(lambda desk, me: services.figures.overview(desk, me, wanted))
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            if self._board.shown is None:
                self._board.said = (words.cut(str(error), 200), "esc goes back to the queue.")
                self._board.redraw()
            return
        if mine == self._generation and self.is_attached:
            self._board.show(shown)

    def action_move(self, rows: int, columns: int) -> None:
        """Mark another number."""
        self._board.move(rows, columns)

    def action_range(self, step: int) -> None:
        """A shorter or a longer range."""
        self._board.range = neighbour(self._board.range, step)
        self._board.redraw()
        self.reread()

    def action_open(self) -> None:
        """The cases behind the marked number: a lane of the queue, or a list."""
        shown, channel, column = self._board.shown, self._board.channel, self._board.column
        if shown is None:
            return
        if column.behind == LANE and channel is not None:
            self.dismiss(None)
            self._on_lane(channel)
            return
        from desk.tui.channels.behind import BehindScreen

        self.app.push_screen(BehindScreen(shown, channel, column, self._board.range))

    def action_guides(self) -> None:
        """How far customers come in each guide."""
        from desk.tui.guides.figures import GuideFiguresScreen

        self.app.push_screen(GuideFiguresScreen())

    def action_back(self) -> None:
        """Back to the queue."""
        self.dismiss(None)
