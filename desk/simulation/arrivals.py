"""Who comes when: a Poisson stream whose rate changes by the hour, the same for every roster with the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from db.kinds import Channel, Language
from desk.simulation.plan import Arrivals, Incident, Peak, Plan, moment

T = TypeVar("T")
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One customer: `at` is aware UTC, `work` the time that an agent needs, `patience` how long they wait at most."""

    at: datetime
    channel: Channel
    language: Language
    topic: str
    work: timedelta
    patience: timedelta | None


def arrivals(plan: Plan, seed: int) -> list[Arrival]:
    """All of them in the order of time."""
    found = [each for stream in plan.arrivals for each in _stream(plan, stream, seed)]
    return sorted(found, key=lambda each: each.at)


def rate(plan: Plan, stream: Arrivals, hour: datetime) -> float:
    """How many come on average in the hour that begins at `hour` (aware), incidents aside."""
    local = hour.astimezone(plan.tz)
    mean_day = sum(stream.weekdays) / 7
    found = stream.a_day * stream.weekdays[local.weekday()] / mean_day * stream.hours[local.hour] / sum(stream.hours)
    for peak in plan.peaks.get(local.date(), ()):
        if _concerns(peak, stream.channel):
            found *= peak.factor
    return found


def _stream(plan: Plan, stream: Arrivals, seed: int) -> Iterator[Arrival]:
    chance = Random(f"{seed} {stream.channel.value} {plan.arrivals.index(stream)}")  # noqa: S311
    incidents = [each for each in plan.incident if _concerns(each, stream.channel)]
    hour, end = plan.begin.astimezone(UTC), plan.end.astimezone(UTC)
    while hour < end:
        usual = rate(plan, stream, hour)
        for minute in range(0, 60, 10):
            since = hour + timedelta(minutes=minute)
            going_on = [each for each in incidents if moment(each.since) <= since < moment(each.until)]
            for topic, mean in [("", usual / 6), *((each.topic, usual / 6 * (each.factor - 1)) for each in going_on)]:
                yield from _some(chance, stream, since, mean, topic)
        hour += HOUR


def _some(chance: Random, stream: Arrivals, since: datetime, mean: float, topic: str) -> Iterator[Arrival]:
    """A Poisson number of customers within ten minutes: the gaps between them are exponential."""
    at = chance.expovariate(mean) if mean > 0 else 1.0
    while at < 1:
        shape = 1 / stream.spread**2
        yield Arrival(
            at=since + at * timedelta(minutes=10),
            channel=stream.channel,
            language=_drawn(chance, stream.languages),
            topic=topic or _drawn(chance, stream.topics),
            work=timedelta(minutes=chance.gammavariate(shape, stream.minutes / shape)),
            patience=timedelta(minutes=chance.expovariate(1 / stream.patience)) if stream.patience else None,
        )
        at += chance.expovariate(mean)


def _drawn(chance: Random, weights: Mapping[T, float]) -> T:
    return chance.choices(list(weights), list(weights.values()))[0]


def _concerns(what: Peak | Incident, channel: Channel) -> bool:
    return not what.channels or channel in what.channels
