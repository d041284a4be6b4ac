"""Writing an answer or a note, under the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea
from textual.widgets.text_area import Selection

from db.kinds import DraftKind
from desk.tui import actions, safety
from desk.tui import format as words
from desk.tui.case.editor import EditorError, edited, editor_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.rows import CaseDetail
    from desk.rules.answers import OpenVariable
    from desk.tui.app import DeskApp
    from desk.tui.case.drafts import Typed

WAIT, SOLVE, NEXT = "wait", "solve", "next"
"""What happens to the case after sending."""


class Writing(TextArea):
    """The text itself: plain, wrapped, with the text field's own keys."""

    def __init__(self) -> None:
        super().__init__(soft_wrap=True, tab_behavior="focus", compact=True, highlight_cursor_line=False, id="writing")

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Letters are always meant for the text, also while it is being sent: they never act on the case."""
        return super().check_consume_key(key, character) or (character is not None and character.isprintable())

    def on_key(self, event: events.Key) -> None:
        """What is typed while the text is being sent goes nowhere."""
        if self.read_only and (event.is_printable or event.key == "enter"):
            event.stop()


class Composer(Vertical):
    """Holds what is being typed, and says what it is and whether it is kept. Keeps and sends nothing itself."""

    app: DeskApp
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("compose")]

    @dataclass
    class TextTyped(Message):
        """The text is another one."""

        kind: DraftKind
        text: str

    @dataclass
    class Finished(Message):
        """The agent wants it sent; `then` is what happens to the case afterwards."""

        kind: DraftKind
        text: str
        then: str

    class AnswersWanted(Message):
        """The agent wants a canned answer."""

    class Left(Message):
        """The agent goes back to the conversation."""

    @dataclass
    class ReadOn(Message):
        """The agent wants the conversation scrolled while writing."""

        rows: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own word)
        super().__init__(id=id)
        self.kind = DraftKind.REPLY
        self.busy = False
        self._to = ""
        self._taken = ""
        self._kept = ""
        self._loading = False

    def compose(self) -> ComposeResult:
        """What it is, then the text."""
        yield Static("", id="composer-head", markup=False)
        yield Writing()

    @property
    def text(self) -> str:
        """What is typed."""
        return self._writing.text

    @property
    def _writing(self) -> Writing:
        return self.query_one(Writing)

    def open(self, detail: CaseDetail, kind: DraftKind, typed: Typed) -> None:
        """Go on with a draft, the caret at its end."""
        self.kind = kind
        self.set_class(kind is DraftKind.NOTE, "-note")
        case = detail.case
        language = "" if case.language.value == "other" else f" · {case.language.value}"
        self._to = f"reply to {safety.line(case.customer_name)} · {words.CHANNEL_NAMES[case.channel]}{language}"
        me = self.app.gateway.me
        taken = case.assignee_name and me is not None and case.assignee_id != me.id
        self._taken = f"  {safety.line(words.cut(str(case.assignee_name), 24))} has it" if taken else ""
        if self.text != typed.text:
            self._loading = True
            self._writing.load_text(typed.text)
        self._writing.move_cursor(self._writing.document.end)
        self.say_kept(typed)
        self._writing.focus()

    def say_kept(self, typed: Typed) -> None:
        """Say whether and where the draft is kept."""
        if not typed.text or typed.kept_at is None:
            self._kept = ""
        else:
            where = "on this machine " if typed.here else ""
            self._kept = f"draft kept {where}{words.clock(typed.kept_at)}"
        self._draw_head()

    def clear(self) -> None:
        """Nothing is typed any more: it was sent."""
        if self.text:
            self._loading = True
            self._writing.load_text("")
        self._kept = ""
        self._draw_head()

    def set_busy(self, *, busy: bool) -> None:
        """While a text is being sent, nothing else can be; it can't be changed either."""
        self.busy = busy
        self._writing.read_only = busy
        self._draw_head()

    def insert(self, text: str) -> None:
        """Put a canned answer where the caret is, as one step that the text's own undo takes back."""
        writing = self._writing
        before = writing.get_text_range((0, 0), writing.selection.start)
        lead = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
        start, end = sorted((writing.selection.start, writing.selection.end))
        writing.replace(lead + text.strip("\n"), start, end, maintain_selection_offset=False)
        writing.focus()

    def mark(self, places: Sequence[OpenVariable]) -> None:
        """Select the first variable that is still open: typing replaces it."""
        if places:
            writing = self._writing
            writing.selection = Selection(*(_location(writing.text, at) for at in (places[0].start, places[0].end)))
            writing.scroll_cursor_visible()
            writing.focus()

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._loading:
            self._loading = False
            return
        self._kept = ""
        self._draw_head()
        self.post_message(self.TextTyped(self.kind, self.text))

    def action_send(self, then: str = WAIT) -> None:
        """Ask for the text to be sent, once."""
        if not self.busy:
            self.post_message(self.Finished(self.kind, self.text, then))

    def action_answers(self) -> None:
        """Ask for the canned answers."""
        self.post_message(self.AnswersWanted())

    def action_back(self) -> None:
        """Leave the text as it is."""
        self.post_message(self.Left())

    def action_read(self, rows: int) -> None:
        """Scroll the conversation."""
        self.post_message(self.ReadOn(rows))

    def action_editor(self) -> None:
        """Go on in the agent's editor; the desk comes back when it ends."""
        try:
            command = editor_command()
            with self.app.suspend():
                text = edited(self.text, command)
        except (EditorError, SuspendNotSupported) as error:
            self.app.notify(str(error), severity="warning", timeout=8)
            return
        writing = self._writing
        if text != self.text:
            writing.replace(text, (0, 0), writing.document.end, maintain_selection_offset=False)
        writing.focus()

    def on_resize(self) -> None:
        """The head fits its width."""
        self._draw_head()

    def _draw_head(self) -> None:
        width = max(self.size.width - 2, 20)
        kept = "sending…" if self.busy else self._kept
        if self.kind is DraftKind.NOTE:
            left = Content.assemble((" NOTE ", "reverse bold"), " stays inside the desk")
        else:
            room = width - len(kept) - len(self._taken) - 2
            left = Content.assemble((words.cut(self._to, room), "bold"), (self._taken, "$desk-soon"))
        gap = width - left.cell_length - len(kept)
        self.query_one("#composer-head", Static).update(
            Content.assemble(left, " " * max(gap, 1), (kept, "$desk-quiet"))
        )


def _location(text: str, index: int) -> tuple[int, int]:
    """The row and column of a character offset."""
    before = text[:index]
    return before.count("\n"), index - (before.rfind("\n") + 1)
