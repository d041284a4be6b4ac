"""Working on a list of refunds by keys: moving in it, opening the case, and what can be done to the selected one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on

from desk import services
from desk.tui import format as words
from desk.tui import safety
from desk.tui.dialogs.asking import ask
from desk.tui.dialogs.text import TextDialog
from desk.tui.dialogs.ticks import TicksDialog
from desk.tui.messages import Changed, Fresh
from desk.tui.refunds.acts import RefundActs
from desk.tui.refunds.listing import RefundLines, RefundSaid, sums
from desk.tui.screen import DeskScreen

if TYPE_CHECKING:
    from db.rows import AgentRow
    from db.rows_refunds import RefundRow
    from desk.services.desk import Desk

ASKED = {
    "decline": "Decline: the reason, as the customer reads it",
    "cancel": "Stop it: the reason, as the customer reads it",
    "answer_merchant": "Answer the merchant's question",
}
PAGE = 100
AT_ONCE = 10
"""So many merchants are reminded before others' work has its turn."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was read, and whether there may be more."""

    rows: Sequence[RefundRow]
    has_more: bool = False


class WorkingScreen(DeskScreen):
    """A list of refunds; subclasses say which."""

    CSS_PATH = "refunds.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.listed = RefundLines()
        self.said = RefundSaid(self.listed)
        self._generation = 0
        self._reads_on = False

    async def read(self, least: int) -> Page | None:
        """At least so many refunds from the first one on; None where nothing could be read."""
        raise NotImplementedError

    async def read_on(self, after: RefundRow) -> Sequence[RefundRow] | None:
        """The refunds after one."""
        raise NotImplementedError

    def merchant(self) -> str | None:
        """The key of the only merchant that is shown."""
        return None

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

    def forget(self) -> None:
        """Another list: nothing of the one before is shown."""
        self.listed.rows = None
        self.listed.selected = 0
        self.reread()

    async def _load(self) -> None:
        self._generation += 1
        mine = self._generation
        found = await self.read(max(PAGE, len(self.listed.rows or ())))
        if found is not None and mine == self._generation and self.is_attached:
            self.listed.show(found.rows, has_more=found.has_more)
            self.said.refresh()

    async def _load_more(self) -> None:
        mine, rows = self._generation, self.listed.rows
        if not rows or self._reads_on:
            return
        self._reads_on = True
        try:
            more = await self.read_on(rows[-1])
        finally:
            self._reads_on = False
        if more is not None and mine == self._generation and self.is_attached:
            self.listed.show([*rows, *more], has_more=len(more) >= PAGE)

    def action_move(self, step: int) -> None:
        """Select another one."""
        self.listed.move(step)
        self.said.refresh()
        if self.listed.wants_more:
            self.app.begin(self._load_more())

    def action_pages(self, pages: int) -> None:
        """Select by screens."""
        self.action_move(pages * max(self.listed.size.height - 1, 1))

    def action_ends(self, end: int) -> None:
        """The first one, or the last one that was read."""
        self.action_move(end * len(self.listed.rows or ()))

    def action_open(self) -> None:
        """Open the case of the selected refund."""
        from desk.tui.case.screen import CaseScreen

        if self.listed.current is not None:
            self.app.push_screen(CaseScreen(self.listed.current.case_id))

    def action_act(self, what: str) -> None:
        """Do to the selected refund what needs no words."""
        self._change(getattr(services.refunds.deciding, what))

    def action_send(self) -> None:
        """Send a draft."""
        self._change(services.refunds.opening.send)

    def action_say(self, what: str) -> None:
        """Ask for a sentence, and do what it is for."""
        row = self.listed.current
        if row is not None:
            self.app.begin(self._say(what, row), holds_keys=True)

    async def _say(self, what: str, row: RefundRow) -> None:
        about = f" ({safety.line(row.question)})" if what == "answer_merchant" and row.question else ""
        text = await ask(self.app, TextDialog(f"{ASKED[what]}{about}"))
        if text is not None:
            act = getattr(services.refunds.deciding, what)
            await self._changed(lambda desk, me: act(desk, me, row.id, text))

    def _change(self, act: Callable[[Desk, AgentRow, int], RefundRow]) -> None:
        row = self.listed.current
        if row is not None:
            self.app.begin(self._changed(lambda desk, me: act(desk, me, row.id)), holds_keys=True)

    async def _changed(self, act: Callable[[Desk, AgentRow], RefundRow]) -> None:
        done = await RefundActs(self.app).change(act)
        if done is not None:
            more = f", {len(done.approvals)} of {done.needed} approvals" if done.approvals else ""
            self.app.notify(f"refund {done.id}: {done.state.value.replace('_', ' ')}{more}", timeout=5)
        self.reread()

    def action_remind_late(self) -> None:
        """Remind those that are late, after a preview."""
        self.app.begin(self._remind_late(), holds_keys=True)

    async def _remind_late(self) -> None:
        acts, only = RefundActs(self.app), self.merchant()
        late = await acts.read(services.refunds.listing.late)
        if late is None:
            return
        of: dict[str, list[RefundRow]] = {}
        for row in late:
            if only in {None, row.merchant}:
                of.setdefault(row.merchant_name, []).append(row)
        if not of:
            self.app.notify("No merchant is late, or it was written within the last hour.")
            return
        things = [(name, f"{name}  {words.count(len(rows), 'refund')}", sums(rows)) for name, rows in of.items()]
        title = f"remind late merchants: {words.count(sum(map(len, of.values())), 'mail')}"
        chosen = await ask(self.app, TicksDialog(title, things, ticked=of, about="⏎ sends a mail for each refund."))
        if chosen:
            await self._remind([row.id for name in chosen for row in of[name]])

    async def _remind(self, ids: Sequence[int]) -> None:
        done = refused = 0
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            reminded = await RefundActs(self.app).change(
                lambda desk, me, some=some: services.refunds.deciding.remind_late(desk, me, some)  # type: ignore[misc]
            )
            if reminded is None:
                break
            done, refused = done + len(reminded.done), refused + len(reminded.refused)
        left = f", {refused} left alone: answered or reminded meanwhile" if refused else ""
        self.app.notify(f"{words.count(done, 'reminder')} sent{left}.")
        self.reread()

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
