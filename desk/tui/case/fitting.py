"""Suggested answers on a case's page: found after it was painted, beside the screens' thread, and used by a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.kinds import Language, MessageKind
from desk import services
from desk.tui.case.checking import CaseChecking
from desk.tui.case.fits import FitsLine
from desk.tui.dialogs.asking import expected_errors, report

if TYPE_CHECKING:
    from db.kinds import Lane
    from db.rows import CaseDetail


class CaseFitting(CaseChecking):
    """The part of a case's page that suggests."""

    def __init__(self, case_id: int, lane: Lane) -> None:
        super().__init__(case_id, lane)
        self.fits = FitsLine()
        self._fitted: object = None

    def find_fits(self, detail: CaseDetail) -> None:
        """Find what fits a case as it stands, once it is on screen; nothing to do when it asks for the same."""
        said = [message.id for message in detail.messages if message.kind is MessageKind.INBOUND]
        asks = (detail.case.topic_key, detail.case.language, said[-1:])
        if asks != self._fitted:
            self._fitted = asks
            self.call_after_refresh(lambda: self.app.begin(self._find_fits(detail, asks)))

    async def _find_fits(self, detail: CaseDetail, asks: object) -> None:
        if not self.is_attached:
            return
        try:
            found = await self.app.gateway.think(
                lambda desk, me: services.suggestions.for_detail(desk, me, detail) if self.is_attached else None
            )
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            self._fitted = None
            return
        if found is not None and self.is_attached and asks == self._fitted:
            self.fits.show(found)

    def action_fits(self) -> None:
        """Show why each suggested answer fits, or only why the first one does."""
        self.fits.toggle()

    def action_fit(self, place: int) -> None:
        """Answer with a suggested answer; what it asks for is asked first."""
        if place <= len(self.fits.found):
            self.app.begin(self._use(place), holds_keys=True)
        else:
            self.app.notify("No such suggestion here; pick an answer by its name.", timeout=3)

    async def _use(self, place: int) -> None:
        from desk.tui.answers.picker import Picked

        detail, settings = self.detail, self.app.gateway.settings
        if detail is None or settings is None:
            return
        key, fallback = self.fits.found[place - 1].answer.key, Language(settings.fallback_language)
        try:
            written = await self.app.gateway.run(
                lambda desk, me: services.answers.written(desk, me, detail, key, fallback)
            )
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
            return
        if written is None or written.asks:
            await self._pick(key)
            return
        await self._put(Picked(written.text, written.name, written.has_files))
