"""Service hours that change from a date on: laws, examples, and what is refused."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError, NeverOpenError, NotCoveredError, WrongTypeError
from svcdelivery.facts import digest, from_plain, to_plain
from svcdelivery.service_hours import HoursChange, ServiceHours, first_instant
from svcdelivery.testing.strategies import dates, instants, service_hours
from svcdelivery.timeline import from_micros, to_micros

OFFICE = ServiceHours.weekly(
    "Europe/Paris", {"mon-fri": "09:00-17:00"}, closed=["2026-12-25"], covered_years=(2026, 2026)
)
DAY = 86_400_000_000


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestLaws:
    @given(service_hours(), dates(), instants().map(to_micros), instants().map(to_micros))
    def test_a_change_into_what_holds_already_changes_no_answer(
        self, hours: ServiceHours, since: date, a: int, b: int
    ) -> None:
        """Told again from a date on, in the middle of a night shift or not, the hours are the same hours."""
        again = hours.changed_from(since, hours.week, closed=hours.closed, whole_shifts=hours.whole_shifts)
        assert again.spans(*sorted((a, b))) == hours.spans(*sorted((a, b)))
        assert again.add_micros(a, DAY) == hours.add_micros(a, DAY)

    @given(service_hours(), service_hours(), dates(), st.timedeltas(timedelta(0), timedelta(days=400)))
    def test_before_the_change_the_old_hours_hold_and_after_it_the_new_ones(
        self, hours: ServiceHours, other: ServiceHours, since: date, away: timedelta
    ) -> None:
        """Two dates away from the change, so that no night shift reaches over, nothing of the other hours is seen."""
        later = evolve(other, zone=hours.zone)
        changed = hours.changed_from(since, **{name: getattr(later, name) for name in PARTS})
        first = first_instant(hours.zone, since)
        before, after = first - 2 * DAY, first + 2 * DAY
        span = away // timedelta(microseconds=1)
        assert changed.spans(before - span, before) == hours.spans(before - span, before)
        assert changed.spans(after, after + span) == later.spans(after, after + span)

    @given(service_hours(), service_hours(), dates())
    def test_a_shift_belongs_to_the_hours_of_the_date_it_opens_on(
        self, hours: ServiceHours, other: ServiceHours, since: date
    ) -> None:
        """Every date has the shifts of its own hours, however far they reach."""
        later = evolve(other, zone=hours.zone, closed_parts=(), closed=(), closed_yearly=())
        plain = evolve(hours, closed_parts=(), closed=(), closed_yearly=())
        changed = plain.changed_from(since, **{name: getattr(later, name) for name in PARTS})
        for days in (-2, -1, 0, 1):
            day = since + timedelta(days=days)
            assert changed.day_spans(day) == (later if day >= since else plain).day_spans(day)

    @given(service_hours(), service_hours(), dates())
    def test_what_is_stored_is_read_back(self, hours: ServiceHours, other: ServiceHours, since: date) -> None:
        """As plain data and as a pickle."""
        changed = hours.changed_from(since, other.week, extra=other.extra, closed=other.closed, closed_parts=[])
        assert from_plain(ServiceHours, to_plain(changed)) == changed
        assert pickle.loads(pickle.dumps(changed)) == changed
        assert digest(changed) != digest(hours)


PARTS = (
    "week", "closed", "closed_parts", "closed_ranges", "closed_yearly", "extra", "replaced", "whole_shifts",
)  # fmt: skip


class TestWhatAChangeMeans:
    def test_what_is_left_out_stays_as_it_was(self) -> None:
        """New shifts, the old closures; then other closures, the new shifts."""
        shorter = OFFICE.changed_from("2026-07-01", {"mon-thu": "10:00-16:00"})
        assert shorter.is_closed_date(date(2026, 12, 25))
        assert shorter.elapsed(at("2026-06-29T00:00"), at("2026-06-30T00:00")) == timedelta(hours=8)
        assert shorter.elapsed(at("2026-07-06T00:00"), at("2026-07-11T00:00")) == timedelta(hours=24)
        listed = shorter.changed_from(date(2027, 1, 1), closed=["2027-05-06"], covered_years=(2027, 2027))
        assert listed.known_years == (2026, 2027)
        assert [listed.is_closed_date(date(2026, 12, 25)), listed.is_closed_date(date(2027, 12, 25))] == [True, False]
        assert listed.elapsed(at("2027-05-03T00:00"), at("2027-05-08T00:00")) == timedelta(hours=18)

    def test_the_last_night_shift_ends_as_it_was_to_end(self) -> None:
        """Nights until the end of the year: that of the 31st is worked until six, and no new night begins."""
        nights = ServiceHours.weekly("UTC", {"mon-sun": "22:00-06:00"})
        days = nights.changed_from("2027-01-01", {"mon-sun": "08:00-10:00"})
        found = days.intervals(at("2026-12-31T12:00"), at("2027-01-02T00:00"))
        assert [(i.start, i.end) for i in found] == [
            (at("2026-12-31T22:00"), at("2027-01-01T06:00")), (at("2027-01-01T08:00"), at("2027-01-01T10:00")),
        ]  # fmt: skip
        assert nights.is_open(at("2027-01-01T03:00"))
        closed = nights.changed_from("2027-01-01", {"mon-sun": "08:00-10:00"}, closed=["2027-01-01"])
        assert not closed.is_open(at("2027-01-01T03:00")), "a closed date cuts the night before it short"

    def test_a_service_may_end_and_begin_again(self) -> None:
        """No shifts from a date on, until another change."""
        ended = ServiceHours.weekly("UTC", {"mon-sun": "08:00-10:00"}).changed_from("2026-03-01", {})
        assert ended.elapsed(at("2026-01-01T00:00"), at("2027-01-01T00:00")) == timedelta(hours=2 * 59)
        with pytest.raises(NeverOpenError):
            ended.next_open(at("2026-03-01T00:00"))
        again = ended.changed_from("2026-12-31", {"mon-sun": "09:00-10:00"})
        assert again.next_open(at("2026-03-01T00:00")) == at("2026-12-31T09:00")

    def test_closed_parts_count_on_their_dates_alone(self) -> None:
        """A part given in hours that no longer hold on its date closes nothing."""
        hours = OFFICE.changed_from(
            "2026-06-01", closed_parts={"2026-06-02": "09:00-10:00", "2026-05-28": "09:00-10:00"}
        )
        assert [hours.is_in_closed_part(at(f"2026-{day}T07:30")) for day in ("06-02", "05-28")] == [True, False]
        assert hours.elapsed(at("2026-05-28T00:00"), at("2026-05-29T00:00")) == timedelta(hours=8)

    def test_beyond_the_years_of_the_last_list_nothing_is_guessed(self) -> None:
        """The years known are those of all lists together."""
        listed = OFFICE.changed_from("2027-01-01", closed=[], covered_years=(2027, 2028))
        with pytest.raises(NotCoveredError, match="2026 to 2028"):
            listed.elapsed(at("2028-12-31T00:00"), at("2029-01-02T00:00"))
        assert OFFICE.changed_from("2026-02-01", whole_shifts=True).known_years == (2026, 2026)
        assert ServiceHours.always().changed_from("2026-02-01", covered_years=(2026, 2027)).known_years == (1800, 2027)


REFUSED: dict[str, tuple[Any, type[Exception]]] = {
    "nothing is different": (lambda: HoursChange("2027-01-01"), InvalidValueError),
    "a year the list does not cover": (lambda: OFFICE.changed_from("2027-01-01", {}), InvalidValueError),
    "months nobody knows": (
        lambda: OFFICE.changed_from("2027-06-01", covered_years=(2027, 2027)), InvalidValueError,
    ),
    "a list of a later year": (
        lambda: OFFICE.changed_from("2026-06-01", covered_years=(2027, 2027)), InvalidValueError,
    ),
    "no shift": (lambda: OFFICE.changed_from("2026-06-01", {"mon": "9-17"}), InvalidValueError),
    "neither true nor false": (lambda: OFFICE.changed_from("2026-06-01", whole_shifts=1), WrongTypeError),
    "no date": (lambda: OFFICE.changed_from(datetime(2026, 6, 1), {}), WrongTypeError),
    "no change": (lambda: evolve(OFFICE, changes=["2026-06-01"]), WrongTypeError),
    "the same date": (
        lambda: OFFICE.changed_from("2026-06-01", {}).changed_from("2026-06-01", {}), InvalidValueError,
    ),
    "an earlier date": (
        lambda: OFFICE.changed_from("2026-06-01", {}).changed_from("2026-05-01", {}), InvalidValueError,
    ),
    "never open": (lambda: ServiceHours("UTC", {}, changes=[HoursChange("2026-06-01", {})]), NeverOpenError),
}  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize("case", REFUSED)
    def test_a_change_that_cannot_be_meant_is_refused(self, case: str) -> None:
        """Nothing different, no later date, or years whose closed dates nobody knows."""
        change, error = REFUSED[case]
        with pytest.raises(error):
            change()

    def test_the_message_says_which_years_are_known(self) -> None:
        """And what would be accepted."""
        with pytest.raises(InvalidValueError, match="known for 2026 to 2026 only"):
            OFFICE.changed_from("2027-01-01", {"mon": "08:00-09:00"})


def test_hours_without_changes_are_stored_as_ever() -> None:
    """The new field takes part in no digest of what was there before it."""
    assert "changes" not in to_plain(OFFICE)
    assert from_micros(OFFICE.add_micros(0 + 1_770_000_000_000_000, DAY)).year == 2026
