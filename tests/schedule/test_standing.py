"""What an agreement asks for by itself: the same window answers the same, also on nights when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AgreementRevision,
    ContinuousDuty,
    CoveredService,
    Every,
    NamedHours,
    OnClosedDay,
    Periods,
    PeriodUnit,
    Recurrence,
    ServiceAgreement,
    StandingRequest,
    Term,
)
from svcdelivery.schedule import delivered_between, due_between
from svcdelivery.service_hours import ServiceHours

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)


def agreement(zone: str, *requests: StandingRequest, until: datetime | None = None) -> ServiceAgreement:
    office = ServiceHours.weekly(zone, {"mon-fri": ["09:00-17:00"]}, closed=[date(2026, 5, 1)])
    return ServiceAgreement.of(
        AgreementRevision(
            agreement="acme",
            customer="acme",
            effective_at=datetime(2000, 1, 1, tzinfo=UTC),
            term=Term(datetime(2000, 1, 1, tzinfo=UTC), until),
            services=(CoveredService(id="backup"),),
            hours=(NamedHours("office", office), NamedHours("always", ServiceHours.always(zone))),
            standing=requests,
            continuous=(
                ContinuousDuty(id="web", service="backup", requester="ann", periods=Periods(PeriodUnit.MONTH, zone)),
            ),
        )
    )


def daily(
    at: str, *, hours: str = "always", closed: OnClosedDay = OnClosedDay.KEEP, every: Every = Every.DAY
) -> StandingRequest:
    recurrence = Recurrence(every=every, weekdays="sat", day=1)
    return StandingRequest(
        id="check",
        service="backup",
        requester="ann",
        recurrence=recurrence,
        at=time.fromisoformat(at),
        hours=hours,
        on_closed_day=closed,
    )


class TestNightsWhenClocksChange:
    def test_a_check_at_half_past_two_comes_once_each_night(self) -> None:
        """Paris skips 02:30 on 29 March 2026 and has it twice on 25 October: the instant after, and the first one."""
        paris = agreement("Europe/Paris", daily("02:30"))
        spring = due_between(paris, datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC))
        assert [f"{one.at:%d %H:%M}" for one in spring] == ["28 01:30", "29 01:00", "30 00:30"]
        autumn = due_between(paris, datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC))
        assert [f"{one.at:%d %H:%M}" for one in autumn] == ["24 00:30", "25 00:30", "26 01:30"]
        assert [one.id for one in autumn] == ["acme.check.2026-10-24", "acme.check.2026-10-25", "acme.check.2026-10-26"]

    def test_a_date_the_zone_left_out_asks_for_nothing(self) -> None:
        """Samoa went from 29 to 31 December 2011 overnight."""
        samoa = agreement("Pacific/Apia", daily("09:00"))
        found = due_between(samoa, datetime(2011, 12, 28, tzinfo=UTC), datetime(2012, 1, 2, tzinfo=UTC))
        assert [one.date.day for one in found] == [28, 29, 31, 1, 2]


class TestClosedDays:
    def test_they_are_kept_skipped_or_put_off(self) -> None:
        """Friday 1 May 2026 is closed, and the weekend after it."""
        window = datetime(2026, 4, 30, tzinfo=UTC), datetime(2026, 5, 6, tzinfo=UTC)
        found = {
            rule: [
                (o.date.day, o.at.day)
                for o in due_between(agreement("UTC", daily("09:00", hours="office", closed=rule)), *window)
            ]
            for rule, request in ((rule, daily("09:00", hours="office", closed=rule)) for rule in OnClosedDay)
        }
        assert found == {
            OnClosedDay.KEEP: [(30, 30), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)],
            OnClosedDay.SKIP: [(30, 30), (4, 4), (5, 5)],
            OnClosedDay.NEXT: [(30, 30), (1, 4), (2, 4), (3, 4), (4, 4), (5, 5)],
        }

    def test_what_was_put_off_comes_in_the_window_of_the_working_day(self) -> None:
        request = daily("09:00", hours="office", closed=OnClosedDay.NEXT, every=Every.WEEK)
        (one,) = due_between(
            agreement("UTC", request), datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 5, 5, tzinfo=UTC)
        )
        assert (one.date, one.at) == (date(2026, 5, 2), datetime(2026, 5, 4, 9, tzinfo=UTC))


class TestWindows:
    @settings(max_examples=80)
    @given(
        st.sampled_from(["Europe/Paris", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"]),
        st.builds(
            daily,
            st.sampled_from(["00:00", "02:15", "23:59:59"]),
            hours=st.just("office"),
            closed=st.sampled_from(OnClosedDay),
            every=st.sampled_from(Every),
        ),
        st.tuples(st.integers(0, 20_000), st.integers(0, 3_000), st.integers(0, 3_000)),
    )
    def test_two_windows_side_by_side_answer_what_the_whole_does(
        self, zone: str, request: StandingRequest, window: tuple[int, int, int]
    ) -> None:
        start, one, other = window
        made = agreement(zone, request)
        begin = datetime(2009, 6, 1, tzinfo=UTC) + timedelta(hours=start)
        middle, end = begin + timedelta(hours=one), begin + timedelta(hours=one + other)
        whole = due_between(made, begin, end)
        assert whole == (*due_between(made, begin, middle), *due_between(made, middle, end))
        assert whole == due_between(made, begin, end)
        assert len({occurrence.id for occurrence in whole}) == len(whole)
        parts = (*delivered_between(made, begin, middle), *delivered_between(made, middle, end))
        assert delivered_between(made, begin, end) == parts

    def test_an_amendment_that_moves_the_time_lets_each_date_come_once(self) -> None:
        """From 08:00 on 2 March the check is at ten instead of six: that day it has come already."""
        before = agreement("UTC", daily("06:00")).revisions[0]
        after = evolve(before, number=2, effective_at=datetime(2026, 3, 2, 8, tzinfo=UTC), standing=(daily("10:00"),))
        both = ServiceAgreement.of(before, after)
        found = due_between(both, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC))
        assert [f"{one.at:%d %H:%M}" for one in found] == ["01 06:00", "02 06:00", "03 10:00"]

    def test_outside_the_term_nothing_is_asked_for(self) -> None:
        ended = agreement("UTC", daily("06:00"), until=START + 2 * DAY)
        assert len(due_between(ended, START, START + 10 * DAY)) == 2


class TestContinuousDuties:
    def test_each_period_counts_once_when_it_is_over(self) -> None:
        made = agreement("Europe/Paris")
        found = delivered_between(made, datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 4, 15, tzinfo=UTC))
        assert [one.period.label for one in found] == ["2026-01", "2026-02", "2026-03"]

    def test_the_last_period_ends_with_the_term(self) -> None:
        made = agreement("UTC", until=datetime(2026, 1, 20, tzinfo=UTC))
        (one,) = delivered_between(made, START + DAY, START + 60 * DAY)
        assert (one.period.start, one.period.end) == (START, datetime(2026, 1, 20, tzinfo=UTC))
