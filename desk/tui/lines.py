"""A widget of a few lines that it draws itself: cheaper than any tree of small widgets."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from desk.tui.looks import looks


class Lines(Widget):
    """Draws `line(y)`; `look(name)` gives one of the styles of `desk.tui.looks` on the theme's ground."""

    def look(self, name: str) -> Style:
        """A style by its name."""
        found = looks(self.app)
        return found["ground"] + found[name]

    def line(self, y: int) -> Strip:
        """What stands on a line; as wide as the widget."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Textual's way to ask for a line."""
        return self.line(y)
