"""Picking a canned answer: type to find it, fill in what is missing, put it into the composer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from db.kinds import Language
from desk import services
from desk.rules.answers import questions
from desk.templates.engine import Compiled, Filled, TemplateError, compiled
from desk.templates.values import Value
from desk.tui import actions, safety
from desk.tui import format as words
from desk.tui.answers.fields import AnswerFields
from desk.tui.answers.listing import AnswerList
from desk.tui.answers.preview import AnswerPreview
from desk.tui.answers.ranking import LONGEST_QUERY, Entry, entries, ranked
from desk.tui.answers.words import with_it
from desk.tui.dialogs.asking import expected_errors, report
from desk.tui.footer import KeyFooter
from desk.tui.undo import LastChange, undo_of, undo_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.rows import CaseDetail
    from desk.services.answers import Picking
    from desk.tui.app import DeskApp

LANGUAGES = (Language.INDONESIAN, Language.ENGLISH, Language.CHINESE)


@dataclass(frozen=True, slots=True)
class Picked:
    """An answer's text, filled in; `answer` is its `key@version:language`, and empty for a snippet of mine.

    `has_files` says that files go along with it.
    """

    text: str
    answer: str
    has_files: bool = False


class Query(Input):
    """The line to type in; the picker's keys come before the line's own."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+e", "screen.copy", show=False)]


class AnswerPicker(ModalScreen[Picked | None]):
    """Gives back the answer picked, or None; changes nothing."""

    app: DeskApp
    NAME: ClassVar[str] = "answers"
    CSS_PATH = "answers.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("answers")]

    def __init__(self, detail: CaseDetail, query: str = "") -> None:
        super().__init__()
        self._detail = detail
        self._begun = query
        self._language = detail.case.language if detail.case.language in LANGUAGES else Language.ENGLISH
        self._picking: Picking | None = None
        self._entries: tuple[Entry, ...] = ()
        self._problem = ""
        self._loaded = asyncio.Event()

    def compose(self) -> ComposeResult:
        """What is looked for, what was found, and the answer with its fields."""
        with Horizontal(id="answer-head"):
            yield Static("", id="answer-title", markup=False)
            yield Static("> ", id="answer-prompt", markup=False)
            yield Query(self._begun, id="answer-query", compact=True, max_length=LONGEST_QUERY)
        yield AnswerList()
        yield Static("", id="answer-rule", markup=False)
        yield AnswerPreview()
        yield Static("", id="answer-with", markup=False)
        yield AnswerFields()
        yield KeyFooter("answers")

    def on_mount(self) -> None:
        """Type at once; the answers come from the database."""
        self.query_one("#answer-query").focus()
        self.query_one(AnswerFields).display = self.query_one("#answer-with").display = False
        self._say_language()
        self.app.begin(self._load())

    async def _load(self) -> None:
        try:
            detail = self._detail
            self._picking = await self.app.gateway.run(lambda desk, me: services.answers.picking(desk, me, detail))
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            self._problem = str(error)
        if self.is_attached:
            await self._show_language()
        self._loaded.set()

    async def _show_language(self) -> None:
        settings = self.app.gateway.settings
        case = self._detail.case
        fallback = Language(settings.fallback_language) if settings else Language.ENGLISH
        found = self._picking
        if found is not None:
            self._entries = entries(
                found.answers, case.channel, self._language, fallback, case.topic_key, found.used
            )  # fmt: skip
        self._say_language()
        await self._find()

    def _say_language(self) -> None:
        channel = words.CHANNEL_NAMES[self._detail.case.channel]
        title = Content.assemble((" answers ", "bold"), f" {channel} · {self._language} ")
        self.query_one("#answer-title", Static).update(title)

    @on(Input.Changed, "#answer-query")
    async def _typed(self) -> None:
        await self._find()

    @on(AnswerFields.Changed)
    def _filled(self) -> None:
        self._preview()

    async def _find(self) -> None:
        query = self.query_one("#answer-query", Input).value
        problem = self._problem or ("" if self._entries else "No canned answers yet.")
        self.query_one(AnswerList).show(ranked(self._entries, query), self._language, problem)
        await self._select()

    async def _select(self) -> None:
        entry = self._current
        fields = self.query_one(AnswerFields)
        template = self._template(entry) if entry is not None else None
        if entry is None or template is None:
            await fields.ask(())
        else:
            known = self._known(entry)
            missing = self._put_in(entry, known).missing
            await fields.ask(questions(entry.answer, template.variables, missing, known, self._spoken(entry)))
        self._preview()

    @property
    def _current(self) -> Entry | None:
        return self.query_one(AnswerList).current

    def _template(self, entry: Entry) -> Compiled | None:
        """The entry's text as a template; None for one that cannot be used, as nobody's review lets through."""
        try:
            return compiled(entry.text)
        except TemplateError:
            return None

    def _spoken(self, entry: Entry) -> Language:
        """The language in which an entry's values are written: that of its text, for a snippet the one wanted."""
        return self._language if entry.answer.snippet_id is not None else entry.language

    def _known(self, entry: Entry) -> Mapping[str, Value]:
        return self._picking.known.values.get(self._spoken(entry), {}) if self._picking is not None else {}

    def _values(self, entry: Entry) -> dict[str, Value]:
        return {**self._known(entry), **self.query_one(AnswerFields).values}

    def _put_in(self, entry: Entry, values: Mapping[str, Value]) -> Filled:
        template, picking = self._template(entry), self._picking
        if template is None or picking is None:
            return Filled(entry.text, ())
        try:
            return template.filled(values, picking.known.style(self._spoken(entry)))
        except TemplateError:
            return Filled(entry.text, ())

    def _preview(self) -> None:
        entry = self._current
        filled = self._put_in(entry, self._values(entry)) if entry is not None else Filled("", ())
        self.query_one(AnswerPreview).show(filled.text, filled.missing)
        goes_with = with_it(entry.answer) if entry is not None else ""
        line = self.query_one("#answer-with", Static)
        line.display = bool(goes_with)
        line.update(safety.shown(f" {goes_with}"))

    async def action_move(self, step: int) -> None:
        """Select another answer."""
        self.query_one("#answer-query").focus()
        self.query_one(AnswerList).move(step)
        await self._select()

    def action_preview(self, pages: int) -> None:
        """Scroll the preview."""
        self.query_one(AnswerPreview).move(pages)

    def action_field(self) -> None:
        """To the next field; after the last one back to the search."""
        if not self.query_one(AnswerFields).step(1):
            self.query_one("#answer-query").focus()

    def action_field_before(self) -> None:
        """To the field before; before the first one is the search."""
        if not self.query_one(AnswerFields).step(-1):
            self.query_one("#answer-query").focus()

    async def action_language(self) -> None:
        """The answers in the next language."""
        self._language = LANGUAGES[(LANGUAGES.index(self._language) + 1) % len(LANGUAGES)]
        await self._show_language()

    @on(Input.Submitted)
    def action_insert(self) -> None:
        """Give the answer back, once nothing that it requires is missing."""
        self.app.begin(self._insert(), holds_keys=True)

    async def _insert(self) -> None:
        await self._loaded.wait()
        if self.is_current and self._current is not None and not self.query_one(AnswerFields).go_to_missing():
            self._give(self._current)

    def action_copy(self) -> None:
        """Give the answer back as it is, with what is missing left open for the hand."""
        self.app.begin(self._copy(), holds_keys=True)

    async def _copy(self) -> None:
        await self._loaded.wait()
        if self.is_current and self._current is not None:
            self._give(self._current)

    def action_remove(self) -> None:
        """Remove the selected snippet of mine."""
        self.app.begin(self._remove(), holds_keys=True)

    async def _remove(self) -> None:
        await self._loaded.wait()
        entry = self._current
        snippet_id = entry.answer.snippet_id if entry is not None else None
        if snippet_id is None:
            self.app.notify("Only snippets of yours, marked (mine), are removed here.", timeout=4)
            return
        try:
            title, text = await self.app.gateway.write(lambda desk, me: services.snippets.remove(desk, me, snippet_id))
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
        else:
            undo_of(self.app).change = LastChange(
                f"removing {title}", lambda desk, me: services.snippets.keep(desk, me, title, text)
            )
            self.app.notify(f"Removed: {title}.{undo_words(self.app)}", timeout=6)
        await self._load()

    def action_back(self) -> None:
        """Nothing was picked."""
        if self.is_current:
            self.dismiss(None)

    def _give(self, entry: Entry) -> None:
        text = self._put_in(entry, self._values(entry)).text.strip("\n")
        answer = entry.answer
        name = "" if answer.snippet_id is not None else f"{answer.key}@{answer.version}:{entry.language}"
        self.dismiss(Picked(text, name, has_files=bool(answer.files)))
