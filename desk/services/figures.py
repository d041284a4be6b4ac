"""First figures for supervisors: each channel now and over a range, and the cases behind a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from heapq import merge
from operator import itemgetter

from sqlalchemy import Connection

from db.kinds import Channel
from db.queries import figures as queries
from db.queries.figures import Place
from db.queries.queue import lane_counts
from db.rows import AgentRow, CaseRow
from desk.rules.channel_load import Load, load_of
from desk.rules.hours import HoursPlan, Standing
from desk.rules.measures import Measure, percentile
from desk.rules.permissions import Permission, require
from desk.rules.ranges import Range, alike, bounds, hour_of, moment_of_hour, periods
from desk.services.counting import is_filled
from desk.services.desk import Desk
from desk.services.hours import plans_of

SOON = timedelta(hours=1)
AT_WORK = timedelta(minutes=15)
"""Whoever did something so short a time ago is on a channel."""

PICTURE_HOURS = 13 * 7 * 24
"""Hours, up to the end of a range, of which the week's picture is made."""

MOST_ROWS = 100
THURSDAY = 3
"""The weekday of the first day of 1970."""


class Behind(StrEnum):
    """A number of which the cases can be listed."""

    DUE_SOON = "due_soon"
    ARRIVALS = "arrivals"
    ANSWERED = "answered"
    SOLVED = "solved"
    BROKEN = "broken"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class ChannelNow:
    """A channel at this moment; `agents` are on it, `due_soon` cases are due within the hour, `oldest_at` is UTC.

    `standing` is None where nothing says when it is open: it counts as open.
    """

    channel: Channel
    waiting: int
    oldest_at: datetime | None
    due_soon: int
    agents: int
    load: Load
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """A channel over a range of whole hours; `first_response` are answered cases by bucket of service seconds."""

    channel: Channel
    counts: Mapping[Measure, int]
    first_response: Mapping[int, int]

    def count(self, measure: Measure) -> int:
        """How often that was counted; for first responses, how many cases were answered."""
        if measure is Measure.FIRST_RESPONSE:
            return sum(self.first_response.values())
        return self.counts.get(measure, 0)

    @property
    def median(self) -> float | None:
        """The time, in service seconds, within which half of the answered cases were answered."""
        return percentile(self.first_response, 0.5)

    @property
    def p90(self) -> float | None:
        """The same for nine of ten."""
        return percentile(self.first_response, 0.9)


@dataclass(frozen=True, slots=True)
class WeekPicture:
    """Arrivals by weekday (Monday 0) and hour of the service's zone, over `hours` hours up to the range's end."""

    zone: tzinfo
    hours: int
    arrivals: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class BehindPage:
    """Some cases behind a number; pass `more` as `after` to go on, None at the end."""

    rows: tuple[CaseRow, ...]
    more: Place | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the Channels screen shows; `start` and `end` are whole hours of UTC, the end is not in the range."""

    at: datetime
    start: datetime
    end: datetime
    now: Mapping[Channel, ChannelNow]
    over: Mapping[Channel, ChannelFigures]
    picture: WeekPicture
    plans: Mapping[Channel, HoursPlan] = field(default_factory=dict)
    is_complete: bool = True
    """Whether what happened before there were figures is counted in them."""

    @property
    def total(self) -> ChannelFigures:
        """All channels together; its `channel` is any of them."""
        counts: Counter[Measure] = Counter()
        times: Counter[int] = Counter()
        for each in self.over.values():
            counts.update(each.counts)
            times.update(each.first_response)
        return ChannelFigures(next(iter(self.over)), counts, times)


def overview(desk: Desk, me: AgentRow, wanted: Range = Range.TODAY) -> Overview:
    """Every channel now and over a range, with the picture of its week. Raises `NotAllowedError`."""
    require(me, Permission.SEE_FIGURES)
    now = desk.clock()
    with desk.database.read() as connection:
        plans = plans_of(connection, now)
        zone = zone_of(plans)
        start, end = bounds(wanted, now, zone)
        return _overview(connection, me, now, plans, start, end)


def between(desk: Desk, me: AgentRow, start: datetime, end: datetime) -> Overview:
    """As `overview`, over the whole hours that two moments (aware) lie in. Raises `NotAllowedError`, `ValueError`."""
    require(me, Permission.SEE_FIGURES)
    if end <= start:
        raise ValueError("The range ends before it begins; give a --to that is later than --from.")
    now = desk.clock()
    with desk.database.read() as connection:
        return _overview(connection, me, now, plans_of(connection, now), start, end)


def strip(desk: Desk, me: AgentRow) -> tuple[ChannelNow, ...]:
    """Every channel at this moment, for whoever works the queue."""
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    with desk.database.read() as connection:
        return tuple(_now(connection, me, now, plans_of(connection, now)).values())


def service_zone(desk: Desk, me: AgentRow) -> tzinfo:
    """The zone in which the days of figures begin and end."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return zone_of(plans_of(connection, desk.clock()))


def behind(
    desk: Desk, me: AgentRow, channel: Channel | None, what: Behind, shown: Overview, *, after: Place | None = None,
    limit: int = 50,
) -> BehindPage:  # fmt: skip
    """Exactly the cases behind a number of an overview, the latest first, from behind a place; at most 100.

    Without a channel those of all of them. What has changed since the overview was read is as it is now. Raises
    `NotAllowedError`.
    """
    require(me, Permission.SEE_FIGURES)
    most = min(limit, MOST_ROWS)
    with desk.database.read() as connection:
        # Channel by channel, because the indexes begin with it.
        each = (_which(of, what, shown) for of in ([channel] if channel else Channel))
        some = [queries.cases_of(connection, which, after=after, limit=most + 1) for which in each]
    found = list(merge(*some, key=itemgetter(0), reverse=True))[: most + 1]
    places = [place for place, _ in found[:most]]
    return BehindPage(tuple(row for _, row in found[:most]), places[-1] if len(found) > most else None)


def zone_of(plans: Mapping[Channel, HoursPlan]) -> tzinfo:
    """The zone of most channels' hours; UTC where there are none."""
    zones = [plan.zone for plan in plans.values()]
    return max(zones, key=zones.count) if zones else UTC


def _which(channel: Channel, what: Behind, shown: Overview) -> queries.Moments:
    if what is Behind.DUE_SOON:
        return queries.due_cases(channel, shown.at, shown.at + SOON)
    if what is Behind.ARRIVALS:
        return queries.opened_between(channel, shown.start, shown.end)
    return queries.remembered_between(f"{what.value}_at", channel, shown.start, shown.end)


def _overview(
    connection: Connection, me: AgentRow, now: datetime, plans: Mapping[Channel, HoursPlan],
    start: datetime, end: datetime,
) -> Overview:  # fmt: skip
    first, last = hour_of(start), -(-int(end.timestamp()) // 3600)
    over = _over(connection, first, last)
    picture = _picture(connection, zone_of(plans), max(first, last - PICTURE_HOURS), last)
    return Overview(
        now, moment_of_hour(first), moment_of_hour(last), _now(connection, me, now, plans), over, picture, plans,
        is_filled(connection),
    )  # fmt: skip


def _over(connection: Connection, first: int, last: int) -> dict[Channel, ChannelFigures]:
    counts: dict[Channel, dict[Measure, int]] = {channel: {} for channel in Channel}
    times: dict[Channel, dict[int, int]] = {channel: {} for channel in Channel}
    for channel, measure, bucket, amount in queries.sums(connection, list(Measure), periods(first, last)):
        if measure == Measure.FIRST_RESPONSE:
            times[channel][bucket] = amount
        else:
            counts[channel][Measure(measure)] = amount
    return {channel: ChannelFigures(channel, counts[channel], times[channel]) for channel in Channel}


def _now(
    connection: Connection, me: AgentRow, now: datetime, plans: Mapping[Channel, HoursPlan]
) -> dict[Channel, ChannelNow]:
    waiting = lane_counts(connection, me.id).by_channel
    agents = queries.agents_on(connection, now - AT_WORK)
    found = {}
    for channel in Channel:
        standing = plans[channel].standing(now) if channel in plans else None
        load = load_of(
            is_open=standing is None or standing.is_open,
            is_late=queries.is_late(connection, channel, now),
            waiting=waiting[channel],
            agents=agents.get(channel, 0),
        )
        found[channel] = ChannelNow(
            channel,
            waiting[channel],
            queries.oldest(connection, channel),
            queries.due_between(connection, channel, now, now + SOON),
            agents.get(channel, 0),
            load,
            standing,
        )
    return found


def _picture(connection: Connection, zone: tzinfo, first: int, last: int) -> WeekPicture:
    days = [[0] * 24 for _ in range(7)]
    for start, end, shift in alike(zone, first, last):
        for hour, amount in queries.by_week_hour(connection, Measure.ARRIVALS, start, end, shift):
            days[(hour // 24 + THURSDAY) % 7][hour % 24] += amount
    return WeekPicture(zone, last - first, tuple(tuple(day) for day in days))
