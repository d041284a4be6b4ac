"""Counting events as they are written: the sums of their hour, in the transaction in which they happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, text, update
from sqlalchemy import bindparam as given

from db.kinds import Channel, EventKind, MessageKind
from db.models import Case, CaseFigure, DeskInfo, Message
from db.uow import Pending
from desk.rules.measures import LEAVES, SECONDS, Counted, Course, Fact, count, is_first_answer, matters
from desk.rules.ranges import SPANS, hour_of
from desk.services.hours import plans_of
from desk.services.places import slices

Sum = tuple[int, str, int, str, int]
"""The key of a sum: span, measure, first hour since 1970, channel, bucket."""

SUM = ("span", "measure", "hour", "channel", "bucket")

REMEMBERED = (
    "answered_at", "answer_seconds", "solved_at", "solved_before", "reopened_at", "broken_at", "breached_at",
    "taken_back_at",
)  # fmt: skip
"""What `CaseFigure` keeps of a `Course`."""

FILLED = "figures"
"""What `desk_info` names once the sums hold all that happened before they were kept."""

ADD = """INSERT INTO hourly_figure (span, measure, hour, channel, bucket, amount)
VALUES (:span, :measure, :hour, :channel, :bucket, :amount)
ON CONFLICT (span, measure, hour, channel, bucket) DO UPDATE SET amount = hourly_figure.amount + excluded.amount"""


def count_events(connection: Connection, now: datetime, events: Sequence[Pending]) -> None:
    """Add to the sums what these events mean, and give a first answer its service seconds.

    The caller holds the lock under which events are written (`UnitOfWork.hold_events`): whoever changes a sum has it,
    so no two writers wait for each other's rows, and what is read here of a case's past is the latest.
    """
    counted = [each for each in events if each.case_id is not None and matters(each.kind, each.data)]
    if not counted:
        return
    past = {each.case_id for each in counted if not _needs_no_past(each)}
    known = read_courses(connection, sorted(case_id for case_id in past if case_id is not None))
    courses = {case_id: replace(course) for case_id, (course, _) in known.items()}
    replies = _replies(connection, counted)
    hours: dict[Channel, Any] | None = None
    sums: Counter[Sum] = Counter()
    for each in counted:
        assert each.case_id is not None  # noqa: S101  (`counted` has only such)
        if each.case_id not in courses:
            courses[each.case_id] = Course(Channel(each.data["channel"]), now)
        course = courses[each.case_id]
        fact = Fact(each.kind.value, now, each.data, is_reply=each.data.get("message") in replies)
        if is_first_answer(course, fact):
            hours = plans_of(connection, now) if hours is None else hours
            each.data[SECONDS] = service_seconds(hours, course, now)
        add_to(sums, course.channel, count(course, fact))
    _remember(connection, known, courses)
    write_sums(connection, sums)


def service_seconds(plans: Mapping[Channel, Any], course: Course, at: datetime) -> int:
    """Seconds of service between a case's opening and a moment; all of them on a channel without hours."""
    plan = plans.get(course.channel)
    if plan is None:
        return max(0, int((at - course.created_at).total_seconds()))
    return max(0, int(plan.hours.elapsed(course.created_at, at)))


def add_to(sums: Counter[Sum], channel: Channel, counted: Iterable[Counted]) -> None:
    """Add to the sums of one hour; `with_wider` makes the others of them."""
    for at, measure, bucket, amount in counted:
        sums[(1, measure.value, hour_of(at), channel.value, bucket)] += amount


def with_wider(hourly: Mapping[Sum, int]) -> Counter[Sum]:
    """The sums of every span from those of single hours; such as come to nothing are left out."""
    every: Counter[Sum] = Counter()
    for (_, measure, hour, channel, bucket), amount in hourly.items():
        for span in SPANS:
            every[(span, measure, hour - hour % span, channel, bucket)] += amount
    return Counter({key: amount for key, amount in every.items() if amount})


def write_sums(connection: Connection, hourly: Mapping[Sum, int]) -> None:
    """Add to what is kept, in the order of the keys."""
    add_sums(connection, sorted(with_wider(hourly).items()))


def add_sums(connection: Connection, amounts: Iterable[tuple[Sum, int]]) -> None:
    """Add to sums of any span."""
    rows = [dict(zip(SUM, key, strict=True), amount=amount) for key, amount in amounts]
    for some in slices(rows, 10_000):
        connection.execute(text(ADD), some)


def courses_query() -> Select[*tuple[Any, ...]]:
    """Every case with what is remembered of it; to be narrowed. `course_of` reads a row."""
    remembered = (getattr(CaseFigure, name) for name in REMEMBERED)
    return select(Case.id, Case.channel, Case.created_at, CaseFigure.case_id.label("kept"), *remembered).outerjoin(
        CaseFigure, CaseFigure.case_id == Case.id
    )


def course_of(row: Row[Any]) -> Course:
    """What is remembered of a case."""
    return Course(row.channel, row.created_at, **{name: getattr(row, name) for name in REMEMBERED})


def read_courses(connection: Connection, case_ids: Sequence[int]) -> dict[int, tuple[Course, bool]]:
    """What is remembered of these cases, and whether there is a row of it."""
    found: dict[int, tuple[Course, bool]] = {}
    for some in slices(case_ids):
        for row in connection.execute(courses_query().where(Case.id.in_(some))):
            found[row.id] = (course_of(row), row.kept is not None)
    return found


def keep_courses(connection: Connection, new: Mapping[int, Course], changed: Mapping[int, Course]) -> None:
    """Remember the courses of cases: in new rows, and in those that there are."""
    table = CaseFigure.__table__
    rows = [_row(case_id, course) for case_id, course in sorted(new.items())]
    if rows:
        connection.execute(insert(CaseFigure), rows)
    again = [_row(case_id, course) | {"of": case_id} for case_id, course in sorted(changed.items())]
    if again:
        values = {name: given(name, type_=table.c[name].type) for name in ("channel", *REMEMBERED)}
        connection.execute(update(CaseFigure).where(CaseFigure.case_id == given("of")).values(values), again)


def is_worth_keeping(course: Course) -> bool:
    """Whether anything has happened that the next event has to know."""
    return any(getattr(course, name) is not None for name in REMEMBERED)


def is_reply(kind: MessageKind, side_id: int | None, *, is_automatic: bool) -> bool:
    """Whether a message is a person's answer to the customer."""
    return kind is MessageKind.OUTBOUND and side_id is None and not is_automatic


def _row(case_id: int, course: Course) -> dict[str, Any]:
    kept = asdict(course)
    return {"case_id": case_id, "channel": course.channel, **{name: kept[name] for name in REMEMBERED}}


def _needs_no_past(each: Pending) -> bool:
    """Whether an event can be counted by itself: it opens its case and says on which channel."""
    return each.kind is EventKind.CASE_OPENED and "channel" in each.data


def _replies(connection: Connection, events: Iterable[Pending]) -> set[int]:
    ids = sorted({each.data["message"] for each in events if each.kind.value in LEAVES and "message" in each.data})
    found: set[int] = set()
    for some in slices(ids):
        asked = select(Message.id, Message.kind, Message.side_id, Message.is_automatic).where(Message.id.in_(some))
        for row in connection.execute(asked):
            if is_reply(row.kind, row.side_id, is_automatic=row.is_automatic):
                found.add(row.id)
    return found


def _remember(connection: Connection, known: Mapping[int, tuple[Course, bool]], courses: Mapping[int, Course]) -> None:
    new: dict[int, Course] = {}
    changed: dict[int, Course] = {}
    for case_id, course in courses.items():
        before, is_kept = known.get(case_id, (None, False))
        if course != before and is_worth_keeping(course):
            (changed if is_kept else new)[case_id] = course
    keep_courses(connection, new, changed)


def is_filled(connection: Connection) -> bool:
    """Whether what happened before there were figures has been counted."""
    return connection.scalar(select(DeskInfo.key).where(DeskInfo.key == FILLED)) is not None
