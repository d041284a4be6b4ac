"""The canned answers that agents may use."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from db.kinds import AnswerState, Language
from db.models import AnswerVersion, Topic
from db.rows import AgentRow, AnswerRow, AnswerTextRow, TopicRow
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk


def catalogue(desk: Desk, me: AgentRow) -> tuple[AnswerRow, ...]:
    """Every approved answer in its latest approved version, by key."""
    require(me, Permission.WORK_CASES)
    return all_approved(desk)


def all_approved(desk: Desk) -> tuple[AnswerRow, ...]:
    """The same for the desk itself, at which nobody acts."""
    newest = (
        select(AnswerVersion.answer_id, func.max(AnswerVersion.number).label("number"))
        .where(AnswerVersion.state == AnswerState.APPROVED)
        .group_by(AnswerVersion.answer_id)
        .subquery()
    )
    query = (
        select(AnswerVersion)
        .join(newest, (newest.c.answer_id == AnswerVersion.answer_id) & (newest.c.number == AnswerVersion.number))
        .options(selectinload(AnswerVersion.answer), selectinload(AnswerVersion.texts))
    )
    with desk.database.read() as connection, Session(connection) as session:
        rows = [_row(version) for version in session.scalars(query)]
    return tuple(sorted(rows, key=lambda row: row.key))


def topics(desk: Desk, me: AgentRow) -> tuple[TopicRow, ...]:
    """What a case can be about, in the desk's order."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        rows = connection.execute(select(Topic.key, Topic.titles).order_by(Topic.position, Topic.key))
        return tuple(TopicRow(*row) for row in rows)


def _row(version: AnswerVersion) -> AnswerRow:
    return AnswerRow(
        key=version.answer.key,
        version=version.number,
        topic_key=version.topic_key,
        channels=tuple(version.channels),
        variables=version.variables,
        texts={Language(text.language): AnswerTextRow(text.title, text.text) for text in version.texts},
    )
