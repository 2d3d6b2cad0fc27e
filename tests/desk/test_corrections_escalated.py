"""Corrections that are nearly due or late, escalated level by level: begun, taken up, ended and begun anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AcknowledgementTerms,
    AfterDue,
    BeforeDue,
    Breached,
    Elapsed,
    EscalationPolicy,
    IfEmpty,
    Level,
    PriorityRaised,
    Scope,
    Term,
    Unacknowledged,
    Wait,
)
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import InvalidValueError, NotFoundError, TransitionRefusedError
from svcdelivery.escalation import Disposition, EscalationFired, EscalationStarted, TargetsResolved
from svcdelivery.escalation.notices import OneChannel, StaticRoster
from svcdelivery.facts import from_plain, to_plain
from svcdelivery.security.vulnerability import (
    BOD_26_04,
    Assessment,
    NotAffectedBecause,
    RemediationPolicy,
    Severity,
    severity_days,
)
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Store, Unit
from svcdelivery.testing.notifier import RecordingNotifier
from svcdelivery.timeline import to_micros
from tests.desk.test_vulnerabilities import NOON
from tests.desk.test_vulnerabilities import Room as Plain
from tests.desk.world import BOB, DIRECTORY, OLGA, keys

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GRAVE = Assessment(severity=Severity.CRITICAL)
ROSTER = StaticRoster(roles={"manager": ["mia"]}, managers={"bob": "mia"})
UNUSED = NotAffectedBecause.COMPONENT_NOT_PRESENT


def days_after(at: datetime) -> float:
    """Answer how many days after noon something is."""
    return (to_micros(at) - to_micros(NOON)) / 86_400_000_000


def level(target: str, wait: timedelta = DAY, **rest: Any) -> Level:
    return Level(targets=[target], wait=Wait(wait), if_empty=IfEmpty.SKIP_NOW, **rest)


LEVELS = (level("owner", 2 * DAY), level("role:manager"), level("person:ciso"))
EARLY = EscalationPolicy(name="late corrections", when=BeforeDue(target="correction", by=2 * DAY), levels=LEVELS)


def ours(escalation: EscalationPolicy | None = EARLY, *, days: int = 10, version: str = "1") -> RemediationPolicy:
    """Answer a policy that gives critical ones so many days."""
    made = severity_days("ours", {Severity.CRITICAL: days}, valid=Term(NOON - DAY), version=version)
    return RemediationPolicy(id=made.id, version=version, valid=made.valid, rows=made.rows, escalation=escalation)


class Room(Plain):
    """A desk that escalates corrections, and a vulnerability that was detected."""

    def __init__(self, *policies: RemediationPolicy, store: Any = None) -> None:
        self.provider = RecordingNotifier("pager")
        super().__init__(store or MemoryStore())
        self.desk = self.again(self.store)
        if policies:
            self.follow(*policies)

    def again(self, store: Store) -> ServiceDesk:
        """Answer another process."""
        return ServiceDesk(
            store, time=self.time, directory=DIRECTORY, roster=ROSTER, contacts=OneChannel("pager"),
            notifiers=[self.provider],
        )  # fmt: skip

    def follow(self, *policies: RemediationPolicy) -> None:
        self.desk.vulnerabilities.set_policies(policies, by=OLGA, key=next(keys))

    def planned(self) -> Room:
        self.say("assess", GRAVE)
        self.say("plan", owner="bob", plan="upgrade")
        return self

    def watch(self, until: timedelta) -> None:
        """Let the watch look at every instant something is due, by another process each time."""
        end = NOON + until
        for _ in range(500):
            desk = self.again(self.store)
            due = desk.watch.next_due()
            if due is None or due > end:
                break
            self.time.at = max(self.time.at, due)
            desk.watch.run()
        self.time.at = end  # type: ignore[assignment]

    def of(self, kind: type) -> list[Any]:
        return [fact.body for fact in self.desk.vulnerabilities.facts("V1") if isinstance(fact.body, kind)]

    def fired(self) -> list[tuple[str, float]]:
        """Answer for whom something fired, and how many days after noon it was due."""
        return [(body.key.rpartition("|")[2], days_after(body.due_at)) for body in self.of(EscalationFired)]

    def ahead(self, days: int) -> list[tuple[str, float]]:
        found = self.desk.vulnerabilities.preview("V1", until=NOON + days * DAY)
        return [(str(firing.target), days_after(firing.due_at)) for firing in found]


class TestCourse:
    def test_it_is_told_level_by_level_before_and_after_it_is_due(self) -> None:
        """Whoever corrects it first; then those who answer for it. Facts say so, and the dispatch delivers it."""
        room = Room(ours()).planned()
        (began,) = room.of(EscalationStarted)
        assert (began.policy, began.agreement, began.revision) == ("late corrections", "remediation", 1)
        assert room.armed()["escalation:late corrections"] == NOON + 8 * DAY
        ahead = room.ahead(40)
        assert ahead == [("owner", 8.0), ("role:manager", 10.0), ("person:ciso", 11.0)]
        room.watch(40 * DAY)
        assert room.fired() == ahead
        assert [body.recipients for body in room.of(TargetsResolved)] == [("bob",), ("mia",), ("ciso",)]
        assert room.desk.dispatch.run().delivered == 3
        assert [notice.address for notice in room.provider.accepted.values()] == ["bob", "mia", "ciso"]
        assert "vulnerability V1" in next(iter(room.provider.accepted.values())).subject
        assert (room.armed(), room.ahead(80)) == ({}, [])

    def test_what_is_verified_is_escalated_no_more_and_begins_anew_when_it_comes_back(self) -> None:
        """Fixed is not verified: until other eyes have seen it, levels go on."""
        room = Room(ours()).planned()
        room.watch(9 * DAY)
        room.say("start_fix")
        room.say("fix", evidence="2.0 is in")
        room.watch(10 * DAY)
        assert [who for who, _ in room.fired()] == ["owner", "role:manager"]
        room.say("verify", corrected=True, evidence="clean", by=OLGA)
        assert (room.ahead(40), room.armed()) == ([], {})
        room.watch(20 * DAY)
        room.say("reopen", ground="it is back", by=OLGA)
        assert room.ahead(40) == [("owner", 20.0), ("role:manager", 22.0), ("person:ciso", 23.0)]
        room.watch(40 * DAY)
        assert [who for who, _ in room.fired()] == ["owner", "role:manager", "owner", "role:manager", "person:ciso"]

    def test_while_it_is_accepted_nobody_is_told_and_then_by_the_later_due_instant(self) -> None:
        """The end of the acceptance is known, so the preview knows what comes after it."""
        room = Room(ours()).planned()
        room.watch(9 * DAY)
        room.say("accept", ground="an upgrade is near", until=NOON + 15 * DAY)
        ahead = room.ahead(60)
        assert ahead == [("owner", 15.0), ("role:manager", 17.0), ("person:ciso", 18.0)]
        room.watch(60 * DAY)
        assert room.fired()[1:] == ahead
        assert room.due == NOON + 16 * DAY

    def test_what_does_not_affect_is_not_escalated(self) -> None:
        """Until a new assessment says otherwise."""
        room = Room(ours()).planned()
        room.say("find_not_affected", justification=UNUSED)
        room.watch(20 * DAY)
        assert room.fired() == []
        room.say("assess", GRAVE)
        assert room.ahead(40)[0] == ("owner", 20.0)

    def test_of_levels_nobody_looked_at_in_time_the_highest_is_sent(self) -> None:
        """As for requests and incidents."""
        room = Room(ours()).planned()
        room.time.at = NOON + 30 * DAY  # type: ignore[assignment]
        assert room.desk.watch.run().count("escalations") == 3
        assert [body.disposition for body in room.of(EscalationFired)] == [
            Disposition.COALESCED, Disposition.COALESCED, Disposition.LATE,
        ]  # fmt: skip
        assert room.desk.watch.run().timers == 0
        assert room.desk.dispatch.run().delivered == 1

    @pytest.mark.parametrize(
        ("when", "day"),
        [
            (AfterDue(target="correction", by=DAY), 11.0),
            (Elapsed(target="correction", percent=50), 5.0),
            (Unacknowledged(Wait(3 * DAY)), 3.0),
        ],
    )
    def test_other_occasions(self, when: Any, day: float) -> None:
        """Late by so much, half its time gone, or nobody at it."""
        room = Room(ours(EscalationPolicy(name="p", when=when, levels=[level("person:ciso")])))
        room.say("assess", GRAVE)
        assert room.ahead(40) == [("person:ciso", day)]
        room.watch(40 * DAY)
        assert room.fired() == [("person:ciso", day)]

    def test_a_breach_is_escalated_a_microsecond_after_it_was_due(self) -> None:
        """Beside the corrective action that is raised for it."""
        room = Room(ours(EscalationPolicy(name="p", when=Breached(target="correction"), levels=[level("person:ciso")])))
        room.say("assess", GRAVE)
        room.watch(40 * DAY)
        assert [body.due_at for body in room.of(EscalationFired)] == [NOON + 10 * DAY + timedelta(microseconds=1)]
        assert len(room.desk.actions.find().items) == 1

    def test_whoever_begins_with_it_keeps_silent_what_an_acknowledgement_stops(self) -> None:
        """To begin the correction is to take it on."""
        room = Room(ours(EscalationPolicy(name="p", when=Unacknowledged(Wait(3 * DAY)), levels=LEVELS))).planned()
        room.watch(4 * DAY)
        room.say("start_fix")
        room.watch(40 * DAY)
        assert room.fired() == [("owner", 3.0)]

    def test_a_level_that_reaches_nobody_gives_way_to_the_next(self) -> None:
        """Nobody corrects it yet."""
        room = Room(ours())
        room.say("assess", GRAVE)
        room.watch(40 * DAY)
        assert [(who, day) for who, day in room.fired()][:2] == [("owner", 8.0), ("role:manager", 8.0)]


class TestTerms:
    def test_terms_are_frozen_when_it_begins(self) -> None:
        """What is put on record later is for those that come later."""
        room = Room(ours()).planned()
        other = EscalationPolicy(
            name="late corrections", when=Breached(target="correction"), levels=[level("person:x")]
        )
        room.follow(ours(other))
        assert room.ahead(40) == [("owner", 8.0), ("role:manager", 10.0), ("person:ciso", 11.0)]
        assert len(room.of(EscalationStarted)) == 1
        room.desk.vulnerabilities.detect("V2", title="another", services=["email"], by=BOB, key=next(keys))
        room.desk.vulnerabilities.assess("V2", GRAVE, by=BOB, key=next(keys))
        (firing,) = room.desk.vulnerabilities.preview("V2", until=NOON + 40 * DAY)
        assert str(firing.target) == "person:x"
        (running,) = room.desk.vulnerabilities.escalations("V2")
        assert (running.name, running.policy.version) == ("late corrections", "ours 1")

    def test_open_ones_are_escalated_from_when_policies_say_so(self) -> None:
        """What would have fallen due before falls due then; done ones stay silent until they come back."""
        room = Room().fixed()
        assert room.of(EscalationStarted) == []
        room.watch(9 * DAY)
        room.follow(BOD_26_04, ours())
        assert [body.policy for body in room.of(EscalationStarted)] == ["late corrections"]
        assert room.ahead(40)[0] == ("owner", 9.0)
        room.follow(BOD_26_04, ours())
        assert len(room.of(EscalationStarted)) == 1
        room.watch(40 * DAY)
        assert len(room.fired()) == 3

    def test_a_row_that_applies_only_later_begins_it_then(self) -> None:
        """When it turns out to be critical; its days count from then."""
        room = Room(ours())
        room.say("assess", Assessment(severity=Severity.LOW))
        assert (room.of(EscalationStarted), room.ahead(90)) == ([], [])
        room.watch(5 * DAY)
        room.say("assess", GRAVE)
        assert room.ahead(90)[0][1] == 13.0

    def test_the_earliest_due_instant_of_all_counts(self) -> None:
        """Whichever policy it comes from, and if that comes on record while the escalation runs."""
        room = Room(ours()).planned()
        room.watch(DAY)
        room.follow(ours(), severity_days("strict", {Severity.CRITICAL: 5}, valid=Term(NOON - DAY)))
        assert [day for _, day in room.ahead(40)] == [3.0, 5.0, 6.0]

    def test_policies_put_on_record_meanwhile_are_not_overlooked(self) -> None:
        """An assessment that was made from those before is made again."""

        class Meanwhile:
            """Lets somebody else write just before the next writing unit."""

            def __init__(self, store: Store) -> None:
                self._store = store
                self.do: Callable[[], None] | None = None

            def __getattr__(self, name: str) -> Any:
                return getattr(self._store, name)

            @contextmanager
            def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:
                do, self.do = (self.do, None) if write else (None, self.do)
                if do is not None:
                    do()
                with self._store.unit(tenant, write=write) as unit:
                    yield unit

        room = Room()
        between = Meanwhile(room.store)
        desk = room.again(between)  # type: ignore[arg-type]
        between.do = lambda: room.follow(ours())
        desk.vulnerabilities.assess("V1", GRAVE, by=BOB, key=next(keys))
        assert len(room.of(EscalationStarted)) == 1

    @pytest.mark.parametrize(
        ("said", "path"),
        [
            ({"when": PriorityRaised()}, "escalation.when"),
            ({"when": Breached(target="resolution")}, "escalation.when.target"),
            ({"levels": [level("owner", when=AfterDue(target="response"))]}, "escalation.levels"),
            ({"scope": Scope(services=frozenset({"email"}))}, "escalation.scope"),
            ({"acknowledgement": AcknowledgementTerms(remind_after=Wait(DAY))}, "escalation.acknowledgement"),
            ({"levels": [Level(targets=["owner"], wait=Wait(DAY, "office"), if_empty=IfEmpty.WAIT)]}, "levels"),
        ],
    )
    def test_what_a_correction_cannot_have_is_refused(self, said: dict[str, Any], path: str) -> None:
        """When the policy is made, not when it is needed."""
        terms = {"name": "p", "when": Breached(target="correction"), "levels": LEVELS, **said}
        with pytest.raises(InvalidValueError, match=path.replace(".", r"\.")):
            ours(EscalationPolicy(**terms))

    def test_policies_without_an_escalation_are_stored_as_before(self) -> None:
        """And those with one read back."""
        assert "escalation" not in to_plain(BOD_26_04)
        assert from_plain(RemediationPolicy, to_plain(ours())) == ours()

    def test_of_what_is_not_there_nothing_is_told(self) -> None:
        room = Room()
        for ask in (
            room.desk.vulnerabilities.escalations,
            lambda id: room.desk.vulnerabilities.preview(id, until=NOON),
        ):
            with pytest.raises(NotFoundError):
                ask("V9")


MOVES = ("plan", "start_fix", "fix", "verify", "fail", "accept", "end_acceptance", "not_affected", "assess", "reopen")


def move(room: Room, name: str) -> None:
    """Say it, if that is allowed as it stands."""
    now = room.time.now()
    said: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
        "plan": ("plan", (), {"owner": "bob", "plan": "upgrade"}),
        "start_fix": ("start_fix", (), {}),
        "fix": ("fix", (), {"evidence": "in"}),
        "verify": ("verify", (), {"corrected": True, "evidence": "clean", "by": OLGA}),
        "fail": ("verify", (), {"corrected": False, "evidence": "still there", "by": OLGA}),
        "accept": ("accept", (), {"ground": "soon", "until": now + 4 * DAY}),
        "end_acceptance": ("end_acceptance", (), {}),
        "not_affected": ("find_not_affected", (), {"justification": UNUSED}),
        "assess": ("assess", (GRAVE,), {}),
        "reopen": ("reopen", (), {"ground": "it is back"}),
    }
    command, args, rest = said[name]
    with suppress(InvalidValueError, TransitionRefusedError):
        room.say(command, *args, **rest)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 60)), max_size=8),
    st.sampled_from([BeforeDue(target="correction", by=2 * DAY), Breached(target="correction"), Unacknowledged()]),
    st.lists(st.integers(0, 50), min_size=1, max_size=4),
    st.integers(0, 1),
)
def test_the_preview_is_what_happens_whoever_looks(
    moves: list[tuple[str, int]], when: Any, waits: list[int], repeat: int
) -> None:
    """After any history, by a new process at every step: the same firings at the same instants, each once."""
    levels = [level(f"person:p{number}", wait * HOUR) for number, wait in enumerate(waits)]
    room = Room(ours(EscalationPolicy(name="p", when=when, levels=levels, repeat=repeat)))
    at = timedelta(0)
    room.say("assess", GRAVE)
    for name, hours in moves:
        at += hours * HOUR
        room.watch(at)
        move(room, name)
    before = len(room.fired())
    ahead = room.ahead(60)
    room.watch(60 * DAY)
    assert room.fired()[before:] == ahead
    fired = [body.key for body in room.of(EscalationFired)]
    assert len(fired) == len(set(fired))
    owed = room.desk.vulnerabilities.get("V1").status.value in ("triaged", "planned", "fixing", "fixed")
    assert owed or not [name for name in room.armed() if name.startswith("escalation:")]
