"""The breach watch: every injected breach is found, next to nothing is in a clean log, and findings do not repeat."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.security.breaches import (
    SEVERITIES,
    BreachFinding,
    BreachRule,
    BreachSettings,
    BreachWatch,
    SignedIn,
    Suppression,
    watch_log,
)
from svcdelivery.security.breaches.seen import Bounded
from svcdelivery.security.vulnerability import Severity
from tests.security.breach_logs import INJECTIONS, START, Log, clean_entries

NIGHT = timedelta(minutes=15)


@cache
def with_breaches(seed: int) -> tuple[list[Fact[Any]], list[tuple[BreachRule, str]]]:
    """Answer a log of more than a hundred days with each kind of breach in it, in any order, and what must be found."""
    log, injected = Log(seed, pace=NIGHT), []
    sleeping = [f"sleeper{number}" for number, (rule, _) in enumerate(INJECTIONS) if rule is BreachRule.DORMANT_GRANT]
    for holder in sleeping:
        log.people[holder] = evolve(log.people["net0"], id=holder)
        log.grant(holder, id=f"grant-{holder}", days=400)
        del log.grants[holder]
    order = list(enumerate(INJECTIONS))
    Random(seed).shuffle(order)
    # What has slept for long comes last.
    order.sort(key=lambda entry: entry[1][0] is BreachRule.DORMANT_GRANT)
    for number, (rule, inject) in order:
        log.run(900 if rule is not BreachRule.DORMANT_GRANT else 4000)
        name = f"grant-sleeper{number}" if rule is BreachRule.DORMANT_GRANT else f"breach{number}"
        inject(log, name)
        injected.append((rule, "log" if rule is BreachRule.LOG_GAP else name))
    log.run(400)
    return log.drain(), injected


def missing(found: list[BreachFinding], injected: list[tuple[BreachRule, str]]) -> list[tuple[BreachRule, str]]:
    said = [(finding.rule, f"{finding.key} {finding.explanation}") for finding in found]
    return [(rule, name) for rule, name in injected if not any(rule is r and name in text for r, text in said)]


class TestScenarios:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_every_injected_breach_is_found_and_little_else(self, seed: int) -> None:
        """All fifteen rules; what is found beside them is about the same names, or next to nothing."""
        facts, injected = with_breaches(seed)
        found = list(watch_log(facts))
        assert {rule for rule, _ in injected} == set(BreachRule)
        assert missing(found, injected) == []
        names = [name for _, name in injected]
        others = [f for f in found if not any(name in f"{f.key} {f.explanation}" for name in names)]
        # A decision that was forged differs when it is made again, and is known by its entry.
        others = [f for f in others if f.rule is not BreachRule.DECISION_DIFFERS]
        assert len(others) <= len(facts) / 10_000, others

    def test_a_clean_log_raises_next_to_nothing(self) -> None:
        """At most one finding in ten thousand entries; `make breaches` watches a million."""
        facts = list(clean_entries(12_000, seed=5))
        assert list(watch_log(facts, BreachSettings(kept_most=500))) == []
        slow = list(clean_entries(8_000, seed=6, pace=NIGHT))
        assert len(list(watch_log(slow))) <= 1

    def test_the_same_log_gives_the_same_findings(self) -> None:
        """Entry by entry or as a whole."""
        facts, _ = with_breaches(1)
        watch = BreachWatch()
        assert [finding for fact in facts for finding in watch.follow(fact)] == list(watch_log(facts))

    def test_a_finding_says_what_it_rests_on(self) -> None:
        """Positions of the log, first and last, with the times they were recorded at."""
        facts, _ = with_breaches(1)
        by_position = {fact.position: fact for fact in facts}
        for finding in watch_log(facts):
            assert finding.first == by_position[finding.entries[0]].recorded_at
            assert finding.last == by_position[finding.entries[-1]].recorded_at
            assert finding.severity is SEVERITIES[finding.rule]
            assert finding.explanation

    def test_a_rule_that_is_left_out_finds_nothing(self) -> None:
        """Each finding is its own rule's: the recall above is not one rule finding for all."""
        facts, injected = with_breaches(2)
        found = list(watch_log(facts))
        for rule in BreachRule:
            others = [finding for finding in found if finding.rule is not rule]
            assert {lost for lost, _ in missing(others, injected)} == {rule}


def signing(actor: str, site: str, minutes: float, position: int) -> Fact[Any]:
    at = START.add(seconds=int(minutes * 60))
    return Fact(
        stream="security", version=position, position=position, occurred_at=at, recorded_at=at,
        actor=Actor.staff(actor), body=SignedIn(site),
    )  # fmt: skip


class TestWindows:
    def test_two_sites_are_too_far_apart_within_ten_minutes(self) -> None:
        """The last instant of the window is within it."""
        for minutes, found in ((10, 1), (10.1, 0)):
            facts = [signing("ann", "paris", 0, 1), signing("ann", "lima", minutes, 2)]
            assert len(list(watch_log(facts))) == found
        same = [signing("ann", "paris", 0, 1), signing("ann", "paris", 1, 2), signing("bob", "lima", 1, 3)]
        assert list(watch_log(same)) == []

    def test_the_same_is_not_raised_again_while_it_is_fresh(self) -> None:
        """After a day it is."""
        facts = [
            signing("ann", ("paris", "lima")[number % 2], minutes, number + 1)
            for number, minutes in enumerate((0, 1, 2, 3, 60 * 24 + 2, 60 * 24 + 3))
        ]
        (first, second) = watch_log(facts)
        assert (first.entries, second.entries) == ((1, 2), (5, 6))
        assert first.key == second.key == "R11 staff:ann"


class TestSuppression:
    def silence(self, **said: Any) -> Suppression:
        usual = {"rule": BreachRule.TWO_SITES, "until": START.add(days=1), "ground": "moves house", "by": "olga"}
        return Suppression(**{**usual, **said})

    def test_it_silences_a_rule_for_a_subject_until_it_ends(self) -> None:
        """Counted all the same."""
        facts = [signing("ann", "paris", 0, 1), signing("ann", "lima", 1, 2)]
        for said, found in (
            ({}, 0), ({"subject": "staff:ann"}, 0), ({"subject": "staff:bob"}, 1), ({"until": START}, 1),
            ({"rule": BreachRule.PROBING}, 1),
        ):  # fmt: skip
            watch = BreachWatch(suppressions=[self.silence(**said)])
            raised = [finding for fact in facts for finding in watch.follow(fact)]
            assert (len(raised), watch.silenced) == (found, 1 - found)

    def test_it_needs_a_ground_and_somebody_who_answers_for_it(self) -> None:
        """Nothing is silenced for good, or by nobody."""
        for wrong in ({"ground": " "}, {"by": ""}):
            with pytest.raises(InvalidValueError):
                self.silence(**wrong)


class TestBounds:
    def test_memory_forgets_what_was_longest_untouched(self) -> None:
        """And never holds more than it may."""
        kept: Bounded[str, int] = Bounded(2)
        for number, key in enumerate(("a", "b", "a", "c")):
            kept.put(key, number)
        assert (len(kept), kept.get("a"), kept.get("b"), "c" in kept) == (2, 2, None, True)
        assert (kept.pop("c"), kept.pop("c")) == (3, None)

    def test_thresholds_of_nothing_are_refused(self) -> None:
        """A window without length sees nothing."""
        for wrong in ({"denials": 0}, {"quiet_for": timedelta(0)}, {"kept_most": -1}):
            with pytest.raises(InvalidValueError):
                BreachSettings(**wrong)  # type: ignore[arg-type]

    def test_a_damaged_chain_is_a_finding_too(self) -> None:
        """As verification told it, once."""
        watch = BreachWatch()
        (finding,) = watch.note_broken_chain(7, START, "entry 7 does not match its hash")
        assert (finding.rule, finding.entries, finding.severity) == (BreachRule.LOG_GAP, (7,), Severity.CRITICAL)
        assert watch.note_broken_chain(7, START, "entry 7 does not match its hash") == []
