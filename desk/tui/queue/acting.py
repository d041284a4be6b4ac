"""What the queue's keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from db.kinds import Lane
from desk import services
from desk.services.errors import CaseError
from desk.tui.gateway import ConnectionLostError
from desk.tui.queue.table import QueueTable
from desk.tui.screen import DeskScreen

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from db.rows import CaseRow
    from desk.tui.queue.feed import Feed
    from desk.tui.queue.window import Window

SECOND_G_SECONDS = 1.0


class QueueActing(DeskScreen):
    """The actions of the queue screen, over its table, window and feed."""

    window: Window
    feed: Feed
    table: QueueTable
    _first_g = 0.0

    async def fill(self, reading: Awaitable[bool]) -> None:
        """See `QueueScreen`."""
        raise NotImplementedError

    def show_place(self) -> None:
        """See `QueueScreen`."""
        raise NotImplementedError

    def action_move(self, by: int) -> None:
        """Select a row further down or up."""
        self.table.move(by)

    def action_move_pages(self, halves: int) -> None:
        """Go half screens down or up."""
        self.table.move(halves * max(1, self.window.height // 2))

    def action_first(self) -> None:
        """The first `g` waits for the second."""
        now = self.app.monotonic()
        if now - self._first_g < SECOND_G_SECONDS:
            self._first_g = 0.0
            self.action_top()
        else:
            self._first_g = now

    def action_top(self) -> None:
        """Read the lane from its top: what is new is there."""
        self.app.begin(self.fill(self.feed.start(self.feed.lane)))

    def action_bottom(self) -> None:
        """The last case of the lane."""
        if self.window.at_bottom:
            self.table.go_to(len(self.window.rows) - 1)
        else:
            self.app.begin(self.fill(self.feed.start(self.feed.lane, last=True)))

    def action_lane(self, name: str) -> None:
        """Another lane, from its top."""
        self.table.marked.clear()
        self.app.begin(self.fill(self.feed.start(Lane(name))))

    def action_messages(self, name: str) -> None:
        """A lane of messages: what did not arrive, or what waits for a later moment."""
        from desk.tui.lanes.screen import lane_of

        self.app.push_screen(lane_of(name))

    def action_channels(self) -> None:
        """Every channel's figures, for those who may see them."""
        from desk.rules.permissions import NotAllowedError, Permission, require
        from desk.tui.channels.screen import ChannelsScreen

        me = self.app.gateway.me
        if me is None:
            return
        try:
            require(me, Permission.SEE_FIGURES)
        except NotAllowedError as error:
            self.app.notify(str(error), severity="warning")
            return
        self.app.push_screen(ChannelsScreen(lambda channel: self.action_lane(channel.value)))

    def action_refunds(self) -> None:
        """The refunds that wait."""
        self.app.show_refunds()

    def action_mark(self) -> None:
        """Mark the case for what is done next."""
        self.table.toggle_mark()
        self.show_place()

    def action_unmark(self) -> None:
        """Take all marks off."""
        if self.table.marked:
            self.table.marked.clear()
            self.table.refresh()
            self.show_place()

    def action_open(self) -> None:
        """Open the selected case."""
        self._open_selected()

    def action_reply(self) -> None:
        """Open it with the composer."""
        self._open_selected(compose=True)

    def action_answers(self) -> None:
        """Open it with the canned answers."""
        self._open_selected(compose=True, answers=True)

    @on(QueueTable.Opened)
    def _clicked(self) -> None:
        self._open_selected()

    def _open_selected(self, *, compose: bool = False, answers: bool = False) -> None:
        row = self.window.current
        if row is not None:
            self._open(row.id, compose=compose, answers=answers)

    def _open(self, case_id: int, *, compose: bool = False, answers: bool = False) -> None:
        from desk.tui.case.screen import CaseScreen

        self.app.push_screen(CaseScreen(case_id, compose=compose, answers=answers, lane=self._next_lane))

    @property
    def _next_lane(self) -> Lane:
        """Where the next case comes from: this lane, or everywhere while I look at my own."""
        return Lane.ALL if self.feed.lane is Lane.MINE else self.feed.lane

    def action_next(self) -> None:
        """Take the case that most needs an answer."""
        self.app.begin(self._next(), holds_keys=True)

    async def _next(self) -> None:
        from desk.rules.permissions import NotAllowedError

        lane = self._next_lane
        try:
            row = await self.app.gateway.write(lambda desk, me: services.claims.next_case(desk, me, lane))
        except (CaseError, NotAllowedError, ConnectionLostError) as error:
            self.app.notify(str(error), severity="warning")
            return
        if row is None:
            self.app.notify("Nothing waits for you here: every case is answered or somebody has it.")
        elif self.is_current:
            self._open(row.id)

    def action_search(self) -> None:
        """Search all cases."""
        from desk.tui.search.screen import SearchScreen

        self.app.push_screen(SearchScreen())

    def action_act(self, name: str) -> None:
        """Do something to the marked cases, or to the selected one."""
        row, marked = self.window.current, self.table.marked
        marked |= {each.id: each for each in self.window.rows if each.id in marked}
        cases = list(marked.values()) or ([row] if row else [])
        if cases:
            self.app.begin(self._act(name, cases), holds_keys=True)

    async def _act(self, name: str, cases: list[CaseRow]) -> None:
        from desk.tui.case_acts import CaseActs

        if await CaseActs(self.app, self._next_lane).act(name, cases):
            self.action_unmark()

    def action_undo(self) -> None:
        """Put back what the last change changed."""
        from desk.tui.case_acts import CaseActs

        self.app.begin(CaseActs(self.app).undo())

    async def action_leave(self) -> None:
        """Leave the desk."""
        await self.app.leaving.now()
