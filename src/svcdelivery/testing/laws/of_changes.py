"""Laws of what changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from attrs import evolve
from hypothesis import strategies as st

from svcdelivery.agreement import OnChange, ServiceLevelTarget
from svcdelivery.clock import ClockPhase
from svcdelivery.facts import known_at
from svcdelivery.testing.laws.case import Case, Key, insert, stretches
from svcdelivery.testing.laws.comparing import counted_hours, counts, same, shown_clock
from svcdelivery.testing.laws.law import Draw, Law, holds, law
from svcdelivery.testing.strategies.moments import rendering_zones
from svcdelivery.timeline import from_micros
from svcdelivery.work import PriorityChanged, PutOnHold, Resumed

__all__ = ["LAWS_OF_CHANGES"]

_LAWS: list[Law] = []


@law(_LAWS)
def the_zone_now_is_written_in_changes_nothing(case: Case, draw: Draw) -> None:
    """Instants count, not how they are shown."""
    zone = draw(rendering_zones(), "zone")
    there, here = case.readings(case.story.now.astimezone(zone)), case.readings()
    for key, reading in here.items():
        holds(there[key] == reading, shown_clock(key, reading), "becomes", shown_clock(key, there[key]), "in", zone)


@law(_LAWS)
def a_hold_of_no_length_changes_nothing(case: Case, draw: Draw) -> None:
    """Held and resumed at one instant, work in progress has the same clocks as ever."""
    reasons = case.story.revision.hold_reasons
    if not reasons:
        return
    case, since, until = case.at_work(draw)
    at = draw(st.integers(since, max(since, until - 1)).map(from_micros), "at")
    held = insert(case.story, at, PutOnHold(reason=draw(st.sampled_from(reasons), "reason")), Resumed())
    same(case.told(held), case, _deaf(case, "held", "resumed"))


@law(_LAWS)
def priority_up_and_down_changes_nothing(case: Case, draw: Draw) -> None:
    """Back at the priority it had, work has the clocks it would have had, unless a rule for changes says otherwise."""
    open_ones = [part for part in stretches(case.story) if part[0].phase.is_open and part[0].priority is not None]
    ranked = case.story.revision.priorities.ranked
    if not open_ones or not ranked:
        return
    step, since, until = draw(st.sampled_from(open_ones), "stretch")
    at = draw(st.integers(since, max(since, until - 1)).map(from_micros), "at")
    there, back = draw(st.sampled_from(ranked), "other priority"), step.priority
    assert back is not None, "only work with a priority is drawn"
    changed = insert(case.story, at, PriorityChanged(priority=there), PriorityChanged(priority=back))
    keys = [key for key in _deaf(case, "priority_changed") if _goes_back(case.targets_of(key[0]))]
    same(case.told(changed), case, keys)


def _goes_back(targets: Iterable[ServiceLevelTarget]) -> bool:
    # One that restarts has begun anew; one that keeps, among others that give way, has stayed.
    rules = {target.on_change for target in targets}
    return OnChange.RESTART not in rules and len(rules) == 1


@law(_LAWS)
def a_pause_in_closed_time_moves_nothing(case: Case, draw: Draw) -> None:
    """Held and resumed while the service is closed, clocks that count its open time show the same."""
    counted, reasons = counted_hours(case), case.story.revision.hold_reasons
    if not counted or not reasons:
        return
    name, hours = draw(st.sampled_from(counted), "hours")
    case, since, until = case.at_work(draw)
    spans = hours.spans(since, until)
    edges = [since, *(edge for span in spans for edge in span), until]
    closed = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]
    if not closed:
        return
    start, end = draw(st.sampled_from(closed), "closed (epoch microseconds)")
    end = end - 1 if end == until else end
    first = draw(st.integers(start, end), "held at")
    second = draw(st.integers(first, end), "resumed at")
    reason = draw(st.sampled_from(reasons), "reason")
    held = insert(insert(case.story, from_micros(first), PutOnHold(reason=reason)), from_micros(second), Resumed())
    readings = case.readings()
    after = case.told(held).readings()
    for key in _deaf(case, "held", "resumed"):
        reading = readings[key]
        if reading.phase not in (ClockPhase.WAITING, ClockPhase.CANCELLED) and counts(case.target(reading), name):
            holds(after.get(key) == reading, shown_clock(key, reading), "becomes", shown_clock(key, after.get(key)))


@law(_LAWS)
def the_order_of_record_changes_nothing(case: Case, draw: Draw) -> None:
    """Clocks read facts as they happened; those of one instant keep the order they were recorded in."""
    facts = case.story.facts
    order = draw(st.permutations(range(len(facts))), "order of record")
    positions = dict(zip(range(len(facts)), order, strict=True))
    for _, group in groupby(range(len(facts)), key=lambda index: facts[index].occurred_at):
        those = list(group)
        positions.update(zip(those, sorted(positions[index] for index in those), strict=True))
    recorded = [evolve(facts[index], position=1 + positions[index]) for index in range(len(facts))]
    told = case.story.with_facts(tuple(sorted(recorded, key=lambda fact: fact.position)))
    same(case.told(told), case)


@law(_LAWS)
def what_happens_later_changes_nothing(case: Case, draw: Draw) -> None:
    """A reading of an instant knows nothing of what came after it."""
    at = case.instant(draw, "at")
    known = case.told(evolve(case.story, facts=known_at(case.story.facts, at), now=at))
    same(known, case.told(evolve(case.story, now=at)))


def _deaf(case: Case, *signals: str) -> list[Key]:
    """Answer the clocks whose measures do not wait for any of the signals."""
    return [key for key in case.readings() if not case.hears(key[0], *signals)]


LAWS_OF_CHANGES: tuple[Law, ...] = tuple(_LAWS)
"""The laws of what changes nothing, in the order one reads them in."""
