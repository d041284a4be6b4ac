"""How a call ended and what comes after it: one key each, and a moment where it is to be called back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from db.kinds import CallFollowUp, CallOutcome
from desk.tui.dialogs.asking import ask
from desk.tui.dialogs.choice import Choice, ChoiceDialog

if TYPE_CHECKING:
    from desk.tui.app import DeskApp

T = TypeVar("T")
Ending = tuple[CallOutcome, CallFollowUp, datetime | None]

HELPED = Choice(CallOutcome.HELPED, "helped", "the matter was settled on the phone", "h")
NEEDS_WORK = Choice(CallOutcome.NEEDS_WORK, "needs work", "somebody has to do something about it", "w")
CUT_OFF = Choice(CallOutcome.CUT_OFF, "cut off", "the line went dead", "c")
NO_ANSWER = Choice(CallOutcome.NO_ANSWER, "no answer", "nobody was there: it is tried again later", "n")
WRONG = Choice(CallOutcome.WRONG_NUMBER, "wrong number", "they did not mean us, or it is not theirs", "x")

FOLLOW_UPS = (
    Choice(CallFollowUp.NONE, "none", "the case stays open, with me", "n"),
    Choice(CallFollowUp.CALL_BACK, "call back", "in a free slot, from a moment that you name", "b"),
    Choice(CallFollowUp.WAITING_CUSTOMER, "waiting for the customer", "it is their turn", "w"),
    Choice(CallFollowUp.SOLVE, "solve", "nothing is left to do", "s"),
)


async def ask_outcome(app: DeskApp, *, is_callback: bool) -> Ending | None:
    """How the call ended, what comes after it, and from when it is called back; None when the agent left a dialog."""
    outcomes = (HELPED, NEEDS_WORK, *((NO_ANSWER,) if is_callback else (CUT_OFF,)), WRONG)
    outcome = await _choose(app, "how did the call end?", outcomes)
    if outcome is None:
        return None
    if outcome in {CallOutcome.NO_ANSWER, CallOutcome.WRONG_NUMBER}:
        return outcome, CallFollowUp.NONE, None
    follow_up = await _choose(app, "and then?", FOLLOW_UPS)
    if follow_up is None:
        return None
    if follow_up is not CallFollowUp.CALL_BACK:
        return outcome, follow_up, None
    at = await _ask_moment(app)
    return None if at is None else (outcome, follow_up, at)


async def _choose(app: DeskApp, title: str, choices: Sequence[Choice[T]]) -> T | None:
    return await ask(app, ChoiceDialog(title, lambda _text: choices))


async def _ask_moment(app: DeskApp) -> datetime | None:
    from desk.rules.later import why_none
    from desk.tui.dialogs.moments import choices

    now = app.gateway.now()

    def offered(text: str) -> Sequence[Choice[datetime]]:
        soon = (Choice(now, "as soon as possible", "the first free slot"),)
        return (*soon, *choices(text, now)) if not text.strip() else choices(text, now)

    nothing = partial(why_none, now=now, zone=None)
    return await ask(app, ChoiceDialog("call back from when?", offered, typed=True, nothing=nothing))
