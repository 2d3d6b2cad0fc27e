"""The watch on security: corrections that are late, people who should have been told, acceptances that end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.clock import BreachNoticed
from svcdelivery.desk import WatchReport
from svcdelivery.errors import Unknown
from svcdelivery.security.vulnerability import Assessment, Severity, VulnerabilityAcceptanceEnded, VulnerabilityStatus
from svcdelivery.storage.memory import MemoryStore
from tests.desk.test_security_incidents import Room as Incident
from tests.desk.test_vulnerabilities import NOON, Room
from tests.desk.world import BOB, OLGA, LosingAcknowledgements, keys

DAY = timedelta(days=1)
GRAVE = Assessment(severity=Severity.CRITICAL, exposed=True, automatable=True, total_impact=False)
"""Fourteen days."""


def noticed(room: Room) -> list[str]:
    return [f.body.target for f in room.desk.vulnerabilities.facts("V1") if isinstance(f.body, BreachNoticed)]


class TestVulnerabilities:
    def test_a_correction_that_is_late_is_noticed_once(self) -> None:
        """A microsecond after the due instant; a corrective action is its owner's."""
        room = Room()
        room.say("assess", Assessment(severity=Severity.CRITICAL))
        room.say("plan", owner="bob", plan="upgrade")
        due = room.due
        assert due is not None
        room.time.at = due  # type: ignore[assignment]
        assert room.desk.watch.run() == WatchReport()
        room.time.advance(microseconds=1)
        assert room.desk.watch.run().breaches == 1
        assert room.desk.watch.run() == WatchReport()
        (action,) = room.desk.actions.find().items
        assert (action.owner, action.item, action.breached_at) == ("bob", "vulnerability:V1", due)
        assert room.armed() == {}
        known = room.desk.vulnerabilities.get("V1")
        assert (known.status, known.version) == (VulnerabilityStatus.PLANNED, 4)

    def test_one_corrected_late_is_noticed_when_nobody_looked_before(self) -> None:
        """Late is late."""
        room = Room().fixed()
        room.time.advance(days=30)
        room.say("verify", corrected=True, evidence="clean", by=OLGA)
        assert room.desk.watch.run().breaches == 1
        assert noticed(room) == ["bod-26-04 1.0.0 EAT"]

    def test_an_acceptance_ends_by_itself(self) -> None:
        """It waits to be planned again, and its time runs on from the end that was agreed."""
        room = Room()
        room.say("assess", GRAVE)
        before = room.due
        room.time.advance(days=1)
        room.say("accept", ground="an upgrade is near", until=NOON + 5 * DAY)
        room.time.at = NOON + 10 * DAY  # type: ignore[assignment]
        assert room.desk.watch.run().count("acceptances ended") == 1
        assert room.desk.vulnerabilities.get("V1").status is VulnerabilityStatus.TRIAGED
        assert before is not None
        assert room.due == before + 4 * DAY
        assert noticed(room) == []

    @settings(max_examples=50, deadline=None)
    @given(
        st.integers(1, 30), st.integers(1, 30), st.lists(st.integers(1, 40), max_size=5),
        st.none() | st.integers(1, 60),
    )  # fmt: skip
    def test_when_the_watch_runs_moves_no_due_instant(
        self, accepted: int, length: int, runs: list[int], ended: int | None
    ) -> None:
        """Neither how often; nor does it matter that an acceptance is ended by hand after its end."""
        due = []
        for looks in (runs, []):
            room = Room()
            room.say("assess", GRAVE)
            room.time.at = NOON + accepted * DAY / 4  # type: ignore[assignment]
            room.say("accept", ground="near", until=room.time.at + length * DAY / 4)
            for days in looks:
                room.time.advance(days=days / 4)
                room.desk.watch.run()
            room.time.at = max(room.time.at, NOON + ((ended or 0) + accepted + length) * DAY / 4)  # type: ignore[assignment]
            if ended is not None and room.desk.vulnerabilities.get("V1").status is VulnerabilityStatus.ACCEPTED:
                room.say("end_acceptance")
            room.time.advance(days=100)
            room.desk.watch.run()
            due.append(room.due)
        assert due[0] == due[1]

    def test_a_lost_acknowledgement_ends_an_acceptance_once(self) -> None:
        """Whoever does not know asks again."""
        inner = MemoryStore()
        room = Room(inner)
        room.say("assess", GRAVE)
        room.say("accept", ground="near", until=NOON + DAY)
        room.time.advance(days=2)
        from svcdelivery.desk import ServiceDesk
        from tests.desk.world import DIRECTORY

        flaky = ServiceDesk(LosingAcknowledgements(inner, times=2), time=room.time, directory=DIRECTORY)
        for _ in range(4):
            try:
                flaky.watch.run()
            except Unknown:
                room.time.advance(minutes=2)
        ended = [f for f in room.desk.vulnerabilities.facts("V1") if isinstance(f.body, VulnerabilityAcceptanceEnded)]
        assert len(ended) == 1


class TestSecurityIncidents:
    def test_who_should_have_been_told_is_noticed(self) -> None:
        """Each duty once, with its corrective action; telling them later still ends it."""
        room = Incident()
        room.time.advance(hours=25)
        assert room.desk.watch.run().breaches >= 1
        facts = room.desk.security_incidents.facts("S1")
        assert [f.body.target for f in facts if isinstance(f.body, BreachNoticed)] == ["acme-1 customer"]
        raised = [one for one in room.desk.actions.find().items if one.item == "security_incident:S1"]
        assert [(one.target, one.owner) for one in raised] == [("acme-1 customer", "security")]
        room.say("notify", agreement="acme-1", party="acme", text="late, sorry")
        assert room.armed() == {}

    @pytest.mark.parametrize("move", ["dismiss", "notify"])
    def test_what_was_done_in_time_is_never_noticed(self, move: str) -> None:
        room = Incident()
        room.say("analyze")
        if move == "dismiss":
            room.say("dismiss", ground="a test")
        else:
            room.say("notify", agreement="acme-1", party="acme", text="we saw odd downloads")
        room.time.advance(days=9)
        room.desk.watch.run()
        assert not [f for f in room.desk.security_incidents.facts("S1") if isinstance(f.body, BreachNoticed)]

    def test_terms_are_those_of_its_report(self) -> None:
        """A duty of a later revision wakes nobody."""
        room = Incident()
        assert list(room.armed()) == ["due:acme-1 customer"]
        room.desk.security_incidents.report(summary="other", by=BOB, key=next(keys))
        assert room.desk.watch.next_due() is not None
