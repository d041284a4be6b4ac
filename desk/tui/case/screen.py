"""A case's page: composes the conversation, the customer's card and the composer, and routes what they say."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from db.kinds import DraftKind, Lane, Status
from desk import services
from desk.tui.case.card import CustomerCard
from desk.tui.case.conversation import Conversation
from desk.tui.case.delivery import is_later
from desk.tui.case.drafts import drafts_of
from desk.tui.case.guide_keys import CaseGuideKeys
from desk.tui.case.header import CaseHeader
from desk.tui.case.keys import CaseKeys
from desk.tui.case.reading import CaseReading
from desk.tui.dialogs.asking import expected_errors
from desk.tui.guides.known import codes_of, my_language
from desk.tui.messages import Changed, Fresh

if TYPE_CHECKING:
    from datetime import tzinfo

    from db.rows import CaseDetail

TICK_SECONDS = 1.0
FAR = 1_000_000
"""Rows beyond every end."""


class CaseScreen(CaseGuideKeys):
    """One case, at its newest message or at `at`; `compose`, `picker` and `note` open it with what is to be written."""

    CSS_PATH = "case.tcss"

    def __init__(
        self,
        case_id: int,
        compose: bool = False,
        picker: bool = False,
        *,
        answers: bool = False,
        note: bool = False,
        lane: Lane = Lane.ALL,
        at: int = 0,
    ) -> None:
        super().__init__(case_id, lane)
        self._wanted = "note" if note else "picker" if picker or answers else "reply" if compose else ""
        self._reading = CaseReading(case_id)
        self._follows_tries = False
        self._head = CaseHeader(case_id)
        self._card = CustomerCard()
        self._at = at
        self._has_asked = False
        """Whether the wallet was to be asked about the account since the page was opened."""

    def compose(self) -> ComposeResult:
        """As few widgets as will do, the card where it belongs: a later change would be a second layout."""
        self.place_card(self.app.size.width)
        yield self._head
        with Horizontal(id="case-main"):
            yield self.conversation
            yield self._card
        yield self.fits
        yield self._foot

    def on_mount(self) -> None:
        """Paint what is known at once; read the rest."""
        self.conversation.focus()
        drafts_of(self.app).listen(self, self._kept)
        codes = codes_of(self.app).recogniser
        if codes is not None:
            self.conversation.know_codes(codes, my_language(self.app.gateway.me))
        known = self.app.gateway.peek(self.case_id)
        if known is not None:
            self._show(self._reading.take(known))
        else:
            self.app.begin(self._load(), holds_keys=True)
        self.set_interval(TICK_SECONDS, self._tick)

    def on_unmount(self) -> None:
        """What is typed is kept by the drafts, which outlive the screen."""
        drafts_of(self.app).unlisten(self)

    def action_move(self, step: int) -> None:
        """To another message; where the card stands in their place, through the card."""
        if self.has_class("-over"):
            self._card.scroll_rows(step)
        else:
            super().action_move(step)

    def action_top(self) -> None:
        """To the first message, or to the top of the card."""
        if self.has_class("-over"):
            self._card.scroll_rows(-FAR)
        else:
            super().action_top()

    def action_bottom(self) -> None:
        """To the newest message, or to the end of the card."""
        if self.has_class("-over"):
            self._card.scroll_rows(FAR)
        else:
            super().action_bottom()

    def action_rows(self, rows: int) -> None:
        """Scroll what is on screen by rows."""
        (self._card if self.has_class("-over") else self.conversation).scroll_rows(rows)

    def action_pages(self, halves: int) -> None:
        """Scroll what is on screen by half screens."""
        self.action_rows(halves * max((self.size.height - 5) // 2, 1))

    async def flush(self) -> None:
        """Keep what is typed, now."""
        await drafts_of(self.app).flush(self.case_id)

    @property
    def detail(self) -> CaseDetail | None:
        """What is shown; None until it was read."""
        return self._reading.detail

    def another(self, case_id: int) -> CaseKeys:
        """The page of another case, of the same lane."""
        return CaseScreen(case_id, lane=self.lane)

    async def reload(self) -> None:
        """Read the case anew."""
        await self._load()

    async def _load(self) -> None:
        trouble = await self._reading.load(self.app.gateway)
        if not self.is_attached:
            return
        if trouble:
            self._head.say(trouble)
        elif self.detail is not None:
            self._show(self.detail)

    def _show(self, detail: CaseDetail) -> None:
        self._head.show(detail)
        self._card.show(detail)
        self.remind()
        self.conversation.their_zone = self._zone(detail)
        if self.waits_for_answer():
            self.conversation.follow()
        self.conversation.show(detail.messages, detail.earlier, self.app.gateway.now())
        self.find_fits(detail)
        if self._at:
            self._go_to_message()
        self.show_guide(detail)
        if not self._has_asked and detail.case.status not in (Status.SOLVED, Status.CLOSED) and detail.spam_at is None:
            self._has_asked = True
            self.app.begin(self._learn_of_account())
        self.app.begin(self.learn_codes())
        wanted, self._wanted = self._wanted, ""
        if wanted == "picker":
            self.action_answers()
        elif wanted:
            self.open_composer(DraftKind(wanted))

    async def _learn_of_account(self) -> None:
        """Have a worker read the customer's account, where what is known of it is old; nothing waits for that."""
        case_id = self.case_id
        with suppress(*expected_errors()):
            await self.app.gateway.write(lambda desk, me: services.safety.reading.want(desk, me, case_id))

    def _go_to_message(self) -> None:
        """Mark the message that was asked for; earlier ones are read until it is there."""
        if not self.conversation.size.width:
            self.call_after_refresh(self._go_to_message)
        elif self.conversation.go_to_message(self._at):
            self._at = 0
        elif self.detail is not None and self.detail.earlier:
            self.app.begin(self._load_earlier())

    def _zone(self, detail: CaseDetail) -> tzinfo | None:
        """Where the customer most likely is, where an answer waits for a later moment."""
        if not any(is_later(message.delivery) for message in detail.messages):
            return None
        from desk.rules.later import zone_of

        settings = self.app.gateway.settings
        return zone_of(detail.customer.contacts, settings.country if settings else "ID")

    def _tick(self) -> None:
        if self.is_current:
            now = self.app.gateway.now()
            self.conversation.tick(now)
            self._head.refresh()
            is_on_top = self.app.screen is self  # a search lets it be seen through
            if is_on_top and not self._follows_tries and self._reading.is_overtaken(now):
                self._follows_tries = True
                self.app.begin(self._follow_tries())

    async def _follow_tries(self) -> None:
        """Read the case anew, and lay it out only where a try has changed it: meanwhile this happens each second."""
        before = self.detail
        self.app.gateway.forget(self.case_id)
        try:
            await self._reading.load(self.app.gateway)
        finally:
            self._follows_tries = False
        if self.is_attached and self.detail is not None and self.detail != before:
            self._show(self.detail)

    @on(Changed)
    def _changed(self, event: Changed) -> None:
        if self.case_id in event.case_ids:
            self.app.begin(self._load())

    @on(Fresh)
    def _fresh(self) -> None:
        self.app.begin(self._load())
        self.app.begin(self.flush())

    @on(Conversation.EarlierWanted)
    def _earlier_wanted(self) -> None:
        self.app.begin(self._load_earlier())

    async def _load_earlier(self) -> None:
        if await self._reading.load_earlier(self.app.gateway) and self.is_attached and self.detail is not None:
            self._show(self.detail)
