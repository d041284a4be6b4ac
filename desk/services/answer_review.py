"""Canned answers on their way: written, submitted, approved by somebody else, sent back, retired; and how they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from db.kinds import AnswerState, EventKind, Language
from db.models import Agent, AnswerFigure, AnswerVersion, Blob, CannedAnswer
from db.models import AnswerFile as FileRow
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line, is_blank
from desk.services.answer_files import as_toml
from desk.services.answer_store import content_of, in_force, new_version, retired_here
from desk.services.desk import Desk


class AnswersError(Exception):
    """An answer cannot be shown or changed as asked; the message says what would do."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of an answer: who wrote and who decided, its text as a file, and that of the version in force."""

    key: str
    number: int
    state: AnswerState
    topic: str | None
    titles: Mapping[Language, str]
    owner: str | None
    approver: str | None
    created_at: datetime
    reason: str | None
    is_in_force: bool
    text: str
    """As its file."""
    before: str = ""
    """The version in force as a file; empty where there is none, or this is it."""

    @property
    def title(self) -> str:
        """The first title that there is."""
        return next(iter(self.titles.values()), "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often an answer was sent in a language, on how many cases, and how many were solved and stayed so."""

    key: str
    language: Language
    messages: int
    cases: int
    solved: int

    @property
    def share(self) -> float | None:
        """Cases solved without reopening within 7 days, of all that it was sent on; None for none."""
        return self.solved / self.cases if self.cases else None


def versions(desk: Desk, me: AgentRow, state: AnswerState | None = None) -> tuple[VersionRow, ...]:
    """The newest version of every answer, or of a state every version; by key. Of approved ones those in force."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection, Session(connection) as session:
        names = _names(session)
        rows = []
        for answer in all_answers(session):
            current = in_force(answer)
            if state is None:
                chosen = answer.versions[-1:]
            elif state is AnswerState.APPROVED:
                chosen = [current] if current is not None else []
            elif state is AnswerState.RETIRED:
                chosen = answer.versions[-1:] if retired_here(answer) else []
            else:
                chosen = [each for each in answer.versions if each.state is state]
            rows += [_row(answer, each, current, names) for each in chosen]
    return tuple(rows)


def show(desk: Desk, me: AgentRow, key: str) -> tuple[VersionRow, ...]:
    """Every version of an answer, oldest first. Raises `AnswersError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection, Session(connection) as session:
        answer = _named(session, key)
        names = _names(session)
        return tuple(_row(answer, each, in_force(answer), names) for each in answer.versions)


def outcomes(desk: Desk, me: AgentRow) -> tuple[Outcome, ...]:
    """How each answer does in each language, most sent first. Raises `NotAllowedError`."""
    require(me, Permission.SEE_FIGURES)
    sums = [func.sum(column) for column in (AnswerFigure.messages, AnswerFigure.cases, AnswerFigure.solved)]
    query = (
        select(CannedAnswer.key, AnswerFigure.language, *sums)
        .join(CannedAnswer, CannedAnswer.id == AnswerFigure.answer_id)
        .group_by(CannedAnswer.key, AnswerFigure.language)
    )
    with desk.database.read() as connection:
        found = [Outcome(key, Language(code), *map(int, rest)) for key, code, *rest in connection.execute(query)]
    return tuple(sorted(found, key=lambda each: (-each.messages, each.key, each.language)))


def submit(desk: Desk, me: AgentRow, key: str) -> VersionRow:
    """Put the newest draft of an answer into review; of a retired answer, its last version as a new one.

    Raises `AnswersError`.
    """
    require(me, Permission.WRITE_ANSWERS)
    with desk.database.write() as unit:
        answer = _named(unit.session, key)
        version = answer.versions[-1]
        if version.state is AnswerState.RETIRED:
            version = _again(unit, me, answer, version)
        elif version.state is not AnswerState.DRAFT:
            raise AnswersError(f"{key} has no draft: version {version.number} is {_said(version.state)}.")
        version.state = AnswerState.IN_REVIEW
        version.reason = None
        unit.record(EventKind.ANSWER_SUBMITTED, agent_id=me.id, key=key, version=version.number)
        return _row(answer, version, in_force(answer), _names(unit.session))


def approve(desk: Desk, me: AgentRow, key: str, number: int | None = None) -> VersionRow:
    """Let agents use a version in review (by default the newest). Nobody approves what they wrote themselves.

    Raises `AnswersError`, `NotAllowedError`.
    """
    require(me, Permission.APPROVE_ANSWERS)
    with desk.database.write() as unit:
        answer, version = _in_review(unit, key, number)
        if version.owner_id == me.id:
            raise AnswersError(f"You wrote version {version.number} of {key} yourself; another supervisor approves it.")
        version.state = AnswerState.APPROVED
        _decide(unit, me, version)
        unit.record(EventKind.ANSWER_APPROVED, agent_id=me.id, key=key, version=version.number)
        return _row(answer, version, in_force(answer), _names(unit.session))


def send_back(desk: Desk, me: AgentRow, key: str, reason: str, number: int | None = None) -> VersionRow:
    """Make a version in review a draft again, with the reason. Raises `AnswersError`, `NotAllowedError`."""
    require(me, Permission.APPROVE_ANSWERS)
    reason = clean_line(reason, 500)
    if is_blank(reason):
        raise AnswersError("Say in a few words what has to be changed.")
    with desk.database.write() as unit:
        answer, version = _in_review(unit, key, number)
        version.state = AnswerState.DRAFT
        version.reason = reason
        _decide(unit, me, version)
        unit.record(EventKind.ANSWER_SENT_BACK, agent_id=me.id, key=key, version=version.number, reason=reason)
        return _row(answer, version, in_force(answer), _names(unit.session))


def retire(desk: Desk, me: AgentRow, key: str) -> VersionRow:
    """Take an answer out of use, with all its versions. Raises `AnswersError`, `NotAllowedError`."""
    require(me, Permission.APPROVE_ANSWERS)
    with desk.database.write() as unit:
        answer = _named(unit.session, key)
        if retired_here(answer):
            raise AnswersError(f"{key} is retired already.")
        for version in answer.versions:
            version.state = AnswerState.RETIRED
        version = answer.versions[-1]
        _decide(unit, me, version)
        unit.record(EventKind.ANSWER_RETIRED, agent_id=me.id, key=key, version=version.number)
        return _row(answer, version, None, _names(unit.session))


def _again(unit: UnitOfWork, me: AgentRow, answer: CannedAnswer, version: AnswerVersion) -> AnswerVersion:
    file, _ = content_of(answer.key, version)
    rows = unit.session.execute(
        select(FileRow.filename, Blob.data)
        .join(Blob, Blob.sha256 == FileRow.sha256)
        .where(FileRow.version_id == version.id)
    )
    contents = {name: data for name, data in rows}  # noqa: C416  (a row is no pair for the type checker)
    return new_version(unit, answer, file, contents, AnswerState.DRAFT, me.id)


def _in_review(unit: UnitOfWork, key: str, number: int | None) -> tuple[CannedAnswer, AnswerVersion]:
    answer = _named(unit.session, key)
    waiting = [each for each in answer.versions if each.state is AnswerState.IN_REVIEW]
    chosen = [each for each in waiting if number in {None, each.number}]
    if not chosen:
        what = f"version {number} of {key}" if number is not None else f"no version of {key}"
        raise AnswersError(f"{what} is in review; look with: desk answers list --state in_review.".capitalize())
    return answer, chosen[-1]


def _decide(unit: UnitOfWork, me: AgentRow, version: AnswerVersion) -> None:
    version.approver_id = me.id
    version.decided_at = unit.now
    unit.session.flush()


def all_answers(session: Session) -> list[CannedAnswer]:
    versions_of = selectinload(CannedAnswer.versions)
    query = select(CannedAnswer).order_by(CannedAnswer.key)
    query = query.options(versions_of.selectinload(AnswerVersion.texts), versions_of.selectinload(AnswerVersion.files))
    return list(session.scalars(query))


def _named(session: Session, key: str) -> CannedAnswer:
    answer = session.scalar(select(CannedAnswer).where(CannedAnswer.key == key).with_for_update())
    if answer is None or not answer.versions:
        raise AnswersError(f"There is no answer {key!r}; desk answers list shows those that there are.")
    return answer


def _names(session: Session) -> dict[int, str]:
    return {number: name for number, name in session.execute(select(Agent.id, Agent.name))}  # noqa: C416


def text_of(key: str, version: AnswerVersion) -> str:
    return as_toml(content_of(key, version)[0])


def _row(
    answer: CannedAnswer, version: AnswerVersion, current: AnswerVersion | None, names: Mapping[int, str]
) -> VersionRow:
    return VersionRow(
        key=answer.key,
        number=version.number,
        state=version.state,
        topic=version.topic_key,
        titles={Language(each.language): each.title for each in version.texts},
        owner=names.get(version.owner_id or 0),
        approver=names.get(version.approver_id or 0),
        created_at=version.created_at,
        reason=version.reason,
        is_in_force=version is current,
        text=text_of(answer.key, version),
        before=text_of(answer.key, current) if current is not None and current is not version else "",
    )


def _said(state: AnswerState) -> str:
    return state.value.replace("_", " ")
