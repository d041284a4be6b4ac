"""Whether a routing file fits the desk that it is for: what it names is there, and what others name stays."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from sqlalchemy import Connection, select

from db.kinds import AnswerState, Channel
from db.models import AnswerVersion, CannedAnswer, HoursCalendar, SlaPolicy, Topic
from db.queries import routing as queries
from desk.rules.routing import COMMON
from desk.services.routing_files import RULES, QueuesFile, RoutingFiles, RulesFile, line_of
from desk.services.seed_files import SeedError, none_such

MOST_RESERVED = 50
"""Per cent that all queues together may have reserved: urgency decides over the rest."""


class RoutingError(Exception):
    """Routing files do not fit this desk; the message says which entry and what would do.

    `entry` is where in the file, as `rule[0].do.queue`, and `name` what stands there; empty where no single entry is
    at fault.
    """

    def __init__(self, message: str, entry: str = "", name: str = "") -> None:
        self.entry = entry
        self.name = name
        super().__init__(message)

    def in_file(self, path: Path) -> SeedError:
        """The same error with the file and, where a single entry is at fault, the line."""
        line = line_of(path, self.entry, self.name)
        return SeedError(path, f"line {line}" if line else "the file", str(self))


def check(connection: Connection, file: RoutingFiles) -> None:
    """Whether a file can be put in force. Raises `RoutingError`."""
    if isinstance(file, QueuesFile):
        _check_queues(connection, file)
    elif isinstance(file, RulesFile):
        _check_rules(connection, file)
    else:
        topics = _topics(connection)
        for place, topic in enumerate(file.topic):
            _known("the file", "topic", (topic.topic,), topics, f"topic[{place}].topic")


def _check_queues(connection: Connection, file: QueuesFile) -> None:
    reserved = sum(each.reserved for each in file.queue)
    if reserved > MOST_RESERVED:
        raise RoutingError(f"All queues together reserve {reserved} %; {MOST_RESERVED} is the most, so lower some.")
    keys = {each.key for each in file.queue}
    calendars = set(connection.scalars(select(HoursCalendar.key)))
    for place, queue in enumerate(file.queue):
        more = "Add it first (desk hours apply), or name one of these."
        _known(f"queue {queue.key}", "calendar", (queue.calendar,), calendars, f"queue[{place}].calendar", more)
    here = {work.login for work in queries.all_agent_work(connection)}
    for place, agent in enumerate(file.agent):
        _known(f"agent {agent.login}", "queue", agent.queues, keys, f"agent[{place}].queues")
        _known("the file", "active agent", (agent.login,), here, f"agent[{place}].login")
    for row in queries.queues(connection):
        if row.key not in keys:
            _check_gone(connection, row.key)


def _check_gone(connection: Connection, key: str) -> None:
    """Whether a queue can go."""
    if queries.waiting(connection, key, 1):
        raise RoutingError(f"Cases wait in the queue {key!r}, so it cannot go. Move them first, or keep it.")
    for rule in queries.file_data(connection, (RULES,)).get(RULES, {}).get("rule", ()):
        do, when = rule.get("do", {}), rule.get("when", {})
        load = when.get("load") or {}
        if key in {do.get("queue"), load.get("queue"), when.get("hours_of"), *when.get("queues", ())}:
            raise RoutingError(
                f"The rule {rule['name']} names the queue {key!r}, so it cannot go. "
                "Change the rules first (desk route apply), or keep it."
            )
    for policy, data in connection.execute(select(SlaPolicy.key, SlaPolicy.data)):
        if data["breach"]["queue"] == key:
            raise RoutingError(
                f"The policy {policy} puts cases into the queue {key!r}, so it cannot go. "
                "Change the policy first (desk sla apply), or keep it."
            )
    for calendar, data in connection.execute(select(HoursCalendar.key, HoursCalendar.data)):
        if key in data.get("queues", ()):
            raise RoutingError(
                f"The calendar {calendar} is that of the queue {key!r}, so it cannot go. "
                "Change the calendar first (desk hours apply), or keep it."
            )


def _check_rules(connection: Connection, file: RulesFile) -> None:
    known = {row.key for row in queries.queues(connection)} | {COMMON}
    topics = _topics(connection)
    for place, rule in enumerate(file.rule):
        where, when, entry = f"rule {rule.name}", rule.when, f"rule[{place}]"
        load = (when.load.queue,) if when.load else ()
        _known(where, "queue", (rule.do.queue,), known, f"{entry}.do.queue")
        _known(where, "queue", when.queues, known, f"{entry}.when.queues")
        _known(where, "queue", load, known, f"{entry}.when.load")
        _known(where, "topic", when.topics, topics, f"{entry}.when.topics")
        _known(where, "channel or queue", (when.hours_of,), known | set(Channel), f"{entry}.when.hours_of")
        if rule.do.answer:
            _check_answer(connection, where, rule.do.answer, f"{entry}.do.answer")


def _check_answer(connection: Connection, where: str, key: str, entry: str) -> None:
    version = (
        select(AnswerVersion.id, AnswerVersion.variables)
        .join(CannedAnswer, CannedAnswer.id == AnswerVersion.answer_id)
        .where(CannedAnswer.key == key, AnswerVersion.state == AnswerState.APPROVED)
        .order_by(AnswerVersion.number.desc())
        .limit(1)
    )
    row = connection.execute(version).one_or_none()
    if row is None:
        fix = f"{where}: there is no approved answer {key!r}; approve it first, or name another."
        raise RoutingError(fix, entry, key)
    if row.variables:
        asked = ", ".join(sorted(row.variables))
        fix = f"{where}: the answer {key!r} asks an agent for {asked}; name one that asks nothing."
        raise RoutingError(fix, entry, key)


def _topics(connection: Connection) -> set[str]:
    return set(connection.scalars(select(Topic.key)))


def _known(where: str, what: str, names: Iterable[str], known: Collection[str], entry: str, more: str = "") -> None:
    for name in names:
        if name and name not in known:
            raise RoutingError(f"{where}: {none_such(what, name, known)}. {more}".rstrip(), entry, name)
