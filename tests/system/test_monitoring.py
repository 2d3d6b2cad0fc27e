"""Monitoring: samples in any order and batches, and detectors that tell each trouble once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError
from svcdelivery.quality import STANDARD_BURN_RULES
from svcdelivery.system.monitoring import (
    AbsenceDetector,
    BurnRateDetector,
    Detector,
    RateDetector,
    Sample,
    Samples,
    SeasonalDetector,
    Series,
    ThresholdDetector,
)
from svcdelivery.system.threshold import Threshold, Thresholds

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def sample(minute: int, value: int | Fraction, *, id: str = "", probe: str = "web") -> Sample:
    return Sample(id=id or f"{probe}-{minute}", probe=probe, at=START + minute * MINUTE, value=Fraction(value))


def series(*values: int, every: int = 1) -> Series:
    return Series(sample(n * every, value) for n, value in enumerate(values))


some = st.lists(
    st.builds(sample, st.integers(0, 300), st.integers(-50, 150), probe=st.sampled_from(["web", "db"])),
    max_size=30,
    unique_by=lambda one: one.id,
)


class TestSamples:
    @settings(max_examples=100)
    @given(some.flatmap(lambda told: st.tuples(st.just(told), st.permutations(told + told))), st.integers(0, 60))
    def test_any_order_and_any_batches_make_the_same(self, told: tuple[list[Sample], list[Sample]], cut: int) -> None:
        """Each is told twice, shuffled, in two batches that overlap."""
        once, shuffled = told
        one, other = Samples(once), Samples()
        assert other.add(shuffled[:cut]) + other.add(shuffled[max(0, cut - 3) :]) == len(once)
        assert one == other
        assert one.probes == other.probes
        for probe in one.probes:
            assert one.series(probe) == other.series(probe)
            moments = [each.at for each in one.series(probe)]
            assert moments == sorted(moments)

    def test_an_id_that_says_something_else_is_refused_and_nothing_is_taken_in(self) -> None:
        known = Samples([sample(1, 5)])
        with pytest.raises(InvalidValueError):
            known.add([sample(2, 7), sample(1, 6)])
        assert len(known) == 1


DETECTORS: list[Detector] = [
    ThresholdDetector(threshold=Threshold(metric="web", value=80, clear=60), samples_least=2),
    RateDetector(per_hour=Fraction(600)),
    AbsenceDetector(longest=20 * MINUTE),
    BurnRateDetector(objective=Fraction("0.9"), rules=STANDARD_BURN_RULES),
    SeasonalDetector(season=HOUR, step=10 * MINUTE, times=Fraction(3)),
]


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
@settings(max_examples=60)
@given(told=some, first=st.integers(0, 300), more=st.integers(0, 300))
def test_what_was_told_stays_told(detector: Detector, told: list[Sample], first: int, more: int) -> None:
    """Asked earlier and later: the alerts of the earlier answer stand in the later one, by key, at most ended since."""
    watched = Samples(told).series("web")
    early = detector.alerts("web", watched, START + first * MINUTE)
    late = detector.alerts("web", watched, START + (first + more) * MINUTE)
    assert [alert.key for alert in late[: len(early)]] == [alert.key for alert in early]
    assert len({alert.key for alert in late}) == len(late)
    for before, after in zip(early, late, strict=False):
        assert before.ended_at is None or before.ended_at == after.ended_at
    assert all(alert.ended_at is None or alert.ended_at >= alert.began_at for alert in late)


class TestThreshold:
    def test_a_value_that_flaps_is_one_alert(self) -> None:
        """Around 80 all the time, never down to 60 until the end: one alert, not five."""
        detector = ThresholdDetector(threshold=Threshold(metric="web", value=80, clear=60))
        found = detector.alerts("web", series(70, 85, 75, 90, 79, 81, 78, 83, 59, 70), START + HOUR)
        assert [(alert.began_at, alert.ended_at) for alert in found] == [(START + MINUTE, START + 8 * MINUTE)]

    def test_without_hysteresis_it_would_be_several(self) -> None:
        detector = ThresholdDetector(threshold=Threshold(metric="web", value=80, clear=80))
        assert len(detector.alerts("web", series(70, 85, 75, 90, 79, 81), START + HOUR)) == 3

    def test_one_outlier_is_not_enough_where_several_are_asked_for(self) -> None:
        detector = ThresholdDetector(threshold=Threshold(metric="web", value=80, clear=60), samples_least=3)
        assert detector.alerts("web", series(90, 90, 70, 90, 90), START + HOUR) == ()
        (alert,) = detector.alerts("web", series(70, 90, 95, 99), START + HOUR)
        assert (alert.began_at, alert.detail) == (START + MINUTE, "90 is above 80")

    def test_the_threshold_then_in_force_judges(self) -> None:
        versions = ((sample(0, 0).at, 80), (sample(3, 0).at, 95))
        known = Thresholds("web", tuple((at, Threshold(metric="web", value=n, clear=n)) for at, n in versions))
        found = ThresholdDetector(threshold=known.at).alerts("web", series(90, 90, 90, 90, 90), START + HOUR)
        assert [(alert.began_at, alert.ended_at) for alert in found] == [(START, START + 3 * MINUTE)]


class TestAbsence:
    def test_silence_is_told_as_no_data(self) -> None:
        """The last sample is of minute 1; after minute 11 it has been silent for too long."""
        detector = AbsenceDetector(longest=10 * MINUTE)
        quiet = series(1, 1)
        assert detector.alerts("web", quiet, START + 11 * MINUTE) == ()
        (alert,) = detector.alerts("web", quiet, START + 12 * MINUTE)
        assert (alert.began_at, alert.ended_at) == (START + 11 * MINUTE, None)
        assert alert.detail == "no data for longer than PT10M"

    def test_a_probe_that_never_spoke_is_missed_too(self) -> None:
        started = sample(0, 0).at
        detector = AbsenceDetector(longest=10 * MINUTE, since=started)
        (alert,) = detector.alerts("web", Series([]), START + HOUR)
        assert alert.began_at == START + 10 * MINUTE

    def test_it_ends_with_the_next_sample(self) -> None:
        (alert,) = AbsenceDetector(longest=10 * MINUTE).alerts("web", series(1, 1, every=30), START + 31 * MINUTE)
        assert (alert.began_at, alert.ended_at) == (START + 10 * MINUTE, START + 30 * MINUTE)


class TestOthers:
    def test_a_jump_is_told_by_its_rate(self) -> None:
        (alert,) = RateDetector(per_hour=Fraction(60)).alerts("web", series(1, 2, 5, 6), START + HOUR)
        assert (alert.began_at, alert.ended_at) == (START + 2 * MINUTE, START + 3 * MINUTE)
        assert alert.detail == "it changes by 180 an hour"

    def test_a_budget_that_burns_in_both_windows_sounds(self) -> None:
        """One attempt a minute; from minute 60 on every second one fails, until minute 90."""
        told = [sample(n, int(60 <= n < 90 and n % 2 == 0)) for n in range(180)]
        detector = BurnRateDetector(objective=Fraction("0.99"), rules=STANDARD_BURN_RULES[:1])
        (alert,) = detector.alerts("web", Series(told), START + 3 * HOUR)
        assert START + 60 * MINUTE <= alert.began_at < START + 90 * MINUTE
        assert alert.ended_at is not None
        assert START + 90 * MINUTE <= alert.ended_at < START + 100 * MINUTE

    def test_what_is_usual_at_this_hour_is_no_trouble(self) -> None:
        """A daily peak at noon is usual; the same value at midnight is not."""
        hourly = [
            Sample(id=f"s{n}", probe="web", at=START + n * HOUR, value=100 if n % 24 == 12 else 10 + n % 3)
            for n in range(24 * 8)
        ]
        odd = Sample(id="odd", probe="web", at=START + 24 * 8 * HOUR, value=100)
        detector = SeasonalDetector(season=24 * HOUR, step=HOUR, least=Fraction(5))
        assert detector.alerts("web", Series(hourly), START + 9 * 24 * HOUR) == ()
        (alert,) = detector.alerts("web", Series([*hourly, odd]), START + 9 * 24 * HOUR)
        assert alert.began_at == odd.at
        with pytest.raises(InvalidValueError):
            SeasonalDetector(season=HOUR, step=7 * MINUTE)
