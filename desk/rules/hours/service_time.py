"""Service time: time that counts only while something is open. Every question costs the logarithm of a year's hours."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from desk.rules.hours.moments import FIRST_YEAR, LAST_YEAR, as_moment, seconds, start_of_year, year_of
from desk.rules.hours.stretches import Stretch, common, united, without

YEARS_OF_NEVER = 10
"""So many years without an opening (or a closing) behind the last exception, and there is none: 29 February comes."""

MOST_YEARS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Year:
    """The open stretches of one year of UTC, in seconds since 1970, with the open time before each and after each."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @classmethod
    def of(cls, stretches: Sequence[Stretch]) -> Year:
        """Of sorted, disjoint stretches."""
        after = tuple(accumulate(end - start for start, end in stretches))
        starts, ends = tuple(start for start, _ in stretches), tuple(end for _, end in stretches)
        return cls(starts, ends, (0, *after[:-1]) if after else (), after)

    @property
    def total(self) -> int:
        """All open seconds of the year."""
        return self.after[-1] if self.after else 0

    def until(self, moment: int) -> int:
        """Open seconds of the year that lie before a moment."""
        place = bisect_right(self.starts, moment) - 1
        return 0 if place < 0 else self.before[place] + min(moment, self.ends[place]) - self.starts[place]


class ServiceTime(ABC):
    """Open and closed, over all time. Moments go in aware, in any zone, and come out in UTC; fractions are dropped.

    `None` as an answer means never. Threads may share it.
    """

    def __init__(self, last_exception_year: int) -> None:
        self.last_exception_year = last_exception_year
        """Behind this year every week is like the next."""
        self._years: dict[int, Year] = {}

    @abstractmethod
    def stretches(self, year: int) -> list[Stretch]:
        """The open stretches of one year of UTC, sorted and disjoint, in seconds since 1970."""

    def known_stretches(self, year: int) -> list[Stretch]:
        """As `stretches`, from the table of that year where there is one; none in years that are not counted."""
        known = self._year(year)
        return list(zip(known.starts, known.ends, strict=True))

    def is_open(self, at: datetime) -> bool:
        """Whether it is open; the opening moment is, the closing moment is not."""
        return self._stretch_at(seconds(at)) is not None

    def next_open(self, at: datetime) -> datetime | None:
        """The first open moment not before `at`: `at` itself when open."""
        moment = seconds(at)
        for year in self._from(moment):
            known = self._year(year)
            place = bisect_right(known.ends, moment)
            if place < len(known.starts):
                return as_moment(max(moment, known.starts[place]))
        return None

    def next_close(self, at: datetime) -> datetime | None:
        """The first closed moment not before `at`: `at` itself when closed."""
        moment = seconds(at)
        for _ in self._from(moment):
            stretch = self._stretch_at(moment)
            if stretch is None:
                return as_moment(moment)
            moment = stretch[1]
        return None

    def since(self, at: datetime) -> datetime | None:
        """Since when it is as it is at `at`: open without a break, or closed."""
        moment = seconds(at)
        stretch = self._stretch_at(moment)
        if stretch is None:
            return self.last_open_before(at)
        for _ in self._back_from(moment):
            stretch = self._stretch_at(moment)
            if stretch is None:
                break
            moment = stretch[0] - 1
        else:
            return None
        return as_moment(moment + 1)

    def last_open_before(self, at: datetime) -> datetime | None:
        """The latest moment up to which service ran: `at` itself when it ran up to there, else the closing before."""
        moment = seconds(at)
        for year in self._back_from(moment - 1):
            known = self._year(year)
            place = bisect_left(known.starts, moment) - 1
            if place >= 0:
                return as_moment(min(moment, known.ends[place]))
        return None

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Service seconds between two moments; negative when `end` is earlier."""
        first, last = seconds(start), seconds(end)
        return -self._between(last, first) if last < first else self._between(first, last)

    def add(self, at: datetime, amount: int) -> datetime | None:
        """The earliest moment by which so many service seconds have passed since `at`; negative amounts go back.

        An amount used up exactly at closing gives the closing moment; none gives `next_open`.
        """
        if amount < 0:
            return self.subtract(at, -amount)
        if amount == 0:
            return self.next_open(at)
        moment = seconds(at)
        empty = 0
        for year in range(max(year_of(moment), FIRST_YEAR), LAST_YEAR):
            known = self._year(year)
            used = known.until(moment)
            if used + amount <= known.total:
                place = bisect_left(known.after, used + amount)
                return as_moment(known.starts[place] + used + amount - known.before[place])
            amount -= known.total - used
            empty = 0 if known.total else empty + 1
            if empty > YEARS_OF_NEVER and year > self.last_exception_year:
                break
        return None

    def subtract(self, at: datetime, amount: int) -> datetime | None:
        """The latest moment from which so many service seconds pass until `at`; negative amounts go forward.

        An amount used up exactly at an opening gives the opening; none gives `last_open_before`.
        """
        if amount < 0:
            return self.add(at, -amount)
        if amount == 0:
            return self.last_open_before(at)
        moment = seconds(at)
        empty = 0
        for year in range(min(year_of(moment), LAST_YEAR), FIRST_YEAR - 1, -1):
            known = self._year(year)
            had = known.until(moment)
            if amount <= had:
                place = bisect_right(known.before, had - amount) - 1
                return as_moment(known.starts[place] + had - amount - known.before[place])
            amount -= had
            empty = 0 if known.total else empty + 1
            if empty > YEARS_OF_NEVER and year < self.first_exception_year:
                break
        return None

    @property
    def first_exception_year(self) -> int:
        """Before this year every week is like the next."""
        return FIRST_YEAR

    def _between(self, first: int, last: int) -> int:
        one, other = year_of(first), year_of(last)
        passed = self._year(other).until(last) - self._year(one).until(first)
        return passed + sum(self._year(year).total for year in range(one, other))

    def _stretch_at(self, moment: int) -> Stretch | None:
        known = self._year(year_of(moment))
        place = bisect_right(known.starts, moment) - 1
        if place < 0 or moment >= known.ends[place]:
            return None
        return known.starts[place], known.ends[place]

    def _from(self, moment: int) -> Iterator[int]:
        year = max(year_of(moment), FIRST_YEAR)
        return iter(range(year, min(max(year, self.last_exception_year) + YEARS_OF_NEVER, LAST_YEAR) + 1))

    def _back_from(self, moment: int) -> Iterator[int]:
        year = min(year_of(moment), LAST_YEAR)
        return iter(range(year, max(min(year, self.first_exception_year) - YEARS_OF_NEVER, FIRST_YEAR) - 1, -1))

    def _year(self, year: int) -> Year:
        known = self._years.get(year)
        if known is None:
            known = Year.of(self.stretches(year) if FIRST_YEAR <= year <= LAST_YEAR else [])
            if len(self._years) >= MOST_YEARS_KEPT:
                self._years.clear()
            self._years[year] = known
        return known


class Both(ServiceTime):
    """Open while both are: a channel, and the people who staff it."""

    def __init__(self, one: ServiceTime, other: ServiceTime) -> None:
        super().__init__(max(one.last_exception_year, other.last_exception_year))
        self._one, self._other = one, other

    def stretches(self, year: int) -> list[Stretch]:
        """Where both are open."""
        return common(self._one.stretches(year), self._other.stretches(year))


class Either(ServiceTime):
    """Open while one of two is."""

    def __init__(self, one: ServiceTime, other: ServiceTime) -> None:
        super().__init__(max(one.last_exception_year, other.last_exception_year))
        self._one, self._other = one, other

    def stretches(self, year: int) -> list[Stretch]:
        """Where one is open."""
        return united([*self._one.stretches(year), *self._other.stretches(year)])


def year_bounds(year: int) -> Stretch:
    """A year of UTC in seconds since 1970."""
    return start_of_year(year), start_of_year(year + 1)


class Except(ServiceTime):
    """Open as another is, but not during some stretches of time: what was closed on the spot, whatever clocks show."""

    def __init__(self, hours: ServiceTime, closed: Iterable[tuple[datetime, datetime]]) -> None:
        self._hours = hours
        self._closed = united((seconds(start), seconds(end)) for start, end in closed)
        years = [year_of(moment) for stretch in self._closed for moment in stretch]
        super().__init__(max([hours.last_exception_year, *years]))
        self._first = min([hours.first_exception_year, *years])

    @property
    def first_exception_year(self) -> int:
        """Before this year every week is like the next."""
        return self._first

    def stretches(self, year: int) -> list[Stretch]:
        """Where it is open and nothing closes it."""
        first, last = year_bounds(year)
        if any(start <= first and last <= end for start, end in self._closed):
            return []
        return without(self._hours.known_stretches(year), self._closed)
