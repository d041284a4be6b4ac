"""Beginning the playbook for a stolen account by one key and a reason, or going on with the one under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.kinds_safety import SafetyRunState
from desk import services
from desk.tui.dialogs.asking import ask, report
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.dialogs.text import TextDialog
from desk.tui.playbook.screen import Answer, PlaybookScreen

if TYPE_CHECKING:
    from db.rows import CaseDetail
    from desk.tui.app import DeskApp

OTHER = ""
REASONS = (
    "phone lost or stolen",
    "payments that the customer did not make",
    "a code or password was given away",
    "somebody else signed in",
    OTHER,
)


async def open_playbook(app: DeskApp, detail: CaseDetail, answer: Answer) -> None:
    """Show the playbook of a case; where none is under way, ask why, and begin it: that freezes the account at once."""
    run, case_id = detail.safety_run, detail.case.id
    if run is None or run.state is SafetyRunState.CLOSED:
        reason = await _reason(app)
        if reason is None:
            return
        try:
            begun = await app.gateway.write(lambda desk, me: services.safety.playbook.begin(desk, me, case_id, reason))
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(app, error)
            return
        case_id = begun.case_id
    await app.push_screen(PlaybookScreen(case_id, answer))


async def _reason(app: DeskApp) -> str | None:
    choices = [Choice(each, each or "something else …", key=str(place)) for place, each in enumerate(REASONS, 1)]
    dialog = ChoiceDialog(
        "stolen account · why", lambda _typed: choices, hint="a key or ⏎ freezes the account at once   esc back"
    )
    chosen = await ask(app, dialog)
    if chosen is None or chosen:
        return chosen
    return await ask(app, TextDialog("Why is the account frozen", hint="⏎ freezes the account at once   esc back"))
