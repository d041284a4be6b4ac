"""Asking an agent who is on the line, and whether the number may be kept as theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desk import services
from desk.tui import format as form
from desk.tui import safety
from desk.tui.dialogs.asking import ask
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.dialogs.looked_up import LookUpDialog

if TYPE_CHECKING:
    from db.rows_phone import CallRow, KnownCustomer
    from desk.tui.app import DeskApp

NOBODY = 0
NAME_WIDTH = 22
HINT = "a case (#123), e-mail, number, handle or part of a name\nclosed cases are not counted   ⏎ choose   esc back"
NONE = "Nobody is found. Try an e-mail, a number, or a case (#123)."


async def ask_who(app: DeskApp, call: CallRow) -> int | None:
    """The customer whom the agent chose, `NOBODY` for nobody the desk knows, None when they left the dialog."""

    async def look_up(typed: str) -> Sequence[Choice[int]]:
        found = await app.gateway.run(lambda desk, me: services.callers.find(desk, me, typed))
        return [_choice(each) for each in found]

    nobody = Choice(NOBODY, "whoever the number says", "takes your choice back")
    before = [nobody] if call.customer_id is not None else []
    return await ask(app, LookUpDialog("who is on the line?", look_up, before=before, hint=HINT, none=NONE))


async def ask_keeping(app: DeskApp, number: str, name: str) -> bool | None:
    """Whether a number is the customer's from now on; None when the agent left the dialog."""
    choices = (
        Choice(value=False, label="no", note="a friend's phone, a shop's, or not sure", key="n"),
        Choice(value=True, label="yes", note="their own: the next call from it is theirs", key="y"),
    )
    title = f"keep {form.cut(number, 20)} as {form.middle(name, 26)}'s?"
    dialog: ChoiceDialog[bool] = ChoiceDialog(title, lambda _typed: choices)
    return await ask(app, dialog)


def _choice(found: KnownCustomer) -> Choice[int]:
    name = form.fit(form.middle(safety.line(found.name), NAME_WIDTH), NAME_WIDTH)
    return Choice(found.id, name, f"{form.count(found.cases, 'case')} · {found.contact}")
