"""What pendulum does that we keep away from: each a reason for a rule of ours, and told when it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pendulum
import pytest
from pendulum import DateTime, Timezone

from svcdelivery.timeline import from_micros, in_zone, to_instant, to_micros

PARIS = Timezone("Europe/Paris")
# `parse` is reached by its name: the lint rule against it is one of the things these tests stand for.
parse = vars(pendulum)["parse"]
instance = vars(pendulum)["instance"]


def test_comparison_within_one_zone_ignores_the_fold() -> None:
    """Two instants an hour apart are equal with equal hashes; as UTC instants they are not."""
    first, second = (pendulum.datetime(2026, 10, 25, 2, 30, tz=PARIS, fold=fold) for fold in (0, 1))
    assert first == second
    assert len({first, second}) == 1
    assert len({to_instant(first), to_instant(second)}) == 2


def test_its_default_fold_is_the_later_moment() -> None:
    """The standard library's is the earlier one."""
    assert pendulum.datetime(2026, 10, 25, 2, 30, tz=PARIS).fold == 1
    assert datetime(2026, 10, 25, 2, 30, tzinfo=PARIS).fold == 0


def test_a_naive_text_or_time_is_taken_for_utc() -> None:
    """We refuse both."""
    assert parse("2026-04-01T10:00").utcoffset() == timedelta(0)
    assert instance(datetime(2026, 4, 1, 10)).utcoffset() == timedelta(0)


def test_parse_reads_the_wall_clock_and_cuts_nanoseconds() -> None:
    """A text may mean another instant each time it is read."""
    assert isinstance(parse("now"), DateTime)
    assert parse("2026-01-01T10:00:00.123456789Z").microsecond == 123456


def test_parse_answers_values_of_several_types() -> None:
    """Dates, times, durations and intervals look alike to it."""
    assert not isinstance(parse("P1D"), DateTime)
    with pytest.raises(pendulum.parsing.exceptions.ParserError):
        parse("2026-01-01T24:00:00Z")


def test_an_interval_equals_a_timedelta_with_another_hash() -> None:
    """So it is never a field, a key or an element of ours; differences are taken by the bare C operator."""
    difference = from_micros(3_600_000_000) - from_micros(0)
    assert difference == timedelta(hours=1)
    assert hash(difference) != hash(timedelta(hours=1))
    plain = datetime.__sub__(from_micros(3_600_000_000), from_micros(0))
    assert type(plain) is timedelta
    assert hash(plain) == hash(timedelta(hours=1))


def test_a_month_is_thirty_days() -> None:
    """Durations of ours have neither months nor years."""
    assert pendulum.duration(months=1) == timedelta(days=30)
    assert pendulum.duration(years=1) == timedelta(days=365)


def test_a_day_added_by_name_is_not_a_day_added_by_length() -> None:
    """Over a change of the clocks they are an hour apart; ours are always exact."""
    eve = pendulum.datetime(2026, 3, 28, 12, tz=PARIS)
    assert to_micros(eve.add(days=1)) - to_micros(eve + timedelta(days=1)) == -3_600_000_000


def test_an_imaginary_local_time_is_moved_silently() -> None:
    """Asked for half past two it answers half past three."""
    assert pendulum.datetime(2026, 3, 29, 2, 30, tz=PARIS).hour == 3


def test_the_bare_change_of_zone_of_a_pendulum_time_is_wrong_before_a_gap() -> None:
    """The zone adds its offset by pendulum's own addition, which hops over the gap; `in_zone` takes a plain time."""
    instant = from_micros(to_micros(datetime(2026, 3, 29, 1, 30, tzinfo=UTC)))
    assert datetime.astimezone(instant, PARIS).hour == 4
    assert in_zone(instant, PARIS).hour == 3


def test_bare_arithmetic_keeps_class_and_zone() -> None:
    """What our own arithmetic rests on."""
    moved = datetime.__add__(from_micros(0), timedelta(microseconds=1))
    assert type(moved) is DateTime
    assert moved.tzinfo is from_micros(0).tzinfo
    assert type(to_instant(datetime(2026, 1, 1, tzinfo=UTC))) is DateTime
