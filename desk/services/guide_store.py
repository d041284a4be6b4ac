"""The guides in force and their versions: reading them, and changing them by files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, update

from db.kinds import AnswerState, EventKind
from db.models import AnswerVersion, CannedAnswer, GuideVersion, Topic, WorkQueue
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.guides import Guide
from desk.rules.permissions import Permission, require
from desk.rules.routing import COMMON
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.guide_files import GuideFile, as_data, guide_from


class GuideError(CaseError):
    """A guide does not fit this desk, or cannot be walked so; the message says what would do."""


@dataclass(frozen=True, slots=True)
class GuideChange:
    """What applying files does to one guide: before and after as plain data, None where there is none."""

    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def catalogue(desk: Desk, me: AgentRow) -> tuple[Guide, ...]:
    """Every guide in force, by key."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return tuple(guide_from(data, number) for _, number, data in _in_force(connection))


def find(desk: Desk, me: AgentRow, key: str) -> Guide:
    """A guide in force. Raises `GuideError`."""
    found = {guide.key: guide for guide in catalogue(desk, me)}
    if key not in found:
        raise GuideError(f"There is no guide {key!r}; there are {', '.join(found) or 'none yet'}.")
    return found[key]


def guide_in(connection: Connection, key: str, number: int | None = None) -> Guide:
    """A version of a guide, by default the one in force. Raises `GuideError`."""
    query = select(GuideVersion.number, GuideVersion.data).where(GuideVersion.key == key)
    query = query.where(GuideVersion.retired_at.is_(None) if number is None else GuideVersion.number == number)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise GuideError(f"There is no guide {key!r}; choose another one from the list.")
    return guide_from(found.data, found.number)


def changes(desk: Desk, me: AgentRow, files: Mapping[str, GuideFile]) -> tuple[GuideChange, ...]:
    """What `apply` would change; nothing is changed. Raises `GuideError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        _check(connection, files)
        return _compared({key: data for key, _, data in _in_force(connection)}, files)


def apply(desk: Desk, me: AgentRow, files: Mapping[str, GuideFile]) -> tuple[GuideChange, ...]:
    """Make these files the guides; one that no file describes is retired. What was changed.

    A case that is in a guide goes on in the version with which it began. Raises `NotAllowedError`, `GuideError`.
    """
    require(me, Permission.APPROVE_ANSWERS)
    with desk.database.write() as unit:
        connection = unit.session.connection()
        _check(connection, files)
        done = _compared({key: data for key, _, data in _in_force(connection)}, files)
        for each in done:
            _retire(unit, each.key)
            if each.after is not None:
                put(unit, files[each.key])
            unit.record(EventKind.GUIDES_CHANGED, agent_id=me.id, guide=each.key, before=each.before, after=each.after)
        return done


def put(unit: UnitOfWork, file: GuideFile) -> None:
    """Make a file the next version of its guide, inside a unit of work; the one before has to be retired."""
    last = unit.session.scalar(select(func.max(GuideVersion.number)).where(GuideVersion.key == file.key)) or 0
    unit.session.add(GuideVersion(key=file.key, number=last + 1, data=as_data(file), created_at=unit.now))
    unit.session.flush()


def missing(file: GuideFile, *, topics: set[str], queues: set[str], answers: set[str]) -> list[tuple[str, str]]:
    """What a guide names that is not there: where it stands in the file, and what is wrong."""
    found = [("topics", f"{key!r} is no topic") for key in file.topics if key not in topics]
    places = [("steps", key, step.answer) for key, step in file.steps.items()]
    places += [("ends", key, end.answer) for key, end in file.ends.items()]
    found += [
        (f"{kind}.{key}.answer", f"{a!r} is no canned answer") for kind, key, a in places if a and a not in answers
    ]
    for key, end in file.ends.items():
        if end.queue and end.queue != COMMON and end.queue not in queues:
            found.append((f"ends.{key}.queue", f"{end.queue!r} is no queue"))
        if end.topic and end.topic not in topics:
            found.append((f"ends.{key}.topic", f"{end.topic!r} is no topic"))
    return found


def known_keys(connection: Connection) -> dict[str, set[str]]:
    """The topics, queues and canned answers of a desk, as `missing` asks for them."""
    approved = (
        select(CannedAnswer.key)
        .join(AnswerVersion, AnswerVersion.answer_id == CannedAnswer.id)
        .where(AnswerVersion.state == AnswerState.APPROVED)
    )
    return {
        "topics": set(connection.scalars(select(Topic.key))),
        "queues": set(connection.scalars(select(WorkQueue.key))),
        "answers": set(connection.scalars(approved)),
    }


def shipped_keys(folder: Path) -> dict[str, set[str]]:
    """The same of the seeds in a folder."""
    from desk.services.routing_files import QueuesFile, shipped_files
    from desk.services.seed_files import read_seeds

    seeds = read_seeds(folder)
    queues = [each.queue for each in shipped_files(folder) if isinstance(each, QueuesFile)]
    return {
        "topics": {each.key for each in seeds.topics},
        "answers": {each.key for each in seeds.answers},
        "queues": {entry.key for each in queues for entry in each},
    }


def _check(connection: Connection, files: Mapping[str, GuideFile]) -> None:
    known = known_keys(connection)
    for key, file in files.items():
        for where, what in missing(file, **known):
            raise GuideError(f"{key}.toml, {where}: {what} of this desk.")


def _in_force(connection: Connection) -> list[tuple[str, int, dict[str, Any]]]:
    query = select(GuideVersion.key, GuideVersion.number, GuideVersion.data).where(GuideVersion.retired_at.is_(None))
    return [(row.key, row.number, row.data) for row in connection.execute(query.order_by(GuideVersion.key))]


def _retire(unit: UnitOfWork, key: str) -> None:
    old = (GuideVersion.key == key, GuideVersion.retired_at.is_(None))
    change = update(GuideVersion).where(*old).values(retired_at=unit.now)
    unit.session.execute(change.execution_options(synchronize_session=False))


def _compared(known: Mapping[str, Mapping[str, Any]], files: Mapping[str, GuideFile]) -> tuple[GuideChange, ...]:
    wanted = {key: as_data(file) for key, file in files.items()}
    keys = sorted(known.keys() | wanted.keys())
    return tuple(GuideChange(key, known.get(key), wanted.get(key)) for key in keys if known.get(key) != wanted.get(key))
