"""Service hours: what is open when, service time between instants, due times, working days."""

from __future__ import annotations

from svcdelivery.service_hours.algebra import Combined, Hours, Succession
from svcdelivery.service_hours.changes import HoursChange
from svcdelivery.service_hours.hours import Boundary
from svcdelivery.service_hours.local_time import date_bounds, first_instant, local_date, to_local
from svcdelivery.service_hours.model import ServiceHours
from svcdelivery.service_hours.values import ClosedRange, DayShifts, Shift, YearlyClosure
from svcdelivery.service_hours.years import to_years

__all__ = [
    "Boundary",
    "ClosedRange",
    "Combined",
    "DayShifts",
    "Hours",
    "HoursChange",
    "ServiceHours",
    "Shift",
    "Succession",
    "YearlyClosure",
    "date_bounds",
    "first_instant",
    "local_date",
    "to_local",
    "to_years",
]
