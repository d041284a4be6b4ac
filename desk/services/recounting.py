"""Counting all events again: whether the figures agree with them, and putting right what does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Text, delete, func, insert, select, type_coerce

from db.kinds import Channel
from db.models import Case, CaseFigure, DeskInfo, Event, HourlyFigure, Message
from db.rows import AgentRow
from desk.rules.hours import HoursPlan
from desk.rules.measures import COUNTED, LEAVES, SECONDS, Course, Fact, count
from desk.rules.permissions import Permission, require
from desk.rules.ranges import SPANS, moment_of_hour
from desk.services.counting import (
    FILLED,
    Sum,
    add_sums,
    add_to,
    course_of,
    courses_query,
    is_filled,
    is_reply,
    is_worth_keeping,
    keep_courses,
    service_seconds,
    with_wider,
)
from desk.services.desk import Desk
from desk.services.hours import plans_of
from desk.services.places import slices

CASES_AT_ONCE = 1_000
MOST_TOLD = 100
"""Differences that are told one by one."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """A sum that is not what the events say; `at` is its first hour, `span` how many it covers."""

    at: datetime
    span: int
    channel: Channel
    measure: str
    bucket: int
    kept: int
    counted: int


@dataclass(frozen=True, slots=True)
class Verification:
    """What counting again has shown: sums and cases looked at, how many of each are wrong, and some of the sums."""

    sums: int
    cases: int
    wrong_sums: int
    wrong_cases: tuple[int, ...]
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether all is as the events say."""
        return not self.wrong_sums and not self.wrong_cases


def verify(desk: Desk, me: AgentRow, progress: Progress | None = None) -> Verification:
    """Count all events again, at one moment, and compare. `progress` gets cases done and in all."""
    require(me, Permission.SEE_FIGURES)
    now = desk.clock()
    with desk.database.read() as connection:
        recount = _Recount(connection, plans_of(connection, now))
        wrong_cases = []
        for wrong in recount.chunks(progress):
            wrong_cases += [case_id for case_id, _, _ in wrong]
        differences: list[Difference] = []
        wrong_sums = looked_at = 0
        for key, kept, counted in _compared(connection, recount.sums):
            looked_at += 1
            if kept != counted:
                wrong_sums += 1
                if len(differences) < MOST_TOLD:
                    differences.append(_difference(key, kept, counted))
    return Verification(looked_at, recount.cases, wrong_sums, tuple(wrong_cases), tuple(differences))


def rebuild(desk: Desk, me: AgentRow | None = None, progress: Progress | None = None) -> int:
    """Make the figures what the events say, while the desk is used; how many sums were wrong.

    First what is remembered of cases is put right, some cases a transaction, so that all that is counted from then on
    is right; then what the sums lack is added to them. `progress` gets cases done (twice over) and in all.
    """
    if me is not None:
        require(me, Permission.SEE_FIGURES)
    told = progress or (lambda _done, _of: None)
    total = _courses_put_right(desk, lambda done, of: told(done, 2 * of))
    with desk.database.read() as connection:
        recount = _Recount(connection, plans_of(connection, desk.clock()))
        for _ in recount.chunks(lambda done, of: told(total + done, total + of)):
            pass
        missing = [
            (key, counted - kept) for key, kept, counted in _compared(connection, recount.sums) if kept != counted
        ]
    with desk.database.write() as unit:
        unit.hold_events()
        connection = unit.connection
        add_sums(connection, sorted(missing))
        _note_filled(connection)
    return len(missing)


def count_everything(connection: Connection, now: datetime) -> None:
    """Count all events of a database that nobody uses yet and that has no figures, in the connection's transaction."""
    recount = _Recount(connection, plans_of(connection, now))
    for wrong in recount.chunks(None):
        keep_courses(connection, {case_id: course for case_id, course, _ in wrong}, {})
    add_sums(connection, sorted(with_wider(recount.sums).items()))
    _note_filled(connection)


def fill(desk: Desk, progress: Progress | None = None) -> bool:
    """Count what happened before there were figures, unless that is done; whether there was anything to do."""
    with desk.database.read() as connection:
        if is_filled(connection):
            return False
    rebuild(desk, progress=progress)
    return True


_Event = tuple[int | None, datetime, str, dict[str, Any]]
"""A case, a moment, a kind, and what it says."""

Wrong = list[tuple[int, Course, bool]]
"""Cases that are remembered otherwise than their events say: what is right, and whether there is a row."""


class _Recount:
    """Counts the events of some cases after others into `sums`, by the hour."""

    def __init__(self, connection: Connection, plans: Mapping[Channel, HoursPlan]) -> None:
        self._connection = connection
        self._plans = plans
        self.sums: Counter[Sum] = Counter()
        self.cases = 0

    def chunks(self, progress: Progress | None) -> Iterator[Wrong]:
        """Count everything, some cases at a time; each time those that are remembered wrongly."""
        last = self._connection.scalar(select(func.max(Case.id))) or 0
        for first in range(1, last + 1, CASES_AT_ONCE):
            yield self.some(first, first + CASES_AT_ONCE)
            if progress is not None:
                progress(min(first + CASES_AT_ONCE - 1, last), last)

    def some(self, first: int, last: int) -> Wrong:
        """Count the cases from one number to another (exclusive)."""
        kept = {
            row.id: (course_of(row), row.kept is not None)
            for row in self._connection.execute(courses_query().where(Case.id >= first, Case.id < last))
        }
        self.cases += len(kept)
        wrong: Wrong = []
        seen = set()
        for case_id, facts in self._facts(first, last, kept):
            known, has_row = kept[case_id]
            course = Course(known.channel, known.created_at)
            for fact in facts:
                add_to(self.sums, course.channel, count(course, fact))
            seen.add(case_id)
            if course != known:
                wrong.append((case_id, course, has_row))
        wrong += [
            (case_id, Course(known.channel, known.created_at), has_row)
            for case_id, (known, has_row) in kept.items()
            if case_id not in seen and is_worth_keeping(known)
        ]
        return wrong

    def _facts(
        self, first: int, last: int, kept: Mapping[int, tuple[Course, bool]]
    ) -> Iterator[tuple[int, Iterable[Fact]]]:
        query = (
            select(Event.case_id, Event.at, Event.kind, type_coerce(Event.data, Text).label("data"))
            .where(Event.case_id >= first, Event.case_id < last, Event.kind.in_(sorted(COUNTED)))
            .order_by(Event.case_id, Event.id)
        )
        events = [(case_id, at, kind, _decoded(data)) for case_id, at, kind, data in self._connection.execute(query)]
        replies = self._replies(
            {data["message"] for _, _, kind, data in events if kind in LEAVES and "message" in data}
        )
        for case_id, rows in groupby(events, key=itemgetter(0)):
            if case_id is not None and case_id in kept:
                yield case_id, (self._fact(row, kept[case_id][0], replies) for row in rows)

    def _replies(self, ids: set[int]) -> set[int]:
        found: set[int] = set()
        for some in slices(sorted(ids)):
            asked = select(Message.id, Message.kind, Message.side_id, Message.is_automatic).where(Message.id.in_(some))
            found |= {
                row.id
                for row in self._connection.execute(asked)
                if is_reply(row.kind, row.side_id, is_automatic=row.is_automatic)
            }
        return found

    def _fact(self, row: _Event, known: Course, replies: set[int]) -> Fact:
        _, at, kind, data = row
        if kind not in LEAVES or data.get("message") not in replies:
            return Fact(kind, at, data)
        # What was counted when it happened stands; else today's hours tell how long an old answer took.
        seconds = known.answer_seconds if known.answered_at == at else None
        if seconds is None and SECONDS not in data:
            seconds = service_seconds(self._plans, known, at)
        return Fact(kind, at, data, is_reply=True, seconds=seconds)


def _courses_put_right(desk: Desk, progress: Progress) -> int:
    """Put right what is remembered of cases; how many numbers of cases there are."""
    with desk.database.read() as connection:
        last = connection.scalar(select(func.max(Case.id))) or 0
    for first in range(1, last + 1, CASES_AT_ONCE):
        with desk.database.write() as unit:
            unit.hold_events()
            connection = unit.connection
            recount = _Recount(connection, plans_of(connection, unit.now))
            wrong = recount.some(first, first + CASES_AT_ONCE)
            gone = [case_id for case_id, course, _ in wrong if not is_worth_keeping(course)]
            for some in slices(gone):
                connection.execute(delete(CaseFigure).where(CaseFigure.case_id.in_(some)))
            right = [each for each in wrong if is_worth_keeping(each[1])]
            keep_courses(
                connection,
                {case_id: course for case_id, course, has_row in right if not has_row},
                {case_id: course for case_id, course, has_row in right if has_row},
            )
        progress(min(first + CASES_AT_ONCE - 1, last), last)
    return last


def _compared(connection: Connection, hourly: Mapping[Sum, int]) -> Iterator[tuple[Sum, int, int]]:
    """Each sum with what is kept and what was counted; 0 where there is none."""
    for span in SPANS:
        counted: Counter[Sum] = Counter()
        for (_, measure, hour, channel, bucket), amount in hourly.items():
            counted[(span, measure, hour - hour % span, channel, bucket)] += amount
        query = select(
            HourlyFigure.measure, HourlyFigure.hour, HourlyFigure.channel, HourlyFigure.bucket, HourlyFigure.amount
        )
        for row in connection.execute(query.where(HourlyFigure.span == span)):
            key = (span, row.measure, row.hour, row.channel.value, row.bucket)
            yield key, row.amount, counted.pop(key, 0)
        yield from ((key, 0, amount) for key, amount in counted.items())


def _decoded(data: Any) -> dict[str, Any]:
    """What an event says: SQLite gives text, which is read faster here, and PostgreSQL's driver has read it."""
    said: dict[str, Any] = msgspec.json.decode(data) if isinstance(data, str) else data
    return said


def _note_filled(connection: Connection) -> None:
    connection.execute(delete(DeskInfo).where(DeskInfo.key == FILLED))
    connection.execute(insert(DeskInfo).values(key=FILLED, value="counted"))


def _difference(key: Sum, kept: int, counted: int) -> Difference:
    span, measure, hour, channel, bucket = key
    return Difference(moment_of_hour(hour), span, Channel(channel), measure, bucket, kept, counted)
