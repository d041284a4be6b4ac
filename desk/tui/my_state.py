"""Saying how I stand: available, busy, on a break or away; and giving my cases back when I leave."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from db.kinds import AgentState
from desk import services
from desk.tui import format as words
from desk.tui.dialogs.asking import ask, report
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.gateway import ConnectionLostError
from desk.tui.state_words import SAID
from desk.tui.undo import LastChange, undo_of

if TYPE_CHECKING:
    from desk.tui.app import DeskApp

STATES = (
    (AgentState.AVAILABLE, "a", "cases come to you"),
    (AgentState.BUSY, "b", "only those that you ask for"),
    (AgentState.BREAK, "p", "none that is new"),
    (AgentState.AWAY, "w", "none; you can give yours back"),
)


async def read_state(app: DeskApp) -> None:
    """Know how I stand; it stays as it was known while the database does not answer."""
    with suppress(ConnectionLostError):
        app.my_state = await app.gateway.run(services.agent_work.mine)


async def choose_state(app: DeskApp) -> None:
    """Ask how I stand, and say so; who goes away with cases is asked once whether others are to have them."""
    choices = [Choice(state, SAID[state], note, key) for state, key, note in STATES]
    now = app.my_state.state if app.my_state is not None else AgentState.AVAILABLE
    dialog: ChoiceDialog[AgentState] = ChoiceDialog("I am", lambda _typed: choices, selected=now)
    chosen = await ask(app, dialog)
    if chosen is None:
        return
    try:
        app.my_state = await app.gateway.write(lambda desk, me: services.agent_work.set_state(desk, me, chosen))
        app.notify(f"You are {SAID[chosen]}.", timeout=4)
        if chosen is AgentState.AWAY:
            await _give_back(app)
    except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
        report(app, error)


async def _give_back(app: DeskApp) -> None:
    mine = (await app.gateway.run(services.queue.counts)).mine
    if not mine:
        return
    choices = [
        Choice(value=False, label="keep them", key="k"),
        Choice(value=True, label="give them back to the queue", key="g"),
    ]
    dialog: ChoiceDialog[bool] = ChoiceDialog(f"{words.count(mine, 'case')} open with you", lambda _typed: choices)
    if await ask(app, dialog):
        done = await app.gateway.write(services.agent_work.hand_back)
        given = f"{words.count(len(done.changed), 'case')} given back"
        undo_of(app).change = LastChange(given, lambda desk, me: services.changes.undo(desk, me, done))
        app.notify(f"{given}.   U undoes it", timeout=8)
