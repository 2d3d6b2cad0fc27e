"""Very long lists of closed dates are taken as they are."""

from __future__ import annotations

from datetime import date, timedelta

from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import parse_instant
from tests.effort import calls_at_most


def test_a_million_dates_with_duplicates_are_taken_without_much_ado() -> None:
    """B023: duplicates collapse, and hardly more than one call is made for a date."""
    days = [date(1900, 1, 1) + timedelta(days=number % 140_000) for number in range(1_000_000)]
    year = parse_instant("2026-01-01T00:00:00Z"), parse_instant("2027-01-01T00:00:00Z")
    with calls_at_most(1_500_000):
        hours = ServiceHours.weekly("Europe/Paris", {"mon-fri": "09:00-17:00"}, closed=days)
        assert hours.elapsed(*year) == timedelta(0)
    assert len(hours.closed) == 140_000
