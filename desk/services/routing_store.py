"""The routing files in force: queues with what agents may be handed, rules, and the words of topics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select

from db.kinds import EventKind
from db.models import Agent, RoutingFile, WorkQueue
from db.queries import routing as queries
from db.rows import AgentRow
from db.rows_routing import QueueRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.proposing import Lexicon
from desk.rules.routing import Rule
from desk.services import agent_work
from desk.services.desk import Desk
from desk.services.routing_checks import check
from desk.services.routing_files import (
    RULES,
    TOPICS,
    QueueEntry,
    QueuesFile,
    RoutingFiles,
    RulesFile,
    TopicsFile,
    as_data,
    lexicon_of,
    rules_of,
)
from desk.services.sla_runs import ask_for_run


@dataclass(frozen=True, slots=True)
class RoutingChange:
    """What applying a file does to one entry: before and after as plain data, None where there is none."""

    name: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class InForce:
    """What routing goes by."""

    rules: tuple[Rule, ...]
    lexicon: Lexicon


def in_force(connection: Connection) -> InForce:
    """The rules and words in force; none on a desk that has none."""
    data = queries.file_data(connection, (RULES, TOPICS))
    return InForce(
        rules_of(msgspec.convert(data[RULES], RulesFile)) if RULES in data else (),
        lexicon_of(msgspec.convert(data[TOPICS], TopicsFile)) if TOPICS in data else Lexicon(),
    )


def queues(desk: Desk, me: AgentRow) -> tuple[QueueRow, ...]:
    """Every queue, in the order of its file."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return queries.queues(connection)


def changes(desk: Desk, me: AgentRow, file: RoutingFiles) -> tuple[RoutingChange, ...]:
    """What `apply` would change; nothing is changed. Raises `RoutingError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        check(connection, file)
        return _compared(_known(connection, file), _wanted(file))


def apply(desk: Desk, me: AgentRow, file: RoutingFiles) -> tuple[RoutingChange, ...]:
    """Put a file in force, the whole of it; what was changed. Cases that are here already stay where they are.
    Where a queue gets other hours, the worker computes the clocks of cases on file anew.

    Queues that the file no longer has are gone, unless cases wait in them. Raises `NotAllowedError`, `RoutingError`.
    """
    require(me, Permission.MANAGE_ROUTING)
    with desk.database.write() as unit:
        connection = unit.connection
        check(connection, file)
        done = _compared(_known(connection, file), _wanted(file))
        put(unit, file, by=me.id)
        for each in done:
            kind = EventKind.QUEUE_CHANGED if isinstance(file, QueuesFile) else EventKind.ROUTING_CHANGED
            unit.record(kind, agent_id=me.id, name=each.name, before=each.before, after=each.after)
        if any((each.before or {}).get("calendar", "") != (each.after or {}).get("calendar", "") for each in done):
            ask_for_run(unit, "the hours of queues were changed")
        return done


def put(unit: UnitOfWork, file: RoutingFiles, *, by: int | None = None) -> None:
    """Make a file the one in force, inside a unit of work."""
    if not isinstance(file, QueuesFile):
        unit.session.merge(RoutingFile(key=key_of(file), data=as_data(file), updated_at=unit.now))
        return
    unit.session.execute(delete(WorkQueue).where(WorkQueue.key.not_in([each.key for each in file.queue])))
    for position, each in enumerate(file.queue):
        unit.session.merge(_queue(each, position, unit))
    for entry in file.agent:
        agent_id = unit.session.scalar(select(Agent.id).where(Agent.login == entry.login, Agent.active))
        if agent_id is not None:
            values = {"skills": list(entry.skills), "queues": list(entry.queues), "limits": _limits(entry.limits)}
            languages = [each.value for each in entry.languages] if entry.languages else None
            agent_work.change(unit, agent_id, by, values, languages)


def key_of(file: RulesFile | TopicsFile) -> str:
    """Under which key a file is kept."""
    return RULES if isinstance(file, RulesFile) else TOPICS


def _queue(entry: QueueEntry, position: int, unit: UnitOfWork) -> WorkQueue:
    return WorkQueue(
        key=entry.key,
        position=position,
        titles=msgspec.to_builtins(entry.titles),
        mode=entry.mode,
        calendar=entry.calendar or None,
        reserved_percent=entry.reserved,
        updated_at=unit.now,
    )


def _limits(limits: Mapping[Any, int]) -> dict[str, int]:
    return {str(channel): most for channel, most in limits.items()}


def _known(connection: Connection, file: RoutingFiles) -> dict[str, Mapping[str, Any]]:
    """What the desk has now, an entry each."""
    if isinstance(file, QueuesFile):
        found: dict[str, Mapping[str, Any]] = {
            f"queue {row.key}": {
                "titles": dict(row.titles),
                "mode": row.mode.value,
                "calendar": row.calendar or "",
                "reserved": row.reserved_percent,
            }
            for row in queries.queues(connection)
        }
        named = {each.login for each in file.agent}
        for work in queries.all_agent_work(connection):
            if work.login in named:
                found[f"agent {work.login}"] = {
                    "skills": list(work.skills),
                    "queues": list(work.queues),
                    "limits": _limits(work.limits),
                }
        return found
    key = key_of(file)
    data = queries.file_data(connection, (key,)).get(key)
    return {} if data is None else _entries(data)


def _wanted(file: RoutingFiles) -> dict[str, Mapping[str, Any]]:
    if not isinstance(file, QueuesFile):
        return _entries(as_data(file))
    queued: dict[str, Mapping[str, Any]] = {
        f"queue {each.key}": {
            "titles": msgspec.to_builtins(each.titles),
            "mode": each.mode.value,
            "calendar": each.calendar,
            "reserved": each.reserved,
        }
        for each in file.queue
    }
    return queued | {
        f"agent {each.login}": {
            "skills": list(each.skills),
            "queues": list(each.queues),
            "limits": _limits(each.limits),
        }
        for each in file.agent
    }


def _entries(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The rules or topics of a file, by name, each with its place: the order of rules decides."""
    found: dict[str, Mapping[str, Any]] = {}
    for place, rule in enumerate(data.get("rule", ()), 1):
        found[f"rule {rule['name']}"] = {"place": place, **rule}
    for topic in data.get("topic", ()):
        found[f"topic {topic['topic']}"] = topic
    for urgency in data.get("urgency", ()):
        found[f"urgency {urgency['priority']}"] = urgency
    return found


def _compared(
    known: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Mapping[str, Any]]
) -> tuple[RoutingChange, ...]:
    every = dict.fromkeys([*wanted, *known])
    each = (RoutingChange(name, known.get(name), wanted.get(name)) for name in every)
    return tuple(one for one in each if one.before != one.after)
