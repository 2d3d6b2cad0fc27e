"""Vulnerabilities at the desk: by hand and by feeds, to their due instants, by several hands, once each."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.agreement import Term
from svcdelivery.clock import Verdict
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import (
    InvalidValueError,
    KeyReused,
    NotFoundError,
    NotPermittedError,
    TransitionRefusedError,
)
from svcdelivery.identity import Actor
from svcdelivery.security import AccessRules
from svcdelivery.security.vulnerability import (
    BOD_26_04,
    Assessment,
    NotAffectedBecause,
    Severity,
    VexStatus,
    VulnerabilityStatus,
    due_at,
    severity_days,
)
from svcdelivery.security.vulnerability.feeds import VexStatement, read_epss, read_kev, read_osv
from svcdelivery.storage.memory import MemoryStore
from tests.desk.world import ANN, BOB, DIRECTORY, OLGA, HeldTime, keys, stores

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
CVE, GHSA = "CVE-2026-1234", "GHSA-aaaa-bbbb-cccc"
OSV = json.dumps({
    "id": GHSA, "aliases": [CVE], "summary": "A parser reads past its end",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [{"package": {"ecosystem": "PyPI", "name": "parser"}}],
}).encode()  # fmt: skip
KEV = json.dumps({"vulnerabilities": [{"cveID": CVE, "dateAdded": "2026-07-03", "vulnerabilityName": "x"}]}).encode()
EPSS = f"#model_version:v4,score_date:2026-07-03T00:00:00Z\ncve,epss,percentile\n{CVE},0.9,0.99\n".encode()
# What is not exposed and cannot be automated, but gives total control, waits for the next upgrade.
CALM = Assessment(severity=Severity.HIGH, exposed=False, automatable=False, total_impact=False)


class Room:
    """A desk, and a vulnerability that was detected."""

    def __init__(self, store: Any = None) -> None:
        self.time, self.store = HeldTime(NOON), store or MemoryStore()
        self.desk = ServiceDesk(self.store, time=self.time, directory=DIRECTORY)
        self.say("detect", title="A parser reads past its end", services=["email"], aliases=[CVE])

    def say(self, command: str, *args: Any, by: Actor = BOB, **said: Any) -> Any:
        return getattr(self.desk.vulnerabilities, command)("V1", *args, by=by, key=next(keys), **said)

    def fixed(self) -> Room:
        self.say("assess", Assessment(severity=Severity.CRITICAL, exposed=True, automatable=True, total_impact=True))
        self.say("plan", owner="bob", plan="upgrade")
        self.say("start_fix")
        self.say("fix", evidence="2.0 is in")
        return self

    @property
    def due(self) -> datetime | None:
        return due_at(self.desk.vulnerabilities.readings("V1"))

    def armed(self) -> dict[str, Any]:
        with self.store.unit("main", write=False) as unit:
            return {timer.name: timer.due_at for timer in unit.timers.of("vulnerability:V1")}


@pytest.fixture(params=list(stores))
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Room:
    return Room(stores[request.param](tmp_path))


class TestByHand:
    def test_from_its_detection_to_its_end(self, room: Room) -> None:
        """Fixed is not verified: its time stops only when other eyes have seen the correction."""
        room.fixed()
        assert room.due == datetime(2026, 7, 4, 12, tzinfo=UTC)
        (reading,) = room.desk.vulnerabilities.readings("V1")
        assert (reading.is_open, list(room.armed())) == (True, [f"due:{reading.target}"])
        with pytest.raises(InvalidValueError, match="four eyes"):
            room.say("verify", corrected=True, evidence="looked")
        room.time.advance(days=1)
        outcome = room.say("verify", corrected=True, evidence="scan is clean", by=OLGA)
        assert outcome.readings[0].verdict is Verdict.MET
        assert room.armed() == {}
        room.say("close")
        known = room.desk.vulnerabilities.get("V1")
        assert (known.status, known.vex) == (VulnerabilityStatus.CLOSED, VexStatus.FIXED)
        assert [one.id for one in room.desk.vulnerabilities.find(phase="closed", priority="critical").items] == ["V1"]

    def test_a_correction_that_does_not_hold_is_owed_as_before(self, room: Room) -> None:
        """The due instant is the first one."""
        due = room.fixed().due
        room.say("verify", corrected=False, evidence="still there", by=OLGA)
        assert room.desk.vulnerabilities.get("V1").status is VulnerabilityStatus.FIXING
        room.say("fix", evidence="2.1 is in")
        room.say("verify", corrected=True, evidence="clean", by=OLGA)
        room.time.advance(days=1)
        room.say("reopen", ground="it is back", by=OLGA)
        assert room.due == due
        assert due is not None
        assert set(room.armed().values()) == {due + timedelta(microseconds=1)}

    def test_an_acceptance_ends(self, room: Room) -> None:
        """Its wake-up is set, and goes when it is ended before its time."""
        room.say("assess", CALM)
        end = NOON + timedelta(days=10)
        room.say("accept", ground="an upgrade is near", until=end)
        assert room.armed() == {"acceptance": end}
        room.say("end_acceptance")
        assert room.armed() == {}
        with pytest.raises(InvalidValueError):
            room.say("accept", ground="again", until=NOON)

    def test_what_is_not_affected_owes_nothing(self, room: Room) -> None:
        """Until it is assessed once more."""
        room.say("assess", Assessment(severity=Severity.HIGH))
        assert room.armed()
        room.say("find_not_affected", justification=NotAffectedBecause.COMPONENT_NOT_PRESENT)
        assert (room.armed(), room.desk.vulnerabilities.get("V1").vex) == ({}, VexStatus.NOT_AFFECTED)
        room.say("assess", Assessment(severity=Severity.HIGH))
        assert room.armed()

    @pytest.mark.parametrize(
        "wrong",
        [{"title": " ", "services": ["email"]}, {"title": "x", "services": []}, {"title": "x", "services": ["email"]}],
    )
    def test_what_says_nothing_is_refused(self, wrong: dict[str, Any]) -> None:
        """No title, no service, an id that is taken."""
        room = Room()
        with pytest.raises(InvalidValueError):
            room.say("detect", **wrong)

    def test_what_is_not_there_is_not_found(self) -> None:
        """By its commands and by its queries."""
        desk = Room().desk.vulnerabilities
        for ask in (desk.get, desk.readings):
            with pytest.raises(NotFoundError):
                ask("V2")
        with pytest.raises(NotFoundError):
            desk.close("V2", by=BOB, key="c")
        with pytest.raises(TransitionRefusedError):
            desk.close("V1", by=BOB, key="c")
        assert desk.facts("V2") == ()


class TestByFeeds:
    def test_a_record_is_taken_in_with_what_the_feeds_know(self) -> None:
        """Its aliases are looked up; what nobody said counts as the worst."""
        room = Room()
        known = room.desk.vulnerabilities.take_in(
            read_osv(OSV), services=["email"], kev=read_kev(KEV), epss=read_epss(EPSS), by=BOB, key="in"
        ).record
        assert (known.id, known.aliases, known.status) == (GHSA, {GHSA, CVE}, VulnerabilityStatus.TRIAGED)
        assert known.assessment is not None
        assert (known.assessment.kev is not None, known.assessment.epss is not None) == (True, True)
        assert [one.target for one in room.desk.vulnerabilities.readings(GHSA)] == ["bod-26-04 1.0.0 KEAT"]

    def test_a_later_listing_shortens_and_never_lengthens(self) -> None:
        """The feeds are asked of every open vulnerability; what says nothing new changes nothing."""
        room = Room()
        room.say("assess", Assessment(severity=Severity.HIGH, exposed=True, automatable=False, total_impact=False))
        before = room.due
        room.time.advance(days=2)
        (outcome,) = room.desk.vulnerabilities.refresh(kev=read_kev(KEV), epss=read_epss(EPSS), by=BOB, key="feeds")
        assert outcome.record.assessment is not None
        after = room.due
        assert before is not None
        assert after is not None
        assert after < before
        assert room.desk.vulnerabilities.refresh(kev=read_kev(KEV), by=BOB, key="feeds 2") == ()
        # A catalogue that no longer lists it takes nothing back.
        assert room.desk.vulnerabilities.refresh(kev={}, epss={}, by=BOB, key="feeds 3") == ()

    def test_a_statement_of_its_maker_shows_that_it_is_not_affected(self) -> None:
        """With its reason, and only of this very one."""
        room = Room()
        room.say("assess", CALM)
        because = NotAffectedBecause.VULNERABLE_CODE_NOT_PRESENT
        said = VexStatement(vulnerability=CVE, product="p", status=VexStatus.NOT_AFFECTED, justification=because)
        for wrong in (
            VexStatement(vulnerability="CVE-1", product="p", status=VexStatus.NOT_AFFECTED, justification=because),
            VexStatement(vulnerability=CVE, product="p", status=VexStatus.FIXED),
            VexStatement(vulnerability=CVE, product="p", status=VexStatus.NOT_AFFECTED),
        ):
            with pytest.raises(InvalidValueError):
                room.say("take_in_vex", wrong)
        assert room.say("take_in_vex", said).record.justification is because

    def test_a_record_that_was_withdrawn_is_refused(self) -> None:
        """It is not to be used any more."""
        withdrawn = json.dumps({**json.loads(OSV), "withdrawn": "2026-06-30T00:00:00Z"}).encode()
        with pytest.raises(InvalidValueError, match="withdrawn"):
            Room().desk.vulnerabilities.take_in(read_osv(withdrawn), services=["email"], by=BOB, key="in")


class TestPolicies:
    def test_the_directive_is_followed_until_others_are_on_record(self, room: Room) -> None:
        """Wake-ups of what is open are set anew; what was known before is read as it was."""
        assert room.desk.vulnerabilities.policies() == (BOD_26_04,)
        room.say("assess", CALM)
        assert (room.due, room.armed()) == (None, {})
        strict = severity_days("own", {Severity.HIGH: 5}, valid=Term(NOON - timedelta(days=30)), zone="Europe/Paris")
        before = room.time.now()
        room.time.advance(hours=1)
        room.desk.vulnerabilities.set_policies([BOD_26_04, strict], by=BOB, key="policies")
        assert room.due == NOON + timedelta(days=5)
        assert len(room.armed()) == 1
        assert room.desk.vulnerabilities.readings("V1", known_at=before) == ()
        assert room.desk.vulnerabilities.policies(known_at=before) == (BOD_26_04,)
        room.desk.vulnerabilities.set_policies([BOD_26_04], by=BOB, key="policies 2")
        assert room.armed() == {}

    def test_one_version_stands_once(self) -> None:
        """Else nobody knew which one applied."""
        with pytest.raises(InvalidValueError, match="twice"):
            Room().desk.vulnerabilities.set_policies([BOD_26_04, BOD_26_04], by=BOB, key="policies")


class TestOnce:
    def test_a_repeated_call_answers_the_first_outcome(self, room: Room) -> None:
        """Later, too, when the record has moved on; another intent under the key is refused."""
        room.say("assess", CALM)
        first = room.desk.vulnerabilities.plan("V1", owner="bob", plan="upgrade", by=BOB, key="plan")
        room.time.advance(days=1)
        room.say("start_fix")
        again = room.desk.vulnerabilities.plan("V1", owner="bob", plan="upgrade", by=BOB, key="plan")
        assert (again.record, again.facts, again.readings, again.replayed) == (
            first.record, first.facts, first.readings, True,
        )  # fmt: skip
        with pytest.raises(KeyReused):
            room.desk.vulnerabilities.plan("V1", owner="olga", plan="upgrade", by=BOB, key="plan")


class TestWhoMay:
    def test_nobody_outside_the_provider(self) -> None:
        """The denial is on record, and the vulnerability as it was."""
        room = Room()
        with pytest.raises(NotPermittedError):
            room.say("assess", CALM, by=ANN)
        assert room.desk.vulnerabilities.get("V1").status is VulnerabilityStatus.DETECTED

    def test_those_whose_role_the_rules_name(self) -> None:
        """Any of the staff may report one; decisions made again from the log are the same."""
        room = Room()
        room.desk.access.set_rules(AccessRules(security_roles=["owner"]), by=OLGA, key="rules")
        with pytest.raises(NotPermittedError):
            room.say("assess", CALM)
        room.say("assess", CALM, by=OLGA)
        room.desk.vulnerabilities.detect("V2", title="another", services=["email"], by=BOB, key="v2")
        with room.store.unit("main", write=False) as unit:
            decided = [fact.position for fact in unit.journal.load("security")]
        assert all(room.desk.access.recompute(position).agrees for position in decided)
