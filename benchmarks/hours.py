"""How long a question about service time takes, with few exceptions and with many, and a calendar's first one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from benchmarks.measuring import Figures, in_turn, ratio
from desk.rules.hours import ServiceCalendar

ZONE = ZoneInfo("Asia/Jakarta")
OFFICE = dict.fromkeys(range(5), ((8 * 60, 12 * 60), (13 * 60, 21 * 60)))
AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
MANY = 10_000
CALLS = 100


def run() -> None:
    """Ask calendars with no exception and with many, in turn."""
    print(f"service hours, {CALLS} questions a run")
    closed = [date(2000, 1, 1) + timedelta(days=number) for number in range(MANY)]
    few, many = _calendar([]), _calendar(closed)
    figures = in_turn(
        {
            "is open": lambda: [few.is_open(AT) for _ in range(CALLS)],
            "add 8 hours": lambda: [few.add(AT, 8 * 3600) for _ in range(CALLS)],
            "elapsed over a month": lambda: [few.elapsed(AT, AT + timedelta(days=30)) for _ in range(CALLS)],
            f"add 8 hours, {MANY} closed dates": lambda: [many.add(AT, 8 * 3600) for _ in range(CALLS)],
            "the first question of a calendar": lambda: _calendar([]).is_open(AT),
        },
        runs=200,
    )
    for name, figure in figures.items():
        print(f"  {name:<44} median {_microseconds(name, figure):9.2f} µs a call")
    names = list(figures)
    ratio("many exceptions / none", figures[names[3]].median, figures[names[1]].median, "about 1")


def _calendar(closed: list[date]) -> ServiceCalendar:
    return ServiceCalendar(ZONE, OFFICE, closed=closed)


def _microseconds(name: str, figure: Figures) -> float:
    return figure.median * 1_000_000 / (1 if name.startswith("the first") else CALLS)
