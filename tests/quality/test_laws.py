"""Laws of the formulas: split and put together again, leave out nothing, add what does not matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.quality import (
    Answer,
    Counts,
    Measurement,
    Outage,
    agreed_time,
    apdex,
    availability,
    burn_rate,
    error_budget,
    littles_law,
    load,
    mean_time_between_failures,
    peak_in_hand,
    reliability,
    restoration_parts,
    within_target,
)
from svcdelivery.testing.strategies import service_hours
from svcdelivery.timeline import Interval, IntervalSet

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LENGTH = 60 * 24 * 30
WINDOW = Interval(START, START + LENGTH * MINUTE)

minutes = st.integers(0, LENGTH)


@st.composite
def outages(draw: st.DrawFn) -> Outage:
    began, length = draw(minutes), draw(st.none() | st.integers(0, 5000))
    at = START + began * MINUTE
    return Outage(
        id="o",
        began_at=at,
        restored_at=None if length is None else at + length * MINUTE,
        share=draw(st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(1, 3)])),
    )


many = st.lists(outages(), max_size=6)


def amount(measured: Measurement, name: str) -> Fraction:
    """An input in microseconds."""
    found: Any = measured.input(name)
    return Fraction(found // timedelta(microseconds=1)) if isinstance(found, timedelta) else Fraction(found)


class TestAvailability:
    @settings(max_examples=60)
    @given(many, st.integers(1, LENGTH - 1), service_hours())
    def test_two_parts_of_a_window_add_up_to_the_whole(self, down: list[Outage], cut: int, hours: Any) -> None:
        middle = START + cut * MINUTE
        whole = availability(agreed_time(WINDOW, hours), down)
        parts = [
            availability(agreed_time(Interval(a, b), hours), down) for a, b in ((START, middle), (middle, WINDOW.end))
        ]
        for name in ("agreed service time", "downtime"):
            assert amount(whole, name) == sum(amount(part, name) for part in parts)

    @settings(max_examples=60)
    @given(many)
    def test_leaving_out_nothing_changes_nothing(self, down: list[Outage]) -> None:
        assert availability(agreed_time(WINDOW, exclusions=IntervalSet()), down) == availability(
            agreed_time(WINDOW), down
        )

    @settings(max_examples=60)
    @given(many)
    def test_an_outage_told_twice_counts_once(self, down: list[Outage]) -> None:
        once, twice = (availability(agreed_time(WINDOW), told) for told in (down, [*down, *down]))
        assert once.value == twice.value

    @settings(max_examples=60)
    @given(many, outages())
    def test_one_more_outage_is_never_better(self, down: list[Outage], more: Outage) -> None:
        before, after = (availability(agreed_time(WINDOW), told).value for told in (down, [*down, more]))
        assert isinstance(before, Fraction | int)
        assert isinstance(after, Fraction | int)
        assert 0 <= after <= before <= 1

    @settings(max_examples=60)
    @given(many)
    def test_uptime_and_downtime_are_the_agreed_time(self, down: list[Outage]) -> None:
        """Where the whole scope is out, what is not down is up."""
        whole = [evolve(outage, share=Fraction(1)) for outage in down]
        agreed = agreed_time(WINDOW)
        up = amount(mean_time_between_failures(agreed, whole), "uptime")
        assert up + amount(availability(agreed, whole), "downtime") == agreed.length // timedelta(microseconds=1)

    @settings(max_examples=60)
    @given(many)
    def test_the_stages_of_an_outage_add_up(self, down: list[Outage]) -> None:
        parts = restoration_parts(WINDOW, down)
        assert parts.whole == parts.detection + parts.diagnosis + parts.repair + parts.restoration + parts.unknown


answers = st.lists(
    st.builds(
        lambda asked, wait: Answer(
            asked_at=START + asked * MINUTE, answered_at=None if wait is None else START + (asked + wait) * MINUTE
        ),
        minutes,
        st.none() | st.integers(0, 3000),
    ),
    max_size=8,
)


class TestResponsiveness:
    @settings(max_examples=60)
    @given(answers, answers, st.integers(1, 500))
    def test_two_groups_add_up(self, one: list[Answer], other: list[Answer], target: int) -> None:
        for formula, names in ((within_target, ("within target", "judged")), (apdex, ("satisfied", "tolerating"))):
            whole, a, b = (formula(some, target * MINUTE, WINDOW.end) for some in ([*one, *other], one, other))
            for name in names:
                assert amount(whole, name) == amount(a, name) + amount(b, name)

    @settings(max_examples=60)
    @given(answers, st.integers(1, 500))
    def test_nobody_who_asked_is_lost(self, asked: list[Answer], target: int) -> None:
        found = within_target(asked, target * MINUTE, WINDOW.end)
        assert amount(found, "judged") + sum(Fraction(str(n)) for _, n in found.excluded) == len(asked)

    @settings(max_examples=60)
    @given(answers)
    def test_littles_law_holds_where_nobody_waits_at_either_end(self, asked: list[Answer]) -> None:
        done = [one for one in asked if one.answered_at is not None and one.answered_at <= WINDOW.end]
        assert littles_law(done, WINDOW).value == 0


class TestCapacity:
    @settings(max_examples=60)
    @given(answers, st.integers(1, LENGTH - 1))
    def test_two_parts_of_a_window_add_up_to_the_whole(self, known: list[Answer], cut: int) -> None:
        """What came and went adds up; the peak of the whole is the greater of the peaks of its parts."""
        middle = START + cut * MINUTE
        windows = [Interval(START, middle), Interval(middle, WINDOW.end)]
        for name in ("received", "delivered"):
            assert amount(load(known, WINDOW), name) == sum(amount(load(known, part), name) for part in windows)
        peaks = [peak_in_hand(known, part).value for part in windows]
        assert peak_in_hand(known, WINDOW).value == max(peaks)  # type: ignore[type-var]

    @settings(max_examples=60)
    @given(answers)
    def test_the_peak_is_the_most_at_any_instant_at_which_something_came_in(self, known: list[Answer]) -> None:
        """Held against counting one by one."""

        def in_hand(at: datetime) -> int:
            return sum(one.asked_at <= at and (one.answered_at is None or one.answered_at > at) for one in known)

        inside = [one.asked_at for one in known if one.asked_at < WINDOW.end]
        assert peak_in_hand(known, WINDOW).value == max(map(in_hand, inside), default=0)


counts = st.integers(0, 10_000).flatmap(lambda total: st.builds(Counts, st.just(total), st.integers(0, total)))


class TestReliability:
    @settings(max_examples=60)
    @given(counts, st.fractions(Fraction(1, 2), Fraction(999, 1000)))
    def test_the_budget_left_is_what_the_burn_rate_leaves(self, found: Counts, objective: Fraction) -> None:
        left, rate = error_budget(found, objective).value, burn_rate(found, objective).value
        assert (left is None) == (rate is None)
        if isinstance(left, Fraction | int) and isinstance(rate, Fraction | int):
            assert left == 1 - rate

    @settings(max_examples=60)
    @given(counts)
    def test_the_value_lies_within_its_range(self, found: Counts) -> None:
        measured = reliability(found)
        if isinstance(measured.value, Fraction | int) and measured.range is not None:
            assert measured.range.low <= float(measured.value) + 1e-12
            assert float(measured.value) - 1e-12 <= measured.range.high
