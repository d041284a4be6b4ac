"""Opening a refund by keys: which payment, why, how much, what goes along, and what the customer will be told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from db.kinds_refunds import RefundReason
from desk import services
from desk.rules.refunds.money import Money, MoneyError, read_money, written
from desk.rules.refunds.policy import Asked, MerchantPolicy, Verdict
from desk.tui import format as words
from desk.tui import safety
from desk.tui.actions import key_of
from desk.tui.case.attachments import size_text
from desk.tui.dialogs.asking import ask, expected_errors
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.dialogs.text import TextDialog
from desk.tui.dialogs.ticks import TicksDialog

if TYPE_CHECKING:
    from db.rows import AgentRow
    from desk.services.desk import Desk
    from desk.services.refunds.looking import Look, Offered
    from desk.tui.app import DeskApp

T = TypeVar("T")
SEND, KEEP = "send", "keep"
FITS = {"reference": "ref", "amount": "sum", "date": "day", "merchant": "shop"}
"""What the customer's words say about a payment, in words that fit beside it."""
TWINS = "= the same sum at the same shop within minutes"


class RefundActs:
    """Acts on refunds; what went wrong is said in a notice."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app

    async def find(self, case_id: int) -> Look | None:
        """The payments of a case's customer; None after a notice. It asks the wallet, and may take its time."""
        return await self._try(self._app.gateway.ask_outside, lambda desk, me: _look(desk, me, case_id))

    async def open(self, look: Look) -> None:
        """Go through the steps of a new refund on a case; leaving one of them keeps nothing."""
        case_id = look.case_id
        if not look.offered:
            self._app.notify("The wallet shows no payment of this customer to a merchant.", severity="warning")
            return
        hint = "a key or ⏎ chooses   esc back"
        hint += f"\n{TWINS}" if any(each.candidate.twin for each in look.offered) else ""
        dialog = ChoiceDialog("refund · 1 of 5 · which payment", lambda _typed: _payments(look), hint=hint)
        chosen = await ask(self._app, dialog)
        if chosen is None:
            return
        offered = look.offered[chosen]
        reason = await self._why(look, offered)
        if reason is None or not await self._is_taken(case_id, offered, Asked(reason, evidence=len(look.evidence))):
            return
        amount = await self._amount(look, offered)
        if amount is None:
            return
        evidence = await self._evidence(look, is_needed=reason in offered.merchant.evidence)
        if evidence is None:
            return
        await self._confirm(case_id, offered, Asked(reason, amount, len(evidence)), evidence)

    async def _is_taken(self, case_id: int, offered: Offered, asked: Asked) -> bool:
        """Whether no rule refuses; why is said at once, before more is asked."""
        payment = offered.candidate.payment
        shown = await self.read(lambda desk, me: services.refunds.looking.preview(desk, me, case_id, payment, asked))
        if shown is not None and shown[1]:
            self._refused(*shown[:2])
        return shown is not None and not shown[1]

    def _way(self, offered: Offered, verdict: Verdict, files: int) -> str:
        """Until when it may be asked for, and whose word it takes."""
        merchant, now = offered.merchant, self._app.gateway.now()
        deadline = merchant.deadline(now) if merchant.contacts else None
        if verdict.is_automatic:
            way = "the merchant has agreed to it beforehand"
        elif deadline is None:
            way = "nobody at the merchant is on file: support decides"
        else:
            way = f"{safety.line(merchant.contacts[0][1])} answers by {words.coming(deadline)}"
        waits = f"\nthe path takes refunds again from {words.coming(verdict.not_before)}" if verdict.not_before else ""
        along = f", with {words.count(files, 'file')}" if files else ""
        return f"may be asked for until {words.coming(verdict.until)}\n{way}{along}{waits}"

    def _refused(self, verdict: Verdict, said: Sequence[str]) -> None:
        """The rules that refuse, in the desk's words, and what the customer may be told."""
        rules = ", ".join(each.rule.value for each in verdict.refusals)
        self._app.notify(safety.line(f"refused by {rules}. {' '.join(said)}"), severity="warning", timeout=15)

    async def _evidence(self, look: Look, *, is_needed: bool) -> tuple[int, ...] | None:
        """Which of the customer's files go along; those that are needed are ticked, for others it takes a hand."""
        if not look.evidence:
            return ()
        things = [(each.id, each.name, size_text(each.size)) for each in look.evidence]
        about = "The merchant asks for evidence." if is_needed else "The merchant asks for none; send what helps it."
        ticked = [each.id for each in look.evidence] if is_needed else []
        title = "refund · 4 of 5 · files for the merchant"
        return await ask(self._app, TicksDialog(title, things, ticked=ticked, about=about))

    async def read(self, use_case: Callable[[Desk, AgentRow], T]) -> T | None:
        """The result of a use case; None after a notice."""
        return await self._try(self._app.gateway.run, use_case)

    async def change(self, use_case: Callable[[Desk, AgentRow], T]) -> T | None:
        """The result of a use case that changes something; None after a notice."""
        return await self._try(self._app.gateway.write, use_case)

    async def _try(
        self, way: Callable[[Callable[[Desk, AgentRow], T]], Awaitable[T]], use_case: Callable[[Desk, AgentRow], T]
    ) -> T | None:
        from desk.rules.refunds.approving import ApprovalError
        from desk.rules.refunds.life import RefundStateError
        from desk.wallet.errors import WalletError

        expected: tuple[type[Exception], ...] = (*expected_errors(), ApprovalError, RefundStateError, WalletError)
        try:
            return await way(use_case)
        except expected as error:
            self._app.notify(safety.line(str(error)), severity="warning", timeout=10)
            return None

    async def _why(self, look: Look, offered: Offered) -> RefundReason | None:
        """The reason chosen; what somebody else paid is a matter of account safety, and says so."""
        reasons = [
            Choice(each, _reason(each), _about(each, offered.merchant), key=str(place))
            for place, each in enumerate(RefundReason, 1)
        ]
        dialog = ChoiceDialog("refund · 2 of 5 · why", lambda _typed: reasons, selected=look.reason)
        reason = await ask(self._app, dialog)
        if reason is not RefundReason.NOT_ME:
            return reason
        from desk.services.refunds.errors import AccountSafetyError

        key = key_of("case.playbook", self._app.keys)
        self._app.notify(f"{AccountSafetyError()} {key} begins it.", severity="warning", timeout=12)
        return None

    async def _amount(self, look: Look, offered: Offered) -> Money | None:
        left = offered.verdict.left

        def problem(text: str) -> str:
            try:
                return "" if read_money(text, left.currency) <= left else f"At most {written(left)} is left of it."
            except MoneyError as error:
                return str(error)

        text = written(look.amount or left).removeprefix("Rp")
        title = f"refund · 3 of 5 · how much of {written(left)}"
        typed = await ask(self._app, TextDialog(title, text=text, problem=problem))
        return None if typed is None else read_money(typed, left.currency)

    async def _confirm(self, case_id: int, offered: Offered, asked: Asked, evidence: tuple[int, ...]) -> None:
        payment = offered.candidate.payment
        shown = await self.read(
            lambda desk, me: services.refunds.looking.preview(desk, me, case_id, payment, asked)
        )  # fmt: skip
        if shown is None:
            return
        verdict, refused, told = shown
        if refused:
            self._refused(verdict, refused)
            return
        choices = [Choice(SEND, "send it on its way", key="1"), Choice(KEEP, "keep it as a draft", key="2")]
        title = f"refund · 5 of 5 · {written(verdict.amount)}, {payment.merchant_name}"
        hint = f"{self._way(offered, verdict, len(evidence))}\ncustomer is told: {safety.line(told)}"
        what = await ask(self._app, ChoiceDialog(title, lambda _typed: choices, hint=hint))
        if what is None:
            return

        def go(desk: Desk, me: AgentRow) -> str:
            opening = services.refunds.opening
            row = opening.open_draft(
                desk, me, case_id, payment, reason=asked.reason, amount=asked.amount, evidence=evidence
            )
            row = opening.send(desk, me, row.id) if what == SEND else row
            return f"refund {row.id}: {row.state.value.replace('_', ' ')}"

        done = await self.change(go)
        if done is not None:
            self._app.notify(done, timeout=6)


def _look(desk: Desk, me: AgentRow, case_id: int) -> Look:
    from desk.services import wallets

    return services.refunds.looking.look(desk, me, wallets.wallet_of(desk), case_id)


def _payments(look: Look) -> list[Choice[int]]:
    """The payments in columns, the likeliest first: what fits is named, and the rule that refuses one."""
    found = []
    for place, each in enumerate(look.offered):
        payment, local = each.candidate.payment, each.candidate.payment.paid_at.astimezone()
        when = words.fit(f"{local.day} {local:%b %H:%M}", 12)
        name = words.fit(words.middle(safety.line(payment.merchant_name), 14), 14)
        money = words.fit(written(Money(payment.amount, payment.currency)), 12, right=True)
        fits = " ".join(FITS[why] for why in each.candidate.why)
        refused = ", ".join(rule.rule.value for rule in each.verdict.refusals)
        note = f"✗ {refused}" if refused else f"{'= ' if each.candidate.twin else ''}{fits}"
        key = str(place + 1) if place < 9 else ""
        label = f"{when} {name} {money}" if key else f"  {when} {name} {money}"
        found.append(Choice(place, label, note=words.cut(note, 16), key=key))
    return found


def _about(reason: RefundReason, merchant: MerchantPolicy) -> str:
    if reason is RefundReason.NOT_ME:
        return ""
    if reason not in merchant.reasons:
        return "not taken by this merchant"
    return "evidence needed" if reason in merchant.evidence else ""


def _reason(reason: RefundReason) -> str:
    if reason is RefundReason.NOT_ME:
        return "not me: a matter of account safety"
    return reason.value.replace("_", " ")
