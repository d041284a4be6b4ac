"""What is noted during a call: kept in the database within moments, and in a file while that cannot be written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from db.kinds import DraftKind
from desk import services
from desk.tui.case.drafts import PATIENCE_SECONDS, PAUSE_SECONDS, RETRY_SECONDS, merged
from desk.tui.case.journal import Journal

if TYPE_CHECKING:
    from datetime import datetime

    from db.rows_phone import CallRow
    from desk.tui.gateway import Gateway


class CallNotes:
    """The notes of one call, the case chosen, and the caller's name. Belongs to the event loop's thread."""

    def __init__(self, gateway: Gateway, call: CallRow, kept: Callable[[], None]) -> None:
        self._gateway = gateway
        self._call_id = call.id
        self._told = kept
        self._saving: asyncio.Task[None] | None = None
        self.text, self.case_id, self.name = call.notes, call.case_id, call.name
        self.kept_at: datetime | None = call.seen_at if call.notes else None
        self.is_here = False
        """Whether only this machine has them."""
        found = self._journal().read(call.id, DraftKind.NOTE)
        if found is not None and found.text != call.notes:
            self.text = merged(found.text, call.notes)
            self.change()

    def change(self, *, text: str | None = None, name: str | None = None) -> None:
        """These are the words now; they are kept within moments."""
        self.text = self.text if text is None else text
        self.name = self.name if name is None else name
        self.kept_at = None
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._keep_soon())

    def choose(self, case_id: int | None) -> None:
        """The call is about this case, or about a new one."""
        self.case_id = case_id
        self.change()

    async def flush(self) -> None:
        """Keep what is not kept yet, now."""
        if self.kept_at is None or self.is_here:
            await self._keep()

    def stop(self) -> None:
        """The call is wrapped up: there is nothing to keep any more."""
        if self._saving is not None:
            self._saving.cancel()
        self._journal().remove(self._call_id, DraftKind.NOTE)

    async def _keep_soon(self) -> None:
        pause = PAUSE_SECONDS
        while self.kept_at is None or self.is_here:
            await asyncio.sleep(pause)
            pause = PAUSE_SECONDS if await self._keep() else RETRY_SECONDS

    async def _keep(self) -> bool:
        said = (self.text, self.case_id, self.name)
        saving = asyncio.ensure_future(
            self._gateway.write(
                lambda desk, me: services.calls.keep(
                    desk, me, self._call_id, notes=said[0], case_id=said[1], name=said[2]
                )
            )
        )
        while not (await asyncio.wait({saving}, timeout=PATIENCE_SECONDS))[0]:
            self._keep_here()
        try:
            kept_at = await saving
        except services.calls.CallError:  # wrapped up elsewhere: what was typed since stays in the file
            self._keep_here()
            return True
        except Exception:  # noqa: BLE001  (whatever is wrong with the database, the words go into a file)
            self._keep_here()
            return False
        if said == (self.text, self.case_id, self.name):
            self.kept_at, self.is_here = kept_at, False
            self._journal().remove(self._call_id, DraftKind.NOTE)
            self._told()
        return True

    def _keep_here(self) -> None:
        with suppress(OSError):
            self._journal().write(self._call_id, DraftKind.NOTE, self.text, (), self._gateway.now())
            self.kept_at, self.is_here = self._gateway.now(), True
            self._told()

    def _journal(self) -> Journal:
        settings, me = self._gateway.settings, self._gateway.me
        if settings is None or me is None:
            raise RuntimeError("notes are kept once the desk is open")
        return Journal(settings.data_folder / "calls", database=settings.url, login=me.login)
