"""Rotations: no gap, no overlap, nobody skipped, whatever the clocks of a zone do."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import EmptyIntervalError, InvalidDurationError, InvalidValueError, WrongTypeError
from svcdelivery.escalation.rotation import (
    OnCallShift,
    RecurringDuty,
    Rotation,
    RotationUnit,
    clock_time,
    next_clock_time,
    stretch_end,
    stretch_start,
    weekly_window,
)
from svcdelivery.service_hours import ServiceHours, first_instant, to_local
from svcdelivery.timeline import Instant, from_micros, to_instant, to_micros, to_zone
from tests.clock.worlds import local

HOUR, DAY, WEEK, MONTH = RotationUnit
ZONES = (
    "UTC", "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kwajalein",
    "America/St_Johns", "Asia/Kathmandu", "Africa/Casablanca", "Asia/Gaza", "Antarctica/Troll",
)  # fmt: skip
# Apia left out the 30th of December 2011, Kwajalein the 21st of August 1993; the rest set their clocks every year.
_SPAN = (to_micros(local("1993-01-01T00:00")), to_micros(local("2030-01-01T00:00")))
_JUMPS = [
    to_micros(local(at, "UTC"))
    for at in ("2011-12-30T10:00", "1993-08-21T12:00", "2026-04-04T15:00", "2025-03-09T08:00")
]


@st.composite
def instants(draw: st.DrawFn) -> Instant:
    if draw(st.booleans()):
        return from_micros(draw(st.sampled_from(_JUMPS)) + draw(st.integers(-3 * 86_400, 3 * 86_400)) * 1_000_000)
    return from_micros(draw(st.integers(*_SPAN)))


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    start = draw(instants())
    rough = draw(st.booleans())
    return Rotation(
        name="primary",
        zone=draw(st.sampled_from(ZONES)),
        start=from_micros(to_micros(start) // 1_800_000_000 * 1_800_000_000) if rough else start,
        unit=draw(st.sampled_from(RotationUnit)),
        length=draw(st.sampled_from([1, 1, 2, 3, 12, 24])),
        people=["ann", "bob", ("cy", "di")],
    )


class TestLaws:
    @given(rotations(), st.integers(0, 40_000))
    def test_shifts_follow_each_other_without_gap_or_overlap_and_nobody_is_skipped(
        self, rotation: Rotation, hours: int
    ) -> None:
        at = from_micros(to_micros(rotation.start) + hours * 3_600_000_000)
        found = list(islice(rotation.turns(at, local("2200-01-01T00:00")), 30))
        assert found[0].start <= at < found[0].end
        for before, after in pairwise(found):
            assert before.start < before.end == after.start
            assert after.turn == before.turn + 1
            assert after.people == rotation.people[after.turn % 3]

    @given(rotations(), st.integers(0, 2000))
    def test_turns_are_counted_by_the_hand_offs_that_happen(self, rotation: Rotation, hours: int) -> None:
        """Counted one by one, from the first."""
        at = from_micros(to_micros(rotation.start) + hours * 3_600_000_000)
        turn, opens = 0, rotation.start
        while (closes := rotation.shift_end(opens)) <= at:
            turn, opens = turn + 1, closes
        shift = rotation.shift_at(at)
        assert shift is not None
        assert (shift.turn, shift.start, shift.end) == (turn, opens, closes)

    @given(rotations(), st.integers(-6, 6))
    def test_a_hand_off_is_at_its_time_of_the_clock_or_right_after_a_gap(self, rotation: Rotation, number: int) -> None:
        at = rotation._handoffs.at(number)
        day, rest = to_local(rotation.zone, at)
        _, wanted = to_local(rotation.zone, to_micros(rotation.start))
        hourly = rotation.unit is HOUR
        shown = rest % 3_600_000_000 == wanted % 3_600_000_000 if hourly else rest == wanted
        # The instant before, the clock showed something else: this is the first at which it shows the time or a later.
        before = to_local(rotation.zone, at - 1)
        assert shown or (before[0] < day or rest - before[1] > 1)

    @given(rotations(), instants())
    def test_every_instant_lies_in_exactly_one_shift(self, rotation: Rotation, at: Instant) -> None:
        start, end = rotation.shift_start(at), rotation.shift_end(at)
        assert start <= at < end
        assert rotation.shift_end(start) == end
        assert rotation.shift_start(from_micros(to_micros(end) - 1)) == start
        assert (rotation.on_call(at) == ()) == (at < rotation.start)

    @given(rotations(), st.integers(0, 5000), st.sampled_from(["ann", "bob", "cy", "di"]))
    def test_who_leaves_takes_nobody_elses_turn(self, rotation: Rotation, hours: int, leaves: str) -> None:
        at = from_micros(to_micros(rotation.start) + hours * 3_600_000_000)
        left = rotation.without(leaves, at=at)
        still = [name for name in rotation.on_call(at) if name != leaves]
        assert left.on_call(at) == (tuple(still) or left.people[0])
        if still:
            assert left.shift_end(at) == rotation.shift_end(at)
        after = {name for shift in islice(left.turns(at, local("2200-01-01T00:00")), 6) for name in shift.people}
        assert after == {"ann", "bob", "cy", "di"} - {leaves}

    @given(rotations(), st.integers(0, 5000))
    def test_the_next_and_the_one_before_are_those_of_the_turns_beside(self, rotation: Rotation, hours: int) -> None:
        at = from_micros(to_micros(rotation.start) + hours * 3_600_000_000)
        assert rotation.next_on_call(at) == rotation.on_call(rotation.shift_end(at))
        before = from_micros(to_micros(rotation.shift_start(at)) - 1)
        assert rotation.previous_on_call(at) == rotation.on_call(before)


class TestExamples:
    def test_hours_that_a_spring_night_leaves_out_skip_nobody(self) -> None:
        """At two there is no two: at three one hand-off happens, and the next person takes over."""
        rotation = Rotation(
            name="r", zone="Europe/Berlin", start=local("2026-03-29T00:00"), unit=HOUR, people=["ann", "bob", "cy"]
        )
        found = islice(rotation.turns(rotation.start, local("2026-03-30T00:00")), 4)
        assert [(shift.start, shift.people[0]) for shift in found] == [
            (local("2026-03-29T00:00"), "ann"),
            (local("2026-03-29T01:00"), "bob"),
            (local("2026-03-29T03:00"), "cy"),
            (local("2026-03-29T04:00"), "ann"),
        ]  # fmt: skip

    def test_an_hour_that_comes_twice_is_one_long_shift(self) -> None:
        rotation = Rotation(
            name="r", zone="Europe/Berlin", start=local("2026-10-25T00:00"), unit=HOUR, people=["a", "b"]
        )
        two = first_instant("Europe/Berlin", date(2026, 10, 25), 2 * 3_600_000_000)
        shift = rotation.shift_at(from_micros(two))
        assert shift is not None
        assert datetime.__sub__(shift.end, shift.start) == timedelta(hours=2)

    def test_a_day_that_a_zone_left_out_is_no_turn_at_midnight(self) -> None:
        """Apia had no 30th of December 2011: the hand-offs of the 30th and the 31st are one."""
        rotation = Rotation(
            name="r",
            zone="Pacific/Apia",
            start=local("2011-12-28T00:00", "Pacific/Apia"),
            unit=DAY,
            people=["a", "b", "c"],
        )
        found = [
            (shift.start, shift.turn) for shift in islice(rotation.turns(rotation.start, local("2012-02-01T00:00")), 4)
        ]
        assert found == [
            (local("2011-12-28T00:00", "Pacific/Apia"), 0),
            (local("2011-12-29T00:00", "Pacific/Apia"), 1),
            (local("2011-12-31T00:00", "Pacific/Apia"), 2),
            (local("2012-01-01T00:00", "Pacific/Apia"), 3),
        ]

    def test_months_shorter_than_the_day_hand_over_on_their_last(self) -> None:
        rotation = Rotation(name="r", zone="UTC", start=local("2026-01-31T09:00", "UTC"), unit=MONTH, people=["a"])
        starts = [shift.start for shift in islice(rotation.turns(rotation.start, local("2027-01-01T00:00")), 3)]
        assert starts == [local(f"2026-{day}T09:00", "UTC") for day in ("01-31", "02-28", "03-31")]

    def test_a_restriction_cuts_shifts_and_the_turns_go_on(self) -> None:
        nights = weekly_window("UTC", ["mon-thu"], time(20), time(6))
        rotation = Rotation(
            name="r",
            zone="UTC",
            start=local("2026-03-02T08:00", "UTC"),
            unit=DAY,
            people=["a", "b"],
            restriction=nights,
        )
        week = list(rotation.shifts(rotation.start, local("2026-03-09T08:00", "UTC")))
        assert [(shift.people[0], shift.turn) for shift in week] == [("a", 0), ("b", 1), ("a", 2), ("b", 3)]
        assert all(datetime.__sub__(shift.end, shift.start) == timedelta(hours=10) for shift in week)
        assert rotation.on_call(local("2026-03-02T12:00", "UTC")) == ()
        empty = list(rotation.empty_turns(rotation.start, local("2026-03-09T08:00", "UTC")))
        assert [shift.turn for shift in empty] == [4, 5, 6]

    def test_it_ends_and_another_stands_beside_it(self) -> None:
        rotation = Rotation(name="r", zone="UTC", start=local("2026-03-02T08:00", "UTC"), unit=DAY, people=["a", "b"])
        at = local("2026-03-03T12:00", "UTC")
        before, after = rotation.until_then(at), rotation.with_person("c", at=at)
        assert (before.on_call(at), after.on_call(at)) == ((), ("b",))
        assert before.on_call(from_micros(to_micros(at) - 1)) == ("b",)
        assert [s.people[0] for s in islice(after.turns(at, local("2027-01-01T00:00")), 4)] == ["b", "c", "a", "b"]
        assert list(before.turns(at, local("2027-01-01T00:00"))) == []

    @pytest.mark.parametrize(
        "wrong",
        [{"people": []}, {"length": 0}, {"until": local("2020-01-01T00:00")}, {"zone": "Mars/Base"}, {"name": ""}],
    )
    def test_nonsense_is_refused(self, wrong: dict[str, object]) -> None:
        given = {"name": "r", "zone": "UTC", "start": local("2026-03-02T08:00"), "unit": DAY, "people": ["a"], **wrong}
        with pytest.raises(InvalidValueError):
            Rotation(**given)  # type: ignore[arg-type]

    def test_a_lone_name_is_no_list_and_a_shift_takes_time(self) -> None:
        with pytest.raises(WrongTypeError):
            Rotation(name="r", zone="UTC", start=local("2026-03-02T08:00"), unit=DAY, people="ann")
        with pytest.raises(EmptyIntervalError):
            OnCallShift(local("2026-03-02T08:00"), local("2026-03-02T08:00"), ("a",))

    def test_nobody_can_leave_who_is_not_there_or_alone(self) -> None:
        rotation = Rotation(name="r", zone="UTC", start=local("2026-03-02T08:00", "UTC"), unit=DAY, people=["a"])
        for name in ("a", "b"):
            with pytest.raises(InvalidValueError):
                rotation.without(name, at=rotation.start)


class TestRecurringDuties:
    def duty(self, **rest: object) -> RecurringDuty:
        given = {
            "name": "d", "zone": "Europe/Berlin", "start": local("2026-03-02T09:00"), "duration": timedelta(hours=8),
            "unit": DAY, "people": ["a", "b", "c"], **rest,
        }  # fmt: skip
        return RecurringDuty(**given)  # type: ignore[arg-type]

    def found(self, duty: RecurringDuty, until: str = "2026-04-20T00:00") -> list[tuple[str, str]]:
        zone = to_zone("Europe/Berlin")
        shifts = duty.shifts(local("2026-03-01T00:00"), local(until))
        return [(f"{shift.start.astimezone(zone):%m-%d}", "".join(shift.people)) for shift in shifts]

    def test_days_that_match_take_turns(self) -> None:
        duty = self.duty(days=["mon-wed", "fri"])
        assert self.found(duty, "2026-03-10T00:00") == [
            ("03-02", "a"), ("03-03", "b"), ("03-04", "c"), ("03-06", "a"), ("03-09", "b"),
        ]  # fmt: skip

    def test_every_second_of_them(self) -> None:
        assert self.found(self.duty(days=["mon-wed"], interval=2), "2026-03-12T00:00") == [
            ("03-02", "a"), ("03-04", "b"), ("03-10", "c"),
        ]  # fmt: skip

    def test_weeks_count_from_their_first_day(self) -> None:
        duty = self.duty(unit=WEEK, interval=2, days=["mon", "sun"], start=local("2026-03-04T09:00"))
        assert self.found(duty, "2026-04-01T00:00") == [
            ("03-08", "a"), ("03-16", "b"), ("03-22", "b"), ("03-30", "c"),
        ]  # fmt: skip
        from_sunday = self.duty(
            unit=WEEK, interval=2, days=["mon", "sun"], start=local("2026-03-04T09:00"), week_start="sun"
        )
        assert self.found(from_sunday, "2026-03-20T00:00") == [("03-15", "b"), ("03-16", "b")]

    def test_months_by_their_days_and_their_weekdays(self) -> None:
        assert self.found(self.duty(unit=MONTH, month_days=[2, 15])) == [
            ("03-02", "a"), ("03-15", "a"), ("04-02", "b"), ("04-15", "b"),
        ]  # fmt: skip
        assert [day for day, _ in self.found(self.duty(unit=MONTH, days=["mon"]), "2026-03-20T00:00")] == [
            "03-02", "03-09", "03-16",
        ]  # fmt: skip
        assert self.found(self.duty(unit=MONTH, start=local("2026-01-31T09:00"))) == [("03-31", "c")]

    def test_turns_before_one_serves_are_passed_over_and_count(self) -> None:
        duty = self.duty(from_then=local("2026-03-04T09:00"), until=local("2026-03-06T09:00"))
        assert self.found(duty) == [("03-04", "c"), ("03-05", "a")]
        assert duty.on_call(local("2026-03-04T16:59")) == ("c",)
        assert duty.on_call(local("2026-03-04T17:00")) == ()

    def test_hours_count_on_the_clock(self) -> None:
        duty = self.duty(unit=HOUR, interval=6, start=local("2026-03-28T09:00"), duration=timedelta(hours=1))
        starts = [shift.start for shift in duty.shifts(local("2026-03-29T00:00"), local("2026-03-29T16:00"))]
        assert starts == [local("2026-03-29T03:00"), local("2026-03-29T09:00"), local("2026-03-29T15:00")]

    def test_one_up_to_midnight_ends_at_midnight_on_any_night(self) -> None:
        duty = self.duty(start=local("2026-03-02T00:00"), duration=timedelta(hours=24))
        found = list(duty.shifts(local("2026-03-27T00:00"), local("2026-04-02T00:00")))
        assert all(before.end == after.start for before, after in pairwise(found))
        assert {datetime.__sub__(shift.end, shift.start) for shift in found} == {
            timedelta(hours=23),
            timedelta(hours=24),
        }

    @given(st.integers(0, 3000), st.sampled_from([HOUR, DAY, WEEK, MONTH]), st.integers(1, 5), st.integers(1, 60))
    def test_what_is_seen_does_not_depend_on_where_one_looks_from(
        self, hours: int, unit: RotationUnit, interval: int, lasts: int
    ) -> None:
        duty = self.duty(unit=unit, interval=interval, duration=timedelta(hours=lasts))
        at = to_instant(datetime.__add__(local("2026-03-01T00:00"), timedelta(hours=hours)))
        far = [shift for shift in duty.shifts(local("2026-03-01T00:00"), local("2026-08-01T00:00")) if shift.end > at]
        near = list(duty.shifts(at, local("2026-08-01T00:00")))
        assert near == far

    @pytest.mark.parametrize("wrong", [{"people": []}, {"interval": 0}, {"week_start": "day"}, {"days": ["someday"]}])
    def test_nonsense_is_refused(self, wrong: dict[str, object]) -> None:
        with pytest.raises(InvalidValueError):
            self.duty(**wrong)
        with pytest.raises(InvalidDurationError):
            self.duty(duration=timedelta(0))


class TestWindows:
    WINDOW = weekly_window("Europe/Berlin", ["mon-tue"], time(22), time(6))

    def test_a_stretch_runs_over_midnight_and_stretches_that_touch_are_one(self) -> None:
        assert stretch_start(self.WINDOW, local("2026-03-03T03:00")) == local("2026-03-02T22:00")
        assert stretch_end(self.WINDOW, local("2026-03-02T23:00")) == local("2026-03-03T06:00")
        assert stretch_start(self.WINDOW, local("2026-03-03T06:00")) == local("2026-03-03T22:00")
        whole = weekly_window("Europe/Berlin", ["mon-tue"], time(8), time(8))
        assert stretch_start(whole, local("2026-03-04T07:59")) == local("2026-03-02T08:00")
        assert not whole.is_open(local("2026-03-04T08:00"))

    @given(st.integers(0, 6), st.times(), st.times(), st.integers(0, 7 * 24 * 60))
    def test_it_is_open_exactly_from_one_time_to_the_other(
        self, day: int, start: time, end: time, minutes: int
    ) -> None:
        start, end = start.replace(microsecond=0), end.replace(microsecond=0)
        hours = weekly_window("UTC", [("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day]], start, end)
        since_monday = timedelta(minutes=minutes) % timedelta(days=7)
        opens = timedelta(days=day, hours=start.hour, minutes=start.minute, seconds=start.second)
        closes = timedelta(days=day, hours=end.hour, minutes=end.minute, seconds=end.second)
        closes += timedelta(days=1) if closes <= opens else timedelta(0)
        week = timedelta(days=7)
        wanted = any(opens <= since_monday + shift < closes for shift in (timedelta(0), week))
        assert hours.is_open(datetime.__add__(local("2026-03-02T00:00", "UTC"), timedelta(minutes=minutes))) == wanted

    def test_a_time_of_the_clock_is_shown_first_and_last(self) -> None:
        autumn, spring = date(2026, 10, 25), date(2026, 3, 29)
        first = clock_time("Europe/Berlin", autumn, time(2, 30))
        last = clock_time("Europe/Berlin", autumn, time(2, 30), last=True)
        assert datetime.__sub__(last, first) == timedelta(hours=1)
        assert clock_time("Europe/Berlin", spring, time(2, 30), last=True) == local("2026-03-29T03:00")

    def test_the_next_time_of_the_clock_is_always_later(self) -> None:
        at = local("2026-03-28T02:30")
        assert next_clock_time("Europe/Berlin", time(2, 30), None, after=at) == local("2026-03-29T03:00")
        assert next_clock_time("Europe/Berlin", time(2, 30), ["sat"], after=at) == local("2026-04-04T02:30")
        assert next_clock_time("Europe/Berlin", time(2, 30), [], after=at) is None


def test_an_unrestricted_rotation_and_its_schedule_of_hours_agree() -> None:
    """A rotation restricted to all hours is the rotation."""
    always = ServiceHours.weekly("UTC", {"mon-sun": ["00:00-24:00"]})
    rotation = Rotation(name="r", zone="UTC", start=local("2026-03-02T08:00", "UTC"), unit=WEEK, people=["a", "b"])
    until = local("2026-06-01T00:00")
    assert list(evolve(rotation, restriction=always).shifts(rotation.start, until)) == list(
        rotation.shifts(rotation.start, until)
    )
