"""Sending what was written: once, and never losing it when it can't be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.kinds import DraftKind, Status
from desk import services
from desk.rules.answers import declared_variables, places_open
from desk.tui.case.composer import SOLVE
from desk.tui.case.drafts import drafts_of
from desk.tui.case.sent_notice import show_sent_notice
from desk.tui.dialogs.asking import report
from desk.tui.undo import LastSent, undo_of

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.rules.answers import OpenVariable
    from desk.services.desk import Desk
    from desk.tui.app import DeskApp


class Unfilled(Exception):  # noqa: N818  (nothing failed: the agent has to fill something in)
    """A variable of a canned answer is still open in the text, at these places."""

    def __init__(self, places: tuple[OpenVariable, ...]) -> None:
        self.places = places
        names = ", ".join(dict.fromkeys(place.name for place in places))
        super().__init__(f"Still open in the text: {names}. Fill it in, then send.")


class Sending:
    """Hands an answer or a note over, and takes care of the draft behind it."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app

    async def send(self, detail: CaseDetail, kind: DraftKind, text: str, *, seen: int, then: str) -> Exception | None:
        """None when it was handed over; else what kept it back, said in a notice already. The draft is kept then.

        `seen` is the last message that the writer has had on screen.
        """
        drafts = drafts_of(self._app)
        case_id = detail.case.id
        answers = drafts.of(detail, kind).answers
        drafts.stop(case_id, kind)
        try:
            if kind is DraftKind.NOTE:
                await self._app.gateway.write(lambda desk, me: services.replies.note(desk, me, case_id, text))
            else:
                await self._reply(detail, text, answers, seen=seen, then=then)
        except Exception as error:  # noqa: BLE001  (whatever it is, the words are kept first)
            drafts.typed(case_id, kind, text, answers)
            if isinstance(error, Unfilled):
                self._app.notify(str(error), severity="warning", timeout=8)
            else:
                report(self._app, error)
            return error
        drafts.forget(case_id, kind)
        return None

    async def _reply(self, detail: CaseDetail, text: str, answers: tuple[str, ...], *, seen: int, then: str) -> None:
        declared = (
            await self._app.gateway.run(lambda desk, me: _declared(desk, me, answers)) if answers else frozenset()
        )
        places = places_open(text, declared)
        if places:
            raise Unfilled(places)
        case_id = detail.case.id
        status = Status.SOLVED if then == SOLVE else None
        sent = await self._app.gateway.write(
            lambda desk, me: services.replies.reply(desk, me, case_id, text, seen=seen, then=status, answers=answers)
        )
        undo_of(self._app).sent = LastSent(sent, detail.case.customer_name, answers)
        show_sent_notice(self._app)


def _declared(desk: Desk, me: AgentRow, answers: tuple[str, ...]) -> frozenset[str]:
    keys = {answer.rpartition("@")[0] for answer in answers}
    return declared_variables(answer for answer in services.answers.catalogue(desk, me) if answer.key in keys)
