"""The lanes of refunds: waiting for merchants, late ones first; support's review; approvals; unknown at the wallet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from desk import services
from desk.tui import actions, safety
from desk.tui.dialogs.asking import ask
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.footer import KeyFooter
from desk.tui.refunds.acts import RefundActs
from desk.tui.refunds.listing import LANES, RefundsHead
from desk.tui.refunds.working import Page, WorkingScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from db.kinds_refunds import RefundLane
    from db.rows import AgentRow
    from db.rows_refunds import RefundRow
    from desk.services.desk import Desk


class RefundsScreen(WorkingScreen):
    """One lane at a time."""

    NAME = "refunds"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("refunds")]

    def __init__(self) -> None:
        super().__init__()
        self._head = RefundsHead()

    def compose(self) -> ComposeResult:
        """The lanes, the refunds, the selected one, the keys."""
        yield self._head
        yield self.listed
        yield self.said
        yield KeyFooter("refunds")

    async def read(self, least: int) -> Page | None:
        """At least so many of the lane where there are, and the counts of all lanes."""
        lane = self._head.lane

        def take(desk: Desk, me: AgentRow) -> tuple[Sequence[RefundRow], Mapping[RefundLane, int]]:
            listing = services.refunds.listing
            return listing.pages(desk, me, lane, least=least), listing.counts(desk, me)

        found = await RefundActs(self.app).read(take)
        if found is None or lane is not self._head.lane:
            return None
        rows, self._head.counts = found
        self._head.refresh()
        return Page(rows, has_more=len(rows) >= least)

    async def read_on(self, after: RefundRow) -> Sequence[RefundRow] | None:
        """The next page of the lane."""
        lane = self._head.lane
        found = await RefundActs(self.app).read(
            lambda desk, me: services.refunds.listing.lane(desk, me, lane, after=after)
        )
        return found if lane is self._head.lane else None

    def action_lane(self, step: int) -> None:
        """Another lane."""
        self._head.lane = LANES[(LANES.index(self._head.lane) + step) % len(LANES)]
        self.forget()

    def action_merchant(self) -> None:
        """Show the merchant of the selected refund."""
        row = self.listed.current
        if row is not None:
            self._show(row.merchant)

    def action_merchants(self) -> None:
        """Pick a merchant by its name."""
        self.app.begin(self._pick(), holds_keys=True)

    async def _pick(self) -> None:
        known = await RefundActs(self.app).read(services.refunds.listing.merchants)
        if known is None:
            return

        def fitting(typed: str) -> list[Choice[str]]:
            said = typed.strip().casefold()
            return [Choice(key, safety.line(title), key) for key, title in known if said in f"{title} {key}".casefold()]

        key = await ask(self.app, ChoiceDialog("merchant", fitting, typed=True))
        if key is not None:
            self._show(key)

    def _show(self, key: str) -> None:
        from desk.tui.refunds.merchant import MerchantScreen

        self.app.push_screen(MerchantScreen(key))
