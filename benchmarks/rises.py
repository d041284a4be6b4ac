"""Sudden rises in simulation: false alarms a week on a desk where nothing is wrong, and how soon outages are seen.

The desk gets some 4,000 cases a week on seven topics, by an uneven week; whole days are busier or quieter than others,
and so is each topic by itself within a day, so that numbers scatter more than Poisson's. It is looked at every minute,
as the worker does.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from random import Random
from statistics import median, quantiles

from desk.rules.rising import AROUND, COOL_DOWN, WEEKS, WINDOW, judge

SHARES = {
    "payment-failed": 0.28, "refund": 0.2, "top-up": 0.16, "transfer": 0.13, "login": 0.11, "app-problem": 0.08,
    "account-security": 0.04,
}  # fmt: skip
A_WEEK = 4_000
HISTORY, WATCHED = WEEKS + 1, 52
WEEK, DAY, HOUR = 7 * 1440, 1440, 60
SHAPE = (2, 1, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11, 10, 10, 10, 9, 9, 9, 10, 11, 10, 8, 6, 4)
OUTAGES = (20, 40, 80, 160)
"""Cases an hour that an outage adds."""
EACH = 60
BUSY_DAYS, BUSY_TOPICS = 0.2, 0.15
"""Standard deviation of a day's factor, and of a topic's within it."""
MINUTES = {"window": WINDOW // timedelta(minutes=1), "around": AROUND // timedelta(minutes=1)}


def run() -> None:
    """Print both figures."""
    random = Random(20261125)
    arrivals = _arrivals(random)
    alarms = _alarms(arrivals)
    print(f"false alarms: {alarms} in {WATCHED} weeks, {alarms / WATCHED:.2f} a week")
    for rate in OUTAGES:
        delays = [_delay(arrivals, random, rate) for _ in range(EACH)]
        seen = sorted(each for each in delays if each is not None)
        if len(seen) > 1:
            print(
                f"an outage of {rate} cases an hour: seen {len(seen)} of {EACH} within 2 hours, "
                f"after {median(seen):.0f} minutes (p90 {quantiles(seen, n=10)[-1]:.0f})"
            )
        else:
            print(f"an outage of {rate} cases an hour: seen {len(seen)} of {EACH} within 2 hours")


def _arrivals(random: Random) -> dict[str, list[float]]:
    """The minutes at which cases come, by topic, in order."""
    found: dict[str, list[float]] = {topic: [] for topic in SHARES}
    total = sum(SHAPE) * 7
    for day in range((HISTORY + WATCHED) * 7):
        busy = random.lognormvariate(0, BUSY_DAYS)
        for topic, share in SHARES.items():
            factor = busy * random.lognormvariate(0, BUSY_TOPICS)
            for hour, weight in enumerate(SHAPE):
                found[topic] += _poisson(
                    random, A_WEEK * share * weight / total * factor, day * DAY + hour * HOUR, HOUR
                )
        for times in found.values():
            times.sort()
    return found


def _poisson(random: Random, expected: float, start: float, length: float) -> list[float]:
    times, at = [], 0.0
    while expected > 0:
        at += random.expovariate(expected / length)
        if at >= length:
            break
        times.append(start + at)
    return times


def _between(times: list[float], start: float, end: float) -> int:
    return bisect_left(times, end) - bisect_left(times, start)


def _is_raised(arrivals: dict[str, list[float]], topic: str, now: float, more: int = 0) -> bool:
    window, around = MINUTES["window"], MINUTES["around"]
    cases = _between(arrivals[topic], now - window, now) + more
    if cases < 8:
        return False
    counted = {
        each: sum(
            _between(times, now - window - week * WEEK - around, now - week * WEEK + around)
            for week in range(1, WEEKS + 1)
        )
        for each, times in arrivals.items()
    }
    exposure = WEEKS * (window + 2 * around) / window
    others = sum(_between(times, now - window, now) for each, times in arrivals.items() if each != topic)
    usual = max((sum(counted.values()) - counted[topic]) / exposure, 1.0)
    return judge(cases, counted[topic], exposure, others / usual).is_sudden


def _alarms(arrivals: dict[str, list[float]]) -> int:
    alarms, quiet = 0, COOL_DOWN // timedelta(minutes=1)
    for topic in SHARES:
        until = 0.0
        for now in range(HISTORY * WEEK, (HISTORY + WATCHED) * WEEK):
            if now >= until and _is_raised(arrivals, topic, now):
                alarms += 1
                until = now + quiet
    return alarms


def _delay(arrivals: dict[str, list[float]], random: Random, rate: int) -> int | None:
    """Minutes until an outage that begins at a random moment is raised; None when it is not within two hours."""
    topic = random.choice(list(SHARES))
    begins = random.randrange(HISTORY * WEEK, (HISTORY + WATCHED) * WEEK - 120)
    more = _poisson(random, rate * 2, begins, 120)
    for minute in range(1, 121):
        now = begins + minute
        if _is_raised(arrivals, topic, now, _between(more, now - MINUTES["window"], now)):
            return minute
    return None
