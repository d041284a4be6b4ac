"""What becomes of incidents by time alone, and the sudden rises that may be one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from db.kinds import EventKind
from db.models import HourlyFigure, Incident, IncidentProposal
from db.queries import incidents as queries
from desk.rules.incidents import ACTIVE, OPEN, PLANNED, RECOVERING, RESOLVED, Who, turned
from desk.rules.measures import Measure
from desk.rules.ranges import moment_of_hour
from desk.rules.rising import AROUND, COOL_DOWN, LEAST_CASES, LEAST_WEEKS, WEEKS, WINDOW, Rise, judge
from desk.services.desk import Desk
from desk.services.incident_words import over_texts
from desk.services.incidents import end, move

WEEK = timedelta(days=7)


def turn(desk: Desk) -> int:
    """Begin and end planned work, and call overdue what was to be over; how many incidents turned.

    Whoever holds an incident's lock turns it, once. The end of planned work is told to its linked cases.
    """
    now = desk.clock()
    due = or_(
        (Incident.state == PLANNED) & (Incident.starts_at <= now),
        Incident.state.in_((OPEN, RECOVERING)) & (Incident.expected_at <= now),
    )
    with desk.database.read() as connection:
        ids = list(connection.scalars(select(Incident.id).where(due).limit(50)))
    if not ids:
        return 0
    with desk.database.write() as unit:
        locked = select(Incident).where(Incident.id.in_(ids)).order_by(Incident.id).with_for_update(skip_locked=True)
        number = 0
        for incident in unit.session.scalars(locked):
            state = turned(incident.kind, incident.state, incident.starts_at, incident.expected_at, unit.now)
            if state is incident.state:
                continue
            number += 1
            if state is RESOLVED:
                known = queries.incident(unit.session.connection(), incident.id, counted=False)
                end(unit, incident, over_texts(known.texts if known else {}), Who.TIME, None, tells=True)
            else:
                move(unit, incident, state, Who.TIME, None)
        return number


def watch(desk: Desk) -> int:
    """Look for sudden rises of topics and error codes, and propose each as an incident; how many were proposed.

    What an incident in force is about already, and what was raised or judged in the last hours, is left out.
    """
    if not desk.settings.incidents.propose:
        return 0
    now = desk.clock()
    with desk.database.read() as connection:
        rises = _rises(connection, now)
    if not rises:
        return 0
    with desk.database.write() as unit:
        unit.hold_events()  # two workers that see the same rise propose it once
        known = queries.raised_since(unit.session.connection(), unit.now - COOL_DOWN)
        new = [(subject, rise) for subject, rise in rises if subject not in known]
        for (topic, code), rise in new:
            unit.session.add(
                IncidentProposal(
                    topic_key=topic,
                    code=code,
                    since=unit.now - WINDOW,
                    raised_at=unit.now,
                    cases=rise.cases,
                    expected=f"{rise.expected:.1f}",
                )
            )
            unit.record(
                EventKind.INCIDENT_PROPOSED, topic=topic, code=code, cases=rise.cases,
                expected=f"{rise.expected:.1f}",
            )  # fmt: skip
        return len(new)


Subject = tuple[str | None, str | None]
"""A topic, or an error code."""


def _rises(connection: Connection, now: datetime) -> list[tuple[Subject, Rise]]:
    since = now - WINDOW
    topics = queries.topics_between(connection, since, now + timedelta(seconds=1))
    codes = queries.codes_between(connection, since, now + timedelta(seconds=1))
    if max([*topics.values(), *codes.values()], default=0) < LEAST_CASES:
        return []
    oldest = select(func.min(HourlyFigure.hour)).where(
        HourlyFigure.span == 1, HourlyFigure.measure == Measure.ARRIVALS.value
    )
    first = connection.scalar(oldest)
    weeks = [
        each
        for each in range(1, WEEKS + 1)
        if first is not None and now - each * WEEK - AROUND >= moment_of_hour(first)
    ]
    if len(weeks) < LEAST_WEEKS:
        return []
    spans = [(since - each * WEEK - AROUND, now - each * WEEK + AROUND) for each in weeks]
    exposure = len(weeks) * ((WINDOW + 2 * AROUND) / WINDOW)
    topics_before = _summed(queries.topics_between(connection, *span) for span in spans)
    codes_before = _summed(queries.codes_between(connection, *span) for span in spans)
    all_now, all_before = sum(topics.values()), sum(topics_before.values())
    covered_topics, covered_codes = _covered(connection)
    found: list[tuple[Subject, Rise]] = []
    for topic, number in topics.items():
        before = topics_before.get(topic, 0)
        others = (all_now - number) / max((all_before - before) / exposure, 1.0)
        rise = judge(number, before, exposure, others)
        if rise.is_sudden and topic not in covered_topics:
            found.append(((topic, None), rise))
    for code, number in codes.items():
        rise = judge(number, codes_before.get(code, 0), exposure)
        if rise.is_sudden and code not in covered_codes:
            found.append(((None, code), rise))
    return found


def _summed(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total


def _covered(connection: Connection) -> tuple[set[str], set[str]]:
    """The topics and the codes that incidents in force are about."""
    rows = queries.incidents(connection, queries.in_states(ACTIVE))
    return {topic for row in rows for topic in row.topics}, {code for row in rows for code in row.codes}
