"""The key on a case's page that links it with an incident, or takes it off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import services
from desk.tui import format as words
from desk.tui import safety
from desk.tui.dialogs.asking import ask, report
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.undo import LastChange, undo_of, undo_words

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from db.rows_incidents import CaseIncidentRow
    from desk.services.desk import Desk
    from desk.tui.app import DeskApp


async def link_incident(app: DeskApp, detail: CaseDetail) -> None:
    """Link the case with the one incident that it seems to belong to; else ask which, or whether to take it off."""
    found = detail.incidents
    if not found:
        app.notify("No incident is known just now.", timeout=3)
        return
    proposed = [each for each in found if each.is_proposed]
    chosen: CaseIncidentRow | None
    if len(proposed) == 1 and not any(each.is_linked for each in found):
        chosen = proposed[0]
    else:
        choices = [Choice(each, safety.line(each.incident.title), _note(each)) for each in found]
        dialog: ChoiceDialog[CaseIncidentRow] = ChoiceDialog(
            f"incident of {detail.case.reference}", lambda _typed: choices
        )
        chosen = await ask(app, dialog)
    if chosen is None:
        return
    incident_id, case_id, off = chosen.incident.id, detail.case.id, chosen.is_linked

    def act(desk: Desk, me: AgentRow) -> object:
        links = services.incident_links
        return (links.unlink if off else links.link)(desk, me, incident_id, [case_id])

    def back(desk: Desk, me: AgentRow) -> object:
        links = services.incident_links
        return (links.link if off else links.unlink)(desk, me, incident_id, [case_id])

    try:
        await app.gateway.write(act)
    except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
        report(app, error)
        return
    what = "taken off" if off else "linked with"
    said = f"{detail.case.reference} {what} {words.cut(safety.line(chosen.incident.title), 40)}"
    undo_of(app).change = LastChange(said, back)
    app.notify(f"{said}.{undo_words(app)}", timeout=5)


def _note(each: CaseIncidentRow) -> str:
    if each.is_linked:
        return "linked: takes it off"
    return safety.line(each.why) if each.is_proposed else ""
