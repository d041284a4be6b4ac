"""Opening the phone's screens from wherever an agent is, and offering a call that was left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import services
from desk.tui import actions
from desk.tui import format as form
from desk.tui.dialogs.asking import ask, expected_errors, report
from desk.tui.gateway import ConnectionLostError

if TYPE_CHECKING:
    from db.rows_phone import CallRow
    from desk.tui.app import DeskApp


async def open_phone(app: DeskApp, what: str) -> None:
    """Show `call`, `callbacks` or `hours`; nothing when it is shown already or a dialog is."""
    from textual.screen import ModalScreen

    if isinstance(app.screen, ModalScreen) or getattr(app.screen, "NAME", "") == what:
        return
    if what == "call":
        await take_call(app)
    elif what == "callbacks":
        from desk.tui.phone.callbacks import CallbacksScreen

        await app.push_screen(CallbacksScreen())
    else:
        from desk.tui.hours.screen import HoursScreen

        await app.push_screen(HoursScreen())


async def take_call(app: DeskApp) -> None:
    """Go on with my call, or ask for the number of a new one."""
    from desk.tui.dialogs.text import TextDialog

    try:
        call = await app.gateway.run(services.calls.mine)
        if call is None:
            number = await ask(
                app,
                TextDialog(
                    "incoming call: number",
                    hint="any spelling; nothing when it is withheld   ⏎ take it   esc back",
                    problem=services.calls.problem_of,
                ),
            )
            if number is None:
                return
            call = await app.gateway.write(lambda desk, me: services.calls.start(desk, me, number))
        await show_call(app, call)
    except expected_errors() as error:
        report(app, error)


async def show_call(app: DeskApp, call: CallRow) -> None:
    """The call's screen; where it lies below others already, they are left."""
    from desk.tui.phone.call import CallScreen

    await app.push_screen(CallScreen(call))


async def offer_call(app: DeskApp) -> None:
    """Say that a call was left open, by a crash or by hand, and which key goes on with it."""
    try:
        call = await app.gateway.run(services.calls.mine)
    except ConnectionLostError:
        return
    if call is not None:
        key = next(actions.written(each, app.keys) for each in actions.table("desk") if each.id == "desk.call")
        who = form.cut(call.number, 24) or "a withheld number"
        at = form.moment(call.started_at, app.gateway.now())
        app.notify(
            f"The call with {who} from {at} is not wrapped up; its notes are kept. {key} goes on with it.", timeout=20
        )
