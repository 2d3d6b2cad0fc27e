"""Laws of what is due when, and of the verdict on it."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve

from svcdelivery.agreement import Boundary, DueAt, DueWhilePaused, ServiceLevelTarget, Within
from svcdelivery.clock import ClockPhase, ClockReading, Verdict
from svcdelivery.testing.laws.case import Case, Key, running
from svcdelivery.testing.laws.comparing import ended, shown_clock
from svcdelivery.testing.laws.law import Draw, Law, holds, law
from svcdelivery.testing.strategies.moments import durations

__all__ = ["LAWS_OF_DUE"]

_MICRO = timedelta(microseconds=1)
_LAWS: list[Law] = []


# -- due and verdict ---------------------------------------------------------------------------------------------------


@law(_LAWS)
def due_is_the_fixed_point_of_elapsed(case: Case) -> None:
    """Left alone, a running clock has used exactly what is allowed at its due instant, and due stays where it is."""
    case = case.left_alone()
    for key, reading in running(case.readings()):
        if reading.due_at is None or reading.due_at < case.story.now:
            continue
        there = case.readings(reading.due_at)[key]
        holds(there.elapsed == reading.allowed, shown_clock(key, reading), "at its due instant shows", there.elapsed)
        holds(there.due_at == reading.due_at, shown_clock(key, reading), "at its due instant is due", there.due_at)


@law(_LAWS)
def nothing_is_due_before_it_began(case: Case) -> None:
    """A due instant never lies before the start of its clock, unless the item itself names it."""
    for key, reading in case.readings().items():
        if reading.due_at is not None and not isinstance(case.target(reading).goal, DueAt):
            began = reading.started_at
            holds(began is not None and began <= reading.due_at, shown_clock(key, reading), "and began", began)


@law(_LAWS)
def a_breach_begins_a_microsecond_after_due(case: Case) -> None:
    """At its due instant an open clock is not breached yet, a microsecond later it is."""
    case = case.left_alone()
    for key, reading in running(case.readings()):
        if reading.due_at is None or reading.due_at < case.story.now:
            continue
        there = case.readings(reading.due_at)[key]
        after = case.readings(datetime.__add__(reading.due_at, _MICRO))[key]
        holds(there.verdict is Verdict.OPEN, shown_clock(key, there), "at its due instant")
        holds(after.verdict is Verdict.BREACHED, shown_clock(key, after), "past its due instant")


@law(_LAWS)
def the_verdict_is_stop_or_now_against_due(case: Case) -> None:
    """Met when stopped by then, breached once it is past, open otherwise; none for a clock that did not run."""
    for key, reading in case.readings().items():
        if reading.phase in (ClockPhase.WAITING, ClockPhase.CANCELLED):
            holds(reading.verdict is Verdict.NONE and reading.due_at is None, shown_clock(key, reading), "does not run")
            continue
        if reading.findings:
            continue
        due = reading.due_at
        holds(due is not None or reading.phase is ClockPhase.PAUSED, shown_clock(key, reading), "lacks a due instant")
        late = due is not None and not reading.due_is_provisional and ended(reading, case) > due
        expected = Verdict.BREACHED if late else Verdict.MET if reading.stopped_at else Verdict.OPEN
        holds(reading.verdict is expected, shown_clock(key, reading), "should be", expected.value)
        holds(reading.breached_at == (due if late else None), shown_clock(key, reading), reading.breached_at)


@law(_LAWS)
def a_stopped_clock_keeps_what_it_shows(case: Case, draw: Draw) -> None:
    """However long one waits, as long as nothing more happens."""
    case = case.left_alone()
    later = datetime.__add__(case.story.now, draw(durations(), "later"))
    after = case.readings(later)
    for key, reading in case.readings().items():
        if reading.phase is ClockPhase.STOPPED:
            then = evolve(after[key], at=reading.at)
            holds(then == reading, shown_clock(key, reading), "becomes", shown_clock(key, then), "at", later)


@law(_LAWS)
def while_paused_nothing_is_due_that_a_pause_moves(case: Case) -> None:
    """A clock that stands still is due in its past, its goal used up, or shows a due instant that is not final."""
    for key, reading in case.readings().items():
        if reading.phase is not ClockPhase.PAUSED or reading.due_at is None or reading.due_is_provisional:
            continue
        if case.target(reading).moves_with_pauses:
            used_up = reading.due_at <= case.story.now and not reading.remaining
            holds(used_up, shown_clock(key, reading), "with", reading.remaining, "left")


@law(_LAWS)
def what_is_due_while_paused_does_not_depend_on_when_one_asks(case: Case) -> None:
    """At the hold and at any instant within it the same is due, unless the target says that due slides."""
    for key, reading in case.readings().items():
        if reading.phase is not ClockPhase.PAUSED:
            continue
        if case.target(reading).due_while_paused is not DueWhilePaused.SLIDING:
            before = case.readings(case.standing(case.story.now).at)[key]
            holds(before.due_at == reading.due_at, shown_clock(key, before), "becomes", shown_clock(key, reading))


# -- goals -------------------------------------------------------------------------------------------------------------


@law(_LAWS)
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
            holds(reading.due_at <= other.due_at, shown_clock(key, reading), "becomes", shown_clock(key, other))
        holds(reading.elapsed == other.elapsed, shown_clock(key, reading), "becomes", shown_clock(key, other))
        if reading.verdict is Verdict.MET:
            holds(other.verdict is Verdict.MET, shown_clock(key, reading), "becomes", shown_clock(key, other))


@law(_LAWS)
def the_next_opening_is_never_before_the_closing(case: Case) -> None:
    """The boundary moves due from a closing to the opening after it, and changes no elapsed time."""
    terms = case.story.revision

    def under(boundary: Boundary) -> dict[Key, ClockReading]:
        return case.under(evolve(terms, targets=tuple(evolve(t, boundary=boundary) for t in terms.targets))).readings()

    at_closing, at_opening = under(Boundary.CLOSE), under(Boundary.NEXT_OPEN)
    for key, reading in at_closing.items():
        other = at_opening[key]
        holds(reading.elapsed == other.elapsed, shown_clock(key, reading), "becomes", shown_clock(key, other))
        if reading.due_at is not None and other.due_at is not None:
            holds(reading.due_at <= other.due_at, shown_clock(key, reading), "becomes", shown_clock(key, other))


LAWS_OF_DUE: tuple[Law, ...] = tuple(_LAWS)
"""The laws of due instants and verdicts, in the order one reads them in."""
