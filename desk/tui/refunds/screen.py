"""The lanes of refunds: waiting for merchants, late ones first; support's review; approvals; unknown at the wallet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on

from desk import services
from desk.tui import actions, safety
from desk.tui import format as words
from desk.tui.dialogs.asking import ask
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.dialogs.text import TextDialog
from desk.tui.footer import KeyFooter
from desk.tui.messages import Changed, Fresh
from desk.tui.refunds.acts import RefundActs
from desk.tui.refunds.listing import LANES, RefundLines, RefundSaid, RefundsHead, amount_of
from desk.tui.screen import DeskScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from db.rows import AgentRow
    from db.rows_refunds import RefundRow
    from desk.services.desk import Desk

ASKED = {
    "decline": "Decline: the reason, as the customer reads it",
    "cancel": "Stop it: the reason, as the customer reads it",
    "answer_merchant": "Answer the merchant's question",
}


def _remind(desk: Desk, me: AgentRow, refund_id: int) -> RefundRow:
    return services.refunds.deciding.remind(desk, me, refund_id)


class RefundsScreen(DeskScreen):
    """One lane at a time."""

    NAME = "refunds"
    CSS_PATH = "refunds.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("refunds")]

    def __init__(self) -> None:
        super().__init__()
        self._head = RefundsHead()
        self._list = RefundLines()
        self._said = RefundSaid(self._list)
        self._generation = 0

    def compose(self) -> ComposeResult:
        """The lanes, the refunds, the selected one, the keys."""
        yield self._head
        yield self._list
        yield self._said
        yield KeyFooter("refunds")

    def on_mount(self) -> None:
        """Read them."""
        self.reread()

    def on_screen_resume(self) -> None:
        """Back from a case: what was settled goes."""
        self.reread()

    @on(Changed)
    @on(Fresh)
    def reread(self) -> None:
        """Take in what waits now."""
        self.app.begin(self._load())

    async def _load(self) -> None:
        self._generation += 1
        mine, lane, listing = self._generation, self._head.lane, services.refunds.listing
        found = await RefundActs(self.app).read(
            lambda desk, me: (listing.lane(desk, me, lane), listing.counts(desk, me))
        )  # fmt: skip
        if found is not None and mine == self._generation and self.is_attached:
            rows, self._head.counts = found
            self._list.show(rows)
            self._head.refresh()
            self._said.refresh()

    def action_move(self, step: int) -> None:
        """Select another one."""
        self._list.move(step)
        self._said.refresh()

    def action_lane(self, step: int) -> None:
        """Another lane."""
        self._head.lane = LANES[(LANES.index(self._head.lane) + step) % len(LANES)]
        self._list.rows = None
        self.reread()

    def action_open(self) -> None:
        """Open the case of the selected refund."""
        from desk.tui.case.screen import CaseScreen

        if self._list.current is not None:
            self.app.push_screen(CaseScreen(self._list.current.case_id))

    def action_act(self, what: str) -> None:
        """Do to the selected refund what needs no words."""
        act = getattr(services.refunds.deciding, what)
        self._change(act)

    def action_send(self) -> None:
        """Send a draft."""
        self._change(services.refunds.opening.send)

    def action_say(self, what: str) -> None:
        """Ask for a sentence, and do what it is for."""
        row = self._list.current
        if row is not None:
            self.app.begin(self._say(what, row), holds_keys=True)

    async def _say(self, what: str, row: RefundRow) -> None:
        about = f" ({safety.line(row.question)})" if what == "answer_merchant" and row.question else ""
        text = await ask(self.app, TextDialog(f"{ASKED[what]}{about}"))
        if text is not None:
            act = getattr(services.refunds.deciding, what)
            await self._changed(lambda desk, me: act(desk, me, row.id, text))

    def _change(self, act: Callable[[Desk, AgentRow, int], RefundRow]) -> None:
        row = self._list.current
        if row is not None:
            self.app.begin(self._changed(lambda desk, me: act(desk, me, row.id)), holds_keys=True)

    async def _changed(self, act: Callable[[Desk, AgentRow], RefundRow]) -> None:
        done = await RefundActs(self.app).change(act)
        if done is not None:
            more = f", {len(done.approvals)} of {done.needed} approvals" if done.approvals else ""
            self.app.notify(f"refund {done.id}: {done.state.value.replace('_', ' ')}{more}", timeout=5)
        self.reread()

    def action_remind_late(self) -> None:
        """Remind all that are late, after a preview."""
        self.app.begin(self._remind_late(), holds_keys=True)

    async def _remind_late(self) -> None:
        acts = RefundActs(self.app)
        late = await acts.read(services.refunds.listing.late)
        if not late:
            if late is not None:
                self.app.notify("No merchant is late.")
            return
        rows = [
            Choice(place, f"{safety.line(row.merchant_name)}  {amount_of(row)}", note=f"#{row.case_id}")
            for place, row in enumerate(late)
        ]
        title = f"Remind {words.count(len(late), 'merchant mail')} in all"
        hint = "⏎ sends all of them   esc sends none"
        if await ask(self.app, ChoiceDialog(title, lambda _typed: rows, hint=hint)) is None:
            return
        done = 0
        for row in late:
            reminded = await acts.change(partial(_remind, refund_id=row.id))
            done += reminded is not None
        self.app.notify(f"{words.count(done, 'reminder')} sent.")
        self.reread()

    def action_merchant(self) -> None:
        """Show the merchant of the selected refund."""
        row = self._list.current
        if row is not None:
            self.app.begin(self._merchant(row.merchant), holds_keys=True)

    async def _merchant(self, key: str) -> None:
        page = await RefundActs(self.app).read(lambda desk, me: services.refunds.listing.merchant(desk, me, key))
        if page is None:
            return
        share = f"{100 * page.approved // page.answered} % approved" if page.answered else "has not answered yet"
        usual = (
            f", usually after {words.span(timedelta(seconds=page.median_seconds))}"
            if page.median_seconds is not None
            else ""
        )
        facts = [
            f"{words.count(len(page.open_refunds), 'open refund')} · asked {page.asked}, answered {page.answered}",
            f"{share}{usual} · {page.late} unanswered",
            *[f"{safety.line(name)} <{safety.line(address)}>" for name, address in page.contacts],
            f"answers within {page.answer_within} of its hours",
            page.hours,
        ]
        rows = [Choice(place, fact) for place, fact in enumerate(facts)]
        await ask(self.app, ChoiceDialog(safety.line(page.title), lambda _typed: rows, hint="esc back"))

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
