"""How often each answer is sent and how it ends: sums that are kept with the events, by topic, answer and language.

An answer ended well on a case that was solved after it and did not reopen within `KEPT` of that. The share is told of
cases, the frequency of messages. Sums are kept and not counted: a picker asks for one topic's with every key press that
opens it, and a year of a large desk is some hundred thousand messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, text, tuple_, update

from db.kinds import EventKind, Status
from db.models import AnswerUse, AnswerVersion, Case, Message, MessageAnswer
from db.uow import Pending
from desk.rules.measures import MOVES
from desk.services.places import slices

KEPT = timedelta(days=7)
"""How long a case has to stay solved; one that reopens later was solved."""

SOLVED = (Status.SOLVED, Status.CLOSED)

CHANGES = MOVES | {EventKind.MESSAGE_WRITTEN, EventKind.MESSAGE_TAKEN_BACK}
"""The events that may change a sum."""

ADD_USE = """INSERT INTO answer_use (case_id, answer_id, language, topic_key, messages, solved_at)
VALUES (:case_id, :answer_id, :language, :topic_key, :messages, NULL)
ON CONFLICT (case_id, answer_id, language) DO UPDATE SET messages = answer_use.messages + excluded.messages"""

ADD_FIGURE = """INSERT INTO answer_figure (topic_key, answer_id, language, messages, cases, solved)
VALUES (:topic_key, :answer_id, :language, :messages, :cases, :solved)
ON CONFLICT (topic_key, answer_id, language) DO UPDATE SET messages = answer_figure.messages + excluded.messages,
cases = answer_figure.cases + excluded.cases, solved = answer_figure.solved + excluded.solved"""

RECOUNT = (
    "DELETE FROM answer_figure",
    "DELETE FROM answer_use",
    """INSERT INTO answer_use (case_id, answer_id, language, topic_key, messages, solved_at)
    SELECT c.id, v.answer_id, coalesce(a.language, c.language), coalesce(c.topic_key, ''), count(*), c.solved_at
    FROM message_answer a JOIN message m ON m.id = a.message_id JOIN support_case c ON c.id = m.case_id
    JOIN canned_answer_version v ON v.id = a.version_id LEFT JOIN outbox o ON o.message_id = m.id
    WHERE coalesce(o.state, '') <> 'cancelled' AND m.agent_id IS NOT NULL
    GROUP BY c.id, v.answer_id, coalesce(a.language, c.language), c.topic_key, c.solved_at""",
    """INSERT INTO answer_figure (topic_key, answer_id, language, messages, cases, solved)
    SELECT topic_key, answer_id, language, sum(messages), count(*), count(solved_at) FROM answer_use
    GROUP BY topic_key, answer_id, language""",
)

Figure = tuple[str, int, str]
"""The key of a sum: topic, answer, language."""


def count_answers(connection: Connection, now: datetime, events: Sequence[Pending]) -> None:
    """Bring the sums in line with what these events mean.

    The caller holds the lock under which events are written, so no two writers wait for each other's sums.
    """
    events = [each for each in events if each.kind in CHANGES]
    if not events:
        return
    sent = [each.data["message"] for each in events if _is_sent(each)]
    taken_back = [each.data["message"] for each in events if each.kind is EventKind.MESSAGE_TAKEN_BACK]
    moved = {each.case_id for each in events if each.case_id is not None and each.kind in MOVES}
    sums: Counter[tuple[Figure, str]] = Counter()
    if sent:
        moved |= _add_uses(connection, sent, sums)
    if taken_back:
        _take_uses(connection, taken_back, sums)
    if moved:
        _settle(connection, now, moved, sums)
    _write(connection, sums)


def recount(connection: Connection) -> None:
    """Count all that was sent anew; what reopened and was solved again counts by how it stands now."""
    for statement in RECOUNT:
        connection.execute(text(statement))


def _is_sent(event: Pending) -> bool:
    return event.kind is EventKind.MESSAGE_WRITTEN and bool(event.data.get("after", {}).get("answers"))


def _uses(connection: Connection, messages: Sequence[int]) -> list[Any]:
    language = func.coalesce(MessageAnswer.language, Case.language).label("language")
    query = (
        select(Message.case_id, AnswerVersion.answer_id, language, Case.topic_key)
        .join(MessageAnswer, MessageAnswer.message_id == Message.id)
        .join(AnswerVersion, AnswerVersion.id == MessageAnswer.version_id)
        .join(Case, Case.id == Message.case_id)
    )
    return [row for some in slices(messages) for row in connection.execute(query.where(Message.id.in_(some)))]


def _add_uses(connection: Connection, messages: Sequence[int], sums: Counter[tuple[Figure, str]]) -> set[int]:
    rows = _uses(connection, messages)
    keys = {(row.case_id, row.answer_id, str(row.language)) for row in rows}
    topics = _topics(connection, keys)
    for row in rows:
        key = (row.case_id, row.answer_id, str(row.language))
        if key not in topics:
            topics[key] = row.topic_key or ""
            sums[((topics[key], *key[1:]), "cases")] += 1
        sums[((topics[key], *key[1:]), "messages")] += 1
        use = dict(zip(("case_id", "answer_id", "language"), key, strict=True))
        connection.execute(text(ADD_USE), use | {"topic_key": topics[key], "messages": 1})
    return {row.case_id for row in rows}


def _take_uses(connection: Connection, messages: Sequence[int], sums: Counter[tuple[Figure, str]]) -> None:
    for row in _uses(connection, messages):
        of_use = (
            (AnswerUse.case_id == row.case_id)
            & (AnswerUse.answer_id == row.answer_id)
            & (AnswerUse.language == row.language)
        )
        known = connection.execute(select(AnswerUse.topic_key, AnswerUse.messages, AnswerUse.solved_at).where(of_use))
        use = known.one_or_none()
        if use is None:
            continue
        figure = (use.topic_key, row.answer_id, str(row.language))
        sums[(figure, "messages")] -= 1
        if use.messages > 1:
            connection.execute(update(AnswerUse).where(of_use).values(messages=use.messages - 1))
        else:
            connection.execute(delete(AnswerUse).where(of_use))
            sums[(figure, "cases")] -= 1
            sums[(figure, "solved")] -= use.solved_at is not None


def _settle(
    connection: Connection, now: datetime, cases: Iterable[int | None], sums: Counter[tuple[Figure, str]]
) -> None:
    """What the cases' present status says of the answers that were sent on them."""
    for some in slices(sorted(case_id for case_id in cases if case_id is not None)):
        query = (
            select(AnswerUse.case_id, AnswerUse.answer_id, AnswerUse.language, AnswerUse.topic_key, AnswerUse.solved_at)
            .add_columns(Case.status)
            .join(Case, Case.id == AnswerUse.case_id)
            .where(AnswerUse.case_id.in_(some))
        )
        for row in connection.execute(query).all():
            solved = row.status in SOLVED
            if solved and row.solved_at is None:
                by, solved_at = 1, now
            elif not solved and row.solved_at is not None and now - row.solved_at <= KEPT:
                by, solved_at = -1, None
            else:
                continue
            key = tuple_(AnswerUse.case_id, AnswerUse.answer_id, AnswerUse.language)
            of_use = key == tuple_(row.case_id, row.answer_id, row.language)
            connection.execute(update(AnswerUse).where(of_use).values(solved_at=solved_at))
            sums[((row.topic_key, row.answer_id, str(row.language)), "solved")] += by


def _topics(connection: Connection, keys: Iterable[tuple[int, int, str]]) -> dict[tuple[int, int, str], str]:
    cases = sorted({key[0] for key in keys})
    query = select(AnswerUse.case_id, AnswerUse.answer_id, AnswerUse.language, AnswerUse.topic_key)
    rows = connection.execute(query.where(AnswerUse.case_id.in_(cases)))
    return {(row.case_id, row.answer_id, str(row.language)): row.topic_key for row in rows}


def _write(connection: Connection, sums: Counter[tuple[Figure, str]]) -> None:
    figures: dict[Figure, dict[str, int]] = {}
    for (figure, name), amount in sums.items():
        figures.setdefault(figure, {"messages": 0, "cases": 0, "solved": 0})[name] = amount
    rows = [
        {"topic_key": topic, "answer_id": answer, "language": language, **amounts}
        for (topic, answer, language), amounts in sorted(figures.items())
        if any(amounts.values())
    ]
    if rows:
        connection.execute(text(ADD_FIGURE), rows)
