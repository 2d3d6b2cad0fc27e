"""Laws of clocks, for any terms, any legal history and any instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from attrs import evolve
from hypothesis import strategies as st

from svcdelivery.agreement import (
    Boundary,
    DueAt,
    DueWhilePaused,
    OnChange,
    ServiceLevelTarget,
    TimeKind,
    Within,
    time_kind,
)
from svcdelivery.clock import ClockPhase, ClockReading, SpanKind, Verdict
from svcdelivery.facts import known_at
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.laws.case import Case, Key, Read, clipped, insert, running, stretches
from svcdelivery.testing.laws.law import Draw, Law, holds, law
from svcdelivery.testing.strategies.moments import durations, rendering_zones
from svcdelivery.timeline import from_micros, to_micros
from svcdelivery.work import PriorityChanged, PutOnHold, Resumed

__all__ = ["LAWS_OF_CLOCKS", "Case", "reads_as"]

_ZERO, _MICRO = timedelta(0), timedelta(microseconds=1)
LAWS: list[Law] = []


def _same(told: Case, case: Case, keys: list[Key] | None = None) -> None:
    """Complain unless clocks show the same in both cases."""
    __tracebackhide__ = True
    there, here = told.readings(), case.readings()
    for key in keys if keys is not None else dict.fromkeys([*here, *there]):
        found, expected = there.get(key), here.get(key)
        holds(found == expected, _shown(key, expected), "becomes", _shown(key, found))


def _shown(key: Key, reading: ClockReading | None) -> str:
    if reading is None:
        return f"{key[0]} (cycle {key[1]}) without a clock"
    due = "no due" if reading.due_at is None else f"due {reading.due_at}"
    return f"{reading.headline} [{reading.phase.value}, {due}, target {reading.target}, at {reading.at}]"


def _ended(reading: ClockReading, case: Case) -> datetime:
    return reading.stopped_at or case.story.now


# -- explanation -------------------------------------------------------------------------------------------------------


@law(LAWS)
def the_explanation_tiles_the_clock(case: Case) -> None:
    """From start to stop, or to now, without gap or overlap, nothing before or after."""
    for key, reading in case.readings().items():
        spans, end = reading.explanation.spans, _ended(reading, case)
        if reading.started_at is None or reading.phase is ClockPhase.CANCELLED or reading.started_at == end:
            holds(not spans, _shown(key, reading), "explains", len(spans), "spans of no time")
            continue
        holds(bool(spans), _shown(key, reading), "explains nothing")
        holds(spans[0].start == reading.started_at, _shown(key, reading), "is explained from", spans[0].start)
        holds(spans[-1].end == end, _shown(key, reading), "is explained until", spans[-1].end)
        holds(all(span.start < span.end for span in spans), _shown(key, reading), "has a span of no time")
        for before, after in pairwise(spans):
            holds(before.end == after.start, _shown(key, reading), "leaves out", before.end, "to", after.start)


@law(LAWS)
def the_explanation_adds_up(case: Case) -> None:
    """The counted spans are the elapsed time, to the microsecond."""
    for key, reading in case.readings().items():
        counted = reading.explanation.counted
        holds(reading.elapsed in (None, counted), _shown(key, reading), "explains", counted)


@law(LAWS)
def every_span_names_its_rule(case: Case) -> None:
    """Each span has a reason and a rule, each pause somebody who caused it."""
    for key, reading in case.readings().items():
        for span in reading.explanation.spans:
            holds(bool(span.rule and span.reason), _shown(key, reading), "does not say why of", span)
            holds(span.kind is not SpanKind.PAUSED or bool(span.actor), _shown(key, reading), "names nobody for", span)


# -- elapsed -----------------------------------------------------------------------------------------------------------


def _same_clock(before: ClockReading, after: ClockReading | None) -> bool:
    return (
        after is not None
        and ClockPhase.CANCELLED not in (before.phase, after.phase)
        and (before.target, before.started_at) == (after.target, after.started_at)
    )


@law(LAWS)
def elapsed_never_falls(case: Case, draw: Draw) -> None:
    """As now advances each clock's time grows, at most as fast as the wall's, as long as its target stays."""
    one, other = case.instant(draw, "one reading"), case.instant(draw, "another reading")
    earlier, later = min(one, other), max(one, other)
    after = case.readings(later)
    for key, reading in case.readings(earlier).items():
        then = after.get(key)
        if then is None or not _same_clock(reading, then) or reading.elapsed is None or then.elapsed is None:
            continue
        grown = then.elapsed - reading.elapsed
        most = datetime.__sub__(later, earlier)
        holds(_ZERO <= grown <= most, _shown(key, reading), "becomes", _shown(key, then))


@law(LAWS)
def elapsed_is_additive_over_splits(case: Case, draw: Draw) -> None:
    """What a clock shows at an instant is what a later reading explains to have counted before it."""
    earlier = case.instant(draw, "earlier reading")
    after = case.readings()
    for key, reading in case.readings(earlier).items():
        then = after.get(key)
        if then is None or not _same_clock(reading, then) or then.elapsed is None:
            continue
        holds(clipped(then, earlier) == reading.elapsed, _shown(key, reading), "later has", clipped(then, earlier))


@law(LAWS)
def amounts_agree(case: Case) -> None:
    """Remaining is what is missing from what is allowed, overdue what is beyond it, and never both."""
    for key, reading in case.readings().items():
        if reading.remaining is None or reading.elapsed is None or reading.allowed is None:
            continue
        agree = reading.elapsed + reading.remaining - reading.overdue == reading.allowed
        holds(agree, _shown(key, reading), "of", reading.allowed, "remaining", reading.remaining)
        holds(_ZERO in (reading.remaining, reading.overdue), _shown(key, reading), "is both short and late")
        holds(reading.elapsed <= reading.elapsed_wall, _shown(key, reading), "outruns the wall", reading.elapsed_wall)


@law(LAWS)
def nothing_elapses_during_a_pause(case: Case, draw: Draw) -> None:
    """A clock that stands still shows the same until something happens."""
    for key, reading in case.readings().items():
        if reading.phase is not ClockPhase.PAUSED:
            continue
        since = case.standing(case.story.now).at
        within = draw(st.integers(to_micros(since), to_micros(case.story.now)).map(from_micros), "within the pause")
        before = case.readings(within)[key]
        holds(before.elapsed == reading.elapsed, _shown(key, before), "becomes", _shown(key, reading))


@law(LAWS)
def nothing_elapses_while_closed(case: Case, draw: Draw) -> None:
    """Between two instants of one closed stretch a clock of service time shows the same."""
    counted = _counted_hours(case)
    if not counted:
        return
    name, hours = draw(st.sampled_from(counted), "hours")
    at = case.instant(draw, "at")
    until = min(hours.next_open(at), case.story.now)
    after = case.readings(until)
    for key, reading in case.readings(at).items():
        then = after.get(key)
        if then is not None and _same_clock(reading, then) and _counts(case.target(reading), name):
            holds(reading.elapsed == then.elapsed, _shown(key, reading), "becomes", _shown(key, then), "while closed")


# -- due and verdict ---------------------------------------------------------------------------------------------------


@law(LAWS)
def due_is_the_fixed_point_of_elapsed(case: Case) -> None:
    """Left alone, a running clock has used exactly what is allowed at its due instant, and due stays where it is."""
    case = case.left_alone()
    for key, reading in running(case.readings()):
        if reading.due_at is None or reading.due_at < case.story.now:
            continue
        there = case.readings(reading.due_at)[key]
        holds(there.elapsed == reading.allowed, _shown(key, reading), "at its due instant shows", there.elapsed)
        holds(there.due_at == reading.due_at, _shown(key, reading), "at its due instant is due", there.due_at)


@law(LAWS)
def nothing_is_due_before_it_began(case: Case) -> None:
    """A due instant never lies before the start of its clock, unless the item itself names it."""
    for key, reading in case.readings().items():
        if reading.due_at is not None and not isinstance(case.target(reading).goal, DueAt):
            began = reading.started_at
            holds(began is not None and began <= reading.due_at, _shown(key, reading), "and began", began)


@law(LAWS)
def a_breach_begins_a_microsecond_after_due(case: Case) -> None:
    """At its due instant an open clock is not breached yet, a microsecond later it is."""
    case = case.left_alone()
    for key, reading in running(case.readings()):
        if reading.due_at is None or reading.due_at < case.story.now:
            continue
        there = case.readings(reading.due_at)[key]
        after = case.readings(datetime.__add__(reading.due_at, _MICRO))[key]
        holds(there.verdict is Verdict.OPEN, _shown(key, there), "at its due instant")
        holds(after.verdict is Verdict.BREACHED, _shown(key, after), "past its due instant")


@law(LAWS)
def the_verdict_is_stop_or_now_against_due(case: Case) -> None:
    """Met when stopped by then, breached once it is past, open otherwise; none for a clock that did not run."""
    for key, reading in case.readings().items():
        if reading.phase in (ClockPhase.WAITING, ClockPhase.CANCELLED):
            holds(reading.verdict is Verdict.NONE and reading.due_at is None, _shown(key, reading), "does not run")
            continue
        if reading.findings:
            continue
        due = reading.due_at
        holds(due is not None or reading.phase is ClockPhase.PAUSED, _shown(key, reading), "lacks a due instant")
        late = due is not None and not reading.due_is_provisional and _ended(reading, case) > due
        expected = Verdict.BREACHED if late else Verdict.MET if reading.stopped_at else Verdict.OPEN
        holds(reading.verdict is expected, _shown(key, reading), "should be", expected.value)
        holds(reading.breached_at == (due if late else None), _shown(key, reading), reading.breached_at)


@law(LAWS)
def a_stopped_clock_keeps_what_it_shows(case: Case, draw: Draw) -> None:
    """However long one waits, as long as nothing more happens."""
    case = case.left_alone()
    later = datetime.__add__(case.story.now, draw(durations(), "later"))
    after = case.readings(later)
    for key, reading in case.readings().items():
        if reading.phase is ClockPhase.STOPPED:
            then = evolve(after[key], at=reading.at)
            holds(then == reading, _shown(key, reading), "becomes", _shown(key, then), "at", later)


@law(LAWS)
def while_paused_nothing_is_due_that_a_pause_moves(case: Case) -> None:
    """A clock that stands still is due in its past, its goal used up, or shows a due instant that is not final."""
    for key, reading in case.readings().items():
        if reading.phase is not ClockPhase.PAUSED or reading.due_at is None or reading.due_is_provisional:
            continue
        if case.target(reading).moves_with_pauses:
            used_up = reading.due_at <= case.story.now and not reading.remaining
            holds(used_up, _shown(key, reading), "with", reading.remaining, "left")


@law(LAWS)
def what_is_due_while_paused_does_not_depend_on_when_one_asks(case: Case) -> None:
    """At the hold and at any instant within it the same is due, unless the target says that due slides."""
    for key, reading in case.readings().items():
        if reading.phase is not ClockPhase.PAUSED:
            continue
        if case.target(reading).due_while_paused is not DueWhilePaused.SLIDING:
            before = case.readings(case.standing(case.story.now).at)[key]
            holds(before.due_at == reading.due_at, _shown(key, before), "becomes", _shown(key, reading))


# -- what changes nothing ----------------------------------------------------------------------------------------------


@law(LAWS)
def the_zone_now_is_written_in_changes_nothing(case: Case, draw: Draw) -> None:
    """Instants count, not how they are shown."""
    zone = draw(rendering_zones(), "zone")
    there, here = case.readings(case.story.now.astimezone(zone)), case.readings()
    for key, reading in here.items():
        holds(there[key] == reading, _shown(key, reading), "becomes", _shown(key, there[key]), "in", zone)


@law(LAWS)
def a_hold_of_no_length_changes_nothing(case: Case, draw: Draw) -> None:
    """Held and resumed at one instant, work in progress has the same clocks as ever."""
    reasons = case.story.revision.hold_reasons
    if not reasons:
        return
    case, since, until = case.at_work(draw)
    at = draw(st.integers(since, max(since, until - 1)).map(from_micros), "at")
    held = insert(case.story, at, PutOnHold(reason=draw(st.sampled_from(reasons), "reason")), Resumed())
    _same(case.told(held), case, _deaf(case, "held", "resumed"))


@law(LAWS)
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
    _same(case.told(changed), case, keys)


def _goes_back(targets: Iterable[ServiceLevelTarget]) -> bool:
    # One that restarts has begun anew; one that keeps, among others that give way, has stayed.
    rules = {target.on_change for target in targets}
    return OnChange.RESTART not in rules and len(rules) == 1


@law(LAWS)
def a_pause_in_closed_time_moves_nothing(case: Case, draw: Draw) -> None:
    """Held and resumed while the service is closed, clocks that count its open time show the same."""
    counted, reasons = _counted_hours(case), case.story.revision.hold_reasons
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
        if reading.phase not in (ClockPhase.WAITING, ClockPhase.CANCELLED) and _counts(case.target(reading), name):
            holds(after.get(key) == reading, _shown(key, reading), "becomes", _shown(key, after.get(key)))


@law(LAWS)
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
    _same(case.told(told), case)


@law(LAWS)
def what_happens_later_changes_nothing(case: Case, draw: Draw) -> None:
    """A reading of an instant knows nothing of what came after it."""
    at = case.instant(draw, "at")
    known = case.told(evolve(case.story, facts=known_at(case.story.facts, at), now=at))
    _same(known, case.told(evolve(case.story, now=at)))


def _deaf(case: Case, *signals: str) -> list[Key]:
    """Answer the clocks whose measures do not wait for any of the signals."""
    return [key for key in case.readings() if not case.hears(key[0], *signals)]


# -- goals -------------------------------------------------------------------------------------------------------------


@law(LAWS)
def a_longer_goal_is_never_due_earlier(case: Case, draw: Draw) -> None:
    """A duration with something added to it is due as early or later, and what was met stays met."""
    more = draw(durations(timedelta(days=2)), "longer by")

    def relaxed(target: ServiceLevelTarget) -> ServiceLevelTarget:
        goal = target.goal
        return evolve(target, goal=Within(goal.duration + more, goal.time)) if isinstance(goal, Within) else target

    longer = evolve(case.story.revision, targets=tuple(relaxed(target) for target in case.story.revision.targets))
    after = case.under(longer).readings()
    for key, reading in case.readings().items():
        other = after[key]
        if reading.due_at is not None and other.due_at is not None:
            holds(reading.due_at <= other.due_at, _shown(key, reading), "becomes", _shown(key, other))
        holds(reading.elapsed == other.elapsed, _shown(key, reading), "becomes", _shown(key, other))
        if reading.verdict is Verdict.MET:
            holds(other.verdict is Verdict.MET, _shown(key, reading), "becomes", _shown(key, other))


@law(LAWS)
def the_next_opening_is_never_before_the_closing(case: Case) -> None:
    """The boundary moves due from a closing to the opening after it, and changes no elapsed time."""
    terms = case.story.revision

    def under(boundary: Boundary) -> dict[Key, ClockReading]:
        return case.under(evolve(terms, targets=tuple(evolve(t, boundary=boundary) for t in terms.targets))).readings()

    at_closing, at_opening = under(Boundary.CLOSE), under(Boundary.NEXT_OPEN)
    for key, reading in at_closing.items():
        other = at_opening[key]
        holds(reading.elapsed == other.elapsed, _shown(key, reading), "becomes", _shown(key, other))
        if reading.due_at is not None and other.due_at is not None:
            holds(reading.due_at <= other.due_at, _shown(key, reading), "becomes", _shown(key, other))


LAWS_OF_CLOCKS: tuple[Law, ...] = tuple(LAWS)
"""The laws of clocks, in the order one reads them in."""


def _counts(target: ServiceLevelTarget, hours: str) -> bool:
    return target.hours == hours and time_kind(target.goal) is TimeKind.SERVICE


def _counted_hours(case: Case) -> list[tuple[str, ServiceHours]]:
    """Answer the service hours whose open time some target counts, by name."""
    names = dict.fromkeys(t.hours for t in case.story.revision.targets if t.hours and _counts(t, t.hours))
    named = ((name, case.story.revision.service_hours(name)) for name in names)
    return [(name, hours) for name, hours in named if hours is not None]


def reads_as(reference: Read) -> Law:
    """Answer the law that a reader reads as another does, such as a plain one."""

    def reads_as_the_reference_does(case: Case, _draw: Draw) -> None:
        _same(case, Case(case.story, reference))

    return Law(
        name="reads_as_the_reference_does",
        promise="Every clock shows what the reference shows.",
        check=reads_as_the_reference_does,
    )
