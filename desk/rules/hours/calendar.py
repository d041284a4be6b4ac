"""The service calendar: weekly hours in a zone, with closed and special dates and with breaks.

The clock on the wall decides: a moment is open when a clock in the zone then shows a time inside an interval. What the
clock skips in spring is never open, what it shows twice in autumn counts twice, and no local time is ever converted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from desk.rules.hours.moments import FIRST_YEAR, day_number, year_of
from desk.rules.hours.service_time import ServiceTime, year_bounds
from desk.rules.hours.stretches import Stretch, common, united, without
from desk.rules.hours.zones import offsets

DAY_MINUTES = 1440
DAY_SECONDS = 86_400

Interval = tuple[int, int]
"""Local minutes from midnight; an end not after its start runs into the next date, 1440 is the end of the date."""


class CalendarError(ValueError):
    """A calendar cannot be read; the message says where and what would do."""


class ServiceCalendar(ServiceTime):
    """When something is open.

    `weekly` has intervals by weekday, Monday 0; `closed` dates have none, `special` dates those given instead of the
    weekly ones; closed beats special. An interval belongs to the date on which it starts: on a closed or special date
    nothing reaches in from the evening before. `breaks` are local and taken away last. Raises `CalendarError`.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        weekly: Mapping[int, Iterable[Interval]],
        *,
        closed: Iterable[date] = (),
        special: Mapping[date, Iterable[Interval]] | None = None,
        breaks: Iterable[tuple[datetime, datetime]] = (),
    ) -> None:
        self.zone = zone
        self._weekly = tuple(_day(weekly.get(weekday, ())) for weekday in range(7))
        self._special = {day_number(day): _day(given) for day, given in (special or {}).items()}
        self._special |= {day_number(day): _day(()) for day in closed}
        self._breaks = united((_wall(start), _wall(end)) for start, end in breaks)
        self._years_of_exceptions = [
            *(year_of(number * DAY_SECONDS) for number in self._special),
            *(year_of(moment) for stretch in self._breaks for moment in stretch),
        ]
        super().__init__(max(self._years_of_exceptions, default=FIRST_YEAR))

    @property
    def first_exception_year(self) -> int:
        """Before this year every week is like the next."""
        return min(self._years_of_exceptions, default=self.last_exception_year)

    def stretches(self, year: int) -> list[Stretch]:
        """The open stretches of one year of UTC."""
        found: list[Stretch] = []
        for since, until, ahead in offsets(self.zone, year):
            shown = since + ahead, until + ahead
            local = common(united(self._local(*shown)), [shown])
            found += ((start - ahead, end - ahead) for start, end in without(local, self._breaks_near(*shown)))
        return common(united(found), [year_bounds(year)])

    def _local(self, start: int, end: int) -> Iterable[Stretch]:
        """Open stretches by the clock on the wall on all dates that a part of it touches, breaks not yet taken away."""
        for number in range(start // DAY_SECONDS, (end - 1) // DAY_SECONDS + 1):
            begin = number * DAY_SECONDS
            special = self._special.get(number)
            own, _ = self._weekly[(number + 3) % 7] if special is None else special  # 1970 began on a Thursday
            for first, last in own:
                yield begin + first * 60, begin + last * 60
            if special is None:
                _, late = self._special.get(number - 1) or self._weekly[(number + 2) % 7]
                for first, last in late:
                    yield begin + first * 60, begin + last * 60

    def _breaks_near(self, start: int, end: int) -> Sequence[Stretch]:
        return [each for each in self._breaks if each[0] < end and each[1] > start] if self._breaks else ()


Day = tuple[tuple[Interval, ...], tuple[Interval, ...]]
"""What is open on a date itself, and what of its hours reaches into the next one."""


def _day(intervals: Iterable[Interval]) -> Day:
    own: list[Interval] = []
    late: list[Interval] = []
    for start, end in intervals:
        if not (0 <= start < DAY_MINUTES and 0 <= end <= DAY_MINUTES):
            raise CalendarError(f"an interval from minute {start} to {end} does not lie within a day of 24 hours")
        if end > start:
            own.append((start, end))
        else:
            own.append((start, DAY_MINUTES))
            late.append((0, end))
    return tuple(united(own)), tuple(united(late))


def _wall(moment: datetime) -> int:
    if moment.tzinfo is not None:
        raise CalendarError(
            f"{moment} has a time zone of its own; a break is given by the clock of the calendar's zone"
        )
    return day_number(moment.date()) * DAY_SECONDS + moment.hour * 3600 + moment.minute * 60 + moment.second
