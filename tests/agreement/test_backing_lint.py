"""Whether what backs a promise can keep it: sums in the same hours, chains in different ones, and an oracle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import Boundary, Exclusion, NamedHours, ServiceAgreement, Term, TimeKind, Within
from svcdelivery.agreement.backing_lint import lint_backing
from svcdelivery.agreement.document import parse_agreement
from svcdelivery.agreement.feasibility import backing_of, late_chain
from svcdelivery.agreement.lint import lint
from svcdelivery.documents import Code
from svcdelivery.errors import DocumentError
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import to_micros
from tests.agreement.document_text import changed
from tests.clock.test_parties import contract, ola
from tests.clock.worlds import OFFICE, target, terms

SUPPORT = ServiceHours.weekly("Europe/Berlin", {"mon-sat": ["06:00-22:00"]})
NIGHT = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["20:00-04:00"]})
HOURS = {"office": OFFICE, "support": SUPPORT, "night": NIGHT}
NAMED = tuple(NamedHours(name, hours) for name, hours in HOURS.items())
# A short term is enough for these weeks, and quick.
TERM = Term(datetime(2024, 3, 4, tzinfo=UTC), datetime(2024, 4, 15, tzinfo=UTC))


def agreed(*targets: Any) -> Any:
    return evolve(terms(), hours=NAMED, targets=targets, term=TERM)


def counted_in(hours: str, promise: Any) -> Any:
    return evolve(promise, hours=hours)


def found(*targets: Any) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in lint_backing(agreed(*targets))]


TOO_LONG = [(Code.CHAIN_TOO_LONG, "targets.resolution")]


class TestChains:
    def test_eight_hours_promised_and_ten_backing_it(self) -> None:
        """In the same hours time adds up: the message says both sums, and gives work for which it is late."""
        parts = (ola("desk", 4), ola("network", 4), contract("telco", hours=2))
        (problem,) = lint_backing(agreed(target(hours=8), *parts))
        assert (problem.code, problem.path) == TOO_LONG[0]
        assert problem.message.startswith("it promises PT8H, and what backs it sums to PT10H: received Mon 2024-03-04 ")
        assert found(target(hours=10), *parts) == []

    def test_a_supplier_whose_holds_pause_the_promise_is_no_part_of_the_chain(self) -> None:
        """Its time does not count."""
        parts = (ola("desk", 8), contract("telco", hours=20))
        assert found(target(hours=8, pause_on={"supplier"}), *parts) == []
        assert found(target(hours=8), *parts) == TOO_LONG

    def test_the_same_hours_on_paper_can_be_too_long_in_others(self) -> None:
        """Eight support hours are over on the same day; eight office hours may take until the next afternoon."""
        assert found(counted_in("support", target(hours=8)), ola("desk", 8)) == TOO_LONG
        assert found(target(hours=8), counted_in("support", ola("desk", 8))) == []

    def test_less_on_paper_can_be_too_long_and_more_be_enough(self) -> None:
        """What counts is the worst receipt: late on Saturday for the office, a night for the night shift."""
        assert found(counted_in("support", target(hours=20)), ola("desk", 4)) == TOO_LONG
        assert found(counted_in("support", target(hours=40)), ola("desk", 4)) == []
        wall = {"goal": Within(timedelta(days=3), TimeKind.WALL)}
        assert found(target(**wall), ola("desk", 1)) == []
        assert found(target(goal=Within(timedelta(days=2), TimeKind.WALL)), ola("desk", 1)) == TOO_LONG

    def test_parties_may_come_in_any_order(self) -> None:
        """The worse one decides."""
        day, night = ola("desk", 8), counted_in("night", ola("night", 8))
        promise = target(goal=Within(timedelta(hours=120), TimeKind.WALL))
        assert found(promise, day, night) == found(promise, night, day)

    def test_a_party_that_rests_where_the_promise_runs_on_is_told(self) -> None:
        """Its sum says little then: while it stands still nobody is late but the provider."""
        parts = [ola("desk", 2, pause_on={"customer"})]
        assert found(target(hours=8), *parts) == [(Code.BACKING_RESTS, "targets.ola-desk.pause_on")]
        assert found(target(hours=8, pause_on={"customer"}), *parts) == []

    def test_a_promise_that_nothing_backs_and_one_of_days_are_left_alone(self) -> None:
        """There is nothing to compare."""
        assert found(target(hours=1)) == []
        assert late_chain(agreed(target()), target(), []) is None

    def test_receipts_beyond_the_known_years_are_not_judged(self) -> None:
        """That the closed dates run out has a warning of its own."""
        covered = evolve(OFFICE, covered_years=(2023, 2023))
        revision = evolve(agreed(target(hours=1), ola("desk", 2)), hours=(NamedHours("office", covered),))
        assert list(lint_backing(revision)) == []

    def test_lint_of_the_agreement_tells_it(self) -> None:
        """Beside everything else."""
        both = ServiceAgreement.of(agreed(target(hours=1), ola("desk", 2)))
        assert Code.CHAIN_TOO_LONG in {problem.code for problem in lint(both)}


def _minutes(draw: st.DrawFn) -> int:
    return draw(st.one_of(st.integers(0, 20).map(lambda n: 60 * n), st.integers(0, 1500)))


@st.composite
def chains(draw: st.DrawFn) -> Any:
    """Terms with a promise and up to two parties, in hours of their own."""

    def drawn(promise: Any) -> Any:
        goal = Within(timedelta(minutes=_minutes(draw)), draw(st.sampled_from(TimeKind)))
        hours, boundary = draw(st.sampled_from(sorted(HOURS))), draw(st.sampled_from(Boundary))
        return evolve(promise, goal=goal, hours=hours, boundary=boundary)

    parts = [drawn(ola(team)) for team in ("desk", "network")[: draw(st.integers(1, 2))]]
    return agreed(drawn(target()), *parts)


@settings(max_examples=60)
@given(chains(), st.lists(st.integers(0, 6 * 7 * 86_400 - 1), min_size=40, max_size=40))
def test_law_no_receipt_is_late_unless_the_lint_says_so(revision: Any, seconds: list[int]) -> None:
    """Work received at any instant of the term, told by the hours themselves; and the example given is one."""
    promise, chain = revision.targets[0], backing_of(revision, revision.targets[0])
    late = late_chain(revision, promise, chain)

    def is_late(at: datetime, order: Any) -> bool:
        def used_up(part: Any, start: datetime) -> datetime:
            if part.goal.time is TimeKind.WALL:
                return start + part.goal.duration
            return HOURS[part.hours].add(start, part.goal.duration, part.boundary.value)

        done = at
        for part in order:
            done = used_up(part, done)
        return done > used_up(promise, at)

    if late is not None:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=late.received)
        assert any(is_late(at, order) for order in permutations(chain))
        return
    start = TERM.start
    for second in seconds:
        at = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(seconds=second)
        if to_micros(at) < to_micros(TERM.until):
            assert not any(is_late(at, order) for order in permutations(chain))


class TestDocument:
    OLA = "ola-desk: {ola: {team: desk, supports: p1-resolution}, within: PT6H, hours: office}"
    CONTRACT = (
        "uc-telco: {underpinning_contract: {supplier: telco, supports: [p1-resolution]}, within: PT4H, hours: always}"
    )

    def test_agreements_inside_and_contracts_are_targets_with_a_party(self) -> None:
        """The measure follows from the party unless it is given."""
        (revision,) = parse_agreement(changed(("targets:", f"targets:\n  {self.OLA}\n  {self.CONTRACT}"))).revisions
        desk, telco = revision.targets[0], revision.targets[1]
        assert (desk.measure, telco.measure) == ("team_time:desk", "hold_time:supplier")
        assert desk.backing is not None
        assert telco.backing is not None
        assert (desk.backing.called, telco.backing.called) == ("operational level agreement", "underpinning contract")
        assert telco.backing.hold_reasons == {"supplier"}

    @pytest.mark.parametrize(
        ("old", "new", "code", "path"),
        [
            ("supports: p1-resolution", "supports: p2", Code.UNKNOWN_REFERENCE, "targets.ola-desk.ola.supports"),
            ("team: desk, ", "", Code.MISSING_KEY, "targets.ola-desk.ola"),
            ("ola: {team", "underpinning_contract: {supplier: x}, ola: {team", Code.CONTRADICTION,
             "targets.ola-desk.underpinning_contract"),
            ("supplier: telco, ", "supplier: telco, hold_reason: rain, ", Code.UNKNOWN_REFERENCE,
             "targets.uc-telco.underpinning_contract.hold_reason"),
        ],
        ids=["unknown target", "no team", "two parties", "unknown hold reason"],
    )  # fmt: skip
    def test_a_mistake_is_told_with_its_place(self, old: str, new: str, code: Code, path: str) -> None:
        """Once."""
        text = changed(("targets:", f"targets:\n  {self.OLA}\n  {self.CONTRACT}"))
        assert old in text
        with pytest.raises(DocumentError) as caught:
            parse_agreement(text.replace(old, new, 1))
        assert [(p.code, p.path) for p in caught.value.problems] == [(code, path)]


class TestExclusions:
    def test_causes_that_meet_nothing_are_told(self) -> None:
        """Time that no target leaves out, and a cause for which there is no time; standard ones may come later."""
        start, until = datetime(2024, 3, 5, tzinfo=UTC), datetime(2024, 3, 6, tzinfo=UTC)
        storm = Exclusion(cause="storm", start=start, until=until)
        revision = evolve(agreed(target(excludes={"strike", "maintenance"})), exclusions=(storm,))
        told = [(p.code, p.path) for p in lint(ServiceAgreement.of(revision)) if p.code == Code.IDLE_EXCLUSION]
        assert told == [
            (Code.IDLE_EXCLUSION, "exclusions[0].cause"),
            (Code.IDLE_EXCLUSION, "targets.resolution.excludes"),
        ]
