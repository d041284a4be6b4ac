"""The variables that a canned answer still needs, one field each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static

from desk.rules.answers import Question
from desk.tui import safety
from desk.tui.format import cut

LABEL_WIDTH = 34
LONGEST_VALUE = 500


class Field(Horizontal):
    """One question and what is typed for it."""

    def __init__(self, question: Question, value: str) -> None:
        super().__init__(classes="answer-field")
        self.question = question
        self._value = value

    def compose(self) -> ComposeResult:
        """The question beside its field."""
        ask = self.question.ask + ("" if self.question.required else " (may stay empty)")
        yield Static(safety.shown(cut(safety.line(ask), LABEL_WIDTH)), classes="answer-ask", markup=False)
        yield Input(self._value, compact=True, max_length=LONGEST_VALUE, classes="answer-value")

    @property
    def input(self) -> Input:
        """Where it is typed."""
        return self.query_one(Input)


class AnswerFields(VerticalScroll, can_focus=False):
    """The fields of the selected answer; what was typed for a name is kept for other answers that use it."""

    @dataclass
    class Changed(Message):
        """Something was typed."""

    def __init__(self) -> None:
        super().__init__(id="answer-fields")
        self._typed: dict[str, str] = {}
        self._questions: tuple[Question, ...] = ()
        self._asking = asyncio.Lock()

    async def ask(self, questions: Sequence[Question]) -> None:
        """Have fields for these questions."""
        async with self._asking:
            if tuple(questions) == self._questions:
                return
            self._questions = tuple(questions)
            self.display = bool(questions)
            async with self.batch():
                await self.remove_children()
                await self.mount_all(Field(question, self._typed.get(question.name, "")) for question in questions)

    @property
    def values(self) -> Mapping[str, str]:
        """What the fields fill in; an optional one that was left empty fills in nothing at all."""
        return {
            question.name: self._typed.get(question.name, "").strip()
            for question in self._questions
            if self._typed.get(question.name, "").strip() or not question.required
        }

    def is_asking(self) -> bool:
        """Whether there is a field at all."""
        return bool(self._questions)

    def step(self, step: int) -> bool:
        """To the next field (1) or the one before (-1); False when there is none in that direction."""
        fields = list(self.query(Field))
        place = next((number for number, field in enumerate(fields) if field.input.has_focus), None)
        target = (0 if step > 0 else len(fields) - 1) if place is None else place + step
        if 0 <= target < len(fields):
            fields[target].input.focus()
            return True
        return False

    def go_to_missing(self) -> bool:
        """To the first required field that is empty; False when none is."""
        for field in self.query(Field):
            if field.question.required and not field.input.value.strip():
                field.input.focus()
                return True
        return False

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        for field in self.query(Field):
            if field.input is event.input:
                self._typed[field.question.name] = event.value
        self.post_message(self.Changed())
