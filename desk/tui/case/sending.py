"""Sending what was written: once, to whom the composer said, and never losing it when it can't be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from db.kinds import DraftKind, Status
from desk import services
from desk.rules.answers import declared_variables, made_of, places_open
from desk.tui import format as words
from desk.tui.actions import key_of
from desk.tui.case.addresses import listed
from desk.tui.case.drafts import drafts_of
from desk.tui.case.letter import SOLVE
from desk.tui.case.sent_notice import show_sent_notice
from desk.tui.dialogs.asking import report
from desk.tui.undo import LastSent, undo_of

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.rules.answers import OpenVariable
    from desk.services.desk import Desk
    from desk.tui.app import DeskApp
    from desk.tui.case.letter import Letter


class Unfilled(Exception):  # noqa: N818  (nothing failed: the agent has to fill something in)
    """A variable of a canned answer is still open in the text, at these places."""

    def __init__(self, places: tuple[OpenVariable, ...]) -> None:
        self.places = places
        names = ", ".join(dict.fromkeys(place.name for place in places))
        super().__init__(f"Still open in the text: {names}. Fill it in or take it out, then send.")


def is_held_back(error: Exception | None) -> bool:
    """Whether a check of the text keeps it back."""
    if error is None:
        return False
    from desk.services.errors import HeldBackError

    return isinstance(error, HeldBackError)


def wants_refund(error: Exception | None) -> bool:
    """Whether the answer goes with a refund that has to be opened first."""
    if error is None:
        return False
    from desk.services.refunds.errors import NoRefundError

    return isinstance(error, NoRefundError)


class Sending:
    """Hands a letter over, and takes care of the draft behind it."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app

    async def send(self, detail: CaseDetail, letter: Letter, *, seen: int, files: Sequence[int]) -> Exception | None:
        """None when it was handed over; else what kept it back, said in a notice already. The draft is kept then.

        `seen` is the last message that the writer has had on screen; `files` are the positions of the draft's files
        that the composer showed.
        """
        drafts = drafts_of(self._app)
        case_id, kind = detail.case.id, letter.kind
        answers = drafts.of(detail, kind).answers
        drafts.stop(case_id, kind)
        try:
            if kind is DraftKind.NOTE:
                await self._app.gateway.write(lambda desk, me: services.replies.note(desk, me, case_id, letter.text))
            else:
                await self._require_filled(letter.text, answers)
                await (self._side(case_id, letter) if kind is DraftKind.SIDE else self._reply(
                    detail, letter, answers, seen=seen, files=files
                ))  # fmt: skip
        except Exception as error:  # noqa: BLE001  (whatever it is, the words are kept first)
            drafts.typed(case_id, kind, letter.text, answers, letter.details)
            if is_held_back(error):
                return error  # the line under the text says it
            if isinstance(error, Unfilled):
                self._app.notify(str(error), severity="warning", timeout=8)
            else:
                report(self._app, error)
            return error
        drafts.forget(case_id, kind)
        return None

    async def _require_filled(self, text: str, answers: tuple[str, ...]) -> None:
        declared: frozenset[str] = frozenset()
        if answers:
            declared = await self._app.gateway.run(lambda desk, me: _declared(desk, me, answers))
        if places := places_open(text, declared):
            raise Unfilled(places)

    async def _reply(
        self, detail: CaseDetail, letter: Letter, answers: tuple[str, ...], *, seen: int, files: Sequence[int]
    ) -> None:
        case_id, text, at = detail.case.id, letter.text, letter.at
        cc, bcc = listed(letter.details, "cc"), listed(letter.details, "bcc")
        sent = await self._app.gateway.write(
            lambda desk, me: services.replies.reply(
                desk, me, case_id, text,
                seen=seen, then=_status(letter), answers=answers, cc=cc, bcc=bcc, files=files, at=at,
                despite=letter.despite,
            )
        )  # fmt: skip
        self._told(LastSent(sent, detail.case.customer_name, later=at is not None), "answer")

    async def _side(self, case_id: int, letter: Letter) -> None:
        """Mail to the third party that the composer's head named; never to the customer."""
        details, text, then, at = letter.details, letter.text, _status(letter), letter.at
        side_id, to = details.get("side_id"), str(details.get("to") or "")
        name, subject, forward = (str(details.get(each) or "") for each in ("name", "subject", "forward"))
        if isinstance(side_id, int):
            sent = await self._app.gateway.write(
                lambda desk, me: services.sides.answer(desk, me, side_id, text, then=then, at=at)
            )
        else:
            sent = await self._app.gateway.write(
                lambda desk, me: services.sides.start(
                    desk, me, case_id,
                    to=to, name=name, subject=subject, text=text, forward=bool(forward), then=then, at=at,
                )
            )  # fmt: skip
        self._told(LastSent(sent, to, DraftKind.SIDE, later=at is not None), "mail")

    def _told(self, last: LastSent, what: str) -> None:
        """Say when it goes, and how it is taken back."""
        undo_of(self._app).sent = last
        if last.later:
            key = key_of("desk.take-back", self._app.keys)
            goes = words.coming(last.sent.undo_until)
            self._app.notify(f"#{last.sent.case_id}: the {what} goes {goes}.   {key} takes it back", timeout=8)
        else:
            show_sent_notice(self._app)


def _status(letter: Letter) -> Status | None:
    return Status.SOLVED if letter.then == SOLVE else None


def _declared(desk: Desk, me: AgentRow, answers: tuple[str, ...]) -> frozenset[str]:
    keys = {found[0] for answer in answers if (found := made_of(answer)) is not None}
    return declared_variables(answer for answer in services.answers.catalogue(desk, me) if answer.key in keys)
