"""What agreements ask for by themselves: requests, the same whenever it is looked, and services by the period."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AgreementRevision,
    ContinuousDuty,
    Every,
    NamedHours,
    OnClosedDay,
    OpenClocks,
    Periods,
    PeriodUnit,
    Recurrence,
    ServiceAgreement,
    StandingRequest,
    SurveyTerms,
    Term,
)
from svcdelivery.clock import Verdict
from svcdelivery.desk import ServiceDesk, WatchReport
from svcdelivery.errors import (
    InvalidValueError,
    NotFoundError,
    NotPermittedError,
    ServiceDeliveryError,
    TransitionRefusedError,
)
from svcdelivery.facts import type_of
from svcdelivery.identity import Actor
from svcdelivery.schedule import standing_stream
from svcdelivery.security import SECURITY_STREAM, Decided, DecisionReplay
from svcdelivery.service_hours import ServiceHours
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Store
from svcdelivery.timeline import to_instant
from svcdelivery.work import RequestStatus
from tests.desk.world import ANN, BOB, DIRECTORY, EVE, MONDAY, OLGA, HeldTime, revision, stores

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CHECK = StandingRequest(
    id="backup-check",
    service="email",
    requester="ann",
    recurrence=Recurrence(every=Every.DAY),
    at=time(2, 30),
    hours="night",
    priority="P3",
    summary="See whether the backup ran",
)
REPORT = evolve(
    CHECK,
    id="report",
    recurrence=Recurrence(every=Every.WEEK, weekdays="fri"),
    at=time(9),
    hours="office",
    on_closed_day=OnClosedDay.NEXT,
)
MAILBOX = ContinuousDuty(
    id="mailboxes", service="email", requester="ann", periods=Periods(PeriodUnit.MONTH, "Europe/Berlin")
)


def terms(
    standing: Iterable[StandingRequest] = (CHECK,), continuous: Iterable[ContinuousDuty] = (), **rest: Any
) -> AgreementRevision:
    made = revision()
    night = NamedHours("night", ServiceHours.always("Europe/Berlin"))
    return evolve(made, hours=(*made.hours, night), standing=tuple(standing), continuous=tuple(continuous), **rest)


def known_for(year: int) -> AgreementRevision:
    """Answer terms with a weekly report, whose closed dates are known until the end of a year."""
    made = revision()
    week = {"mon-fri": ["08:00-17:00"]}
    hours = ServiceHours.weekly("Europe/Berlin", week, closed=[date(2024, 12, 25)], covered_years=(2024, year))
    return evolve(made, hours=(*made.hours, NamedHours("known", hours)), standing=(evolve(REPORT, hours="known"),))


class Night:
    """A desk whose agreement asks for things by itself."""

    def __init__(self, wanted: AgreementRevision, store: Store | None = None, *, at: datetime = MONDAY) -> None:
        self.time = HeldTime(at)
        self.desk = ServiceDesk(store or MemoryStore(), time=self.time, directory=DIRECTORY)
        self.desk.agreements.register(ServiceAgreement.of(wanted), by=OLGA, key="agreement")

    def look(self, at: datetime | None = None) -> WatchReport:
        """Run the watch until nothing is due, at an instant."""
        if at is not None:
            self.time.at = to_instant(at)
        for _ in range(20):
            report = self.desk.watch.run()
            assert report.failures == ()
            if not report.timers:
                return report
        raise AssertionError("the watch does not come to rest")

    @property
    def ids(self) -> list[str]:
        return [request.id for request in self.desk.requests.find(limit=1000).items]

    def denials(self) -> list[Decided]:
        with self.desk.store.unit(self.desk.tenant, write=False) as unit:
            bodies = [fact.body for fact in unit.journal.load(SECURITY_STREAM)]
        return [body for body in bodies if isinstance(body, Decided) and not body.allowed]


class TestRequests:
    @pytest.mark.parametrize("kind", stores)
    def test_each_comes_by_itself_and_is_a_request_like_any_other(self, kind: str, tmp_path: Path) -> None:
        night = Night(terms(), stores[kind](tmp_path))
        night.look()
        assert night.ids == []
        night.look(MONDAY + DAY)
        (id,) = night.ids
        assert id == "acme-1.backup-check.2024-03-12"
        request = night.desk.requests.get(id)
        assert request.received_at == datetime(2024, 3, 12, 1, 30, tzinfo=UTC)
        assert (request.requester, request.priority, request.channel) == ("ann", "P3", "standing")
        night.desk.requests.accept(id, by=BOB, key="accept")
        night.desk.requests.start(id, by=BOB, key="start")
        done = night.desk.requests.fulfill(id, by=BOB, key="fulfill")
        assert done.record.status is RequestStatus.FULFILLED
        assert "satisfaction.invited/1" in [type_of(fact.body) for fact in done.facts]

    def test_a_late_watch_makes_what_came_meanwhile_with_its_own_instants(self) -> None:
        night = Night(terms())
        night.look(MONDAY + 10 * DAY)
        assert len(night.ids) == 10
        received = [night.desk.requests.get(id).received_at for id in night.ids]
        assert received == [datetime(2024, 3, 12 + n, 1, 30, tzinfo=UTC) for n in range(10)]
        (reading,) = [one for one in night.desk.requests.readings(night.ids[0]) if one.target == "delivery"]
        assert reading.verdict is Verdict.BREACHED

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(0, 20 * 24), min_size=1, max_size=8))
    def test_whenever_and_however_often_it_is_looked_the_same_requests_come(self, hours: list[int]) -> None:
        """Row 3a, across the night in which the clocks change: no gap, no double, the same ids."""
        start = datetime(2024, 3, 20, 8, tzinfo=UTC)
        once, often = Night(terms([CHECK, REPORT]), at=start), Night(terms([CHECK, REPORT]), at=start)
        end = start + 20 * DAY
        once.look(end)
        for hour in [*sorted(hours), 20 * 24]:
            often.look(start + hour * HOUR)
        assert once.ids == often.ids
        assert once.ids == sorted(one.id for one in once.desk.standing.due("acme-1", start, end))
        assert [once.desk.requests.get(id).received_at for id in once.ids] == [
            often.desk.requests.get(id).received_at for id in once.ids
        ]

    def test_the_same_window_asked_twice_gives_the_same_ids(self) -> None:
        night = Night(terms())
        window = (MONDAY, MONDAY + 30 * DAY)
        assert [one.id for one in night.desk.standing.due("acme-1", *window)] == [
            one.id for one in night.desk.standing.due("acme-1", *window)
        ]
        with pytest.raises(NotFoundError):
            night.desk.standing.due("none", *window)

    def test_a_check_at_half_past_two_comes_once_on_nights_when_the_clocks_change(self) -> None:
        for day in (date(2024, 3, 31), date(2024, 10, 27)):
            night = Night(terms(), at=datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY)
            night.look(datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + DAY)
            assert [id[-10:] for id in night.ids] == [(day + n * DAY).isoformat() for n in (-1, 0, 1)]

    def test_what_a_requester_may_not_ask_for_is_refused_on_record_and_keeps_nothing_up(self) -> None:
        night = Night(terms([evolve(CHECK, requester="eve", id="eves"), CHECK]))
        night.time.at = to_instant(MONDAY + 2 * DAY)
        report = night.desk.watch.run()
        assert (report.count("standing requests"), report.count("standing requests refused")) == (2, 2)
        assert [body.reasons for body in night.denials()] == [("no_entitlement",)] * 2
        assert all("backup-check" in id for id in night.ids)

    def test_a_suspended_agreement_asks_for_nothing_meanwhile(self) -> None:
        night = Night(terms())
        night.look(MONDAY + DAY)
        night.desk.agreements.suspend("acme-1", ground="unpaid", open_clocks=OpenClocks.RUN, by=OLGA, key="suspend")
        night.time.at = to_instant(MONDAY + 3 * DAY)
        night.desk.agreements.reinstate("acme-1", by=OLGA, key="reinstate")
        night.look(MONDAY + 4 * DAY)
        assert [id[-2:] for id in night.ids] == ["12", "15"]
        assert night.denials() == []

    def test_an_amendment_moves_what_comes_from_then_on(self) -> None:
        night = Night(terms())
        night.look(MONDAY + DAY)
        moved = terms([evolve(CHECK, at=time(4))], number=2, effective_at=MONDAY + 2 * DAY)
        night.desk.agreements.register(ServiceAgreement.of(moved), by=OLGA, key="second")
        night.look(MONDAY + 4 * DAY)
        received = [night.desk.requests.get(id).received_at for id in night.ids]
        assert [f"{at:%d %H:%M}" for at in received] == ["12 01:30", "13 01:30", "14 03:00", "15 03:00"]
        assert [night.desk.requests.get(id).revision for id in night.ids] == [1, 1, 2, 2]

    def test_nothing_comes_before_it_was_agreed_or_after_the_term(self) -> None:
        since = datetime(2024, 1, 1, tzinfo=UTC)
        night = Night(terms(term=Term(since, MONDAY + 3 * DAY)))
        night.look(MONDAY + 30 * DAY)
        assert [id[-2:] for id in night.ids] == ["12", "13", "14"]
        assert "standing" not in armed(night.desk.store)

    def test_closed_dates_nobody_knows_are_told_and_keep_back_nothing_that_is_known(self) -> None:
        """Until the year that is covered ends all comes; then the watch says what it lacks, and asks again later."""
        made = known_for(2024)
        night = Night(made, at=datetime(2024, 12, 1, tzinfo=UTC))
        night.look(datetime(2024, 12, 29, tzinfo=UTC))
        assert [id[-5:] for id in night.ids] == ["12-06", "12-13", "12-20", "12-27"]
        night.time.at = to_instant(datetime(2025, 1, 6, tzinfo=UTC))
        (failure,) = night.desk.watch.run().failures
        assert "2025" in failure.problem
        second = evolve(known_for(2025), number=2, effective_at=datetime(2025, 1, 1, tzinfo=UTC))
        night.desk.agreements.register(ServiceAgreement.of(second), by=OLGA, key="second")
        night.look()
        assert night.ids[-1][-10:] == "2025-01-03"

    def test_hundreds_that_came_while_nobody_looked_are_made_page_by_page(self) -> None:
        night = Night(terms())
        night.look(MONDAY + 450 * DAY)
        assert len(night.ids) == 450


class TestContinuousServices:
    def test_each_period_is_one_delivery_with_its_survey(self) -> None:
        night = Night(terms([], [MAILBOX]))
        night.look(datetime(2024, 5, 20, tzinfo=UTC))
        delivered = night.desk.standing.delivered("acme-1", "mailboxes")
        assert [(one.period, one.customer, one.service, one.revision) for one in delivered] == [
            ("2024-03", "acme", "email", 1),
            ("2024-04", "acme", "email", 1),
        ]
        assert delivered[0].until == delivered[1].since == datetime(2024, 3, 31, 22, tzinfo=UTC)
        (survey,) = night.desk.standing.surveys("acme-1", "mailboxes")
        assert survey.status(night.time.now()) == "open"
        night.look(datetime(2024, 6, 2, tzinfo=UTC))
        assert [one.period for one in night.desk.standing.delivered("acme-1", "mailboxes")] == [
            "2024-03", "2024-04", "2024-05",
        ]  # fmt: skip

    def test_its_requester_alone_answers_the_survey_once(self) -> None:
        night = Night(terms([], [MAILBOX], survey=SurveyTerms(scale=5)))
        with pytest.raises(NotFoundError, match="continuous service"):
            night.desk.standing.answer_survey("acme-1", "mailboxes", token="x", score=4, by=BOB, key="early")
        night.look(datetime(2024, 4, 2, tzinfo=UTC))
        (survey,) = night.desk.standing.surveys("acme-1", "mailboxes")
        said: dict[str, Any] = {"token": survey.token, "score": 4}
        for other in (EVE, Actor.end_user("nobody")):
            with pytest.raises(NotPermittedError):
                night.desk.standing.answer_survey("acme-1", "mailboxes", by=other, key=f"{other}", **said)
        with pytest.raises(InvalidValueError):
            night.desk.standing.answer_survey("acme-1", "mailboxes", token=survey.token, score=6, by=ANN, key="six")
        answered = night.desk.standing.answer_survey("acme-1", "mailboxes", by=ANN, key="answer", **said)
        assert answered.record.score == 4
        again = night.desk.standing.answer_survey("acme-1", "mailboxes", by=ANN, key="answer", **said)
        assert (again.replayed, again.record) == (True, answered.record)
        with pytest.raises(TransitionRefusedError):
            night.desk.standing.answer_survey("acme-1", "mailboxes", by=ANN, key="twice", **said)

    def test_who_may_answer_is_decided_the_same_from_the_record_again(self) -> None:
        """For a delivery that is there, and for one that is not."""
        night = Night(terms([], [MAILBOX], survey=SurveyTerms(scale=5)))
        night.look(datetime(2024, 4, 2, tzinfo=UTC))
        (survey,) = night.desk.standing.surveys("acme-1", "mailboxes")
        for by, duty in ((ANN, "mailboxes"), (EVE, "mailboxes"), (ANN, "none"), (BOB, "none")):
            with suppress(ServiceDeliveryError):
                night.desk.standing.answer_survey("acme-1", duty, token=survey.token, score=4, by=by, key=f"{by}{duty}")
        with night.desk.store.unit("main", write=False) as unit:
            log = unit.feed.read(0, limit=10_000)
        replay = DecisionReplay()
        found = [again for fact in log if (again := replay.follow(fact)) is not None]
        asked = [each for each in found if each.fact.body.action == "answer_survey"]
        assert len(asked) >= 3
        assert all(each.again is not None and each.agrees for each in asked)

    def test_whenever_it_is_looked_the_same_is_delivered(self) -> None:
        often = Night(terms([], [MAILBOX], survey=None))
        once = Night(terms([], [MAILBOX], survey=None))
        for month in range(4, 9):
            often.look(datetime(2024, month, 3, tzinfo=UTC))
        once.look(datetime(2024, 8, 3, tzinfo=UTC))
        told = [night.desk.standing.delivered("acme-1", "mailboxes") for night in (often, once)]
        assert told[0] == told[1]
        assert len(told[0]) == 5


def armed(store: Store) -> list[str]:
    with store.unit("main", write=False) as unit:
        return [timer.name for timer in unit.timers.of("agreement:acme-1")]


def test_the_stream_of_a_duty_names_agreement_and_duty() -> None:
    assert standing_stream("acme-1", "mailboxes") == "standing:acme-1/mailboxes"
