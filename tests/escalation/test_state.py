"""What an escalation looks at, made from the facts of an item: when each counts, what it tells, and back from bytes."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import (
    BeforeDue,
    Elapsed,
    EscalationPolicy,
    IfEmpty,
    Level,
    ServiceAgreement,
    Unacknowledged,
    Wait,
)
from svcdelivery.errors import NotFoundError
from svcdelivery.escalation import (
    Acknowledged,
    AcknowledgementConfirmed,
    EscalatedByHand,
    EscalationState,
    FrozenPolicy,
    LetGo,
    LevelChosen,
    MaintenanceBegan,
    MaintenanceEnded,
    PolicyReplaced,
    Replacing,
    Snoozed,
    TargetsResolved,
    What,
    clock_views,
    commands,
    next_actions,
    timeline,
)
from svcdelivery.facts import Fact, NewFact, from_plain, history, to_plain
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import (
    Assigned,
    Audience,
    Closed,
    MessagePosted,
    PriorityChanged,
    PutOnHold,
    Reopened,
    Resolved,
    Resumed,
    Started,
)
from tests.clock.worlds import BOB, incident, local, target, terms
from tests.escalation.worlds import frozen, level, policies, policy

DAY = "2024-03-11"
AT = f"{DAY}T08:00"
PAGE = EscalationPolicy(
    name="page",
    when=Unacknowledged(Wait(timedelta(minutes=10))),
    levels=[
        Level(targets=["rotation:primary"], wait=Wait(timedelta(minutes=15)), if_empty=IfEmpty.SKIP_NOW),
        Level(targets=["manager:1"], wait=Wait(timedelta(minutes=15), "office"), if_empty=IfEmpty.WAIT),
    ],
)
WARN = EscalationPolicy(
    name="warn",
    when=Elapsed(target="resolution", percent=75),
    levels=[Level(targets=["owner"], if_empty=IfEmpty.WAIT)],
)
TERMS = terms(target(hours=4, pause_on={"customer"}), escalation=(PAGE, WARN))


def state(facts: tuple[Fact[Any], ...], of: EscalationPolicy = PAGE, **rest: Any) -> EscalationState:
    views = clock_views(ServiceAgreement.of(TERMS), facts)
    return EscalationState.of(facts[0].stream, facts, policy=of.name, clocks=views, **rest)


def due(facts: tuple[Fact[Any], ...], of: EscalationPolicy = PAGE, until: str = f"{DAY}T18:00") -> list[Instant]:
    found = timeline(state(facts, of), FrozenPolicy.of(TERMS, of.name), local(until))
    return [firing.due_at for firing in found]


class TestFacts:
    def test_each_fact_tells_what_it_is(self) -> None:
        told = MessagePosted(audience=Audience.REQUESTER, text="soon")
        bodies: list[tuple[Any, What]] = [
            (Assigned(team="network"), What.ASSIGNED),
            (told, What.UPDATED),
            (PriorityChanged(priority="P1"), What.PRIORITY),
            (Acknowledged(), What.ACKNOWLEDGED),
            (AcknowledgementConfirmed(), What.CONFIRMED),
            (LetGo(), What.UNACKNOWLEDGED),
            (Snoozed(until=local(f"{DAY}T12:00")), What.SNOOZED),
            (MaintenanceBegan(), What.MAINTENANCE_BEGAN),
            (MaintenanceBegan(until=local(f"{DAY}T12:00")), What.MAINTENANCE_BEGAN),
            (MaintenanceEnded(), What.MAINTENANCE_ENDED),
            (EscalatedByHand(policy="page"), What.ESCALATED),
            (LevelChosen(policy="page", level=1), What.JUMPED),
            (TargetsResolved(key="k", policy="page"), What.NOBODY),
            (Started(), What.ACKNOWLEDGED),
            (Resolved(), What.DONE),
            (Closed(), What.CLOSED),
            (Reopened(ground="again"), What.REOPENED),
        ]
        facts = incident(AT, *((AT, body) for body, _ in bodies))
        assert [what for _, what, _ in state(facts).happenings if what != What.CLOCK] == [
            What.OPENED, *(what for _, what in bodies),
        ]  # fmt: skip

    def test_notes_other_policies_and_targets_that_meant_somebody_tell_nothing(self) -> None:
        facts = incident(
            AT,
            (AT, MessagePosted(audience=Audience.INTERNAL, text="hm")),
            (AT, EscalatedByHand(policy="warn")),
            (AT, TargetsResolved(key="k", policy="page", recipients=("ann",))),
        )
        assert [what for _, what, _ in state(facts).happenings if what != What.CLOCK] == [What.OPENED]

    def test_a_fact_counts_from_when_it_was_recorded(self) -> None:
        """Nobody takes back that somebody was told."""
        facts = incident(AT, (f"{DAY}T08:20", Acknowledged()))
        backdated = (facts[0], evolve(facts[1], occurred_at=local(f"{DAY}T08:05")))
        assert due(backdated) == due(facts) == [local(f"{DAY}T08:10")]

    def test_no_facts_are_no_happenings(self) -> None:
        assert EscalationState.of("incident:1", (), policy="page").happenings == ()

    def test_a_policy_that_is_replaced_is_looked_up(self) -> None:
        old, new = FrozenPolicy.of(TERMS, "page"), frozen(policy(level("person:x"), name="night"), version="acme-1/2")
        replaced = commands.replace_policy(
            old, new, agreement="acme-1", revision=2, how=Replacing.RESTART, ground="night shift"
        )
        facts = incident(AT, (f"{DAY}T08:20", replaced), (f"{DAY}T08:40", EscalatedByHand(policy="night")))
        asked: list[PolicyReplaced] = []

        def known(body: PolicyReplaced) -> FrozenPolicy:
            asked.append(body)
            return new

        found = timeline(state(facts, replacements=known), old, local(f"{DAY}T18:00"))
        assert asked == [replaced]
        assert [(str(f.target), f.due_at) for f in found] == [
            ("rotation:primary", local(f"{DAY}T08:10")),
            ("person:x", local(f"{DAY}T08:20")),
            ("person:x", local(f"{DAY}T08:40")),
        ]


class TestClocks:
    def test_a_share_of_a_goal_is_counted_in_its_hours_without_pauses(self) -> None:
        held = incident(
            AT, (AT, Started()), (f"{DAY}T10:00", PutOnHold(reason="customer")), (f"{DAY}T11:00", Resumed())
        )
        assert due(incident(AT), WARN) == [local(f"{DAY}T11:00")]
        assert due(held, WARN) == [local(f"{DAY}T12:00")]

    def test_done_in_time_warns_nobody(self) -> None:
        assert due(incident(AT, (AT, Started()), (f"{DAY}T10:00", Resolved())), WARN) == []

    def test_views_tell_only_what_is_new(self) -> None:
        facts = incident(AT, (f"{DAY}T08:30", Started()), (f"{DAY}T10:00", PutOnHold(reason="customer")))
        views = clock_views(ServiceAgreement.of(TERMS), facts)
        assert [(view.runs, view.due_at, view.elapsed) for view in views] == [
            (True, local(f"{DAY}T12:00"), 0),
            (False, None, 2 * 3_600_000_000),
        ]
        assert clock_views(ServiceAgreement.of(TERMS), ()) == ()

    def test_before_due_in_working_days(self) -> None:
        early = evolve(WARN, when=BeforeDue(target="resolution", working_days=1))
        slow = terms(target(hours=20), escalation=(early,))
        facts = incident(AT)
        views = clock_views(ServiceAgreement.of(slow), facts)
        of = EscalationState.of(facts[0].stream, facts, policy="warn", clocks=views)
        found = timeline(of, FrozenPolicy.of(slow, "warn"), local("2024-03-20T08:00"))
        assert [firing.due_at for firing in found] == [local("2024-03-12T12:00")]


class TestFreezing:
    def test_terms_agreed_later_change_nothing_that_runs(self) -> None:
        started = commands.start(FrozenPolicy.of(TERMS, "page"), agreement="acme-1", revision=1)
        later = evolve(TERMS, number=2, escalation=(evolve(PAGE, levels=PAGE.levels[:1]), WARN))
        agreement = ServiceAgreement.of(TERMS, later)
        running = FrozenPolicy.of(agreement.revision(started.revision), started.policy)
        assert running.digest == started.digest
        assert running.version == "acme-1/1"
        facts = incident(AT, (AT, started))
        at = local(f"{DAY}T18:00")
        assert (
            next_actions(state(facts), running, at).firings
            == next_actions(state(facts), FrozenPolicy.of(TERMS, "page"), at).firings
        )
        assert FrozenPolicy.of(later, "page").digest != started.digest

    def test_a_policy_that_is_not_there_is_not_found(self) -> None:
        with pytest.raises(NotFoundError, match="escalation policy of acme-1 revision 1 `night`"):
            FrozenPolicy.of(TERMS, "night")


class TestSerialization:
    @given(policies())
    def test_a_frozen_policy_is_sent_to_other_processes(self, of: FrozenPolicy) -> None:
        """With whatever occasions; it decides there as it does here."""
        again = pickle.loads(pickle.dumps(of))
        assert again == of
        happened = state(incident(AT), of.policy)
        end = to_instant(local(AT) + timedelta(hours=9))
        assert timeline(happened, again, end) == timeline(happened, of, end)

    @given(st.lists(st.integers(0, 600), max_size=6, unique=True), st.sampled_from([PAGE, WARN]))
    def test_cut_written_and_read_anywhere_it_goes_on_as_if_nothing_had_been(
        self, cuts: list[int], of: EscalationPolicy
    ) -> None:
        """The facts of each look are written and read back before the next."""
        story = incident(
            AT,
            (f"{DAY}T08:05", Assigned(team="network")),
            (f"{DAY}T08:20", Acknowledged()),
            (f"{DAY}T09:00", LetGo(ground="ill")),
            (f"{DAY}T10:00", PutOnHold(reason="customer")),
            (f"{DAY}T11:00", Resumed()),
            (f"{DAY}T11:05", Snoozed(until=local(f"{DAY}T11:30"))),
        )
        whole = self.looked(story, of, [600])
        assert self.looked(story, of, [*sorted(cuts), 600]) == whole
        assert whole

    def looked(
        self, story: tuple[Fact[Any], ...], of: EscalationPolicy, minutes: list[int]
    ) -> set[tuple[str, Instant]]:
        running, found = FrozenPolicy.of(TERMS, of.name), set()
        recorded: list[tuple[Instant, Any]] = []
        for number in minutes:
            at = to_instant(local(AT) + timedelta(minutes=number))
            told = [(fact.recorded_at, fact.body) for fact in story if fact.recorded_at <= at]
            facts = history(story[0].stream, [
                NewFact(body=from_plain(type(body), to_plain(body)), actor=BOB, occurred_at=occurred)
                for occurred, body in sorted([*told, *recorded], key=lambda entry: entry[0])
            ])  # fmt: skip
            for firing in next_actions(state(facts, of), running, at).firings:
                recorded.append((at, firing.fact(of.name)))
                found.add((firing.key, firing.due_at))
        return found

    def test_a_policy_and_back(self) -> None:
        assert from_plain(EscalationPolicy, to_plain(PAGE)) == PAGE
