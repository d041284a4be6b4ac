"""The clock, passed in wherever time matters so that a year is tested in a second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present moment, aware, in UTC."""


def now() -> datetime:
    """The present moment by the machine's clock."""
    return datetime.now(UTC)
