"""A widget of a few lines that it draws itself: cheaper than any tree of small widgets."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

NAMES = ("plain", "strong", "quiet", "rule", "accent", "late", "soon")


class Lines(Widget):
    """Draws `line(y)`; `look(name)` gives one of the shared styles, by the theme in force."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{name}" for name in NAMES}

    def look(self, name: str) -> Style:
        """One of `NAMES` as a style."""
        return self.get_component_rich_style(f"lines--{name}")

    def line(self, y: int) -> Strip:
        """What stands on a line; as wide as the widget."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Textual's way to ask for a line."""
        return self.line(y)
