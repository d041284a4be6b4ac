"""The moment a message claims to be from."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_tz

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(\.\d{1,6})?\s?([+-]\d{2}:?\d{2}|Z|UTC|GMT)?")


def read_date(text: str) -> datetime | None:
    """An aware moment in UTC, or None where the field names no moment that exists."""
    text = text[:200].replace("=2C", ",")
    try:
        parts = parsedate_tz(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        parts = None
    if parts is not None:
        try:
            naive = datetime(*parts[:6], tzinfo=UTC)
            moment = naive.timestamp() - (parts[9] or 0)
            return datetime.fromtimestamp(moment, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    iso = _ISO.search(text)
    if iso is None:
        return None
    try:
        found = datetime.fromisoformat(iso[0].replace("UTC", "Z").replace("GMT", "Z").replace(" Z", "Z"))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
