"""Service hours: when a channel is open, and time that is counted only while it is."""

from __future__ import annotations

from desk.rules.hours.calendar import CalendarError, ServiceCalendar
from desk.rules.hours.service_time import Both, Either, ServiceTime

__all__ = ["Both", "CalendarError", "Either", "ServiceCalendar", "ServiceTime"]
