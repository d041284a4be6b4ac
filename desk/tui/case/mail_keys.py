"""What the keys of a case's page do about mail: its delivery, where a case belongs, and with whom."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from desk.tui.case.addresses import listed
from desk.tui.case.delivery import is_later
from desk.tui.case.drafts import drafts_of
from desk.tui.case.keys import CaseKeys
from desk.tui.dialogs.asking import report
from desk.tui.filing_acts import FilingActs
from desk.tui.message_acts import Acted, MessageActs

if TYPE_CHECKING:
    from db.rows import MessageRow


class CaseMailKeys(CaseKeys):
    """The part of a case's page that settles messages, and merges, splits and links cases."""

    def action_message(self, what: str) -> None:
        """Send again, note as arrived, give up, let go, or change when it goes: the marked answer."""
        if not self.sees_messages():
            return
        acted = acted_on(self.conversation.message, self.case_id)
        if acted is None:
            self.app.notify("Mark an answer first: this message was not sent by the desk.", timeout=4)
        else:
            self.app.begin(MessageActs(self.app).act(what, acted), holds_keys=True)

    def take_back_marked(self) -> bool:
        """Take the marked answer back if it waits for a later moment; whether it does."""
        acted = None if self.has_class("-over") else acted_on(self.conversation.message, self.case_id)
        if acted is None or not acted.is_later:
            return False
        self.app.begin(MessageActs(self.app).take_back(acted))
        return True

    def action_merge(self) -> None:
        """Merge the case into another one, and go on there."""
        self.app.begin(self._trying(self._merge()), holds_keys=True)

    async def _merge(self) -> None:
        if self.detail is None:
            return
        drafts = drafts_of(self.app)
        await drafts.flush()  # drafts go along, as the database has them
        into = await FilingActs(self.app).merge(self.detail)
        if into is not None:
            drafts.reread(self.case_id, into)
            if self.is_current:
                await self.app.switch_screen(self.another(into))

    def action_split(self) -> None:
        """Make the marked message a case of its own."""
        message = self.conversation.message
        if self.detail is not None and message is not None and self.sees_messages():
            self.app.begin(self._trying(FilingActs(self.app).split(self.detail, message)))

    def action_link(self) -> None:
        """Link the case with another one, or take a link off."""
        if self.detail is not None:
            self.app.begin(self._trying(FilingActs(self.app).link(self.detail)), holds_keys=True)

    async def _trying(self, work: Awaitable[object]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)


def acted_on(message: MessageRow | None, case_id: int) -> Acted | None:
    """A message of ours as keys act on it; None for any other."""
    if message is None or message.delivery is None:
        return None
    return Acted(
        message.id,
        case_id,
        ", ".join(listed(message.details, "to")),
        message.delivery.state,
        is_later(message.delivery),
        message.side_id is not None,
    )
