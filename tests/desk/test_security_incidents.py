"""Security incidents at the desk: who is told of them in time, what belongs to them, and who may see to them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.agreement import AwareSince, NotificationDuty, TimeKind, Within
from svcdelivery.clock import ClockPhase, Verdict
from svcdelivery.errors import InvalidValueError, NotFoundError, NotPermittedError, TransitionRefusedError
from svcdelivery.identity import Actor
from svcdelivery.security import AccessRules
from svcdelivery.security.incident import SecurityIncident, SecurityIncidentStatus
from svcdelivery.storage.memory import MemoryStore
from tests.desk.world import ANN, BOB, MONDAY, OLGA, World, keys, revision, stores

HOUR = timedelta(hours=1)
DUTIES = (
    NotificationDuty(name="customer", party="acme", within=Within(24 * HOUR, TimeKind.WALL), clause="9.3"),
    NotificationDuty(name="law", party="authority", within=Within(72 * HOUR), since=AwareSince.DECLARED),
)


class Room(World):
    """A desk whose agreement says whom to tell, and a security incident that was reported."""

    def __init__(self, store: Any = None) -> None:
        super().__init__(store or MemoryStore(), terms=revision(notifications=DUTIES))
        self.work = f"incident:{self.incident()}"
        self.say("report", summary="odd downloads", work=[self.work], id="S1")

    def say(self, command: str, *args: Any, by: Actor = BOB, **said: Any) -> Any:
        given = args if command == "report" else ("S1", *args)
        return getattr(self.desk.security_incidents, command)(*given, by=by, key=next(keys), **said)

    @property
    def record(self) -> SecurityIncident:
        return self.desk.security_incidents.get("S1")

    def clocks(self) -> dict[str, Any]:
        return {reading.target: reading for reading in self.desk.security_incidents.readings("S1")}

    def armed(self) -> dict[str, Any]:
        with self.store.unit("main", write=False) as unit:
            return {timer.name: timer.due_at for timer in unit.timers.of("security_incident:S1")}


@pytest.fixture(params=list(stores))
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Room:
    return Room(stores[request.param](tmp_path))


def test_from_its_report_to_its_lessons(room: Room) -> None:
    """The names are those of NIST SP 800-61r3."""
    for move in ("analyze", "declare", "contain", "declare", "contain", "eradicate", "recover"):
        room.say(move)
    room.say("review", lessons="rotate keys sooner")
    room.say("close")
    assert (room.record.status, room.record.lessons) == (SecurityIncidentStatus.CLOSED, "rotate keys sooner")
    assert [one.id for one in room.desk.security_incidents.find(phase="closed").items] == ["S1"]
    room.say("reopen", ground="more of it was found")
    assert room.record.status is SecurityIncidentStatus.ANALYZING
    with pytest.raises(TransitionRefusedError):
        room.say("close")


def test_the_agreements_of_its_work_are_concerned(room: Room) -> None:
    """And with them their customers."""
    assert (room.record.agreements, room.record.customers) == ({"acme-1"}, {"acme"})


def test_whom_to_tell_is_owed_in_time(room: Room) -> None:
    """Each duty has its clock and its wake-up; telling the party under the agreement meets it."""
    told = room.clocks()["acme-1 customer"]
    assert (told.due_at, told.phase) == (MONDAY + 24 * HOUR, ClockPhase.RUNNING)
    assert room.armed() == {"due:acme-1 customer": MONDAY + 24 * HOUR + timedelta(microseconds=1)}
    assert "clause 9.3 of acme-1 revision 1" in "\n".join(told.explanation.lines())
    room.time.advance(hours=1)
    room.say("declare")
    assert room.clocks()["acme-1 law"].due_at == MONDAY + 73 * HOUR
    outcome = room.say("notify", agreement="acme-1", party="acme", text="we saw odd downloads")
    assert {one.target: one.verdict for one in outcome.readings} == {
        "acme-1 customer": Verdict.MET, "acme-1 law": Verdict.OPEN,
    }  # fmt: skip
    assert list(room.armed()) == ["due:acme-1 law"]
    with pytest.raises(InvalidValueError, match="agreement"):
        room.say("notify", agreement="globex-1", party="globex", text="x")


def test_nobody_need_be_told_of_what_was_dismissed(room: Room) -> None:
    """Its wake-ups are gone."""
    room.say("analyze")
    with pytest.raises(InvalidValueError):
        room.say("dismiss", ground=" ")
    room.say("dismiss", ground="a test of ours")
    assert room.armed() == {}
    assert room.clocks()["acme-1 customer"].phase is ClockPhase.CANCELLED


def test_what_was_known_then_is_read_as_it_was(room: Room) -> None:
    """Terms agreed since, and what was said since, take no part."""
    then = room.time.now()
    room.time.advance(hours=2)
    room.say("notify", agreement="acme-1", party="acme", text="odd downloads")
    (before, *_) = room.desk.security_incidents.readings("S1", known_at=then)
    assert before.verdict is Verdict.OPEN
    with pytest.raises(NotFoundError):
        room.desk.security_incidents.readings("S1", known_at=MONDAY - HOUR)


def test_what_belongs_to_it_is_linked(room: Room) -> None:
    """Requests and incidents, the vulnerability it used, findings; the items themselves are told nothing."""
    other = f"request:{room.request()}"
    room.desk.vulnerabilities.detect("V1", title="a parser", services=["email"], by=BOB, key="v1")
    before = len(room.desk.requests.facts(other.partition(":")[2]))
    room.say("link", work=[other], vulnerability="V1", findings=["R2 staff:bob"])
    assert (room.record.work, room.record.vulnerability) == ({room.work, other}, "V1")
    assert room.record.findings == {"R2 staff:bob"}
    assert len(room.desk.requests.facts(other.partition(":")[2])) == before
    with pytest.raises(InvalidValueError):
        room.say("link", work=[other], vulnerability="V1")
    for wrong in ({"work": ["incident:none"]}, {"work": ["agreement:acme-1"]}, {"vulnerability": "V9"}):
        with pytest.raises(NotFoundError):
            room.say("link", **wrong)


def test_how_far_it_reaches_only_grows(room: Room) -> None:
    """An agreement found to be concerned later has duties from its report on."""
    room.say("assess", functional_impact="high", customers=["globex"])
    room.say("assess", functional_impact="low", agreements=["acme-1"])
    assert (room.record.functional_impact, room.record.customers) == ("low", {"acme", "globex"})
    with pytest.raises(NotFoundError):
        room.say("assess", agreements=["nowhere-1"])


@pytest.mark.parametrize("wrong", [{"agreements": ["nowhere-1"]}, {"work": ["incident:no"]}, {"vulnerability": "V9"}])
def test_a_report_of_what_is_not_on_record_is_refused(wrong: dict[str, Any]) -> None:
    """So is one without words, or with an id that is taken."""
    room = Room()
    with pytest.raises(NotFoundError):
        room.say("report", summary="odd", **wrong)
    for said in ({"summary": " "}, {"summary": "odd", "id": "S1"}):
        with pytest.raises(InvalidValueError):
            room.say("report", **said)
    with pytest.raises(NotFoundError):
        room.desk.security_incidents.get("S2")
    assert room.desk.security_incidents.facts("S2") == ()


def test_a_repeated_report_is_the_same_one(room: Room) -> None:
    """Also when it has got its id from the desk, and time has gone on."""
    said = {"summary": "odd mail", "by": BOB, "key": "mail"}
    first = room.desk.security_incidents.report(**said)
    room.time.advance(hours=5)
    again = room.desk.security_incidents.report(**said)
    assert (again.record, again.facts, again.replayed) == (first.record, first.facts, True)


def test_any_of_the_staff_may_report_and_those_with_the_role_see_to_it() -> None:
    """Nobody outside does either."""
    room = Room()
    with pytest.raises(NotPermittedError):
        room.say("report", summary="odd", by=ANN)
    room.desk.access.set_rules(AccessRules(security_roles=["owner"]), by=OLGA, key="rules")
    room.say("report", summary="odd mail")
    with pytest.raises(NotPermittedError):
        room.say("analyze")
    room.say("analyze", by=OLGA)
