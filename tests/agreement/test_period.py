"""Periods: every instant falls into exactly one, and one ends where the next begins."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from svcdelivery.agreement import Periods, PeriodUnit, Term
from svcdelivery.errors import UnknownZoneError
from svcdelivery.testing.strategies import instants, zones
from svcdelivery.timeline import Instant, from_micros, parse_instant, to_micros

TERM = Term(datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
UNITS = st.sampled_from([PeriodUnit.MONTH, PeriodUnit.QUARTER, PeriodUnit.YEAR])


@given(UNITS, zones(), instants())
@example(PeriodUnit.MONTH, "America/St_Johns", parse_instant("2009-11-01T02:30:59.999999Z"))
@example(PeriodUnit.MONTH, "America/St_Johns", parse_instant("2009-11-01T03:00:00Z"))
def test_an_instant_falls_into_its_period_and_the_ends_of_it_into_itself_and_the_next(
    unit: PeriodUnit, zone: str, at: Instant
) -> None:
    """No instant in two periods, none in no period, also where clocks show the last date of a month again."""
    periods = Periods(unit, zone)
    period = periods.of(at, TERM)
    assert period.end is not None
    assert period.start <= at < period.end
    assert periods.of(period.start, TERM) == period
    assert periods.of(from_micros(to_micros(period.end) - 1), TERM) == period
    following = periods.of(period.end, TERM)
    assert following.start == period.end
    assert following.label > period.label
    assert period.is_over(period.end)
    assert not period.is_over(from_micros(to_micros(period.end) - 1))


@pytest.mark.parametrize(
    ("unit", "label", "start", "end"),
    [
        ("month", "2026-03", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"),
        ("quarter", "2026-Q1", "2025-12-31T23:00:00Z", "2026-03-31T22:00:00Z"),
        ("year", "2026", "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"),
        ("term", "term", "2000-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
    ],
)
def test_periods_begin_in_the_zone_of_the_agreement(unit: str, label: str, start: str, end: str) -> None:
    """In Paris the month of March 2026 begins with winter time and ends with summer time."""
    period = Periods(PeriodUnit(unit), "Europe/Paris").of(parse_instant("2026-03-15T12:00:00Z"), TERM)
    assert (period.label, period.start, period.end) == (label, parse_instant(start), parse_instant(end))


def test_a_month_belongs_to_the_zone_where_the_clock_reads_it() -> None:
    """An hour before midnight in Paris is still March there, and in Tokyo it is April."""
    at = parse_instant("2026-03-31T21:00:00Z")
    labels = [Periods(PeriodUnit.MONTH, zone).of(at, TERM).label for zone in ("Europe/Paris", "Asia/Tokyo")]
    assert labels == ["2026-03", "2026-04"]


def test_an_open_ended_term_is_never_over() -> None:
    """Nothing is final in it."""
    period = Periods(PeriodUnit.TERM).of(TERM.start, Term(TERM.start))
    assert period.end is None
    assert not period.is_over(parse_instant("2200-01-01T00:00:00Z"))


def test_a_zone_that_is_not_known_is_refused() -> None:
    """At once, not at the first report."""
    with pytest.raises(UnknownZoneError):
        Periods(PeriodUnit.MONTH, "Europe/Pariss")
