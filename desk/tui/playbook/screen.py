"""The playbook for a stolen account by keys: each step with its state, its clock, and what to do when it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on

from db.kinds_safety import PaymentVerdict, SafetyActState
from desk import services
from desk.rules.safety.playbook import ACT_OF, Step
from desk.tui import actions, safety
from desk.tui.dialogs.asking import ask, report
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.dialogs.text import TextDialog
from desk.tui.footer import KeyFooter
from desk.tui.messages import Changed, Fresh
from desk.tui.playbook.lines import PaymentLines, PaymentsHead, PlaybookHead, PlaybookLines, StepSaid
from desk.tui.screen import DeskScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from db.rows import AgentRow
    from desk.services.desk import Desk

T = TypeVar("T")
TICK_SECONDS = 1.0
Answer = Callable[[str], Awaitable[None]]
"""Puts the canned answer of that key into the composer of the case."""


class PlaybookScreen(DeskScreen):
    """The playbook of one case; `answer` writes a step's canned answer."""

    NAME = "playbook"
    CSS_PATH = "playbook.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("playbook")]

    def __init__(self, case_id: int, answer: Answer | None = None) -> None:
        super().__init__()
        self._case_id, self._answer = case_id, answer
        self._head = PlaybookHead()
        self._list = PlaybookLines()
        self._said = StepSaid(self._list)

    def compose(self) -> ComposeResult:
        """Head, steps, the selected one, the keys."""
        yield self._head
        yield self._list
        yield self._said
        yield KeyFooter("playbook")

    def on_mount(self) -> None:
        """Read it, and let its clocks run."""
        self.reread()
        self.set_interval(TICK_SECONDS, self._list.refresh)

    @on(Changed)
    @on(Fresh)
    def reread(self) -> None:
        """Take in how it stands now."""
        self.app.begin(self._trying(self._load()))

    async def _load(self) -> None:
        case_id = self._case_id
        book = await self.app.gateway.run(lambda desk, me: services.safety.playbook.required(desk, me, case_id))
        if self.is_attached:
            self._head.book = self._list.book = book
            for lines in (self._head, self._list, self._said):
                lines.refresh()

    def action_move(self, step: int) -> None:
        """Select another step."""
        self._list.move(step)
        self._said.refresh()

    def action_do(self) -> None:
        """Do the selected step."""
        self.app.begin(self._trying(self._do()), holds_keys=True)

    async def _do(self) -> None:
        book, standing = self._list.book, self._list.current
        if book is None or standing is None:
            return
        run_id, step = book.run.id, standing.step
        if step in ACT_OF:
            await self._act(run_id, step)
        elif step is Step.LOOK:
            await self._renew()
        elif step is Step.PAYMENTS:
            self.action_payments()
        elif step is Step.DISPUTES:
            await self._change(lambda desk, me: services.safety.owning.dispute(desk, me, run_id))
        elif step is Step.REPORT:
            await self._change(lambda desk, me: services.safety.playbook.note_told(desk, me, run_id))
        elif step is Step.WATCH:
            await self._change(lambda desk, me: services.safety.playbook.watch(desk, me, run_id))

    async def _act(self, run_id: int, step: Step) -> None:
        kind, reason = ACT_OF[step], ""
        if step in {Step.UNFREEZE, Step.FREEZE}:
            title = "Freeze it: why" if step is Step.FREEZE else "Open the account again: why"
            typed = await ask(self.app, TextDialog(title))
            if typed is None:
                return
            reason = typed
        act = await self._change(lambda desk, me: services.safety.acting.ask(desk, me, run_id, kind, reason))
        said = "waits for a second person" if act.state is SafetyActState.WAITING else "asked; not confirmed yet"
        if act.state is not SafetyActState.DONE:
            self.app.notify(f"{step.value}: {said}.", timeout=5)

    def action_agree(self) -> None:
        """Agree to what the selected step, or any other, waits for."""
        self.app.begin(self._trying(self._settle("agree")), holds_keys=True)

    def action_withdraw(self) -> None:
        """Take back what waits."""
        self.app.begin(self._trying(self._settle("withdraw")), holds_keys=True)

    async def _settle(self, what: str) -> None:
        standing, book = self._list.current, self._list.book
        waiting = [act for act in book.acts if act.state is SafetyActState.WAITING] if book is not None else []
        chosen = [act for act in waiting if standing is not None and standing.act == act] or waiting[:1]
        if not chosen:
            self.app.notify("Nothing waits for a second person.", timeout=4)
            return
        use_case, act_id = getattr(services.safety.acting, what), chosen[0].id
        await self._change(lambda desk, me: use_case(desk, me, act_id))

    def action_renew(self) -> None:
        """Have the wallet asked about the account again."""
        self.app.begin(self._trying(self._renew()), holds_keys=True)

    async def _renew(self) -> None:
        case_id = self._case_id
        await self._change(lambda desk, me: services.safety.reading.want(desk, me, case_id, anew=True))
        self.app.notify("The wallet is being asked; what it says will stand here.", timeout=4)

    def action_look_for(self) -> None:
        """Look for the account by another contact."""
        self.app.begin(self._trying(self._look_for()), holds_keys=True)

    async def _look_for(self) -> None:
        typed = await ask(self.app, TextDialog("Number or address on file at the wallet"))
        if typed is not None:
            case_id = self._case_id
            await self._change(lambda desk, me: services.safety.reading.look_for(desk, me, case_id, typed))

    def action_choose(self) -> None:
        """Say which account it is."""
        self.app.begin(self._trying(self._choose()), holds_keys=True)

    async def _choose(self) -> None:
        book, case_id = self._list.book, self._case_id
        matches = book.facts.matches if book is not None and book.facts is not None else ()
        if len(matches) < 2:
            self.app.notify("There are not several accounts to choose from.", timeout=4)
            return
        choices = [
            Choice(account, f"{account}  {safety.line(name)}", key=str(place) if place < 10 else "")
            for place, (account, name) in enumerate(matches, 1)
        ]
        chosen = await ask(self.app, ChoiceDialog("Which account is it", lambda _typed: choices))
        if chosen is not None:
            await self._change(lambda desk, me: services.safety.reading.choose(desk, me, case_id, chosen))

    def action_close(self) -> None:
        """Close it without a watch."""
        self.app.begin(self._trying(self._close()), holds_keys=True)

    async def _close(self) -> None:
        book = self._list.book
        why = await ask(self.app, TextDialog("Close the playbook: why")) if book is not None else None
        if book is not None and why is not None:
            run_id = book.run.id
            await self._change(lambda desk, me: services.safety.playbook.close(desk, me, run_id, why))

    def action_payments(self) -> None:
        """Go through the transactions."""
        if self._list.book is not None:
            self.app.push_screen(PaymentsScreen(self._case_id, self._list.book.run.id))

    def action_answer(self) -> None:
        """The step's canned answer into the composer."""
        standing = self._list.current
        if standing is not None and self._answer is not None:
            answer, key = self._answer, standing.about.answer
            self.dismiss(None)
            self.app.begin(self._trying(answer(key)), holds_keys=True)

    def action_back(self) -> None:
        """Back to the case."""
        self.dismiss(None)

    async def _change(self, use_case: Callable[[Desk, AgentRow], T]) -> T:
        try:
            return await self.app.gateway.write(use_case)
        finally:
            self.reread()

    async def _trying(self, work: Awaitable[object]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)


class PaymentsScreen(DeskScreen):
    """Transactions that the customer is to own or disown."""

    NAME = "playbook-payments"
    CSS_PATH = "playbook.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("playbook-payments")]

    def __init__(self, case_id: int, run_id: int) -> None:
        super().__init__()
        self._case_id, self._run_id = case_id, run_id
        self._head = PaymentsHead()
        self._list = PaymentLines()

    def compose(self) -> ComposeResult:
        """Head, transactions, keys."""
        yield self._head
        yield self._list
        yield KeyFooter("playbook-payments")

    def on_mount(self) -> None:
        """Read them."""
        self.reread()

    @on(Changed)
    @on(Fresh)
    def reread(self) -> None:
        """Take in how they stand now."""
        self.app.begin(self._load())

    async def _load(self) -> None:
        case_id = self._case_id
        try:
            book = await self.app.gateway.run(lambda desk, me: services.safety.playbook.required(desk, me, case_id))
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
            return
        if self.is_attached:
            self._list.rows = self._head.rows = book.payments
            self._list.move(0)
            self._head.refresh()

    def action_move(self, step: int) -> None:
        """Select another one."""
        self._list.move(step)

    def action_whose(self, verdict: str) -> None:
        """Note whose it is, and go to the next."""
        self.app.begin(self._whose(PaymentVerdict(verdict)), holds_keys=True)

    async def _whose(self, verdict: PaymentVerdict) -> None:
        row, run_id = self._list.current, self._run_id
        if row is None:
            return
        number = row.movement.id
        if await self._change(lambda desk, me: services.safety.owning.say_whose(desk, me, run_id, [number], verdict)):
            self._list.move(1)

    def action_dispute(self) -> None:
        """Dispute all that is disowned."""
        run_id = self._run_id
        self.app.begin(self._dispute(run_id), holds_keys=True)

    async def _dispute(self, run_id: int) -> None:
        before = {row.movement.id for row in self._list.rows or () if row.refund_id is not None}
        if await self._change(lambda desk, me: services.safety.owning.dispute(desk, me, run_id)):
            opened = [row for row in self._list.rows or () if row.refund_id and row.movement.id not in before]
            self.app.notify(f"{len(opened)} in dispute, for support's review; two people decide.", timeout=6)

    async def _change(self, use_case: Callable[[Desk, AgentRow], object]) -> bool:
        try:
            await self.app.gateway.write(use_case)
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
            return False
        finally:
            await self._load()
        return True

    def action_back(self) -> None:
        """Back to the playbook."""
        self.dismiss(None)
