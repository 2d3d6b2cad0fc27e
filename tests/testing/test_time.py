"""Held time and counted ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from svcdelivery.errors import InvalidDurationError, InvalidValueError, NaiveTimeError
from svcdelivery.testing.time import HeldIds, HeldTime
from svcdelivery.timeline import parse_instant

NOON = parse_instant("2026-03-27T12:00:00Z")
LATER = parse_instant("2026-03-27T14:30:00Z")


class TestHeldTime:
    def test_time_stands_still_until_it_is_moved(self) -> None:
        """Asked twice, it answers the same."""
        time = HeldTime(NOON)
        assert time.now() == time.now() == NOON
        assert HeldTime().now() == HeldTime().now()

    def test_it_moves_by_duration_and_by_instant(self) -> None:
        """Both ways answer the instant they lead to."""
        time = HeldTime(NOON)
        assert time.advance(timedelta(hours=2, minutes=30)) == time.now() == LATER
        assert time.set(LATER) == LATER
        assert time.advance(timedelta(0)) == LATER

    def test_it_goes_back_only_when_told_so(self) -> None:
        """A slip of a test is refused and changes nothing; a clock set back on purpose is possible."""
        time = HeldTime(LATER)
        with pytest.raises(InvalidValueError, match="before 2026-03-27T14:30"):
            time.set(NOON)
        with pytest.raises(InvalidDurationError, match="set back"):
            time.advance(timedelta(seconds=-1))
        assert time.now() == LATER
        assert time.set(NOON, backwards=True) == NOON

    def test_times_without_a_zone_are_refused(self) -> None:
        """No zone is ever assumed."""
        with pytest.raises(NaiveTimeError):
            HeldTime(datetime(2026, 3, 27))
        assert HeldTime(datetime(2026, 3, 27, 12, tzinfo=UTC)).now() == NOON

    def test_it_shows_the_instant_it_holds(self) -> None:
        """A failing test prints something one can read."""
        assert repr(HeldTime(NOON)).startswith("HeldTime(2026-03-27T12:00:00")


class TestHeldIds:
    def test_ids_count(self) -> None:
        """Each new seed gets the next number."""
        ids = HeldIds("INC-")
        assert [ids.new(seed=seed, now=NOON) for seed in "abc"] == ["INC-0001", "INC-0002", "INC-0003"]

    def test_a_seed_asked_again_gets_the_id_it_had(self) -> None:
        """A retried command must come to the same id."""
        ids = HeldIds()
        first = ids.new(seed="a", now=NOON)
        ids.new(seed="b", now=NOON)
        assert ids.new(seed="a", now=LATER) == first
