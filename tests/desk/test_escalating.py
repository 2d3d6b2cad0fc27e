"""Escalations at the desk: begun with the work, taken up by the watch, answered by people; and what they are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AcknowledgementTerms,
    AppliesToOpen,
    Breached,
    EscalationPolicy,
    IfEmpty,
    Level,
    OnAmendment,
    RatedAtMost,
    Scope,
    ServiceAgreement,
    SurveyTerms,
    Unacknowledged,
    UpdateDuty,
    Wait,
)
from svcdelivery.communication import StatusUpdateDue, StatusUpdateMissed
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import InvalidValueError, NotPermittedError, TransitionRefusedError
from svcdelivery.escalation import (
    EscalationEnded,
    EscalationFired,
    EscalationStarted,
    Replacing,
    TargetsResolved,
    next_actions,
)
from svcdelivery.escalation.notices import OneChannel, StaticRoster
from svcdelivery.satisfaction import SurveyInvited, SurveyReminded, SurveyWithdrawn
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Message, Store
from tests.desk.world import ANN, BOB, DIRECTORY, EVE, OLGA, HeldTime, World, keys, revision

MINUTE = timedelta(minutes=1)


def level(*targets: str, wait: int = 15, if_empty: IfEmpty = IfEmpty.WAIT, **rest: Any) -> Level:
    return Level(targets=targets, wait=Wait(wait * MINUTE), if_empty=if_empty, **rest)


def policy(name: str = "page", *levels: Level, **rest: Any) -> EscalationPolicy:
    rest.setdefault("when", Unacknowledged(Wait(5 * MINUTE)))
    return EscalationPolicy(
        name=name, levels=levels or (level("role:agent"), level("person:olga"), level("person:boss")), **rest
    )


ROSTER = StaticRoster(
    roles={"agent": ["bob"], "duty": []}, teams={"desk": ["bob", "carl", "olga"]}, managers={"bob": "olga"}
)


class Desk(World):
    """A desk whose agreement escalates, and that reaches everybody by one channel."""

    def __init__(self, store: Store, *policies: EscalationPolicy, roster: StaticRoster = ROSTER, **terms: Any) -> None:
        self.store = store
        self.time = HeldTime()
        self.roster = roster
        self.desk = self.again(store)
        self.terms = evolve(revision(), escalation=policies, **terms)
        self.desk.agreements.register(ServiceAgreement.of(self.terms), by=OLGA, key=next(keys))

    def again(self, store: Store) -> ServiceDesk:
        """Answer another desk of the same tenant."""
        return ServiceDesk(
            store, time=self.time, directory=DIRECTORY, roster=self.roster, contacts=OneChannel("console")
        )

    def bodies(self, id: str, *kinds: type) -> list[Any]:
        """Answer the bodies of an incident's facts."""
        return [fact.body for fact in self.desk.incidents.facts(id) if isinstance(fact.body, kinds)]

    def fired(self, id: str) -> list[tuple[str, str]]:
        """Answer what fired: how long after it came in, and for whom."""
        start = self.desk.incidents.get(id).received_at
        return [(str(body.due_at - start), body.key.rpartition("|")[2]) for body in self.bodies(id, EscalationFired)]

    def told(self) -> list[tuple[str, str]]:
        """Answer who is to be told what, by the outbox."""
        return [(message.data["recipient"], message.data["kind"]) for message in self.waiting()]

    def waiting(self) -> list[Message]:
        """Answer all messages."""
        with self.store.unit("main", write=False) as unit:
            return list(unit.outbox.waiting(self.time.now().add(years=1), limit=1000))

    def walk(self, minutes: int, *, step: int = 1) -> None:
        """Let time pass, with the watch looking now and then."""
        for _ in range(0, minutes, step):
            self.time.advance(minutes=step)
            self.desk.watch.run()


def test_a_policy_is_frozen_with_the_receipt_and_its_wake_up_armed(store: Store) -> None:
    """The fact names the terms; nobody is told before it is time."""
    desk = Desk(store, policy())
    id = desk.incident()
    (started,) = desk.bodies(id, EscalationStarted)
    assert (started.policy, started.agreement, started.revision) == ("page", "acme-1", 1)
    with store.unit("main", write=False) as unit:
        armed = {timer.name: timer.due_at for timer in unit.timers.of(f"incident:{id}")}
    assert armed["escalation:page"] == desk.time.now().add(minutes=5)
    desk.walk(4)
    assert desk.told() == []
    desk.check(f"incident:{id}")


def test_levels_are_told_one_after_another_until_somebody_takes_it_on(store: Store) -> None:
    """Facts, recipients and messages stand in one transaction; an acknowledgement ends it."""
    desk = Desk(store, policy())
    id = desk.incident()
    desk.walk(21)
    assert [target for _, target in desk.fired(id)] == ["role:agent", "person:olga"]
    assert [body.due_at - desk.desk.incidents.get(id).received_at for body in desk.bodies(id, EscalationFired)] == [
        5 * MINUTE,
        20 * MINUTE,
    ]
    assert [body.recipients for body in desk.bodies(id, TargetsResolved)] == [("bob",), ("olga",)]
    assert desk.told() == [("bob", "page"), ("olga", "page")]
    message = desk.waiting()[0]
    assert message.topic == "console"
    assert message.id == f"{desk.bodies(id, EscalationFired)[0].key}|console|bob"
    assert "unacknowledged for PT5M" in message.data["text"]
    taken = desk.desk.incidents.acknowledge(id, note="mine", by=BOB, key=next(keys))
    assert taken.decision is not None
    desk.walk(60, step=10)
    assert len(desk.told()) == 2
    desk.check(f"incident:{id}")


def test_who_lets_go_starts_it_again_and_so_does_who_does_not_confirm(store: Store) -> None:
    """By hand, and by the reminder that nobody answered."""
    asks = AcknowledgementTerms(remind_after=Wait(30 * MINUTE), release_after=Wait(10 * MINUTE))
    desk = Desk(store, policy("page", level("role:agent"), acknowledgement=asks))
    id = desk.incident()
    desk.desk.incidents.acknowledge(id, by=BOB, key=next(keys))
    desk.walk(3)
    desk.desk.incidents.let_go(id, ground="ill", by=BOB, key=next(keys))
    with pytest.raises(TransitionRefusedError, match="not acknowledged"):
        desk.desk.incidents.let_go(id, by=BOB, key=next(keys))
    desk.walk(5)
    assert desk.told() == [("bob", "page")]
    desk.desk.incidents.acknowledge(id, by=BOB, key=next(keys))
    desk.walk(29)
    desk.desk.incidents.confirm_acknowledgement(id, by=BOB, key=next(keys))
    desk.walk(29)
    assert len(desk.told()) == 1
    desk.walk(1)
    assert desk.told()[1:] == [("bob", "page")]
    assert "still on it?" in desk.waiting()[1].data["subject"]
    desk.walk(9)
    assert len(desk.told()) == 2
    desk.walk(7)
    assert len(desk.told()) == 4
    desk.check(f"incident:{id}")


def test_a_level_that_reaches_nobody_lets_the_next_one_fall_due_at_once(store: Store) -> None:
    """In one look, in one transaction."""
    levels = (level("role:duty", if_empty=IfEmpty.SKIP_NOW), level("person:olga"))
    desk = Desk(store, policy("page", *levels))
    id = desk.incident()
    desk.walk(5, step=5)
    assert [body.recipients for body in desk.bodies(id, TargetsResolved)] == [(), ("olga",)]
    assert desk.told() == [("olga", "page")]
    desk.check(f"incident:{id}")


def test_who_cannot_be_reached_is_nobody(store: Store) -> None:
    """A fallback is told instead."""

    class Some(OneChannel):
        def contacts(self, recipient: str, at: datetime) -> Any:
            return () if recipient == "bob" else super().contacts(recipient, at)

    fallback = level("person:bob", if_empty=IfEmpty.FALLBACK, fallback=("person:olga",))
    desk = Desk(store, policy("page", fallback))
    desk.desk = ServiceDesk(store, time=desk.time, directory=DIRECTORY, roster=ROSTER, contacts=Some())
    id = desk.incident()
    desk.walk(5, step=5)
    assert [body.recipients for body in desk.bodies(id, TargetsResolved)] == [(), ("olga",)]


def test_without_contacts_it_is_recorded_who_would_be_told_and_nobody_is(world: World) -> None:
    """A host with notices of its own reads the facts."""
    terms = evolve(revision("globex-1", customer="globex"), escalation=(policy(),))
    world.desk.agreements.register(ServiceAgreement.of(terms), by=OLGA, key=next(keys))
    id = world.incident(customer="globex", requester="eve", by=EVE)
    world.time.advance(minutes=6)
    assert world.desk.watch.run().count("escalations") == 1
    resolved = [f.body for f in world.desk.incidents.facts(id) if isinstance(f.body, TargetsResolved)]
    assert [body.recipients for body in resolved] == [("agent",)]
    with world.store.unit("main", write=False) as unit:
        assert unit.outbox.next_due() is None


def test_members_of_a_team_are_told_in_turn(store: Store) -> None:
    """Over all items: who was told longest ago is told next."""
    desk = Desk(store, policy("page", level("team:desk")))
    for _ in range(5):
        desk.incident()
        desk.walk(5, step=5)
    assert [name for name, _ in desk.told()] == ["bob", "carl", "olga", "bob", "carl"]


def test_by_hand_the_next_level_or_a_given_one_is_told_at_once(store: Store) -> None:
    """The watch does it in its next run."""
    desk = Desk(store, policy())
    id = desk.incident()
    desk.desk.incidents.escalate(id, ground="the customer called", by=BOB, key=next(keys))
    desk.desk.watch.run()
    assert desk.told() == [("bob", "page")]
    desk.desk.incidents.jump_to_level(id, level=2, by=BOB, key=next(keys))
    desk.desk.watch.run()
    assert desk.told()[1:] == [("boss", "page")]
    with pytest.raises(InvalidValueError, match="level"):
        desk.desk.incidents.jump_to_level(id, level=3, by=BOB, key=next(keys))
    desk.check(f"incident:{id}")


def test_a_snooze_and_a_maintenance_hold_everything_back(store: Store) -> None:
    """What falls due in them is due at their end."""
    desk = Desk(store, policy())
    id = desk.incident()
    desk.desk.incidents.snooze(id, until=desk.time.now().add(minutes=30), by=BOB, key=next(keys))
    desk.walk(29)
    assert desk.told() == []
    desk.desk.incidents.begin_maintenance(id, ground="planned", by=BOB, key=next(keys))
    desk.walk(20)
    assert desk.told() == []
    desk.desk.incidents.end_maintenance(id, by=BOB, key=next(keys))
    desk.walk(1)
    assert desk.told() == [("bob", "page")]
    desk.check(f"incident:{id}")


@pytest.mark.parametrize("how", Replacing)
def test_another_policy_takes_the_place_of_the_one_that_runs(store: Store, how: Replacing) -> None:
    """Carried on at its level, or begun anew; the fact says who and why."""
    other = policy("calm", level("person:ann2", wait=60), level("person:boss"), scope=Scope(priorities={"P9"}))
    desk = Desk(store, policy(), other)
    id = desk.incident()
    desk.walk(6)
    desk.desk.incidents.replace_policy(id, replacement="calm", how=how, ground="agreed", by=BOB, key=next(keys))
    desk.walk(10)
    expected = [("bob", "page")] if how is Replacing.CARRY else [("bob", "page"), ("ann2", "page")]
    assert desk.told() == expected
    (running,) = desk.desk.incidents.escalations(id)
    assert (running.policy.name, running.name) == ("page", "calm")
    with pytest.raises(InvalidValueError, match="policy"):
        desk.desk.incidents.escalate(id, policy="nonsense", by=BOB, key=next(keys))
    desk.desk.incidents.escalate(id, policy="calm", by=BOB, key=next(keys))
    desk.desk.watch.run()
    assert len(desk.told()) == len(expected) + 1
    desk.check(f"incident:{id}")


def test_work_that_changes_its_priority_changes_its_policies(store: Store) -> None:
    """What watched over it ends, what watches over such work begins; coming back begins anew, with new keys."""
    urgent = policy("urgent", level("person:olga", wait=10), level("person:boss"), scope=Scope(priorities={"P1"}))
    usual = policy("usual", level("role:agent"), scope=Scope(priorities={"P3"}))
    desk = Desk(store, urgent, usual)
    id = desk.incident(priority="P3")
    desk.walk(6)
    assert desk.told() == [("bob", "page")]
    for priority, told in (("P1", "olga"), ("P3", "bob"), ("P1", "olga")):
        before = len(desk.told())
        desk.desk.incidents.change_priority(id, priority=priority, by=BOB, key=next(keys))
        desk.walk(6)
        assert desk.told()[before:] == [(told, "page")]
        desk.check(f"incident:{id}")
    assert [body.policy for body in desk.bodies(id, EscalationStarted)] == ["usual", "urgent", "usual", "urgent"]
    assert [body.policy for body in desk.bodies(id, EscalationEnded)] == ["usual", "urgent", "usual"]
    fired = [body.key for body in desk.bodies(id, EscalationFired)]
    assert len(fired) == len(set(fired)) == 4


def test_terms_agreed_later_change_nothing_that_runs(store: Store) -> None:
    """Not even terms that hold for open work: an item keeps the policy it was frozen with."""
    desk = Desk(store, policy())
    id = desk.incident()
    desk.time.advance(minutes=1)
    amended = evolve(
        desk.terms,
        number=2,
        effective_at=desk.time.now(),
        applies_to_open=AppliesToOpen(OnAmendment.CARRY),
        escalation=(policy("page", level("person:boss")),),
    )
    desk.desk.agreements.register(ServiceAgreement.of(desk.terms, amended), by=OLGA, key=next(keys))
    later = desk.incident()
    desk.walk(6)
    assert [target for _, target in desk.fired(id)] == ["role:agent"]
    assert [target for _, target in desk.fired(later)] == ["person:boss"]


def test_only_staff_speak_to_escalations_and_only_where_there_is_one(store: Store) -> None:
    """A requester may not; and work nobody watches over cannot be taken on."""
    desk = Desk(store, policy("page", scope=Scope(priorities={"P1"})))
    id = desk.incident()
    with pytest.raises(NotPermittedError):
        desk.desk.incidents.acknowledge(id, by=ANN, key=next(keys))
    with pytest.raises(TransitionRefusedError, match="watched over by no policy"):
        desk.desk.incidents.acknowledge(id, by=BOB, key=next(keys))


def test_a_breach_escalates_when_the_clock_says_so(store: Store) -> None:
    """An occasion of a clock; held work is not escalated."""
    desk = Desk(store, policy("late", level("person:boss"), when=Breached(target="resolution")))
    id = desk.incident()
    desk.desk.incidents.assign(id, team="desk", by=BOB, key=next(keys))
    desk.walk(4 * 60, step=30)
    assert ("boss", "page") not in desk.told()
    desk.walk(61, step=1)
    assert desk.told().count(("boss", "page")) == 1
    desk.check(f"incident:{id}")


# -- satisfaction ------------------------------------------------------------------------------------------------------

SURVEY = SurveyTerms(
    reminders=(timedelta(days=2), timedelta(days=5)), cool_down=timedelta(days=30), low=2, sample=Fraction(1)
)


def resolved(desk: Desk) -> str:
    id = desk.started_incident()
    desk.desk.incidents.resolve(id, outcome="restarted", by=BOB, key=next(keys))
    return id


def test_the_invitation_goes_out_with_the_delivery_and_reminders_follow(store: Store) -> None:
    """In the delivery's own transaction; each reminder once, none after the answer."""
    desk = Desk(store, survey=SURVEY)
    id = resolved(desk)
    (invited,) = desk.bodies(id, SurveyInvited)
    assert ("ann", "survey") in desk.told()
    assert invited.token in next(m.data["text"] for m in desk.waiting() if m.data["kind"] == "survey")
    desk.walk(3 * 24 * 60, step=12 * 60)
    assert len(desk.bodies(id, SurveyReminded)) == 1
    desk.desk.incidents.answer_survey(id, token=invited.token, score=5, by=ANN, key=next(keys))
    desk.walk(9 * 24 * 60, step=12 * 60)
    assert len(desk.bodies(id, SurveyReminded)) == 1
    assert desk.told().count(("ann", "survey")) == 2
    desk.check(f"incident:{id}")


def test_a_requester_is_left_in_peace_since_they_were_last_asked(store: Store) -> None:
    """Over all their work; others are asked meanwhile."""
    desk = Desk(store, survey=SURVEY)
    first, second = resolved(desk), resolved(desk)
    assert len(desk.bodies(first, SurveyInvited)) == 1
    assert desk.bodies(second, SurveyInvited) == []
    desk.time.advance(days=30)
    third = resolved(desk)
    assert len(desk.bodies(third, SurveyInvited)) == 1


def test_a_low_score_calls_for_action_and_escalates(store: Store) -> None:
    """One corrective action, and the level of the policy that waits for it."""
    desk = Desk(store, policy("sorry", level("person:olga"), when=RatedAtMost(2)), survey=SURVEY)
    id = resolved(desk)
    (invited,) = desk.bodies(id, SurveyInvited)
    desk.desk.incidents.answer_survey(id, token=invited.token, score=1, by=ANN, key=next(keys))
    (action,) = [a for a in desk.desk.actions.find().items if a.trigger == "survey"]
    assert (action.item, action.owner, action.target) == (f"incident:{id}", "desk", "satisfaction")
    desk.desk.watch.run()
    assert ("olga", "page") in desk.told()
    desk.check(f"incident:{id}")


def test_a_reopening_withdraws_the_survey_and_its_reminders(store: Store) -> None:
    """Nothing more is asked about what was not done."""
    desk = Desk(store, survey=SURVEY)
    id = resolved(desk)
    desk.desk.incidents.reopen(id, ground="again", by=ANN, key=next(keys))
    assert len(desk.bodies(id, SurveyWithdrawn)) == 1
    desk.walk(6 * 24 * 60, step=12 * 60)
    assert desk.bodies(id, SurveyReminded) == []


# -- status ------------------------------------------------------------------------------------------------------------

UPDATES = (
    UpdateDuty(every=timedelta(hours=1)),
    UpdateDuty(every=timedelta(minutes=30), first=timedelta(minutes=10), audience="management"),
)


def test_each_audience_is_owed_its_own_updates_and_a_miss_is_told_to_the_owner(store: Store) -> None:
    """Never to the audience: it gets no empty message."""
    desk = Desk(store, updates=UPDATES)
    id = desk.started_incident()
    desk.walk(11)
    assert [body.audience for body in desk.bodies(id, StatusUpdateMissed)] == ["management"]
    assert desk.told() == [("desk", "page")]
    desk.walk(50)
    missed = [body.audience for body in desk.bodies(id, StatusUpdateMissed)]
    assert missed == ["management", "management", "requester"]
    desk.check(f"incident:{id}")


def test_what_is_put_out_for_an_audience_reaches_those_who_subscribed(store: Store) -> None:
    """About the services they named; who says it hears nothing; the next one is owed by what was promised."""
    desk = Desk(store, updates=UPDATES)
    for person, services in (("boss", ()), ("bob", ()), ("faxer", ("fax",)), ("mailer", ("email",))):
        desk.desk.subscriptions.subscribe(person, audience="management", services=services, by=OLGA, key=next(keys))
    desk.desk.subscriptions.subscribe("gone", audience="management", by=OLGA, key=next(keys))
    desk.desk.subscriptions.unsubscribe("gone", audience="management", by=OLGA, key=next(keys))
    id = desk.started_incident()
    soon = desk.time.now().add(minutes=7)
    desk.desk.incidents.tell(id, audience="management", text="we know why", next_by=soon, by=BOB, key=next(keys))
    assert desk.told() == [("boss", "status"), ("mailer", "status")]
    owed = [body for body in desk.bodies(id, StatusUpdateDue) if body.audience == "management"]
    assert owed[-1].due_at == soon
    with pytest.raises(InvalidValueError, match="instant to come"):
        desk.desk.incidents.tell(id, audience="management", text="x", next_by=desk.time.now(), by=BOB, key=next(keys))
    desk.check(f"incident:{id}")


def test_the_requester_hears_what_staff_write_and_how_it_ends(store: Store) -> None:
    """Not what they wrote themselves, nor notes among staff."""
    desk = Desk(store, survey=None)
    id = desk.started_incident()
    desk.desk.incidents.post(id, text="which printer?", by=BOB, key=next(keys))
    desk.desk.incidents.post(id, text="the red one", by=ANN, key=next(keys))
    desk.desk.incidents.post(id, text="hm", internal=True, by=BOB, key=next(keys))
    desk.desk.incidents.resolve(id, outcome="new toner", by=BOB, key=next(keys))
    assert desk.told() == [("ann", "message"), ("ann", "status")]
    assert [m.data["text"] for m in desk.waiting()] == ["which printer?", "It is done. new toner"]
    cancelled = desk.incident()
    desk.desk.incidents.cancel(cancelled, by=ANN, key=next(keys))
    assert len(desk.told()) == 2


# -- laws --------------------------------------------------------------------------------------------------------------

ACTS = ("acknowledge", "let_go", "escalate", "snooze", "assign", "post", "nothing")


def act(desk: Desk, id: str, what: str) -> None:
    incidents = desk.desk.incidents
    try:
        match what:
            case "acknowledge":
                incidents.acknowledge(id, by=BOB, key=next(keys))
            case "let_go":
                incidents.let_go(id, by=BOB, key=next(keys))
            case "escalate":
                incidents.escalate(id, policy="page", by=BOB, key=next(keys))
            case "snooze":
                incidents.snooze(id, until=desk.time.now().add(minutes=17), by=BOB, key=next(keys))
            case "assign":
                incidents.assign(id, team="desk", by=BOB, key=next(keys))
            case "post":
                incidents.post(id, text="still at it", by=BOB, key=next(keys))
    except TransitionRefusedError:
        pass


def laws_desk() -> Desk:
    asks = AcknowledgementTerms(remind_after=Wait(25 * MINUTE), release_after=Wait(5 * MINUTE))
    levels = (level("role:agent", wait=7), level("person:olga", "person:boss", wait=11), level("team:desk"))
    late = policy("late", level("person:boss"), when=Breached(target="resolution"))
    return Desk(MemoryStore(), policy("page", *levels, repeat=1, acknowledgement=asks), late)


def keys_of(desk: Desk, id: str) -> list[tuple[str, Any]]:
    return [(body.key, body.due_at) for body in desk.bodies(id, EscalationFired)]


plans = st.lists(st.tuples(st.integers(1, 50), st.sampled_from(ACTS)), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans, gaps=st.lists(st.integers(1, 70), min_size=1, max_size=4))
def test_looked_at_each_minute_at_random_or_once_the_same_fires_at_the_same_instants(
    plan: list[tuple[int, str]], gaps: list[int]
) -> None:
    """Whatever happens meanwhile, and however the watch is run between."""
    told = []
    for rhythm in ([1], gaps, [10_000]):
        desk = laws_desk()
        id = desk.incident(id="same")
        turn = 0
        for pause, what in [*plan, (120, "nothing")]:
            left = pause
            while left > 0:
                step = min(rhythm[turn % len(rhythm)], left)
                turn += 1
                left -= step
                desk.time.advance(minutes=step)
                # Just before something happens everybody has looked: what was sent before it was sent.
                if left > 0 or what == "nothing" or rhythm != [10_000]:
                    desk.desk.watch.run()
            desk.desk.watch.run()
            act(desk, id, what)
        desk.desk.watch.run()
        told.append(sorted(keys_of(desk, id)))
        assert len(told[-1]) == len({key for key, _ in told[-1]})
    assert told[0] == told[1] == told[2]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans)
def test_what_the_preview_shows_is_what_happens(plan: list[tuple[int, str]]) -> None:
    """From any point on, if nothing else happens."""
    desk = laws_desk()
    id = desk.incident()
    for pause, what in plan:
        desk.walk(pause, step=5)
        act(desk, id, what)
    end = desk.time.now().add(minutes=150)
    shown = sorted((firing.key, firing.due_at) for firing in desk.desk.incidents.preview(id, until=end))
    before = keys_of(desk, id)
    while desk.time.now() < end:
        desk.time.advance(minutes=1)
        desk.desk.watch.run()
    assert sorted(entry for entry in keys_of(desk, id) if entry not in before) == shown


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    plan=st.lists(st.tuples(st.integers(0, 20), st.sampled_from(ACTS), st.sampled_from("ab")), max_size=8),
)
def test_what_happens_to_independent_items_at_one_instant_commutes(plan: list[tuple[int, str, str]]) -> None:
    """Whichever is served first, each fires the same."""
    told = []
    for order in ("ab", "ba"):
        desk = laws_desk()
        for name in order:
            desk.incident(id=name, key=next(keys))
        batches: list[list[tuple[str, str]]] = [[]]
        for pause, what, name in plan:
            if pause:
                batches.append([])
            batches[-1].append((name, what))
        for batch in batches:
            for name in order:
                for whose, what in batch:
                    if whose == name:
                        act(desk, name, what)
            desk.walk(20, step=10)
        desk.walk(100, step=10)
        told.append({name: keys_of(desk, name) for name in "ab"})
    assert told[0] == told[1]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans)
def test_nothing_falls_due_before_the_wake_up_that_is_armed(plan: list[tuple[int, str]]) -> None:
    """And the wake-up is armed exactly as the facts say."""
    desk = laws_desk()
    id = desk.incident()
    for pause, what in plan:
        desk.walk(pause, step=7)
        act(desk, id, what)
        desk.check(f"incident:{id}")
        with desk.store.unit("main", write=False) as unit:
            armed = [t.due_at for t in unit.timers.of(f"incident:{id}") if t.name.startswith("escalation:")]
        first = min((at for at in armed if at is not None), default=None)
        if first is not None and first > desk.time.now():
            just_before = first.subtract(microseconds=1)
            for each in desk.desk.incidents.escalations(id):
                assert next_actions(each.state, each.policy, just_before).firings == ()
