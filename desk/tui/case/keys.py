"""What the keys of a case's page do, apart from writing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType

from db.kinds import Lane
from desk import services
from desk.tui import actions, safety
from desk.tui import format as words
from desk.tui.case.clocks import ClocksScreen
from desk.tui.case.conversation import Conversation
from desk.tui.case.files import CaseFiles
from desk.tui.case.history import HistoryScreen
from desk.tui.case_acts import CaseActs
from desk.tui.dialogs.asking import ask, report
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.screen import DeskScreen

if TYPE_CHECKING:
    from db.rows import CaseDetail
    from desk.tui.refunds.opening import RefundOpening

SECOND_G_SECONDS = 1.0
WIDE = 120
"""From this width on the customer's card stands beside the conversation."""


class CaseKeys(DeskScreen):
    """The part of a case's page that reads and acts."""

    NAME = "case"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("case")]

    def __init__(self, case_id: int, lane: Lane) -> None:
        super().__init__()
        self.case_id = case_id
        self.lane = lane
        self.conversation = Conversation(id="conversation")
        self._first_g = 0.0
        self._refund: RefundOpening | None = None
        self._wants_card: bool | None = None

    @property
    def detail(self) -> CaseDetail | None:
        """What is shown; None until it was read."""
        raise NotImplementedError

    def another(self, case_id: int) -> CaseKeys:
        """The page of another case."""
        raise NotImplementedError

    def open_note(self) -> None:
        """Go on with my note."""
        raise NotImplementedError

    async def flush(self) -> None:
        """Keep what is typed, now."""
        raise NotImplementedError

    async def next_case(self) -> None:
        """Take the next case that most needs an answer, and show it in place of this one."""
        await self.flush()
        lane, skip = self.lane, (self.case_id,)
        try:
            found = await self.app.gateway.write(lambda desk, me: services.claims.next_case(desk, me, lane, skip=skip))
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
            return
        if found is None:
            self.app.notify("Nothing else waits for an answer.", timeout=4)
        elif self.is_attached:
            await self.app.switch_screen(self.another(found.id))

    def action_next(self) -> None:
        """The next case."""
        self.app.begin(self.next_case(), holds_keys=True)

    def action_act(self, what: str) -> None:
        """Take, release, transfer, and what else is done to a case."""
        if what == "note":
            self.open_note()
        elif self.detail is not None:
            self.app.begin(CaseActs(self.app).act(what, [self.detail.case]), holds_keys=True)

    def action_undo(self) -> None:
        """Undo the last change."""
        self.app.begin(CaseActs(self.app).undo())

    def action_move(self, step: int) -> None:
        """To another message."""
        self.conversation.move(step)

    def action_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self.conversation.scroll_rows(rows)

    def action_pages(self, halves: int) -> None:
        """Scroll by half screens."""
        self.conversation.scroll_rows(halves * max(self.conversation.size.height // 2, 1))

    def action_first(self) -> None:
        """To the first message, on the second press."""
        now = time.monotonic()
        if now - self._first_g < SECOND_G_SECONDS:
            self.action_top()
            now = 0.0
        self._first_g = now

    def action_top(self) -> None:
        """To the first message."""
        self.conversation.first()

    def action_bottom(self) -> None:
        """To the newest message."""
        self.conversation.last()

    def sees_messages(self) -> bool:
        """Whether the marked message is on screen; a card in its place gives way, and nothing is done unseen."""
        if not self.has_class("-over"):
            return True
        self.action_card()
        return False

    def action_unfold(self) -> None:
        """Unfold the marked message, or fold it."""
        if self.sees_messages():
            self.conversation.toggle_fold()

    def action_incident(self) -> None:
        """Link it with an incident, or take it off."""
        from desk.tui.incidents.linking import link_incident

        if self.detail is not None:
            self.app.begin(link_incident(self.app, self.detail), holds_keys=True)

    def action_refund(self) -> None:
        """Open a refund on the case."""
        from desk.tui.refunds.opening import RefundOpening

        if self._refund is None:
            self._refund = RefundOpening(self.app, self.case_id)
        self.app.begin(self._refund.go_on(), holds_keys=True)

    def action_playbook(self) -> None:
        """Begin the playbook for a stolen account, or go on with it."""
        from desk.tui.playbook.opening import open_playbook

        if self.detail is not None:
            self.app.begin(open_playbook(self.app, self.detail, self.insert_answer), holds_keys=True)

    async def insert_answer(self, key: str) -> None:
        """Put the canned answer of that key into the composer."""
        raise NotImplementedError

    def action_clocks(self) -> None:
        """Show its clocks."""
        self.app.push_screen(ClocksScreen(self.case_id))

    def action_card(self) -> None:
        """Show the customer's card, or hide it: beside the conversation when there is room, else in its place."""
        self._wants_card = not (self.has_class("-beside") or self.has_class("-over"))
        self.place_card(self.size.width)

    def on_resize(self, event: events.Resize) -> None:
        """Make room for the card, or take it away."""
        self.place_card(event.size.width)

    def place_card(self, width: int) -> None:
        """Where the card stands in a screen of that width."""
        is_wide = width >= WIDE
        shown = is_wide if self._wants_card is None else self._wants_card
        for name, on in (("-beside", shown and is_wide), ("-over", shown and not is_wide)):
            if self.has_class(name) != on:
                self.set_class(on, name)

    def action_history(self) -> None:
        """What happened."""
        self.app.push_screen(HistoryScreen(self.case_id))

    def action_attachments(self) -> None:
        """Save or open a file."""
        files = CaseFiles(self.app)
        self.app.begin(files.choose(self.conversation.messages, self.conversation.message), holds_keys=True)

    def action_original(self) -> None:
        """Save the marked message as it was received."""
        if not self.sees_messages():
            return
        message = self.conversation.message
        if message is not None and message.has_raw:
            self.app.begin(CaseFiles(self.app).save_original(message))
        else:
            self.app.notify("This message was written here; there is no other original.", timeout=4)

    def action_others(self) -> None:
        """Another case of this customer."""
        self.app.begin(self._others(), holds_keys=True)

    async def _others(self) -> None:
        detail = self.detail
        if detail is None:
            return
        if not detail.other_cases:
            self.app.notify("This customer has no other cases.", timeout=3)
            return
        choices = [
            Choice(
                other.id,
                f"{other.reference} {words.glyph(other.channel)} {safety.line(other.subject)}",
                str(other.status),
            )
            for other in detail.other_cases
        ]
        chosen = await ask(self.app, ChoiceDialog("Other cases of this customer", lambda _typed: choices))
        if chosen is not None:
            await self.app.push_screen(self.another(chosen))

    def action_search(self) -> None:
        """Search all cases."""
        from desk.tui.search.screen import SearchScreen

        self.app.push_screen(SearchScreen())

    async def action_back(self) -> None:
        """Back to the conversation from the card, else back to where we came from."""
        if self.has_class("-over"):
            self.action_card()
            return
        await self.flush()
        self.dismiss(None)
