"""Following changes: ask every moment what is new, and say when nobody answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from db.errors import DatabaseUnavailableError
from desk.tui.gateway import ConnectionLostError
from desk.tui.messages import Stale

if TYPE_CHECKING:
    from desk.tui.app import DeskApp
    from desk.tui.gateway import Gateway

SLOWEST_SECONDS = 5.0
"""The longest pause between two tries while the database does not answer."""

READING_SECONDS = 12.0
"""How long a notice stays that says what somebody has to do."""


async def follow(gateway: Gateway, app: DeskApp) -> None:
    """Ask until the desk is left; after a failure the pauses grow, and the first answer ends them."""
    settings = gateway.settings
    usual = settings.screen.poll_seconds if settings else 0.5
    pause = usual
    while True:
        try:
            await gateway.catch_up()
        except ConnectionLostError as error:
            _lost(app, Stale(gateway.last_answer, str(error), error.short))
            pause = min(SLOWEST_SECONDS, pause * 2)
        else:
            app.found()
            pause = usual
        await asyncio.sleep(pause)


def _lost(app: DeskApp, stale: Stale) -> None:
    """Say that the database does not answer, and once what has to be done when waiting will not help."""
    known = app.stale
    if known is None:
        app.lost(stale)
    elif known.short != stale.short:
        app.stale = stale
    else:
        return
    if stale.short != DatabaseUnavailableError.short:
        app.notify(stale.why, severity="error", timeout=READING_SECONDS)
