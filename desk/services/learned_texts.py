"""What suggestions are learned from: messages whose case an answer settled, and the answers' own titles and texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from db.kinds import MessageKind, OutboxState, Status
from db.models import AnswerVersion, CannedAnswer, Case, Message, MessageAnswer, OutboxItem
from db.rows import AnswerRow

SETTLED = (Status.SOLVED, Status.CLOSED, Status.WAITING_CUSTOMER)
"""An answer counts while nothing has been said against it: a customer's message opens the case again."""

IN_A_BATCH = 400
TEXTS = 2
"""Messages of the customer before an answer that it is taken to answer: the newest ones."""

TEXT_LENGTH = 4_000


@dataclass(frozen=True, slots=True)
class PastText:
    """What a customer wrote, and the answer that it got; `ref` is the case, 0 for an answer's own words."""

    message_id: int
    ref: int
    text: str
    answer: str
    topic: str | None


@dataclass(frozen=True, slots=True)
class PastTexts:
    """Texts in the order of their answers; `cursor` is where to go on: what comes after it was not read."""

    texts: tuple[PastText, ...]
    cursor: int


def past_texts(connection: Connection, now: datetime, *, after: int = 0, most: int) -> PastTexts:
    """The newest texts whose answer has a message id above `after`, up to `most` answers.

    Of a case only its last answer counts. An answer that may still be taken back, and all after it, come later.
    """
    query = (
        select(
            MessageAnswer.message_id,
            Message.case_id,
            CannedAnswer.key,
            Case.topic_key,
            Case.subject,
            Case.status,
            OutboxItem.state,
            OutboxItem.not_before,
        )
        .join(Message, Message.id == MessageAnswer.message_id)
        .join(AnswerVersion, AnswerVersion.id == MessageAnswer.version_id)
        .join(CannedAnswer, CannedAnswer.id == AnswerVersion.answer_id)
        .join(Case, Case.id == Message.case_id)
        .outerjoin(OutboxItem, OutboxItem.message_id == Message.id)
        .where(MessageAnswer.message_id > after, Message.side_id.is_(None), ~Message.is_automatic)
        .order_by(MessageAnswer.message_id.desc())
        .limit(most)
    )
    rows = connection.execute(query).all()
    unsure = [row.message_id for row in rows if row.state is OutboxState.QUEUED and row.not_before > now]
    cursor = min(unsure) - 1 if unsure else (rows[0].message_id if rows else after)
    last: dict[int, int] = {}
    kept = []
    for row in rows:
        is_last = last.setdefault(row.case_id, row.message_id) == row.message_id
        counts = row.status in SETTLED and row.state not in {OutboxState.CANCELLED, OutboxState.FAILED}
        if is_last and counts and row.message_id <= cursor:
            kept.append(row)
    kept.reverse()
    asked = _asked(connection, [(row.case_id, row.message_id) for row in kept])
    texts = (
        PastText(
            row.message_id,
            row.case_id,
            joined(row.subject, asked[row.case_id, row.message_id]),
            row.key,
            row.topic_key,
        )
        for row in kept
        if asked.get((row.case_id, row.message_id))
    )
    return PastTexts(tuple(texts), cursor)


def joined(subject: str, texts: Sequence[str]) -> str:
    """What a case is about, as one text: its subject and what the customer wrote last, the newest first."""
    return "\n".join([subject, *texts])[:TEXT_LENGTH]


def own_words(answers: Iterable[AnswerRow]) -> tuple[PastText, ...]:
    """The titles of answers, and their titles with their texts, as texts that they fit."""
    return tuple(
        PastText(0, 0, said, answer.key, answer.topic_key)
        for answer in answers
        for words in answer.texts.values()
        for said in (words.title, f"{words.title}\n{words.text}")
    )


def _asked(connection: Connection, places: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], list[str]]:
    """What the customer wrote before each of these messages of these cases, the newest first."""
    before = dict(places)
    found: dict[tuple[int, int], list[str]] = {}
    cases = list(before)
    for start in range(0, len(cases), IN_A_BATCH):
        query = (
            select(Message.case_id, Message.id, Message.new_text)
            .where(Message.case_id.in_(cases[start : start + IN_A_BATCH]), Message.kind == MessageKind.INBOUND)
            .where(Message.side_id.is_(None), ~Message.is_automatic)
            .order_by(Message.case_id, Message.id.desc())
        )
        for case_id, message_id, text in connection.execute(query):
            if message_id < before[case_id]:
                texts = found.setdefault((case_id, before[case_id]), [])
                if len(texts) < TEXTS and text.strip():
                    texts.append(text)
    return found
