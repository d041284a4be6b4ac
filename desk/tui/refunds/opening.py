"""Opening a refund from a case's page: the wallet is asked beside the screen, and nobody waits for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from desk.tui import actions
from desk.tui.refunds.acts import RefundActs

if TYPE_CHECKING:
    from datetime import datetime

    from desk.services.refunds.looking import Look
    from desk.tui.app import DeskApp

SOON_SECONDS = 0.4
"""What comes so soon is shown at once; keys typed meanwhile are meant for it."""
FRESH = timedelta(minutes=2)


class RefundOpening:
    """The question to the wallet about one case, from the first press of the key until its answer was shown."""

    def __init__(self, app: DeskApp, case_id: int) -> None:
        self._app = app
        self._case_id = case_id
        self._asked: asyncio.Task[Look | None] | None = None
        self._asked_at: datetime | None = None
        self._is_told = False

    async def go_on(self) -> None:
        """Ask the wallet, or show what it has answered; a wallet that takes its time is told of, and never pops up."""
        now = self._app.gateway.now()
        if self._asked is None or (self._asked.done() and self._asked_at is not None and now - self._asked_at > FRESH):
            self._asked, self._asked_at, self._is_told = asyncio.create_task(self._find()), now, False
        asked = self._asked
        done, _ = await asyncio.wait({asked}, timeout=SOON_SECONDS)
        if not done:
            self._app.notify("Asking the wallet for the customer's payments … you can go on.", timeout=4)
            if not self._is_told:
                self._is_told = True
                asked.add_done_callback(self._tell)
            return
        self._asked = None
        look = asked.result()
        if look is not None:
            await RefundActs(self._app).open(look)

    def _tell(self, asked: asyncio.Task[Look | None]) -> None:
        """The answer is there, and waits for the key."""
        if self._asked is not asked or asked.cancelled() or asked.exception() is not None or asked.result() is None:
            return
        key = actions.key_of("case.refund", self._app.keys)
        self._app.notify(f"The payments of #{self._case_id} are here: {key} on its page shows them.", timeout=10)

    async def _find(self) -> Look | None:
        return await RefundActs(self._app).find(self._case_id)
