"""What every screen of the desk has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen
from textual.strip import Strip

from desk.tui.lines import Lines
from desk.tui.strips import strip

if TYPE_CHECKING:
    from textual import events

    from desk.tui.app import DeskApp

LEAST_WIDTH, LEAST_HEIGHT = 60, 16


class TooSmall(Lines):
    """Stands in for everything when the terminal is too small to work in."""

    def line(self, y: int) -> Strip:
        """What is the matter, and what helps."""
        width, height = self.app.size
        words = (
            "",
            f" The terminal is {width}×{height}.",
            f" The desk needs {LEAST_WIDTH}×{LEAST_HEIGHT}: make it larger.",
            " Nothing is lost meanwhile.",
        )
        plain = self.look("plain")
        return strip([(words[y] if y < len(words) else "", plain)], self.size.width, plain)


class DeskScreen(Screen[None]):
    """A screen with a name in the registry; gives way to one sentence when the terminal is too small."""

    app: DeskApp
    NAME: ClassVar[str] = ""
    """One of `actions.SCREENS`."""
    AUTO_FOCUS = None

    def on_resize(self, event: events.Resize) -> None:
        """Give way, or come back."""
        small = event.size.width < LEAST_WIDTH or event.size.height < LEAST_HEIGHT
        if small and not self.query(TooSmall):
            self.mount(TooSmall())
        if small != self.has_class("-small"):
            self.set_class(small, "-small")
