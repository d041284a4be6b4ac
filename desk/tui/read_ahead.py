"""Cases read before they are asked for, so that opening one is felt as immediate."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.rows import CaseDetail

MOST = 32
"""Cases kept; the ones looked at longest ago go first."""


class ReadAhead:
    """The last used cases. A case that was changed is dropped, also while it is being read."""

    def __init__(self, load: Callable[[int], Awaitable[CaseDetail]]) -> None:
        self._load = load
        self._known: OrderedDict[int, CaseDetail] = OrderedDict()
        self._reading: dict[int, asyncio.Task[CaseDetail]] = {}
        self._wanted: list[int] = []
        self._filling: asyncio.Task[None] | None = None

    def peek(self, case_id: int) -> CaseDetail | None:
        """What is known about a case, or None."""
        found = self._known.get(case_id)
        if found is not None:
            self._known.move_to_end(case_id)
        return found

    async def get(self, case_id: int) -> CaseDetail:
        """The case, read now when it is not known; two who ask at once share one reading."""
        found = self.peek(case_id)
        if found is not None:
            return found
        task = self._reading.get(case_id)
        if task is None:
            task = self._reading[case_id] = asyncio.create_task(self._read(case_id))
        return await asyncio.shield(task)

    def want(self, case_ids: Iterable[int]) -> None:
        """Read these in the background, one after the other; what was wanted before is forgotten."""
        self._wanted = [case_id for case_id in case_ids if case_id not in self._known][:MOST]
        if self._wanted and (self._filling is None or self._filling.done()):
            self._filling = asyncio.create_task(self._fill())

    def drop(self, case_ids: Iterable[int]) -> None:
        """Forget these: they were changed."""
        for case_id in case_ids:
            self._known.pop(case_id, None)
            self._reading.pop(case_id, None)

    def clear(self) -> None:
        """Forget everything."""
        self._wanted.clear()
        self._known.clear()
        self._reading.clear()

    async def _read(self, case_id: int) -> CaseDetail:
        me = asyncio.current_task()
        try:
            detail = await self._load(case_id)
        finally:
            current = self._reading.get(case_id) is me
            if current:
                del self._reading[case_id]
        if current:
            self._known[case_id] = detail
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return detail

    async def _fill(self) -> None:
        while self._wanted:
            try:
                await self.get(self._wanted.pop(0))
            except Exception:  # noqa: BLE001  (nobody asked yet: whoever opens the case is told)
                self._wanted.clear()
