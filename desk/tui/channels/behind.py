"""The cases behind a number of the Channels screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.strip import Strip

from desk import services
from desk.rules.ranges import Range
from desk.tui import actions
from desk.tui import format as words
from desk.tui.channels.columns import Now, Over
from desk.tui.dialogs.asking import expected_errors
from desk.tui.footer import KeyFooter
from desk.tui.lines import Lines
from desk.tui.screen import DeskScreen
from desk.tui.search.found import FoundCases
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from db.kinds import Channel
    from desk.services.figures import BehindPage, Overview

PAGE = 50


class BehindHead(Lines):
    """Which number it is, and a rule."""

    def __init__(self, said: str) -> None:
        super().__init__(id="behind-head")
        self._said = said
        self.place = ""

    def line(self, y: int) -> Strip:
        """The words, then the rule."""
        width, plain = self.size.width, self.look("plain")
        if y:
            return strip([("─" * width, self.look("rule"))], width, plain)
        right = [(f"{self.place} ", self.look("quiet"))]
        return two_ends([(f" {self._said}", self.look("strong"))], right, width, plain)


class BehindScreen(DeskScreen):
    """Exactly the cases that a number counted when it was read, the latest first."""

    NAME = "behind"
    CSS_PATH = "channels.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("behind")]

    def __init__(self, shown: Overview, channel: Channel | None, column: Now | Over, wanted: Range) -> None:
        super().__init__()
        self._shown, self._channel, self._column = shown, channel, column
        when = "now" if isinstance(column, Now) else wanted.value
        self._head = BehindHead(f"{words.CHANNEL_NAMES[channel] if channel else 'all'} · {column.head} · {when}")
        self._found = FoundCases()
        self._found.said = ("Reading the cases …",)
        self._last: BehindPage | None = None
        self._reading = False

    def compose(self) -> ComposeResult:
        """The head, the cases, the keys."""
        yield self._head
        yield self._found
        yield KeyFooter("behind")

    def on_mount(self) -> None:
        """Read the first of them."""
        self.app.begin(self._read())

    async def _read(self) -> None:
        if self._reading or (self._last is not None and self._last.more is None):
            return
        self._reading = True
        shown, channel, rows = self._shown, self._channel, self._found.rows
        what, after = self._column.behind, self._last.more if self._last is not None else None
        try:
            page = await self.app.gateway.run(
                lambda desk, me: services.figures.behind(
                    desk, me, channel, services.figures.Behind[what], shown, after=after, limit=PAGE
                )
            )
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            self._found.said = (words.cut(str(error), 200),)
            self._found.refresh()
            return
        finally:
            self._reading = False
        if not self.is_attached:
            return
        self._last = page
        if rows:
            self._found.add(page.rows)
        else:
            self._found.show(page.rows, ("No case stands behind this number.",))
        self._say_place()

    @property
    def _counted(self) -> int:
        """The number behind which the cases stand."""
        if isinstance(self._column, Now):
            return self._shown.now[self._channel].due_soon if self._channel else 0
        return (self._shown.over[self._channel] if self._channel else self._shown.total).count(self._column.counts)

    def _say_place(self) -> None:
        rows = self._found.rows
        self._head.place = f"{self._found.selected + 1} of {max(self._counted, len(rows))}" if rows else ""
        self._head.refresh()

    def action_move(self, step: int) -> None:
        """Select another case; near the end more are read."""
        self._found.move(step)
        self._say_place()
        if self._found.selected > len(self._found.rows) - 2 * self._found.page:
            self.app.begin(self._read())

    def action_pages(self, pages: int) -> None:
        """Select by screens."""
        self.action_move(pages * self._found.page)

    def action_open(self) -> None:
        """Open the selected case."""
        row = self._found.current
        if row is not None:
            from desk.tui.case.screen import CaseScreen

            self.app.push_screen(CaseScreen(row.id))

    def action_back(self) -> None:
        """Back to the numbers."""
        self.dismiss(None)
