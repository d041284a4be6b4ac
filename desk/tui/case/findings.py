"""The line under what is being written: what the checks found, and why it is sent in spite of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from desk.tui import format as words
from desk.tui import safety

if TYPE_CHECKING:
    from desk.services.quality import Found
    from desk.tui.case.letter import Letter

LONGEST_REASON = 300


class FindingsLine(Static):
    """One line that is always there: what it says never moves what is typed."""

    def __init__(self) -> None:
        super().__init__("", id="composer-findings", markup=False)

    def show(self, found: Sequence[Found], hint: str = "") -> None:
        """Show what was found, what keeps the text back first; `hint` says what can be done."""
        blocks = any(each.blocks for each in found)
        self.set_class(blocks, "-blocks")
        says = dict.fromkeys(each.finding.says for each in found)
        sign = "✗ " if blocks else "⚠ "
        self.update(Content(safety.line(sign + hint + " · ".join(says)) if says else ""))

    def say_kept_back(self, says: str) -> None:
        """Say why it was not sent, and how it is sent in spite of that."""
        self.add_class("-blocks")
        self.update(Content(safety.line(says)))


class Reason(Input):
    """Where the reason is typed; the text above it stays as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("tab,shift+tab", "stay", show=False),
    ]

    @dataclass
    class Given(Message):
        """The letter with its reason; none when the writer thought better of it."""

        letter: Letter | None

    def __init__(self, letter: Letter) -> None:
        sends = f"sends it {words.coming(letter.at)}" if letter.at is not None else "sends"
        super().__init__(
            placeholder=f"why is it sent as it is?   ⏎ {sends}   esc back to the text",
            compact=True,
            max_length=LONGEST_REASON,
        )
        self.letter = letter
        """What is to be sent for this reason."""

    def on_mount(self) -> None:
        """Type at once."""
        self.focus()

    async def action_submit(self) -> None:
        """Give the reason, once there is one."""
        if self.value.strip():
            self._end(replace(self.letter, despite=self.value.strip()))

    def action_stay(self) -> None:
        """Do not go on to the conversation, where letters act on the case."""

    def action_leave(self) -> None:
        """Back to the text."""
        self._end(None)

    def _end(self, letter: Letter | None) -> None:
        self.post_message(self.Given(letter))
