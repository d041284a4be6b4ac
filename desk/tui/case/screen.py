"""A case's page: composes the conversation, the customer's card and the composer, and routes what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from db.kinds import DraftKind, Lane
from desk.tui.case.card import CustomerCard
from desk.tui.case.composer import NEXT, Composer
from desk.tui.case.conversation import Conversation
from desk.tui.case.drafts import drafts_of
from desk.tui.case.header import CaseHeader
from desk.tui.case.keys import CaseKeys
from desk.tui.case.reading import CaseReading
from desk.tui.case.sending import Sending, Unfilled
from desk.tui.dialogs.asking import ask
from desk.tui.footer import KeyFooter
from desk.tui.messages import Changed, Fresh

if TYPE_CHECKING:
    from db.rows import CaseDetail

TICK_SECONDS = 1.0


class CaseScreen(CaseKeys):
    """One case. `compose`, `picker` and `note` open it with the composer, the canned answers or a note."""

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
    ) -> None:
        super().__init__(case_id, lane)
        self._wanted = "note" if note else "picker" if picker or answers else "reply" if compose else ""
        self._reading = CaseReading(case_id)
        self._head = CaseHeader(case_id)
        self._card = CustomerCard()
        self._composer = Composer(id="composer")
        self._foot = KeyFooter("case")
        self._foot.add_class("-case")
        self._composing_foot = KeyFooter("compose")
        self._composing_foot.add_class("-compose")

    def compose(self) -> ComposeResult:
        """As few widgets as will do, the card where it belongs: a later change would be a second layout."""
        self.place_card(self.app.size.width)
        yield self._head
        with Horizontal(id="case-main"):
            yield self.conversation
            yield self._card
        yield self._foot

    def on_mount(self) -> None:
        """Paint what is known at once; read the rest."""
        self.conversation.focus()
        drafts_of(self.app).listen(self, self._kept)
        known = self.app.gateway.peek(self.case_id)
        if known is not None:
            self._show(self._reading.take(known))
        else:
            self.app.begin(self._load(), holds_keys=True)
        self.set_interval(TICK_SECONDS, self._tick)

    def on_unmount(self) -> None:
        """What is typed is kept by the drafts, which outlive the screen."""
        drafts_of(self.app).unlisten(self)

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

    def open_note(self) -> None:
        """Go on with my note."""
        self.open_composer(DraftKind.NOTE)

    def open_composer(self, kind: DraftKind) -> None:
        """Go on with my answer or note."""
        detail = self.detail
        if detail is None:
            self._wanted = "note" if kind is DraftKind.NOTE else "reply"
            return
        self.app.begin(self._write(detail, kind), holds_keys=True)

    async def _write(self, detail: CaseDetail, kind: DraftKind) -> None:
        """Show the composer; it is made when it is first needed, because most cases are only read."""
        if not self._composer.is_attached:
            await self.mount(self._composer, self._composing_foot, after="#case-main")
        self.add_class("-composing")
        self._composer.open(detail, kind, drafts_of(self.app).of(detail, kind))

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
        self.conversation.show(detail.messages, detail.earlier, self.app.gateway.now())
        wanted, self._wanted = self._wanted, ""
        if wanted in {"reply", "note"}:
            self.open_composer(DraftKind(wanted))
        elif wanted == "picker":
            self.action_answers()

    def _tick(self) -> None:
        if self.is_current:
            self.conversation.tick(self.app.gateway.now())
            self._head.refresh()

    def _kept(self, case_id: int, kind: DraftKind) -> None:
        is_it = case_id == self.case_id and kind is self._composer.kind and self._composer.is_attached
        if is_it and self.detail is not None:
            self._composer.say_kept(drafts_of(self.app).of(self.detail, kind))

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

    @on(Composer.TextTyped)
    def _typed(self, event: Composer.TextTyped) -> None:
        if self.detail is not None:
            drafts = drafts_of(self.app)
            drafts.typed(self.case_id, event.kind, event.text, drafts.of(self.detail, event.kind).answers)

    @on(Composer.Left)
    def _left(self) -> None:
        self.set_class(bool(self._composer.text), "-draft")
        self.remove_class("-composing")
        self.conversation.focus()

    @on(Composer.AnswersWanted)
    def _answers_wanted(self) -> None:
        self.action_answers()

    @on(Composer.ReadOn)
    def _read_on(self, event: Composer.ReadOn) -> None:
        self.conversation.scroll_rows(event.rows)

    @on(Composer.Finished)
    def _finished(self, event: Composer.Finished) -> None:
        self.app.begin(self._send(event.kind, event.text, event.then), holds_keys=event.then == NEXT)

    async def _send(self, kind: DraftKind, text: str, then: str) -> None:
        detail = self.detail
        if detail is None or self._composer.busy:
            return
        self._composer.set_busy(busy=True)
        self.conversation.follow()
        kept_back = await Sending(self.app).send(detail, kind, text, seen=self.conversation.seen, then=then)
        if self.is_attached:
            self._composer.set_busy(busy=False)
            if kept_back is None:
                self._sent()
            elif isinstance(kept_back, Unfilled):
                self._composer.mark(kept_back.places)
            else:
                await self._load()
        if kept_back is None and then == NEXT:
            await self.next_case()

    def _sent(self) -> None:
        self._composer.clear()
        self._left()

    def action_reply(self) -> None:
        """Write, or go on writing."""
        self.open_composer(DraftKind.REPLY)

    def action_answers(self) -> None:
        """Pick a canned answer; it goes into the answer that is being written."""
        self.app.begin(self._pick(), holds_keys=True)

    async def _pick(self) -> None:
        from desk.tui.answers.picker import AnswerPicker

        detail = self.detail
        if detail is None:
            self._wanted = "picker"
            return
        picked = await ask(self.app, AnswerPicker(detail))
        if picked is None or self.detail is None:
            return
        kind = self._composer.kind if self.has_class("-composing") else DraftKind.REPLY
        await self._write(self.detail, kind)
        drafts = drafts_of(self.app)
        answers = tuple(dict.fromkeys((*drafts.of(self.detail, kind).answers, picked.answer)))
        drafts.typed(self.case_id, kind, self._composer.text, answers)
        self._composer.insert(picked.text)
