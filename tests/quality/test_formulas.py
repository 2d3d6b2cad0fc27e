"""Golden tables: figures that others published, or that were worked out by hand; nothing divides by nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, WrongTypeError
from svcdelivery.quality import (
    STANDARD_BURN_RULES,
    Answer,
    BurnRule,
    Counts,
    Demand,
    Outage,
    SafetyEvent,
    Severity,
    Tasks,
    abandonment,
    agreed_time,
    apdex,
    availability,
    burn_rate,
    burning,
    completion,
    error_budget,
    first_contact,
    forecast_linear,
    forecast_seasonal,
    harm_rate,
    littles_law,
    load,
    mean_time_between_failures,
    mean_time_between_incidents,
    mean_time_to_restore,
    near_breaches,
    near_miss_ratio,
    peak_in_hand,
    percentile,
    reliability,
    restoration_parts,
    rework,
    throughput,
    time_left,
    utilization,
    within_target,
    worst_severity,
)
from svcdelivery.service_hours import ServiceHours
from svcdelivery.system import propose
from svcdelivery.timeline import Interval, IntervalSet

START = datetime(2026, 6, 1, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONTH = Interval(START, START + 30 * DAY)


def outage(began: timedelta, length: timedelta | None, share: Fraction | int = 1, id: str = "o") -> Outage:
    restored = None if length is None else START + began + length
    return Outage(id=id, began_at=START + began, restored_at=restored, share=Fraction(share))


class TestAvailability:
    @pytest.mark.parametrize(
        ("nines", "minutes"),
        [("0.99", "432"), ("0.999", "43.2"), ("0.9999", "4.32"), ("0.99999", "0.432")],
    )
    def test_the_table_of_nines(self, nines: str, minutes: str) -> None:
        """The well-known minutes of downtime in thirty days."""
        down = timedelta(microseconds=int(Fraction(minutes) * 60_000_000))
        assert availability(agreed_time(MONTH), [outage(DAY, down)]).value == Fraction(nines)

    def test_only_agreed_time_counts(self) -> None:
        """Office hours of one week: 40 h, less 2 h of agreed maintenance; down from Monday 16:00 to Tuesday 10:00."""
        office = ServiceHours.weekly("UTC", {"mon-fri": ["09:00-17:00"]})
        week = Interval(START, START + 7 * DAY)
        maintenance = IntervalSet([Interval(START + 2 * DAY + 9 * HOUR, START + 2 * DAY + 11 * HOUR)])
        agreed = agreed_time(week, office, exclusions=maintenance)
        found = availability(agreed, [outage(16 * HOUR, 18 * HOUR), outage(2 * DAY, 10 * HOUR, id="in maintenance")])
        assert found.input("agreed service time") == 38 * HOUR
        assert found.input("downtime") == 2 * HOUR
        assert found.value == Fraction(36, 38)
        assert found.excluded == (("agreed exclusions", 2 * HOUR),)

    def test_outages_that_overlap_count_once_with_the_largest_share(self) -> None:
        """A quarter of the sites from 0 h to 10 h, all of them from 4 h to 6 h: 8 quarters and 2 wholes are 4 h."""
        found = availability(
            agreed_time(MONTH), [outage(0 * HOUR, 10 * HOUR, Fraction(1, 4)), outage(4 * HOUR, 2 * HOUR)]
        )
        assert found.input("downtime") == 4 * HOUR

    def test_no_agreed_time_is_no_availability(self) -> None:
        closed = agreed_time(MONTH, exclusions=IntervalSet([MONTH]))
        assert availability(closed, [outage(DAY, HOUR)]).value is None

    def test_an_outage_that_lasts_is_cut_and_told(self) -> None:
        found = availability(agreed_time(MONTH), [outage(29 * DAY, None)])
        assert found.value == Fraction(29, 30)
        assert found.input("outages that still last") == 1

    def test_mean_times_of_a_worked_month(self) -> None:
        """Two outages of 2 h and 4 h in 720 h: 357 h of uptime each, 3 h to restore, 360 h between incidents."""
        outages = [outage(5 * DAY, 2 * HOUR), outage(20 * DAY, 4 * HOUR)]
        agreed = agreed_time(MONTH)
        assert mean_time_to_restore(MONTH, outages).value == 3 * HOUR
        assert mean_time_between_failures(agreed, outages).value == 357 * HOUR
        assert mean_time_between_incidents(agreed, outages).value == 360 * HOUR

    def test_what_never_failed_has_a_lower_bound_and_no_value(self) -> None:
        found = mean_time_between_failures(agreed_time(MONTH), [])
        assert (found.value, found.at_least) == (None, 720 * HOUR)
        assert mean_time_between_incidents(agreed_time(MONTH), []).at_least == 720 * HOUR
        assert mean_time_to_restore(MONTH, []).value is None

    def test_an_outage_that_lasts_is_no_length_yet(self) -> None:
        found = mean_time_to_restore(MONTH, [outage(DAY, HOUR), outage(2 * DAY, None)])
        assert found.value == HOUR
        assert found.excluded == (("outages that still last", 1),)

    def test_the_time_of_an_outage_is_split_by_stage(self) -> None:
        known = Outage(
            id="a",
            began_at=START,
            detected_at=START + 5 * MINUTE,
            diagnosed_at=START + 25 * MINUTE,
            repaired_at=START + 55 * MINUTE,
            restored_at=START + 60 * MINUTE,
        )
        vague = Outage(id="b", began_at=START, repaired_at=START + 30 * MINUTE, restored_at=START + 40 * MINUTE)
        parts = restoration_parts(MONTH, [known, vague])
        assert (parts.detection, parts.diagnosis, parts.repair) == (5 * MINUTE, 20 * MINUTE, 30 * MINUTE)
        assert (parts.restoration, parts.unknown, parts.whole) == (15 * MINUTE, 30 * MINUTE, 100 * MINUTE)

    def test_instants_out_of_order_are_refused(self) -> None:
        with pytest.raises(ServiceDeliveryError):
            Outage(id="a", began_at=START, detected_at=START + HOUR, restored_at=START)


class TestResponsiveness:
    def answers(self, *minutes: int | None) -> list[Answer]:
        return [Answer(asked_at=START, answered_at=None if m is None else START + m * MINUTE) for m in minutes]

    def test_the_example_of_the_apdex_specification(self) -> None:
        """Sixty satisfied, thirty tolerating, ten frustrated are 0.75."""
        given = self.answers(*[3] * 60, *[10] * 30, *[20] * 10)
        assert apdex(given, 3 * MINUTE, START + HOUR).value == Fraction(3, 4)

    def test_who_still_waits_too_long_counts_as_missed(self) -> None:
        """Of two answered in time, one late and two open, one of them late by now: two of four."""
        found = within_target(self.answers(5, 10, 40, None), 30 * MINUTE, START + HOUR)
        assert found.value == Fraction(2, 4)
        early = within_target(self.answers(5, None), 30 * MINUTE, START + 20 * MINUTE)
        assert (early.value, early.excluded) == (1, (("unanswered, still in time", 1),))

    def test_percentiles_are_waits_themselves(self) -> None:
        """Nearest rank of the list 15, 20, 35, 40, 50: the 30th is 20, the 40th is 20, the 50th is 35."""
        given = self.answers(15, 20, 35, 40, 50)
        found = {p: percentile(given, p, START + HOUR).value for p in (5, 30, 40, 50, 100)}
        assert found == {5: 15 * MINUTE, 30: 20 * MINUTE, 40: 20 * MINUTE, 50: 35 * MINUTE, 100: 50 * MINUTE}

    @pytest.mark.parametrize("percent", [99.9, True, Fraction(999, 10), "50"])
    def test_a_percentile_is_a_whole_number(self, percent: Any) -> None:
        """Another one is refused in words of ours, of answers as of thresholds."""
        with pytest.raises(WrongTypeError):
            percentile(self.answers(15, 20), percent, START + HOUR)
        with pytest.raises(WrongTypeError):
            propose("load", [1, 2], percent=percent, clear_share=Fraction(1))

    def test_throughput_and_littles_law_of_a_closed_window(self) -> None:
        window = Interval(START, START + 2 * HOUR)
        given = [
            Answer(asked_at=START + n * 10 * MINUTE, answered_at=START + n * 10 * MINUTE + 15 * MINUTE)
            for n in range(6)
        ]
        assert throughput(given, window).value == 3
        found = littles_law(given, window)
        assert found.value == 0
        assert found.input("waits of arrivals") == 90 * MINUTE

    def test_nobody_is_neither_good_nor_bad(self) -> None:
        now = START + HOUR
        assert apdex([], MINUTE, now).value is None
        assert within_target([], MINUTE, now).value is None
        assert percentile([], 50, now).value is None


class TestReliability:
    @pytest.mark.parametrize(
        ("good", "of", "low", "high"),
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
    )
    def test_wilson_intervals_as_published(self, good: int, of: int, low: float, high: float) -> None:
        """R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
        found = reliability(Counts(of, of - good)).range
        assert found is not None
        assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))

    def test_the_burn_rates_of_the_usual_windows(self) -> None:
        """B. Beyer and others, The Site Reliability Workbook (2018), chapter 5, table 5-8."""
        assert [rule.rate for rule in STANDARD_BURN_RULES] == [Fraction("14.4"), 6, 1]
        assert [rule.short_window for rule in STANDARD_BURN_RULES] == [5 * MINUTE, 30 * MINUTE, 6 * HOUR]

    def test_a_budget_is_used_up_at_burn_rate_one(self) -> None:
        objective = Fraction("0.999")
        assert burn_rate(Counts(10_000, 10), objective).value == 1
        assert error_budget(Counts(10_000, 10), objective).value == 0
        assert error_budget(Counts(10_000, 15), objective).value == Fraction(-1, 2)
        assert burn_rate(Counts(0, 0), objective).value is None
        assert error_budget(Counts(0, 0), objective).value is None

    def test_an_alarm_needs_both_windows_and_enough_events(self) -> None:
        objective, rule = Fraction("0.999"), STANDARD_BURN_RULES[0]
        burning_now, over, calm = Counts(10_000, 200), Counts(1_000, 20), Counts(1_000, 0)
        assert burning([rule], objective, [(burning_now, over)]) == (rule,)
        assert burning([rule], objective, [(burning_now, calm)]) == ()
        guarded = BurnRule(budget=Fraction(2, 100), window=HOUR, events_least=10)
        assert burning([guarded], objective, [(Counts(3, 1), Counts(1, 1))]) == ()

    def test_all_of_it_is_no_objective(self) -> None:
        with pytest.raises(InvalidValueError):
            burn_rate(Counts(1, 0), Fraction(1))


class TestCapacity:
    def demand(self, *amounts: int) -> list[Demand]:
        return [Demand(START + n * HOUR, Fraction(amount)) for n, amount in enumerate(amounts)]

    def test_the_peak_is_what_counts(self) -> None:
        assert utilization(self.demand(40, 70, 55), 100).value == Fraction(7, 10)
        assert utilization([], 100).value is None

    def test_load_and_peak_of_a_worked_morning(self) -> None:
        """In at 0, 1, 2 and 3 h; out at 2 h, 2 h 30 and 5 h, one not at all: 4 in, 3 out, at most 3 at once."""
        window = Interval(START, START + 6 * HOUR)
        outs = (2 * HOUR, 150 * MINUTE, 5 * HOUR, None)
        known = [
            Answer(asked_at=START + n * HOUR, answered_at=None if out is None else START + out)
            for n, out in enumerate(outs)
        ]
        assert load(known, window).value == Fraction(4, 3)
        assert peak_in_hand(known, window).value == 2
        # Delivered at the instant at which the next comes in, it is out of hand before.
        later = [*known, Answer(asked_at=START + 90 * MINUTE, answered_at=START + 3 * HOUR)]
        assert peak_in_hand(later, window).value == 3
        assert load([], window).value is None
        assert peak_in_hand([], window).value == 0

    def test_a_straight_line_is_carried_on(self) -> None:
        found = forecast_linear(self.demand(10, 20, 30, 40), START + 6 * HOUR)
        assert found.value == 70
        assert found.range is not None
        assert (found.range.low, found.range.high) == (pytest.approx(70), pytest.approx(70))
        assert forecast_linear(self.demand(10, 20), START + 6 * HOUR).value is None

    def test_the_range_of_a_worked_regression(self) -> None:
        """1, 2, 2, 3 at hours 0 to 3: the slope is 0.6; at hour 4 it is 3.5, give or take 1.96 sqrt(0.1 * 2.5)."""
        found = forecast_linear(self.demand(1, 2, 2, 3), START + 4 * HOUR)
        assert float(Fraction(str(found.value))) == pytest.approx(3.5)
        assert found.range is not None
        assert found.range.high == pytest.approx(3.5 + 1.959964 * (0.1 * 2.5) ** 0.5)

    def test_it_runs_out_when_the_trend_reaches_it(self) -> None:
        now = START + 3 * HOUR
        assert time_left(self.demand(10, 20, 30, 40), 100, now).value == 6 * HOUR
        assert time_left(self.demand(10, 20, 30, 40), 30, now).value == timedelta(0)
        assert time_left(self.demand(40, 30, 20), 100, now).value is None

    @given(st.lists(st.integers(0, 10**9), min_size=3, max_size=9, unique=True), st.fractions(1, 50))
    def test_what_stays_the_same_is_never_used_up(self, seconds: list[int], amount: Fraction) -> None:
        """Whenever it was measured, and whatever a third is as a floating point number."""
        demand = [Demand(START + timedelta(seconds=at), amount) for at in seconds]
        assert time_left(demand, 100, START).value is None

    def test_a_trend_too_slow_for_any_calendar_has_no_end(self) -> None:
        """A ten millionth of a millionth in half a day would take longer than a duration can say."""
        demand = [Demand(START + 4 * hour * HOUR, 10 + Fraction(hour, 10**13)) for hour in range(3)]
        assert time_left(demand, 100, START).value is None

    def test_the_season_before_is_taken(self) -> None:
        given = self.demand(1, 5, 9, 2, 6, 10)
        assert [forecast_seasonal(given, 3, n).value for n in (1, 2, 3, 4)] == [2, 6, 10, 2]
        assert forecast_seasonal(given, 7, 1).value is None

    def test_near_breaches_of_a_hand_worked_list(self) -> None:
        """Targets 99.9 %: 99.95 % is fine, 99.91 % is near, 99.8 % is missed; without a value nothing is said."""
        measured = [
            (availability(agreed_time(MONTH), [outage(DAY, timedelta(minutes=m))]), Fraction("0.999"))
            for m in (21.6, 38.88, 86.4)
        ]
        measured.append((reliability(Counts(0, 0)), Fraction("0.999")))
        found = near_breaches(measured, near=Fraction("0.0003"))
        assert [(one.margin, one.is_breach) for one in found] == [
            (Fraction("-0.001"), True),
            (Fraction("0.0001"), False),
        ]


class TestPeople:
    def test_shares_of_what_people_came_for(self) -> None:
        tasks = Tasks(begun=100, completed=72, abandoned=8, reworked=9)
        assert completion(tasks).value == Fraction(9, 10)
        assert completion(tasks).excluded == (("still under way", 20),)
        assert abandonment(tasks).value == Fraction(1, 10)
        assert rework(tasks).value == Fraction(1, 8)
        assert first_contact(3, 4).value == Fraction(3, 4)

    def test_harm_is_counted_by_exposure_and_never_averaged(self) -> None:
        """Two harmful events in 50,000 hours are 8 in 200,000, the usual base of a hundred people for a year."""
        events = [
            SafetyEvent("a", Severity.MINOR),
            SafetyEvent("b", Severity.SERIOUS),
            SafetyEvent("c", Severity.NEAR_MISS),
        ]
        found = harm_rate(events, 50_000 * HOUR, per=200_000 * HOUR)
        assert (found.value, found.excluded) == (8, (("near misses", 1),))
        assert near_miss_ratio(events).value == Fraction(1, 2)
        assert worst_severity(events) is Severity.SERIOUS

    def test_nothing_happened(self) -> None:
        assert harm_rate([], timedelta(0), per=HOUR).value is None
        assert near_miss_ratio([]).value is None
        assert worst_severity([]) is None
        assert completion(Tasks(begun=0, completed=0, abandoned=0)).value is None
