"""A desk made for one simulation: cases and agents in a database of its own, claimed by the desk's own statement."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Integer, bindparam, insert, update

from db.engine import Database
from db.kinds import AgentState, Channel, Lane, Role, Status
from db.migrate import upgrade
from db.models import Agent, AgentWork, Case, Customer, WorkQueue
from db.queries import routing as queries
from db.queries.direct import DirectQuery, given
from db.uow import UnitOfWork
from desk.rules.due import NORMAL_PRIORITY
from desk.rules.permissions import Permission, require
from desk.rules.routing import COMMON, Facts, Rule, decide, named
from desk.rules.sla import Fact, Matter, What, clocks_of, most_urgent, policy_for
from desk.rules.slots import Slot, first_free
from desk.services.callbacks import LEAST_AHEAD
from desk.services.claiming import Claiming
from desk.services.routing import Hours
from desk.services.routing_store import in_force
from desk.services.sla_terms import terms_of

if TYPE_CHECKING:
    from db.rows import AgentRow
    from db.rows_routing import QueueRow
    from desk.rules.hours import ServiceTime
    from desk.rules.sla import Policy
    from desk.rules.staffed import Staffed
    from desk.services.desk import Desk
    from desk.simulation.arrivals import Arrival
    from desk.simulation.plan import Staff


_COLUMNS = (
    "id", "channel", "status", "priority", "language", "subject", "customer_id", "queue", "skill", "created_at",
    "updated_at", "due_at", "version",
)  # fmt: skip
_PLACED = DirectQuery(insert(Case).values(given(Case, *_COLUMNS)), tuple)
_ONE = update(Case).where(Case.id == bindparam("case", type_=Integer))
_OPENED = DirectQuery(_ONE.values(status=Status.NEW), tuple)
_BEGUN = DirectQuery(
    update(AgentWork)
    .where(AgentWork.agent_id == bindparam("agent", type_=Integer))
    .values(idle_since=bindparam("since", type_=AgentWork.idle_since.type)),
    tuple,
)
_ENDED = DirectQuery(_ONE.values(status=Status.SOLVED, due_at=None), tuple)


@dataclass(frozen=True, slots=True)
class Policies:
    """What decides at a desk: its queues, rules and hours, read once."""

    queues: tuple[QueueRow, ...]
    rules: tuple[Rule, ...]
    hours: Hours
    calendars: Staffed[ServiceTime]
    owed: tuple[Policy, ...] = ()
    """What is owed to whom by when; the built-in policies where none fits."""

    slot_minutes: int = 30
    calls_per_slot: int = 3


def policies_of(desk: Desk, me: AgentRow, at: datetime) -> Policies:
    """The policies in force; calendars with the holidays around `at` (aware).."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        hours = Hours(connection, at)
        calendars = hours.plans.each(lambda plan: plan.hours)
        owed, phone = terms_of(connection, at).policies, desk.settings.phone
        return Policies(
            queries.queues(connection), in_force(connection).rules, hours, calendars, owed, phone.slot_minutes,
            phone.calls_per_slot,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an arrival went: it can be worked on from `ready` on, and is due at `due`; both aware."""

    case_id: int
    channel: Channel
    queue: str
    priority: int
    ready: datetime
    due: datetime


class Scratch:
    """The desk of a simulation; nothing of it is ever committed."""

    def __init__(self, unit: UnitOfWork, policies: Policies) -> None:
        self._unit = unit
        self._connection = unit.connection
        self._policies = policies
        now = unit.now
        self._connection.execute(insert(Customer), [{"id": 1, "name": "–", "language": None, "created_at": now}])
        rows = [
            {
                "key": row.key,
                "position": number,
                "titles": dict(row.titles),
                "mode": row.mode,
                "calendar": row.calendar,
                "reserved_percent": row.reserved_percent,
                "updated_at": now,
            }
            for number, row in enumerate(policies.queues)
        ]
        if rows:
            self._connection.execute(insert(WorkQueue), rows)
        self._cases = self._agents = 0
        self._booked: defaultdict[datetime, set[int]] = defaultdict(set)
        """The seats that are taken of each slot for call-backs, by its start."""

    def hire(self, staff: Staff) -> list[int]:
        """The ids of so many agents."""
        now = self._unit.now
        first = self._agents + 1
        self._agents += staff.count
        ids = list(range(first, first + staff.count))
        agents = [
            {
                "id": each,
                "login": f"agent-{each}",
                "name": f"Agent {each}",
                "role": Role.AGENT,
                "languages": [language.value for language in staff.languages],
                "active": True,
                "created_at": now,
            }
            for each in ids
        ]
        work = [
            {
                "agent_id": each,
                "skills": list(staff.skills),
                "queues": list(staff.queues),
                "limits": {channel.value: most for channel, most in staff.limits.items()},
                "state": AgentState.AVAILABLE,
                "state_since": now,
                "idle_since": now,
                "turns": {},
            }
            for each in ids
        ]
        self._connection.execute(insert(Agent), agents)
        self._connection.execute(insert(AgentWork), work)
        return ids

    def place(self, arrival: Arrival, incidents: frozenset[str]) -> Placed:
        """Route an arrival by the rules in force; nobody has it yet."""
        at = arrival.at
        facts = Facts(
            channel=arrival.channel,
            language=arrival.language,
            topic=arrival.topic,
            incidents=incidents,
            is_open=lambda whose: self._policies.hours.is_open(whose, at, arrival.language),
            waiting=lambda queue, most: queries.waiting(self._connection, named(queue), most),
        )
        verdict = decide(self._policies.rules, facts)
        channel, queue, priority, skill, slot = arrival.channel, COMMON, NORMAL_PRIORITY, "", None
        if verdict is not None:
            do = verdict.rule.do
            queue, priority, skill = do.queue or COMMON, do.priority or NORMAL_PRIORITY, do.skill
            if do.channel == "call-back":
                slot = self._slot(at)
            elif do.channel == Channel.EMAIL.value:
                channel = Channel.EMAIL
        self._cases += 1
        hours = self._policies.calendars.of_case(channel, arrival.language, named(queue))
        ready, due = slot or (at, self._due(channel, priority, arrival.topic, at, hours))
        row = {
            "id": self._cases,
            "channel": channel,
            "status": Status.ON_HOLD if ready > at else Status.NEW,
            "priority": priority,
            "language": arrival.language,
            "subject": "",
            "customer_id": 1,
            "queue": named(queue),
            "skill": skill or None,
            "created_at": at,
            "updated_at": at,
            "due_at": due,
            "version": 1,
        }
        _PLACED.write(self._connection, [row])
        return Placed(self._cases, channel, queue, priority, ready, due)

    def _slot(self, at: datetime) -> Slot | None:
        """The first free slot for a call-back, which is taken with that; None when there is none."""
        phone = self._policies.calendars.get(Channel.PHONE)
        if phone is None:
            return None
        minutes, seats = self._policies.slot_minutes, self._policies.calls_per_slot
        found = first_free(phone, at + LEAST_AHEAD, minutes, self._booked.__getitem__, seats)
        if found is None:
            return None
        slot, seat = found
        self._booked[slot[0]].add(seat)
        return slot

    def _due(self, channel: Channel, priority: int, topic: str, since: datetime, hours: ServiceTime | None) -> datetime:
        """When the first of the clocks that start now breaks."""
        policy = policy_for(Matter(channel, priority, topic or None), self._policies.owed)
        clocks = clocks_of([Fact(since, What.OPENED)], policy, priority, hours)
        return most_urgent(clocks) or since

    def begin(self, agent_id: int, at: datetime) -> None:
        """An agent comes to work: last in the line of those who are handed cases."""
        _BEGUN.write(self._connection, [{"agent": agent_id, "since": at}])

    def line(self) -> tuple[int, ...]:
        """The agents in the order in which cases are handed out, at work or not."""
        return queries.idle_agents(self._connection)

    def open(self, placed: Placed) -> None:
        """What waited for an opening can be worked on."""
        _OPENED.write(self._connection, [{"case": placed.case_id}])

    def end(self, case_id: int) -> None:
        """Nobody has to do anything about it any more."""
        _ENDED.write(self._connection, [{"case": case_id}])

    def next(self, agent_id: int, at: datetime, mine: Sequence[int]) -> int | None:
        """The case that the desk would give this agent now, who works on `mine` already."""
        self._unit.now = at
        claimed = Claiming(self._unit, agent_id).next(Lane.ALL, list(mine))
        return None if claimed is None else claimed.case.id

    def pushed(self, agent_id: int, at: datetime) -> int | None:
        """The case that the desk would hand this agent now."""
        self._unit.now = at
        claimed = Claiming(self._unit, agent_id).pushed()
        return None if claimed is None else claimed.case.id


@contextmanager
def scratch(policies: Policies, at: datetime) -> Iterator[Scratch]:
    """A new desk at a moment (aware), with the policies of another one."""
    folder = Path(tempfile.mkdtemp(prefix="desk-simulation-"))
    try:
        database = Database(f"sqlite:///{folder / 'desk.sqlite'}", clock=lambda: at)
        try:
            upgrade(database)
            unit = UnitOfWork(database.connect_to_write, database.clock)
            try:
                yield Scratch(unit, policies)
            finally:
                unit.close()
        finally:
            database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
