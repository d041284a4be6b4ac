"""The field that answers, notes and mail are typed in."""

from __future__ import annotations

from textual import events
from textual.widgets import TextArea


class Writing(TextArea):
    """The text itself: plain, wrapped, with the text field's own keys; Tab indents, because outside letters act."""

    def __init__(self) -> None:
        super().__init__(soft_wrap=True, tab_behavior="indent", compact=True, highlight_cursor_line=False, id="writing")

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Letters are always meant for the text, also while it is being sent: they never act on the case."""
        return super().check_consume_key(key, character) or (character is not None and character.isprintable())

    def on_key(self, event: events.Key) -> None:
        """What is typed while the text is being sent goes nowhere; only escape leaves the text."""
        if event.key == "escape":
            event.prevent_default()  # an indenting field would go to the next one, and not by the key's command
        elif event.key == "shift+tab" or (self.read_only and (event.is_printable or event.key in {"enter", "tab"})):
            event.stop()
