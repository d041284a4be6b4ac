"""Checks of what is being written: looked at a moment after the last key, beside the screens' thread."""

from __future__ import annotations

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
        self._kept_back: tuple[DraftKind, str] | None = None

    def wants_reason(self, letter: Letter) -> bool:
        """Whether a letter was kept back as it is, so that the same key again asks for the reason to send it."""
        return not letter.despite and (letter.kind, letter.text) == self._kept_back

    def kept_back(self, letter: Letter, error: Exception) -> None:
        """Say what keeps a letter back, and that the same key again asks for a reason to send it as it is."""
        if letter.kind is not DraftKind.REPLY:
            return
        self._kept_back = (letter.kind, letter.text)
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
        if detail is None or (DraftKind.REPLY, text) == self._kept_back:
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
        if is_same and (DraftKind.REPLY, text) != self._kept_back:
            composer.findings.show(found)
