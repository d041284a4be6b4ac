"""Checks of what is being written: looked at a moment after the last key, beside the screens' thread."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from db.kinds import DraftKind
from desk import services
from desk.tui.actions import key_of
from desk.tui.case.composer import Composer
from desk.tui.case.drafts import drafts_of
from desk.tui.case.letter import NEXT, SOLVE, Letter
from desk.tui.case.writing import CaseWriting
from desk.tui.dialogs.asking import expected_errors

if TYPE_CHECKING:
    from textual.timer import Timer

    from db.kinds import Lane
    from db.rows import CaseDetail

PAUSE_SECONDS = 0.4
"""After the last key; a fast typist is not looked over the shoulder at each letter."""


class CaseChecking(CaseWriting):
    """The part of a case's page that looks at what is written."""

    def __init__(self, case_id: int, lane: Lane) -> None:
        super().__init__(case_id, lane)
        self._pause: Timer | None = None
        self._kept_back: Letter | None = None

    def to_reason(self, letter: Letter) -> Letter | None:
        """The letter to ask a reason for, where its text was kept back as it is; it goes at the moment meant then."""
        kept = self._kept_back
        if kept is None or letter.despite or not self._is_kept_back(letter.kind, letter.text):
            return None
        return replace(letter, at=kept.at)

    def _is_kept_back(self, kind: DraftKind, text: str) -> bool:
        kept = self._kept_back
        return kept is not None and (kept.kind, kept.text) == (kind, text)

    def kept_back(self, letter: Letter, error: Exception) -> None:
        """Say what keeps a letter back, and that the same key again asks for a reason to send it as it is."""
        if letter.kind is not DraftKind.REPLY:
            return
        self._kept_back = letter
        name = {SOLVE: "compose.solve", NEXT: "compose.next"}.get(letter.then, "compose.send")
        found = getattr(error, "findings", ())
        says = "; ".join(dict.fromkeys(each.says for each in found)) or str(error)
        self._composer.findings.say_kept_back(f"✗ {key_of(name, self.app.keys)} again: give a reason · {says}")

    async def _write(self, detail: CaseDetail, kind: DraftKind) -> None:
        await super()._write(detail, kind)
        self._kept_back = None
        self._look_soon()

    @on(Composer.TextTyped)
    def _look_soon(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE_SECONDS, self._look)

    def _look(self) -> None:
        if self._composer.is_attached and self._composer.kind is DraftKind.REPLY:
            self.app.begin(self._look_at(self._composer.text))

    async def _look_at(self, text: str) -> None:
        detail, files = self.detail, len(self._composer.files or ())
        if detail is None or self._is_kept_back(DraftKind.REPLY, text):
            return
        answers = drafts_of(self.app).of(detail, DraftKind.REPLY).answers
        try:
            found = await self.app.gateway.run(
                lambda desk, me: services.quality.look(desk, me, detail, text, files=files, answers=answers)
            )
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            return
        composer = self._composer
        is_same = composer.is_attached and composer.kind is DraftKind.REPLY and composer.text == text
        if is_same and not self._is_kept_back(DraftKind.REPLY, text):
            composer.findings.show(found)
