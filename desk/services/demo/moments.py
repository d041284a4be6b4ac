"""Moments as whole seconds since 1970, and the ways in which they are written down."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from db.kinds import Language

DAY = 86_400
HOUR = 3_600
MINUTE = 60

_MONTHS = {
    Language.INDONESIAN: ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
    Language.ENGLISH: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}


class _Days(dict[int, str]):
    def __missing__(self, day: int) -> str:
        self[day] = (date(1970, 1, 1) + timedelta(days=day)).isoformat()
        return self[day]


_DAYS = _Days()
_MINUTES = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440)]
_SECONDS = [f"{second:02d}" for second in range(60)]


def seconds(moment: datetime) -> int:
    """A moment (aware) as seconds; parts of a second are dropped."""
    return int(moment.timestamp())


def moment(at: int) -> datetime:
    """Seconds as an aware moment in UTC."""
    return datetime.fromtimestamp(at, UTC)


def stored(at: int) -> str:
    """As SQLAlchemy stores a moment in SQLite; PostgreSQL reads it too while its time zone is UTC."""
    second = at % DAY
    return f"{_DAYS[at // DAY]} {_MINUTES[second // 60]}:{_SECONDS[second % 60]}.000000"


def iso(at: int) -> str:
    """As `datetime.isoformat` writes it in UTC."""
    second = at % DAY
    return f"{_DAYS[at // DAY]}T{_MINUTES[second // 60]}:{_SECONDS[second % 60]}+00:00"


def local_date(at: int, language: Language) -> str:
    """The day as people write it: `23 Nov`, `11月23日`."""
    return _local_date(at // DAY, language)


def local_time(at: int, language: Language) -> str:
    """The time as people write it: `18.31`, `18:31`."""
    hour, minute = divmod(at % DAY // MINUTE, 60)
    return f"{hour:02d}{'.' if language is Language.INDONESIAN else ':'}{minute:02d}"


@cache
def _local_date(day: int, language: Language) -> str:
    when = date(1970, 1, 1) + timedelta(days=day)
    if language is Language.CHINESE:
        return f"{when.month}月{when.day}日"
    return f"{when.day} {_MONTHS[language][when.month - 1]}"
