"""Refunds on the card of a case: the five steps, for the agent's eye."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from db.kinds_refunds import RefundState
from desk.rules.refunds.life import PROGRESS, shown
from desk.rules.refunds.money import Money, written
from desk.tui import format as words
from desk.tui import safety

if TYPE_CHECKING:
    from db.rows_refunds import RefundRow

STEPS = ("asked", "merchant", "decided", "paying", "paid")
TROUBLE = frozenset({RefundState.UNANSWERED, RefundState.FAILED, RefundState.UNKNOWN})


def refund_rows(refund: RefundRow, width: int, now: datetime) -> Iterator[tuple[str, str]]:
    """The rows of one refund: the name of their style, and text that fits into `width` cells."""
    from desk.services.refunds.words import place_of  # most cases have no refund

    money = written(Money(refund.amount, refund.currency))
    head = f"refund {refund.id}  {money}  {safety.line(refund.merchant_name)}"
    yield "strong", words.cut(head, width)
    yield (
        ("late" if refund.state in TROUBLE else "plain"),
        words.cut(f"  {steps(refund.state)} {_where(refund, now)}", width),
    )
    if told := place_of(refund.state, refund.language):
        yield "quiet", words.cut(f"  customer reads: {told}", width)
    if refund.question:
        yield "soon", words.cut(f"  asks: {safety.line(refund.question)}", width)
    if refund.flags:
        yield "soon", words.cut(f"  ! {', '.join(refund.flags)}", width)


def steps(state: RefundState) -> str:
    """`●●◐○○`: the steps that are done, the one that it stands at, those to come."""
    come = PROGRESS[state]
    if state is RefundState.PAID:
        return "●" * 5
    return "".join("●" if place < come else "◐" if place == come else "○" for place in range(1, 6))


def _where(refund: RefundRow, now: datetime) -> str:
    said = shown(refund.state)
    if refund.state is RefundState.WITH_MERCHANT and refund.deadline_at is not None:
        late = "late since" if refund.deadline_at <= now else "until"
        return f"{said} {late} {words.moment(refund.deadline_at, now)}"
    return said
