"""Service hours: when a channel is open, and time that is counted only while it is."""

from __future__ import annotations

from desk.rules.hours.calendar import CalendarError, ServiceCalendar
from desk.rules.hours.plan import LONGEST_CLOSURE, Closure, HoursPlan, NamedDay, Standing
from desk.rules.hours.service_time import Both, Either, Except, ServiceTime

__all__ = [
    "LONGEST_CLOSURE",
    "Both",
    "CalendarError",
    "Closure",
    "Either",
    "Except",
    "HoursPlan",
    "NamedDay",
    "ServiceCalendar",
    "ServiceTime",
    "Standing",
]
