"""Security incidents: their life, and whom to tell in which time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from svcdelivery.agreement import Within
from svcdelivery.clock import ClockPhase, Verdict
from svcdelivery.errors import IntegrityError, InvalidValueError, TransitionRefusedError
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import disagreements
from svcdelivery.security.incident import (
    NotificationDuty,
    SecurityIncidentAssessed,
    SecurityIncidentLifecycle,
    SecurityIncidentReported,
    SecurityIncidentStatus,
    fold_security_incident,
    move,
    notification_clocks,
    notify,
)
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import to_instant

FRIDAY = to_instant(datetime(2026, 7, 3, 14, tzinfo=UTC))
HOUR = timedelta(hours=1)
OFFICE = ServiceHours.weekly("UTC", {"mon-fri": ["08:00-16:00"]})
DUTIES = (
    NotificationDuty(agreement="acme-1", party="acme", within=Within(4 * HOUR), hours=OFFICE, clause="7.2"),
    NotificationDuty(agreement="acme-1", party="regulator", within=Within(72 * HOUR), from_declaration=True),
    NotificationDuty(agreement="globex-1", party="globex", within=Within(HOUR)),
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
        return {reading.target: reading for reading in notification_clocks(self.facts, DUTIES, now)}


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
        assert list(clocks) == ["acme-1 acme", "acme-1 regulator"]
        assert clocks["acme-1 acme"].due_at == datetime(2026, 7, 6, 10, tzinfo=UTC)
        assert clocks["acme-1 regulator"].phase is ClockPhase.WAITING
        story.after(days=1).move("declare")
        assert story.clocks()["acme-1 regulator"].due_at == story.at + 72 * HOUR
        story.say(SecurityIncidentAssessed(agreements={"globex-1"}))
        assert story.clocks()["globex-1 globex"].verdict is Verdict.BREACHED

    def test_telling_the_party_under_the_agreement_stops_it(self) -> None:
        """And only that one."""
        story = Story().move("declare").after(hours=1)
        story.say(notify(story.record, agreement="acme-1", party="acme", text="we saw odd downloads"))
        clocks = story.clocks(days=30)
        assert (clocks["acme-1 acme"].phase, clocks["acme-1 acme"].verdict) == (ClockPhase.STOPPED, Verdict.MET)
        assert clocks["acme-1 regulator"].verdict is Verdict.BREACHED
        assert story.record.notified == {("acme-1", "acme")}
        with pytest.raises(InvalidValueError):
            notify(story.record, agreement="globex-1", party="globex", text="x")
        with pytest.raises(InvalidValueError):
            notify(story.record, agreement="acme-1", party="acme", text=" ")

    def test_nothing_is_owed_for_what_was_dismissed(self) -> None:
        """Nor of another day, before the report."""
        story = Story().move("analyze", "dismiss")
        assert {clock.phase for clock in story.clocks().values()} <= {ClockPhase.CANCELLED, ClockPhase.WAITING}
        assert notification_clocks(story.facts, DUTIES, FRIDAY - HOUR) == ()
