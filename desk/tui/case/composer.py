"""Writing an answer or a note, under the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea
from textual.widgets.text_area import Selection

from db.kinds import DraftKind
from desk.tui import actions
from desk.tui import format as words
from desk.tui.case.composer_head import addressee, copies_line, files_line
from desk.tui.case.editor import EditorError, edited, editor_command, suspended
from desk.tui.case.findings import FindingsLine, Reason
from desk.tui.case.letter import WAIT, Letter
from desk.tui.case.text_field import Writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.rows import CaseDetail
    from db.rows_delivery import DraftFileRow
    from desk.rules.answers import OpenVariable
    from desk.tui.app import DeskApp
    from desk.tui.case.drafts import Typed


class Composer(Vertical):
    """Holds what is being typed, and says what it is and whether it is kept. Keeps and sends nothing itself."""

    app: DeskApp
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("compose")]

    @dataclass
    class TextTyped(Message):
        """The text is another one."""

        kind: DraftKind
        text: str
        details: Mapping[str, Any]

    @dataclass
    class Finished(Message):
        """The agent wants it sent."""

        letter: Letter

    @dataclass
    class Wanted(Message):
        """The agent wants something: `answers`, `people` in copy, `files`, to send it `later`, to keep a `snippet`."""

        what: str

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
        self.details: Mapping[str, Any] = {}
        """Where the text goes, as the head says it."""
        self._detail: CaseDetail | None = None
        self.files: Sequence[DraftFileRow] | None = ()
        """The files that go along, as the head lists them; None while nobody could say."""
        self._kept = ""
        self._loading = False
        self._reason: Reason | None = None

    def compose(self) -> ComposeResult:
        """What it is and to whom, what goes along, then the text."""
        yield Static("", id="composer-head", markup=False)
        yield Static("", id="composer-copies", markup=False)
        yield Static("", id="composer-files", markup=False)
        yield Writing()
        yield FindingsLine()

    @property
    def text(self) -> str:
        """What is typed."""
        return self._writing.text

    @property
    def _writing(self) -> Writing:
        return self.query_one(Writing)

    def open(self, detail: CaseDetail, kind: DraftKind, typed: Typed, files: Sequence[DraftFileRow] | None) -> None:
        """Go on with a draft, the caret at its end."""
        self.kind, self._detail, self.details = kind, detail, typed.details
        self.set_class(kind is DraftKind.NOTE, "-note")
        self.set_class(kind is DraftKind.SIDE, "-side")
        self.files = files
        if self.text != typed.text:
            self._loading = True
            self._writing.load_text(typed.text)
        self._writing.placeholder = self._hint(kind)
        self._writing.move_cursor(self._writing.document.end)
        self.say_kept(typed)
        self.forget_reason()
        self.findings.show(())
        self._writing.focus()

    def show_files(self, files: Sequence[DraftFileRow] | None) -> None:
        """These files go along."""
        self.files = files
        self.forget_reason()
        self._draw_head()

    def set_details(self, details: Mapping[str, Any]) -> None:
        """It goes elsewhere, or to more people; kept like the words."""
        self.details = details
        self._kept = ""
        self.forget_reason()
        self._draw_head()
        self.post_message(self.TextTyped(self.kind, self.text, details))

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
        self._kept, self.details, self.files = "", {}, ()
        self.findings.show(())
        self._draw_head()

    def set_busy(self, *, busy: bool) -> None:
        """While a text is being sent, nothing else can be; it can't be changed either."""
        self.busy = busy
        self._writing.read_only = busy
        self._draw_head()

    @property
    def findings(self) -> FindingsLine:
        """What the checks found."""
        return self.query_one(FindingsLine)

    def ask_reason(self, letter: Letter) -> None:
        """Ask, in the line under the text, why it is to be sent as it is."""
        self.findings.display = False
        if self._reason is None:
            self._reason = Reason(letter)
            self.mount(self._reason)
        else:
            self._reason.letter = letter
            self._reason.focus()

    def forget_reason(self) -> None:
        """It was asked for another letter than the one that stands here now."""
        reason, self._reason = self._reason, None
        self.findings.display = True
        if reason is not None:
            reason.remove()

    @on(Reason.Given)
    def _reason_given(self, event: Reason.Given) -> None:
        event.stop()
        if self._reason is None:
            return
        self.forget_reason()
        self._writing.focus()
        if event.letter is not None and not self.busy:
            self.post_message(self.Finished(event.letter))

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
        self.forget_reason()
        self._draw_head()
        self.post_message(self.TextTyped(self.kind, self.text, self.details))

    def action_send(self, then: str = WAIT) -> None:
        """Ask for the text to be sent, once."""
        if not self.busy:
            self.post_message(self.Finished(Letter(self.kind, self.text, self.details, then)))

    def action_want(self, what: str) -> None:
        """Ask for what a dialog has to ask."""
        if not self.busy:
            self.post_message(self.Wanted(what))

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
            with suspended(self.app):
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
        if self._detail is None:
            return
        width = max(self.size.width - 2, 20)
        kept = "sending…" if self.busy else self._kept
        to = addressee(self._detail, self.kind, self.details, self.app.gateway.me)
        room = width - len(kept) - 1 if kept else width
        to = to if to.cell_length <= room else to.truncate(room, ellipsis=True)
        gap = " " * max(width - to.cell_length - len(kept), 1)
        self.query_one("#composer-head", Static).update(Content.assemble(to, gap, (kept, "$desk-quiet")))
        self._draw("#composer-copies", copies_line(self.kind, self.details, width))
        self._draw("#composer-files", files_line(self.files or (), width, self._key("files")))

    def _hint(self, kind: DraftKind) -> str:
        """What can be added, said where nothing is typed yet."""
        shown = () if kind is DraftKind.NOTE else ("people", "files", "later")
        titles = {action.id: action.title for action in actions.on_screen("compose")}
        return "   ".join(f"{self._key(each)} {titles[f'compose.{each}']}" for each in shown)

    def _key(self, what: str) -> str:
        action = next(action for action in actions.on_screen("compose") if action.id == f"compose.{what}")
        return actions.written(action, self.app.keys)

    def _draw(self, selector: str, text: str) -> None:
        line = self.query_one(selector, Static)
        line.display = bool(text)
        line.update(Content(text))


def _location(text: str, index: int) -> tuple[int, int]:
    """The row and column of a character offset."""
    before = text[:index]
    return before.count("\n"), index - (before.rfind("\n") + 1)
