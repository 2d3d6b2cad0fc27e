"""Security incidents: their life, and whom to tell in which time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from svcdelivery.agreement import (
    AgreementRevision,
    AwareSince,
    NamedHours,
    NotificationDuty,
    ServiceAgreement,
    Term,
    Within,
    WithinCalendarDays,
)
from svcdelivery.clock import ClockPhase, Verdict
from svcdelivery.errors import IntegrityError, InvalidValueError, TransitionRefusedError
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import disagreements
from svcdelivery.security.incident import (
    SecurityIncidentAssessed,
    SecurityIncidentLifecycle,
    SecurityIncidentReported,
    SecurityIncidentStatus,
    fold_security_incident,
    move,
    notify,
)
from svcdelivery.security.notification import notification_clocks
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import to_instant

FRIDAY = to_instant(datetime(2026, 7, 3, 14, tzinfo=UTC))
HOUR = timedelta(hours=1)
OFFICE = ServiceHours.weekly("UTC", {"mon-fri": ["08:00-16:00"]})


def agreement(id: str, *duties: NotificationDuty) -> ServiceAgreement:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    hours = (NamedHours("office", OFFICE),)
    return ServiceAgreement.of(
        AgreementRevision(
            agreement=id, customer=id[:-2], effective_at=begun, term=Term(begun), hours=hours, notifications=duties
        )
    )


AGREEMENTS = (
    agreement(
        "acme-1",
        NotificationDuty(name="customer", party="acme", within=Within(4 * HOUR), hours="office", clause="7.2"),
        NotificationDuty(name="law", party="regulator", within=Within(72 * HOUR), since=AwareSince.DECLARED),
    ),
    agreement("globex-1", NotificationDuty(name="customer", party="globex", within=Within(HOUR))),
    agreement("initech-1", NotificationDuty(name="told", party="x", within=Within(HOUR), since=AwareSince.CONCERNED)),
)


class Story:
    def __init__(self) -> None:
        self.entries: list[NewFact[Any]] = []
        self.at = FRIDAY
        self.say(SecurityIncidentReported(summary="odd downloads", agreements={"acme-1"}, findings={"R2 bob"}))

    def say(self, body: Any) -> Story:
        self.entries.append(NewFact(body=body, actor=Actor.staff("ann"), occurred_at=self.at))
        return self

    def after(self, **time: float) -> Story:
        self.at = datetime.__add__(self.at, timedelta(**time))
        return self

    def move(self, *actions: str) -> Story:
        for action in actions:
            self.say(move(self.record, action, note="in words"))
        return self

    @property
    def facts(self) -> tuple[Fact[Any], ...]:
        return history("security_incident:s1", self.entries)

    @property
    def record(self) -> Any:
        return fold_security_incident(self.facts)

    def clocks(self, **after: float) -> dict[str, Any]:
        now = datetime.__add__(self.at, timedelta(**after))
        return {reading.target: reading for reading in notification_clocks(self.facts, AGREEMENTS, now)}


class TestLife:
    def test_chart_and_table_agree(self) -> None:
        """On every status and action."""
        assert disagreements(SecurityIncidentLifecycle) == []

    def test_it_goes_from_report_to_lessons(self) -> None:
        """What spreads again is declared again, since when it was first."""
        story = Story().move("analyze").after(hours=1).move("declare")
        declared = story.at
        story.after(hours=1).move("contain", "declare", "contain", "eradicate", "recover", "review", "close")
        record = story.record
        assert (record.status, record.declared_at, record.lessons) == (
            SecurityIncidentStatus.CLOSED, declared, "in words",
        )  # fmt: skip
        assert story.move("reopen").record.status is SecurityIncidentStatus.ANALYZING

    def test_a_dismissal_keeps_its_ground_and_ends_it(self) -> None:
        """Without words it is none."""
        story = Story().move("analyze")
        with pytest.raises(InvalidValueError):
            move(story.record, "dismiss", note=" ")
        assert story.move("dismiss").record.ground == "in words"
        with pytest.raises(TransitionRefusedError):
            move(story.record, "analyze")

    def test_what_it_reaches_only_grows(self) -> None:
        """Impacts are those of the latest assessment."""
        story = Story()
        story.say(SecurityIncidentAssessed(functional_impact="low", agreements={"globex-1"}, customers={"globex"}))
        story.say(SecurityIncidentAssessed(functional_impact="high", recoverability="regular"))
        record = story.record
        assert record.agreements == {"acme-1", "globex-1"}
        assert (record.functional_impact, record.recoverability, record.findings) == ("high", "regular", {"R2 bob"})

    def test_facts_that_cannot_be_are_damage(self) -> None:
        """A move before the report, or one the lifecycle does not have."""
        assert fold_security_incident(()) is None
        story = Story().move("analyze")
        with pytest.raises(IntegrityError):
            fold_security_incident(story.facts[1:])
        with pytest.raises(IntegrityError):
            fold_security_incident([*story.facts, story.facts[-1]])


class TestNotification:
    def test_each_duty_of_the_agreements_concerned_has_its_clock(self) -> None:
        """In the hours that count, from the report or from the declaration on."""
        story = Story()
        clocks = story.clocks()
        assert list(clocks) == ["acme-1 customer", "acme-1 law"]
        assert clocks["acme-1 customer"].due_at == datetime(2026, 7, 6, 10, tzinfo=UTC)
        assert clocks["acme-1 law"].phase is ClockPhase.WAITING
        story.after(days=1).move("declare")
        assert story.clocks()["acme-1 law"].due_at == story.at + 72 * HOUR
        story.say(SecurityIncidentAssessed(agreements={"globex-1"}))
        assert story.clocks()["globex-1 customer"].verdict is Verdict.BREACHED

    def test_telling_the_party_under_the_agreement_stops_it(self) -> None:
        """And only that one."""
        story = Story().move("declare").after(hours=1)
        story.say(notify(story.record, agreement="acme-1", party="acme", text="we saw odd downloads"))
        clocks = story.clocks(days=30)
        assert (clocks["acme-1 customer"].phase, clocks["acme-1 customer"].verdict) == (ClockPhase.STOPPED, Verdict.MET)
        assert clocks["acme-1 law"].verdict is Verdict.BREACHED
        assert story.record.notified == {("acme-1", "acme")}
        with pytest.raises(InvalidValueError):
            notify(story.record, agreement="globex-1", party="globex", text="x")
        with pytest.raises(InvalidValueError):
            notify(story.record, agreement="acme-1", party="acme", text=" ")

    def test_who_was_told_before_the_declaration_is_not_owed_it_after(self) -> None:
        """The clock that begins with the declaration has met its goal at once."""
        story = Story()
        story.say(notify(story.record, agreement="acme-1", party="regulator", text="it may be one"))
        story.after(hours=1).move("declare")
        assert story.clocks(days=30)["acme-1 law"].verdict is Verdict.MET

    def test_nothing_is_owed_for_what_was_dismissed(self) -> None:
        """Nor of another day, before the report."""
        story = Story().move("analyze", "dismiss")
        assert {clock.phase for clock in story.clocks().values()} <= {ClockPhase.CANCELLED, ClockPhase.WAITING}
        assert notification_clocks(story.facts, AGREEMENTS, FRIDAY - HOUR) == ()

    def test_its_time_begins_with_the_report_the_declaration_or_what_it_concerns(self) -> None:
        """An agreement found to be concerned later, and again, owes from the first time on."""
        story = Story().after(hours=5).say(SecurityIncidentAssessed(agreements={"initech-1"}))
        concerned = story.at
        story.after(hours=2).say(SecurityIncidentAssessed(agreements={"initech-1"}))
        assert story.clocks()["initech-1 told"].due_at == concerned + HOUR

    def test_the_explanation_names_revision_and_clause(self) -> None:
        """Whoever asks why finds the place in the text."""
        story = Story()
        story.at = FRIDAY + 20 * HOUR
        explained = "\n".join(story.clocks()["acme-1 customer"].explanation.lines())
        assert "clause 7.2 of acme-1 revision 1" in explained

    def test_duties_are_those_in_force_at_the_report(self) -> None:
        """Terms that came to hold later ask nothing of it."""
        early = Story()
        early.entries.clear()
        early.at = to_instant(datetime(2025, 12, 1, tzinfo=UTC))
        early.say(SecurityIncidentReported(summary="odd", agreements={"acme-1"}))
        assert early.clocks(days=60) == {}

    def test_a_duty_without_hours_has_no_days(self) -> None:
        """Days are those of a zone."""
        with pytest.raises(InvalidValueError, match=r"notifications\.days\.hours"):
            agreement("acme-1", NotificationDuty(name="days", party="x", within=WithinCalendarDays(3)))
