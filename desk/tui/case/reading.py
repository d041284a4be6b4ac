"""Reading a case for its page: anew when it was changed, further back when somebody goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from desk import services
from desk.tui.case.delivery import is_overtaken
from desk.tui.dialogs.asking import expected_errors

if TYPE_CHECKING:
    from datetime import datetime

    from db.rows import CaseDetail, MessageRow
    from desk.tui.gateway import Gateway


class CaseReading:
    """One case as it is known; earlier messages that were read stay when the case is read again."""

    def __init__(self, case_id: int) -> None:
        self._case_id = case_id
        self._known: dict[int, MessageRow] = {}
        self._newest: CaseDetail | None = None
        self._generation = 0
        self.detail: CaseDetail | None = None

    async def load(self, gateway: Gateway) -> str:
        """Read the case; why it could not be read, or nothing. An answer that was overtaken is dropped."""
        self._generation += 1
        mine = self._generation
        try:
            detail = await gateway.detail(self._case_id)
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            return str(error)
        if mine == self._generation:
            self.take(detail)
        return ""

    def is_overtaken(self, now: datetime) -> bool:
        """Whether a message on the newest page has been tried again since it was read, or is tried now."""
        return self._newest is not None and any(is_overtaken(each.delivery, now) for each in self._newest.messages)

    async def load_earlier(self, gateway: Gateway) -> bool:
        """Read messages before the first one that is here; whether there were any."""
        detail = self.detail
        if detail is None or not detail.earlier or not detail.messages:
            return False
        before_id, case_id = detail.messages[0].id, self._case_id
        try:
            found = await gateway.run(lambda desk, me: services.cases.earlier_messages(desk, me, case_id, before_id))
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            return False
        self._known.update((message.id, message) for message in found)
        if self._newest is not None:
            self.take(self._newest)
        return bool(found)

    def take(self, newest: CaseDetail) -> CaseDetail:
        """The case as the database has it, with the earlier messages that are known besides."""
        self._newest = newest
        first = newest.messages[0].id if newest.messages else 0
        kept = tuple(message for message_id, message in sorted(self._known.items()) if message_id < first)
        self._known.update((message.id, message) for message in newest.messages)
        self.detail = replace(newest, messages=(*kept, *newest.messages), earlier=max(0, newest.earlier - len(kept)))
        return self.detail
