"""Monitoring at the desk: each sample once, each alert one incident, and what is run about it, asked or by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.desk import ServiceDesk, WatchReport
from svcdelivery.errors import InvalidDurationError, InvalidValueError, NotFoundError, NotPermittedError
from svcdelivery.facts import NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.security import Decided, Person, StaticDirectory
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Store
from svcdelivery.system import Act, Component, ComponentStatus, Procedure, ProcedureStep, RunStatus, Threshold
from svcdelivery.system.monitoring import (
    AbsenceDetector,
    Alert,
    AlertEnded,
    AlertRaised,
    Monitor,
    MonitoringRule,
    MonitoringRuleSet,
    PastThreshold,
    RateDetector,
    Sample,
    fold_monitor,
    news_of,
)
from svcdelivery.testing.driver import FakeDriver
from svcdelivery.timeline import to_instant
from svcdelivery.work import IncidentStatus
from tests.desk.world import BOB, EVE, MONDAY, OLGA, HeldTime, revision, stores

MINUTE = timedelta(minutes=1)
PROBE = Actor.system("probe")
PEOPLE = [
    Person(id="ann", customer="acme", roles={"employee"}),
    Person(id="bob", roles={"agent"}),
    Person(id="olga", roles={"owner"}),
    Person(id="eve", customer="globex"),
    Person(id="probe"),
    Person(id="operator"),
]
SILENCE = MonitoringRule(
    id="web-silent",
    probe="web",
    detection=AbsenceDetector(longest=3 * MINUTE),
    agreement="acme-1",
    service="email",
    requester="ann",
    priority="P2",
    component="web",
)
LOAD = evolve(SILENCE, id="web-load", detection=PastThreshold(metric="load"), probe="load", component="")
RESTART = Procedure(
    id="restart",
    title="Restart",
    resolves=True,
    steps=[
        ProcedureStep(id="stop", instruction="Stop it", act=Act(verb="stop", component="web")),
        ProcedureStep(id="start", instruction="Start it", act=Act(verb="start", component="web")),
    ],
)


def sample(probe: str, minute: float, value: int = 1) -> Sample:
    return Sample(id=f"{probe} {minute}", probe=probe, at=MONDAY + minute * MINUTE, value=value)


class Room:
    """A desk with one component, a procedure, and rules that watch probes."""

    def __init__(self, *rules: MonitoringRule, store: Store | None = None) -> None:
        self.time, self.driver = HeldTime(), FakeDriver()
        self.desk = ServiceDesk(
            store or MemoryStore(), time=self.time, directory=StaticDirectory(PEOPLE), drivers={"fake": self.driver}
        )
        self.desk.agreements.register(ServiceAgreement.of(revision()), by=OLGA, key="agreement")
        self.desk.components.register(Component(id="web", driver="fake"), by=OLGA, key="web")
        self.desk.components.start(by=BOB, key="up")
        self.desk.procedures.register(RESTART, by=OLGA, key="procedure")
        for rule in rules:
            self.desk.monitoring.set_rule(rule, by=OLGA, key=f"rule {rule.id}")
        self.batches = 0

    def measure(self, *samples: Sample) -> int:
        """Tell samples, and answer how many were new."""
        self.batches += 1
        return self.desk.monitoring.record(samples, by=PROBE, key=f"batch {self.batches}").record.new

    def look(self, minute: float) -> WatchReport:
        """Run the watch at a minute."""
        self.time.at = to_instant(MONDAY + minute * MINUTE)
        report = self.desk.watch.run()
        assert report.failures == ()
        return report

    @property
    def incidents(self) -> list[str]:
        return [incident.summary for incident in self.desk.incidents.find().items]


class TestSamples:
    @pytest.mark.parametrize("kind", stores)
    def test_each_is_taken_in_once_however_often_it_is_told(self, kind: str, tmp_path: Path) -> None:
        room = Room(store=stores[kind](tmp_path))
        told = [sample("web", minute, value) for minute, value in enumerate((1, 2, 3))]
        assert room.measure(*told[:2]) == 2
        assert room.measure(*told) == 1
        assert room.measure(*told) == 0
        again = room.desk.monitoring.record(told, by=PROBE, key="batch 2")
        assert (again.replayed, again.record.new, again.record.told) == (True, 1, 3)
        series = room.desk.monitoring.series("web", MONDAY, MONDAY + 2 * MINUTE)
        assert [one.value for one in series] == [1, 2]

    def test_one_that_says_something_else_is_refused_with_its_whole_batch(self) -> None:
        room = Room()
        room.measure(sample("web", 1, 5))
        with pytest.raises(InvalidValueError, match="the sample it was"):
            room.measure(sample("web", 2), sample("web", 1, 6))
        with pytest.raises(NotPermittedError):
            room.desk.monitoring.record([sample("web", 3)], by=EVE, key="eve")
        assert len(room.desk.monitoring.series("web", MONDAY, MONDAY + 60 * MINUTE)) == 1

    @settings(max_examples=50, deadline=None)
    @given(st.permutations(list(range(12))), st.lists(st.integers(0, 12), max_size=4))
    def test_order_and_batches_make_no_difference(self, order: list[int], cuts: list[int]) -> None:
        """Samples of two days, told in any order, cut anywhere, some of them twice."""
        every = [sample("web", 300 * number, number) for number in range(12)]
        room = Room()
        edges = sorted({0, 12, *cuts})
        for start, end in pairwise(edges):
            room.measure(*(every[number] for number in order[start:end]), every[order[0]])
        series = room.desk.monitoring.series("web", MONDAY, MONDAY + 5000 * MINUTE)
        assert list(series) == every


class TestAlerts:
    @pytest.mark.parametrize("kind", stores)
    def test_silence_is_one_incident_under_the_agreement_when_it_was_too_long(self, kind: str, tmp_path: Path) -> None:
        room = Room(SILENCE, store=stores[kind](tmp_path))
        for minute in range(5):
            room.measure(sample("web", minute))
            room.look(minute)
        assert room.desk.watch.next_due() == MONDAY + 7 * MINUTE + timedelta(microseconds=1)
        room.look(7)
        assert room.incidents == []
        report = room.look(7.5)
        assert (report.count("alerts raised"), report.count("incidents by monitoring")) == (1, 1)
        for minute in (8, 9, 30):
            room.look(minute)
        (incident,) = room.desk.incidents.find().items
        assert incident.summary == "web: no data for longer than PT3M"
        assert (incident.agreement, incident.priority, incident.channel) == ("acme-1", "P2", "monitoring")
        (alert,) = room.desk.monitoring.get("web-silent").open_alerts
        assert (alert.incident, alert.began_at) == (incident.id, MONDAY + 7 * MINUTE)
        assert room.desk.incidents.readings(incident.id)

    def test_it_ends_when_something_is_heard_again_and_may_begin_anew(self) -> None:
        room = Room(SILENCE)
        room.measure(sample("web", 0))
        room.look(4)
        room.measure(sample("web", 5))
        report = room.look(5)
        assert report.count("alerts ended") == 1
        (alert,) = room.desk.monitoring.get("web-silent").alerts
        assert alert.ended_at == MONDAY + 5 * MINUTE
        room.look(9)
        assert len(room.incidents) == 2

    def test_a_probe_that_was_never_heard_of_is_missed_since_the_rule_was_set(self) -> None:
        room = Room(SILENCE)
        room.look(0)
        room.look(4)
        assert room.incidents == ["web: no data for longer than PT3M"]

    def test_a_sample_that_comes_late_moves_no_alert_into_a_second_one(self) -> None:
        room = Room(SILENCE)
        room.measure(sample("web", 0))
        room.look(4)
        room.measure(sample("web", 1))
        assert room.look(5).count("alerts raised") == 0
        assert len(room.desk.monitoring.get("web-silent").open_alerts) == 1
        room.measure(*(sample("web", minute) for minute in range(2, 6)))
        room.look(6)
        (alert,) = room.desk.monitoring.get("web-silent").alerts
        assert alert.ended_at == MONDAY + 6 * MINUTE

    def test_values_are_judged_by_the_threshold_in_force_when_they_were_taken(self) -> None:
        room = Room(LOAD)
        room.desk.thresholds.revise(
            Threshold(metric="load", value=80, clear=70), reason="agreed", by=OLGA, key="threshold"
        )
        higher = Threshold(metric="load", value=95, clear=90)
        room.desk.thresholds.revise(
            higher, reason="new machine", effective_at=MONDAY + 10 * MINUTE, by=OLGA, key="higher"
        )
        room.measure(sample("load", 1, 85), sample("load", 2, 75), sample("load", 3, 85))
        assert room.look(3).count("alerts raised") == 1
        room.measure(sample("load", 4, 60), sample("load", 11, 85))
        assert room.look(11).count("alerts ended") == 1
        assert room.incidents == ["load: 85 is above 80"]
        assert len(room.desk.monitoring.alerts("web-load")) == 1

    def test_what_was_over_before_it_was_seen_is_told_and_is_no_incident(self) -> None:
        fast = evolve(LOAD, id="rate", detection=RateDetector(per_hour=Fraction(60)))
        room = Room(fast)
        room.measure(*(sample("load", minute, value) for minute, value in ((0, 0), (1, 50), (2, 50))))
        assert room.look(3).count("alerts raised") == 1
        assert room.incidents == []
        (alert,) = room.desk.monitoring.get("rate").alerts
        assert (alert.incident, alert.ended_at) == ("", MONDAY + 2 * MINUTE)

    def test_what_the_agreement_does_not_allow_is_told_without_an_incident_and_denied_once(self) -> None:
        room = Room(evolve(SILENCE, requester="eve"))
        for minute in (0, 4, 5, 30):
            room.look(minute)
        assert room.incidents == []
        with room.desk.store.unit("main", write=False) as unit:
            decided = [fact.body for fact in unit.journal.load("security")]
        assert sum(isinstance(body, Decided) and not body.allowed for body in decided) == 1

    def test_a_rule_that_ended_finds_nothing_and_one_set_again_does(self) -> None:
        room = Room(SILENCE)
        with pytest.raises(InvalidValueError, match="a ground"):
            room.desk.monitoring.end_rule("web-silent", ground="", by=OLGA, key="no ground")
        room.desk.monitoring.end_rule("web-silent", ground="replaced", by=OLGA, key="end")
        room.look(10)
        assert (room.incidents, room.desk.monitoring.rules()) == ([], ())
        room.desk.monitoring.set_rule(SILENCE, by=OLGA, key="again")
        assert room.desk.monitoring.rules() == (SILENCE,)
        room.look(10)
        room.look(14)
        assert len(room.incidents) == 1

    def test_a_rule_that_stands_is_left_as_it_is(self) -> None:
        room = Room(SILENCE)
        again = room.desk.monitoring.set_rule(SILENCE, by=OLGA, key="again")
        assert [type(fact.body) for fact in again.facts] == [Decided]
        with pytest.raises(NotFoundError, match="agreement `none`"):
            room.desk.monitoring.set_rule(evolve(SILENCE, agreement="none"), by=OLGA, key="none")
        with pytest.raises(NotFoundError, match="monitoring rule"):
            room.desk.monitoring.get("none")
        with pytest.raises(InvalidValueError, match="to be run"):
            evolve(SILENCE, automatic=True)
        with pytest.raises(InvalidDurationError):
            evolve(SILENCE, lookback=timedelta(0))

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.integers(0, 40), max_size=12, unique=True), st.lists(st.integers(0, 40), max_size=6))
    def test_however_often_it_is_looked_no_two_alerts_last_at_one_time(
        self, heard: list[int], looked: list[int]
    ) -> None:
        room = Room(SILENCE)
        waiting = sorted(heard)
        for minute in sorted({*looked, 45}):
            room.measure(*(sample("web", one) for one in waiting if one <= minute))
            waiting = [one for one in waiting if one > minute]
            room.look(minute)
        monitor = room.desk.monitoring.get("web-silent")
        assert len(monitor.open_alerts) <= 1
        assert len(room.incidents) <= len(monitor.alerts)
        spans = sorted((alert.began_at, alert.ended_at or MONDAY + 60 * MINUTE) for alert in monitor.alerts)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))


class TestActions:
    def test_what_is_proposed_is_run_once_a_person_accepts_it_and_resolves_the_incident(self) -> None:
        """Row 6b: the action is a proposal; its run stands in the incident it resolves."""
        room = Room(evolve(SILENCE, procedure="restart"))
        room.look(0)
        room.look(4)
        ((rule, alert),) = room.desk.monitoring.proposals()
        assert (rule, alert.procedure) == ("web-silent", "restart")
        assert room.desk.monitoring.run_automatic(by=Actor.system("operator"), key="round") == ()
        taken = room.desk.monitoring.accept(rule, alert.key, by=BOB, key="accept").record
        run = taken.alert(alert.key).run
        assert room.desk.procedures.run(run).status is RunStatus.FINISHED
        assert room.desk.procedures.run(run).item == f"incident:{alert.incident}"
        assert room.desk.components.get("web").status is ComponentStatus.RUNNING
        again = room.desk.monitoring.accept(rule, alert.key, by=BOB, key="accept")
        assert (again.replayed, again.record) == (True, taken)
        assert room.desk.monitoring.proposals() == ()
        with pytest.raises(InvalidValueError, match="awaits action"):
            room.desk.monitoring.refuse(rule, alert.key, ground="late", by=BOB, key="late")
        room.desk.incidents.assign(alert.incident, team="ops", by=BOB, key="assign")
        room.desk.incidents.start(alert.incident, by=BOB, key="start")
        resolved = room.desk.incidents.resolve(alert.incident, run=run, by=BOB, key="resolve").record
        assert (resolved.status, resolved.run) == (IncidentStatus.RESOLVED, run)

    def test_a_person_may_decide_against_it(self) -> None:
        room = Room(evolve(SILENCE, procedure="restart"))
        room.look(0)
        room.look(4)
        ((rule, alert),) = room.desk.monitoring.proposals()
        room.desk.monitoring.refuse(rule, alert.key, ground="in maintenance", by=BOB, key="refuse")
        assert room.desk.monitoring.proposals() == ()
        with pytest.raises(InvalidValueError, match="in maintenance"):
            room.desk.monitoring.accept(rule, alert.key, by=BOB, key="accept")
        with pytest.raises(NotFoundError, match="alert of `web-silent`"):
            room.desk.monitoring.accept(rule, "none", by=BOB, key="none")

    def test_what_is_automatic_is_run_once_without_asking(self) -> None:
        room = Room(evolve(SILENCE, procedure="restart", automatic=True))
        room.look(0)
        room.look(4)
        assert room.desk.monitoring.proposals() == ()
        operator = Actor.system("operator")
        (monitor,) = room.desk.monitoring.run_automatic(by=operator, key=f"round {len(room.driver.asked)}")
        assert room.driver.asked == ["start web", "stop web", "start web"]
        assert room.desk.procedures.run(monitor.alerts[0].run).status is RunStatus.FINISHED
        assert room.desk.monitoring.run_automatic(by=operator, key=f"round {len(room.driver.asked)}") == ()

    def test_what_cannot_be_run_is_told_and_keeps_nothing_else_up(self) -> None:
        lost = evolve(SILENCE, id="lost", procedure="no such procedure", automatic=True)
        room = Room(lost, evolve(SILENCE, procedure="restart", automatic=True))
        room.look(0)
        room.look(4)
        made = room.desk.monitoring.run_automatic(by=Actor.system("operator"), key="round")
        told = {monitor.rule.id: monitor.alerts[0] for monitor in made}
        assert "no such procedure" in told["lost"].refused
        assert told["web-silent"].run


class TestNews:
    def monitor(self, *spans: tuple[int, int | None]) -> Monitor:
        bodies: list[Any] = [MonitoringRuleSet(SILENCE)]
        for began, ended in spans:
            bodies.append(AlertRaised(alert=str(began), probe="web", began_at=MONDAY + began * MINUTE))
            if ended is not None:
                bodies.append(AlertEnded(alert=str(began), ended_at=MONDAY + ended * MINUTE))
        found = fold_monitor(history("monitor:x", [NewFact(body=b, actor=BOB, occurred_at=MONDAY) for b in bodies]))
        assert found is not None
        return found

    def told(self, monitor: Monitor, spans: Iterable[tuple[int, int | None]]) -> tuple[list[Any], list[Any]]:
        found = [
            Alert(
                detector="x",
                probe="web",
                began_at=to_instant(MONDAY + began * MINUTE),
                ended_at=None if ended is None else to_instant(MONDAY + ended * MINUTE),
            )
            for began, ended in spans
        ]
        over, new = news_of(monitor, found, to_instant(MONDAY + 60 * MINUTE))
        minutes = [(one.alert, datetime.__sub__(one.ended_at, MONDAY) // MINUTE) for one in over]
        return minutes, [datetime.__sub__(alert.began_at, MONDAY) // MINUTE for alert in new]

    @pytest.mark.parametrize(
        ("known", "found", "over", "new"),
        [
            ([], [(1, None)], [], [1]),
            ([(1, None)], [(2, None)], [], []),
            ([(1, None)], [(1, 5), (7, None)], [("1", 5)], [7]),
            ([(1, None)], [], [("1", 60)], []),
            ([(1, 5)], [(2, 6)], [], []),
            ([(1, 5)], [(5, None)], [], [5]),
            ([(1, 5), (7, None)], [(1, 5), (8, 9)], [("7", 9)], []),
            ([], [(-5, -1)], [], []),
        ],
    )
    def test_what_overlaps_with_one_on_record_is_that_one(
        self, known: Any, found: Any, over: list[Any], new: list[int]
    ) -> None:
        assert self.told(self.monitor(*known), found) == (over, new)
