"""The breach watch at the desk: found once, recorded under a mark, seen to as the policy says."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.desk import BreachReport, ServiceDesk
from svcdelivery.desk.command.rows import work_row
from svcdelivery.errors import InvalidValueError, NotPermittedError
from svcdelivery.facts import NewFact
from svcdelivery.security.breaches import (
    BreachPolicy,
    BreachResponse,
    BreachRule,
    BreachSettings,
    FindingRaised,
    RuleResponse,
    watch_log,
)
from svcdelivery.security.incident import SecurityIncidentStatus
from svcdelivery.security.vulnerability import Severity
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Write
from svcdelivery.work import REQUEST, Fulfilled, RequestStatus, fold_work
from tests.desk.world import ANN, BOB, DIRECTORY, EVE, OLGA, World, keys, stores

DAY = timedelta(days=1)


class Room(World):
    """A desk somebody goes around."""

    def __init__(self, store: Any = None) -> None:
        super().__init__(store or MemoryStore())
        self.item = self.started_request()

    def bypass(self, id: str = "") -> None:
        """Let somebody deliver without asking: straight into the store."""
        stream = f"request:{id or self.item}"
        if self.desk.requests.get(id or self.item).status is RequestStatus.FULFILLED:
            self.desk.requests.reopen(id or self.item, ground="again", by=BOB, key=next(keys))
        with self.store.unit("main") as unit:
            facts = tuple(unit.journal.load(stream))
            now = unit.feed.head().recorded_at
            assert now is not None
            fact = NewFact(body=Fulfilled(), actor=BOB, occurred_at=max(now, self.time.now()))
            write = Write(stream=stream, expected=None, facts=(fact,))
            recorded = unit.journal.append([write], key=next(keys), intent="bypass", now=self.time.now()).facts
            work = fold_work((*facts, *recorded))
            assert work is not None
            unit.records.put([work_row(REQUEST, work)])

    def knock(self, times: int) -> None:
        """Let an outsider be denied so often."""
        for _ in range(times):
            with suppress(NotPermittedError):
                self.desk.requests.cancel(self.item, by=EVE, key=next(keys))

    def incidents(self) -> list[Any]:
        return list(self.desk.security_incidents.find().items)

    def breaches(self) -> BreachReport:
        return self.desk.breaches.run()


@pytest.fixture(params=list(stores))
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Room:
    return Room(stores[request.param](tmp_path))


def test_a_log_in_order_has_none(room: Room) -> None:
    """Every entry is judged once."""
    with room.store.unit("main", write=False) as unit:
        head = unit.feed.head().position
    assert room.breaches() == BreachReport(entries=head)
    assert room.breaches() == BreachReport()


def test_a_bypass_raises_a_security_incident_of_the_agreement_concerned(room: Room) -> None:
    """Found once, by whichever process; the incident has its agreements and customers from the work."""
    room.bypass()
    other = room.again(room.store)
    report = other.breaches.run()
    assert [finding.rule for finding in report.findings] == [BreachRule.DELIVERY_WITHOUT_DECISION]
    (incident,) = room.incidents()
    assert report.raised == (f"security_incident:{incident.id}",)
    assert (incident.agreements, incident.customers, incident.work) == (
        {"acme-1"}, {"acme"}, {f"request:{room.item}"},
    )  # fmt: skip
    assert room.breaches().findings == ()
    assert [finding.rule.value for finding in room.desk.breaches.find(status="R5").items] == ["R5"]
    assert room.desk.breaches.find(priority="critical").items == report.findings


def test_one_that_is_open_stands_for_those_that_come_after_it(room: Room) -> None:
    """One that was done with does not: another is raised."""
    room.bypass()
    room.breaches()
    room.time.advance(days=2)
    room.bypass()
    report = room.breaches()
    assert (len(report.findings), report.raised) == (1, ())
    (incident,) = room.incidents()
    room.desk.security_incidents.analyze(incident.id, by=BOB, key=next(keys))
    room.desk.security_incidents.dismiss(incident.id, ground="agreed by phone", by=BOB, key=next(keys))
    room.time.advance(days=2)
    room.bypass()
    assert len(room.breaches().raised) == 1
    assert {one.status for one in room.incidents()} == {
        SecurityIncidentStatus.DISMISSED, SecurityIncidentStatus.REPORTED,
    }  # fmt: skip


def test_less_grave_ones_raise_corrective_actions_or_nothing(room: Room) -> None:
    """As the policy says: by severity, and for a rule whatever its severity."""
    rules = [RuleResponse(BreachRule.MANY_DENIALS, BreachResponse.CORRECTIVE_ACTION)]
    policy = BreachPolicy(settings=BreachSettings(denials=3), incident_from=None, rules=rules, owner="olga")
    room.desk.breaches.set_policy(policy, by=OLGA, key="policy")
    room.knock(3)
    (finding,) = room.breaches().findings
    (action,) = room.desk.actions.find().items
    assert (action.trigger, action.target, action.owner) == ("finding", "R1", "olga")
    assert action.summary == finding.explanation
    quiet = BreachPolicy(action_from=None, incident_from=None)
    room.desk.breaches.set_policy(quiet, by=OLGA, key="policy 2")
    room.bypass()
    report = room.breaches()
    assert ([one.rule.value for one in report.findings], report.raised) == (["R5"], ())


def test_what_is_silenced_is_not_found_until_its_end(room: Room) -> None:
    """With a ground, by somebody, until an instant; the log says so to whoever reads it."""
    until = room.time.now() + DAY
    said = {"subject": f"request:{room.item}", "until": until, "ground": "an exercise", "by": OLGA}
    room.desk.breaches.suppress(BreachRule.DELIVERY_WITHOUT_DECISION, **said, key="s")
    room.bypass()
    assert room.breaches().findings == ()
    assert [one.ground for one in room.desk.breaches.get().silenced(room.time.now())] == ["an exercise"]
    room.time.advance(days=1)
    assert room.desk.breaches.get().silenced(room.time.now()) == ()
    room.bypass()
    assert len(room.breaches().findings) == 1
    with pytest.raises(InvalidValueError):
        room.desk.breaches.suppress(BreachRule.PROBING, until=until, ground="late", by=OLGA, key="t")
    with pytest.raises(InvalidValueError):
        room.desk.breaches.suppress(BreachRule.PROBING, until=until + DAY, ground=" ", by=OLGA, key="u")


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_however_it_is_run_the_findings_are_those_of_one_pass(limit: int) -> None:
    """In small steps, by processes in turn, by a process that begins anew: what one pass over the log finds."""
    room = Room()
    for number in range(3):
        room.bypass()
        room.knock(4)
        room.time.advance(hours=13)
        room.desk.requests.post(room.item, text=str(number), by=BOB, key=next(keys))
    with room.store.unit("main", write=False) as unit:
        facts = unit.feed.read(0, limit=10_000)
    wanted = list(watch_log(facts))
    assert wanted
    desks = [room.desk, room.again(room.store)]
    found: list[Any] = []
    for step in range(500):
        if not step % 5:
            desks[1] = ServiceDesk(room.store, time=room.time, directory=DIRECTORY)
        report = desks[step % 2].breaches.run(limit=limit)
        found += [finding for finding in report.findings if finding.entries[-1] <= facts[-1].position]
        if not report.entries and step:
            break
    assert found == wanted
    with room.store.unit("main", write=False) as unit:
        recorded = [fact.body.finding for fact in unit.journal.load("breaches") if isinstance(fact.body, FindingRaised)]
    assert [one for one in recorded if one.entries[-1] <= facts[-1].position] == wanted


def test_the_wake_ups_of_what_it_raises_are_set() -> None:
    """Whom to tell is owed from the finding on."""
    from tests.desk.test_security_incidents import Room as WithDuties

    room = WithDuties()
    id = room.started_request()
    Room.bypass(room, id)  # type: ignore[arg-type]
    (stream,) = room.desk.breaches.run().raised
    with room.store.unit("main", write=False) as unit:
        assert [timer.name for timer in unit.timers.of(stream)] == ["due:acme-1 customer"]


def test_commands_are_for_the_staff_and_done_once() -> None:
    room = Room()
    policy = BreachPolicy(incident_from=Severity.LOW)
    with pytest.raises(NotPermittedError):
        room.desk.breaches.set_policy(policy, by=ANN, key="p")
    first = room.desk.breaches.set_policy(policy, by=OLGA, key="q")
    again = room.desk.breaches.set_policy(policy, by=OLGA, key="q")
    assert (again.record, again.replayed) == (first.record, True)
    assert room.desk.breaches.get().policy == policy
    with pytest.raises(InvalidValueError):
        BreachPolicy(rules=[RuleResponse(BreachRule.PROBING, BreachResponse.NOTHING)] * 2)
