"""The canned answers that agents may use, and what the picker shows beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session, selectinload

from db.kinds import AnswerState, Language
from db.models import AnswerFigure, AnswerVersion, CannedAnswer, Snippet, Topic
from db.rows import AgentRow, AnswerRow, AnswerTextRow, CaseDetail, TopicRow
from desk.rules.answers import Question, questions, text_for
from desk.rules.permissions import Permission, require
from desk.services.answer_values import Known, known
from desk.services.desk import Desk
from desk.services.figures import zone_of
from desk.services.hours import plans_of
from desk.templates.engine import compiled


@dataclass(frozen=True, slots=True)
class Picking:
    """All that choosing an answer for a case needs: the answers in force, then mine; what is known of the case.

    `used` says how often each answer was sent on cases of this one's topic.
    """

    answers: tuple[AnswerRow, ...]
    known: Known
    used: Mapping[str, int]


def catalogue(desk: Desk, me: AgentRow) -> tuple[AnswerRow, ...]:
    """Every approved answer in its latest approved version, by key; without those that are not valid today."""
    require(me, Permission.WORK_CASES)
    return all_approved(desk)


def all_approved(desk: Desk) -> tuple[AnswerRow, ...]:
    """The same for the desk itself, at which nobody acts."""
    with desk.database.read() as connection:
        return _in_force(connection, _today(desk, connection))


def picking(desk: Desk, me: AgentRow, detail: CaseDetail) -> Picking:
    """What there is to choose from for a case."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        answers = _in_force(connection, _today(desk, connection))
        used = (
            select(CannedAnswer.key, func.sum(AnswerFigure.messages))
            .join(CannedAnswer, CannedAnswer.id == AnswerFigure.answer_id)
            .where(AnswerFigure.topic_key == (detail.case.topic_key or ""))
            .group_by(CannedAnswer.key)
        )
        counts = {key: int(number) for key, number in connection.execute(used)}
        return Picking((*answers, *_snippets(connection, me)), known(desk, connection, me, detail), counts)


@dataclass(frozen=True, slots=True)
class Written:
    """An answer filled in for a case; `name` is its `key@version:language`, `missing` what stayed open."""

    text: str
    name: str
    language: Language
    missing: tuple[str, ...]
    asks: tuple[Question, ...]
    has_files: bool


def written(desk: Desk, me: AgentRow, detail: CaseDetail, key: str, fallback: Language) -> Written | None:
    """A canned answer with what is known of the case in it; None when agents have none of that key today."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        answer = next((each for each in _in_force(connection, _today(desk, connection)) if each.key == key), None)
        if answer is None:
            return None
        about = known(desk, connection, me, detail)
    language, words = text_for(answer, detail.case.language, fallback)
    values = about.values[language]
    template = compiled(words.text)
    filled = template.filled(values, about.style(language))
    asks = questions(answer, template.variables, filled.missing, values, language)
    name = f"{answer.key}@{answer.version}:{language}"
    return Written(filled.text.strip("\n"), name, language, filled.missing, asks, bool(answer.files))


def topics(desk: Desk, me: AgentRow) -> tuple[TopicRow, ...]:
    """What a case can be about, in the desk's order."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        rows = connection.execute(select(Topic.key, Topic.titles).order_by(Topic.position, Topic.key))
        return tuple(TopicRow(*row) for row in rows)


def answer_row(version: AnswerVersion) -> AnswerRow:
    """A version as a row."""
    return AnswerRow(
        key=version.answer.key,
        version=version.number,
        topic_key=version.topic_key,
        channels=tuple(version.channels),
        variables=version.variables,
        texts={Language(text.language): AnswerTextRow(text.title, text.text) for text in version.texts},
        actions=version.actions,
        files=tuple(file.filename for file in version.files),
    )


def _in_force(connection: Connection, today: date) -> tuple[AnswerRow, ...]:
    newest = (
        select(AnswerVersion.answer_id, func.max(AnswerVersion.number).label("number"))
        .where(AnswerVersion.state == AnswerState.APPROVED)
        .group_by(AnswerVersion.answer_id)
        .subquery()
    )
    query = (
        select(AnswerVersion)
        .join(newest, (newest.c.answer_id == AnswerVersion.answer_id) & (newest.c.number == AnswerVersion.number))
        .where(AnswerVersion.valid_from.is_(None) | (AnswerVersion.valid_from <= today))
        .where(AnswerVersion.valid_until.is_(None) | (AnswerVersion.valid_until >= today))
        .options(
            selectinload(AnswerVersion.answer), selectinload(AnswerVersion.texts), selectinload(AnswerVersion.files)
        )
    )
    with Session(connection) as session:
        rows = [answer_row(version) for version in session.scalars(query)]
    return tuple(sorted(rows, key=lambda row: row.key))


def _snippets(connection: Connection, me: AgentRow) -> tuple[AnswerRow, ...]:
    query = select(Snippet.id, Snippet.title, Snippet.text).where(Snippet.agent_id == me.id).order_by(Snippet.title)
    return tuple(
        AnswerRow(
            key="mine",
            version=0,
            topic_key=None,
            channels=(),
            variables={},
            texts={Language.OTHER: AnswerTextRow(row.title, row.text)},
            snippet_id=row.id,
        )
        for row in connection.execute(query)
    )


def _today(desk: Desk, connection: Connection) -> date:
    """The day on which an answer has to be valid: that of the desk's zone."""
    now = desk.clock()
    return now.astimezone(zone_of(plans_of(connection, now))).date()
