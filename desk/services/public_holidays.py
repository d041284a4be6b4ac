"""The public holidays of a country, by the library `holidays`, and remembered on this machine.

The library reads every country of the world before it knows one: that takes a fifth of a second and 12 MB, at each
start of each program. So what it said is kept in the user's cache folder, until another version of it is installed.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import msgspec
from platformdirs import user_cache_path

from desk.rules.hours import CalendarError

Known = tuple[tuple[date, str], ...]
"""Days with their names in English, in order."""


class _Kept(msgspec.Struct):
    asked: str
    days: Known


@lru_cache(maxsize=32)
def public_holidays(country: str, subdivision: str, categories: tuple[str, ...], first: int, stop: int) -> Known:
    """The holidays of a country (ISO 3166) from the year `first` to the one before `stop`.

    Raises `CalendarError` for a country, subdivision or category that the library does not know.
    """
    asked = "\n".join((_version(), country, subdivision, ",".join(categories), str(first), str(stop)))
    file = user_cache_path("desk") / "holidays" / f"{hashlib.sha256(asked.encode()).hexdigest()}.json"
    # Damage is a ValueError: msgspec's own, or that of bad UTF-8.
    with suppress(OSError, ValueError):
        kept = msgspec.json.decode(file.read_bytes(), type=_Kept)
        if kept.asked == asked:
            return kept.days
    days = _said(country, subdivision, categories, range(first, stop))
    with suppress(OSError):  # the next program asks the library again
        _keep(file, msgspec.json.encode(_Kept(asked, days)))
    return days


def _said(country: str, subdivision: str, categories: Sequence[str], years: range) -> Known:
    import holidays

    try:
        found = holidays.country_holidays(
            country, subdiv=subdivision or None, years=years, categories=categories, language="en_US"
        )
    except (NotImplementedError, ValueError) as error:
        raise CalendarError(f"holidays: {error}") from error
    return tuple(sorted(found.items()))


def _version() -> str:
    """What is another one after an upgrade; asking for the version itself takes longer than reading the days."""
    spec = find_spec("holidays")
    if spec is None or not spec.origin:
        return ""
    package = Path(spec.origin).parent
    names = sorted(path.name for path in package.parent.glob("holidays-*.dist-info"))
    with suppress(OSError):
        names.append(str(package.stat().st_mtime_ns))
    return " ".join(names)


def _keep(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    number, fresh = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(number, "wb") as written:
            written.write(content)
        Path(fresh).replace(file)
    except OSError:
        Path(fresh).unlink()
        raise
