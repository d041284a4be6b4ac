"""Leaving the desk: by a key, when the program is told to end, and when its window is closed."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from desk.tui import actions

if TYPE_CHECKING:
    from desk.tui.app import DeskApp

AGAIN_SECONDS = 2.0
"""Within this time a second press leaves."""


class Leaving:
    """How the desk is left, with what is being typed kept."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app
        self._until = 0.0
        self._begun = False

    def heed_signals(self) -> None:
        """End as by a key on SIGTERM, and on SIGHUP, which says that the window was closed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self.begin)

    async def pressed(self) -> None:
        """Leave on the second press."""
        now = self._app.monotonic()
        if now < self._until:
            await self.now()
            return
        self._until = now + AGAIN_SECONDS
        key = actions.key_of("desk.leave", self._app.keys)
        self._app.notify(f"Press {key} again to leave. What you typed is kept as a draft.", timeout=AGAIN_SECONDS)

    def begin(self) -> None:
        """Leave, beside whatever is being done; once, however often it is asked for."""
        if not self._begun:
            self._begun = True
            self._app.begin(self.now())

    async def now(self) -> None:
        """Keep what is being typed, then end."""
        for screen in self._app.screen_stack:
            flush = getattr(screen, "flush", None)
            if flush is not None:
                with suppress(Exception):
                    await flush()
        self._app.exit()
