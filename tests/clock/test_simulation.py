"""What a draft would have changed: laws of any draft, and examples that name the verdict, the share and the credit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AgreementRevision,
    BreachCredit,
    CreditTerms,
    LateStep,
    Periods,
    PeriodUnit,
    ServiceAgreement,
    Within,
    term_differences,
)
from svcdelivery.clock import Simulation, VerdictChange, read_clocks, simulate
from svcdelivery.facts import Fact
from svcdelivery.testing.strategies import Story, revisions, stories
from svcdelivery.timeline import Instant
from svcdelivery.work import Resolved
from tests.clock.worlds import agreement, for_priority, incident, local, target, terms

NOW = local("2026-04-30T12:00")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[ServiceAgreement, list[tuple[Fact[Any], ...]], Instant]:
    """Several histories under one agreement, and an instant to read them at."""
    revision = draw(revisions())
    told: list[Story] = [
        draw(stories(revision=st.just(revision), steps_most=6)) for _ in range(draw(st.integers(0, 3)))
    ]
    now = max((story.now for story in told), default=NOW)
    return ServiceAgreement.of(revision), [story.facts for story in told], now


class TestLaws:
    @settings(max_examples=25)
    @given(worlds())
    def test_a_draft_equal_to_the_agreement_changes_nothing(self, world: Any) -> None:
        """No verdict, no share, no credit."""
        had, histories, now = world
        found = simulate(had.revisions[0], histories, now, agreement=had)
        assert (found.changes, found.changed, found.changed_count) == ((), (), 0)
        assert found.before == found.after

    @settings(max_examples=25)
    @given(worlds(), revisions())
    def test_every_change_is_what_the_two_readings_say(self, world: Any, draft: AgreementRevision) -> None:
        """And every verdict that differs is among them."""
        had, histories, now = world
        found = simulate(draft, histories, now, agreement=had)
        expected = 0
        for facts in histories:
            sides = [
                {(r.measure, r.cycle): r.verdict.value for r in read_clocks(terms, facts, now)}
                for terms in (had, ServiceAgreement.of(draft))
            ]
            keys = sides[0].keys() | sides[1].keys()
            expected += sum(sides[0].get(key) != sides[1].get(key) for key in keys)
        assert found.changed_count == expected == len(found.changes)

    @settings(max_examples=25)
    @given(worlds(), revisions(), st.integers(0, 3))
    def test_splitting_the_histories_adds_up(self, world: Any, draft: AgreementRevision, at: int) -> None:
        """Two halves have as many items, clocks, changes and judged clocks as the whole."""
        had, histories, now = world
        parts = [simulate(draft, part, now, agreement=had) for part in (histories[:at], histories[at:])]
        whole = simulate(draft, histories, now, agreement=had)
        assert sum(part.items for part in parts) == whole.items
        assert sum(part.clocks for part in parts) == whole.clocks
        assert sum(part.changed_count for part in parts) == whole.changed_count
        for side in ("before", "after"):
            for outcome in getattr(whole, side).targets:
                of_parts = [found for part in parts if (found := getattr(part, side).outcome(outcome.target))]
                assert sum(found.judged for found in of_parts) == outcome.judged
                assert sum(found.met for found in of_parts) == outcome.met

    @settings(max_examples=25)
    @given(worlds(), st.timedeltas(timedelta(0), timedelta(days=2)))
    def test_longer_goals_breach_nothing_that_was_met(self, world: Any, more: timedelta) -> None:
        """A laxer draft only forgives."""
        had, histories, now = world
        (revision,) = had.revisions
        lax = evolve(
            revision,
            targets=tuple(
                evolve(t, goal=Within(t.goal.duration + more, t.goal.time)) if isinstance(t.goal, Within) else t
                for t in revision.targets
            ),
        )
        found = simulate(lax, histories, now, agreement=had)
        assert all(change.after != "breached" for change in found.changes)


def history(number: int, hours: float, priority: str | None = None) -> tuple[Fact[Any], ...]:
    """Answer an incident of Monday at eight, resolved so many hours after."""
    start = local("2026-03-30T08:00")
    facts = incident(start, (start.add(minutes=int(60 * hours)), Resolved()), priority=priority)
    return tuple(evolve(fact, stream=f"incident:I{number}") for fact in facts)


FOUR = agreement(target(hours=4, clause="4.2"))


class TestExamples:
    def test_a_stricter_goal_turns_verdicts(self) -> None:
        """Three hours were in time and would not have been; one hour still is; five never were."""
        histories = [history(1, 3), history(2, 1), history(3, 6)]
        found = simulate(terms(target(hours=2, clause="4.2")), histories, NOW, agreement=FOUR)
        assert found.changed == (("met", "breached", 1),)
        (change,) = found.changes
        assert (change.item, change.measure, change.before, change.after) == (
            "incident:I1", "resolution", "met", "breached",
        )  # fmt: skip
        assert (change.due_before, change.due_after) == (local("2026-03-30T12:00"), local("2026-03-30T10:00"))
        before, after = found.before.outcome("resolution"), found.after.outcome("resolution")
        assert before is not None
        assert after is not None
        assert ((before.met, before.judged), (after.met, after.judged)) == ((2, 3), (1, 3))

    def test_a_renamed_target_is_compared_with_the_one_it_replaces(self) -> None:
        """Clocks are matched by measure and cycle."""
        found = simulate(terms(target(name="repair", hours=2)), [history(1, 3)], NOW, agreement=FOUR)
        (change,) = found.changes
        assert (change.target_before, change.target_after) == ("resolution", "repair")

    def test_a_target_that_is_left_out_leaves_no_clock(self) -> None:
        """What was judged is not judged any more."""
        draft = terms(target(hours=4, scope=for_priority("P1")))
        found = simulate(draft, [history(1, 3, "P3"), history(2, 3, "P1")], NOW, agreement=FOUR)
        assert found.changed == (("met", "no clock", 1),)

    def test_credits_are_worked_out_on_both_sides(self) -> None:
        """Under the draft, which breaches more, more is owed; up to its cap."""
        months = Periods(PeriodUnit.MONTH, "Europe/Berlin")
        ladder = BreachCredit(steps=(LateStep(timedelta(0), Decimal(100)),), cap=Decimal(150))
        general = CreditTerms(currency="EUR", periods=months)
        had = agreement(target(hours=4, credit=ladder), credits=general)
        draft = terms(target(hours=2, credit=ladder), credits=general)
        found = simulate(draft, [history(1, 3), history(2, 3), history(3, 6)], NOW, agreement=had)
        assert found.before.owed() == (("EUR", Decimal(100)),)
        assert found.after.owed("resolution") == (("EUR", Decimal(150)),)
        assert [line.credits for line in found.after.credits] == [3]

    def test_a_share_in_periods_is_judged_period_by_period(self) -> None:
        """One month, which is over, kept before and not after."""
        months = Periods(PeriodUnit.MONTH, "Europe/Berlin")
        had = agreement(target(hours=4, share_periods=months))
        found = simulate(terms(target(hours=2, share_periods=months)), [history(1, 3)], NOW, agreement=had)
        sides = [side.outcome("resolution") for side in (found.before, found.after)]
        assert [(side.periods_kept, side.periods_judged, side.kept) for side in sides if side] == [
            (1, 1, True), (0, 1, False),
        ]  # fmt: skip

    def test_a_draft_of_the_future_is_tried_on_the_past(self) -> None:
        """Its effective instant and term are left aside."""
        future = evolve(terms(target(hours=2)), number=7, effective_at=local("2030-01-01T00:00"))
        assert simulate(future, [history(1, 3)], NOW, agreement=FOUR).changed == (("met", "breached", 1),)

    def test_what_came_in_later_takes_no_part(self) -> None:
        """The simulation reads at one instant."""
        found = simulate(terms(target(hours=2)), [history(1, 3)], local("2026-03-29T12:00"), agreement=FOUR)
        assert (found.items, found.clocks) == (0, 0)


class TestMany:
    def test_histories_are_read_one_by_one_and_not_kept(self) -> None:
        """Of very many changes the first ones are held, all are counted, and each is told."""
        alive = 0

        class Watched(tuple):  # type: ignore[type-arg]
            def __new__(cls, facts: Any) -> Any:
                nonlocal alive
                alive += 1
                return super().__new__(cls, facts)

            def __del__(self) -> None:
                nonlocal alive
                alive -= 1

        most = 0

        def many() -> Iterator[Any]:
            nonlocal most
            for number in range(500):
                yield Watched(history(number, 3))
                most = max(most, alive)

        told: list[VerdictChange] = []
        draft = terms(target(hours=2))
        found = simulate(draft, many(), NOW, agreement=FOUR, keep_most=5, each=told.append)
        assert (len(found.changes), found.changed_count, len(told), found.items) == (5, 500, 500, 500)
        assert most <= 2

    def test_it_is_plain_data_for_programs(self) -> None:
        """Numbers, texts and instants in UTC; money and shares exact."""
        found: Simulation = simulate(terms(target(hours=2)), [history(1, 3)], NOW, agreement=FOUR)
        data = json.loads(json.dumps(found.to_data()))
        assert data["format"] == "svcdelivery.simulation/1"
        assert data["changes"][0]["before"] == {
            "verdict": "met", "target": "resolution", "due_at": "2026-03-30T10:00:00.000000Z",
        }  # fmt: skip
        assert data["after"]["targets"][0]["share"] == "0"


class TestTerms:
    def test_terms_that_differ_are_named_by_their_path(self) -> None:
        """Targets are told apart by name, wherever they stand."""
        before = terms(target(hours=4), target(name="urgent", hours=1, scope=for_priority("P1")))
        after = terms(target(name="urgent", hours=1, scope=for_priority("P1")), target(hours=2, clause="4.2"))
        assert [(d.path, d.before, d.after) for d in term_differences(before, after)] == [
            ("targets", "resolution, urgent", "urgent, resolution"),
            ("targets.resolution.clause", "", "4.2"),
            ("targets.resolution.goal.duration", "PT4H", "PT2H"),
        ]

    @given(revisions())
    def test_equal_terms_have_no_differences(self, revision: AgreementRevision) -> None:
        """Whatever they are."""
        assert term_differences(revision, revision) == ()
