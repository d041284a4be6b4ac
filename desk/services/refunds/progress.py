"""What a customer may see of their refund on its page: the steps, the money, the dates, and nothing about anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from db.kinds import Language
from db.kinds_refunds import RefundState
from db.models import Refund
from db.queries.refunds import refund_row
from db.rows_refunds import RefundRow
from desk.rules.refunds.money import Money, written
from desk.services.desk import Desk
from desk.services.refunds.progress_links import refund_of
from desk.services.refunds.telling import PROMISED
from desk.services.refunds.words import Step, day, moment, progress, told, words_of

KEPT = timedelta(days=60)
"""How long the page of a refund that has ended can be read."""
ENDED = frozenset({RefundState.PAID, RefundState.CANCELLED, RefundState.DECLINED})
TOLD_AS = {RefundState.REQUESTED: RefundState.APPROVED, RefundState.UNKNOWN: RefundState.PENDING}
"""States that customers are not told of, and as what they stand on the page."""


class NoProgressError(Exception):
    """There is no such page: the link was not made by this desk, or the refund was never sent."""


class EndedProgressError(Exception):
    """The refund ended so long ago that its page is gone; `language` is the customer's."""

    def __init__(self, language: Language) -> None:
        super().__init__("This refund has ended, and its page is gone.")
        self.language = language


@dataclass(frozen=True, slots=True)
class Progress:
    """A customer's page: every text in `language`; labels and values in their order."""

    language: Language
    title: str
    steps: tuple[Step, ...]
    says: str
    """What the customer was told when the refund came to where it stands."""
    late: str
    """That a time that we told them has passed; empty otherwise."""
    facts: tuple[tuple[str, str], ...]
    at: str


def look(desk: Desk, token: str, language: Language | None = None) -> Progress:
    """What a link shows, in a language or in the customer's own. Raises `NoProgressError`, `EndedProgressError`."""
    now = desk.clock()
    with desk.database.read() as connection:
        refund_id = refund_of(connection, token)
        row = refund_row(connection, refund_id) if refund_id is not None else None
        if row is None or row.state is RefundState.DRAFT:
            raise NoProgressError
        more = connection.execute(
            select(Refund.asked_at, Refund.answered_at, Refund.details).where(Refund.id == row.id)
        ).one()
    fallback = desk.settings.fallback_language
    own = row.language if row.language is not Language.OTHER else Language(fallback)
    if row.state in ENDED and row.state_since + KEPT <= now:
        raise EndedProgressError(language or own)
    said = more.details.get(PROMISED)
    promised = datetime.fromisoformat(said) if said else None
    return _shown(row, language or own, more.answered_at, promised, now)


def _shown(
    row: RefundRow, language: Language, answered_at: datetime | None, promised: datetime | None, now: datetime
) -> Progress:
    words = words_of(language).progress
    amount = written(Money(row.amount, row.currency), language)
    state = TOLD_AS.get(row.state, row.state)
    is_coming = state in {RefundState.WITH_MERCHANT, RefundState.APPROVED, RefundState.PENDING}
    until = row.deadline_at if state is RefundState.WITH_MERCHANT else promised
    texts = {
        "merchant": row.merchant_name or row.merchant,
        "amount": amount,
        "paid": day(row.paid_at, language),
        "reference": row.reference or row.transaction,
        "reason": row.said or words_of(language).reasons[row.reason],
    }
    texts |= {"until": moment(until, language)} if until else {}
    texts |= {"back": moment(promised, language)} if promised else {}
    facts = [
        (words.amount, amount),
        (words.merchant, texts["merchant"]),
        (words.paid, texts["paid"]),
        (words.reference, texts["reference"]),
        (words.opened, moment(row.opened_at, language)),
    ]
    if state is RefundState.WITH_MERCHANT and row.deadline_at is not None:
        facts.append((words.asked, moment(row.deadline_at, language)))
    elif answered_at is not None:
        facts.append((words.decided, moment(answered_at, language)))
    if is_coming and promised is not None:
        facts.append((words.due, moment(promised, language)))
    is_late = is_coming and promised is not None and promised < now
    return Progress(
        language=language,
        title=words.title,
        steps=progress(row.state, language),
        says=told(state, language, texts),
        late=words.late.replace("{until}", texts["back"]) if is_late else "",
        facts=tuple(facts),
        at=words.at.replace("{until}", moment(now, language)),
    )
