"""Laws of what a clock has counted, and of how it explains it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from svcdelivery.clock import ClockPhase, ClockReading, SpanKind
from svcdelivery.testing.laws.case import Case, clipped
from svcdelivery.testing.laws.comparing import counted_hours, counts, ended, shown_clock
from svcdelivery.testing.laws.law import Draw, Law, holds, law
from svcdelivery.timeline import from_micros, to_micros

__all__ = ["LAWS_OF_ELAPSED"]

_ZERO = timedelta(0)
_LAWS: list[Law] = []


# -- explanation -------------------------------------------------------------------------------------------------------


@law(_LAWS)
def the_explanation_tiles_the_clock(case: Case) -> None:
    """From start to stop, or to now, without gap or overlap, nothing before or after."""
    for key, reading in case.readings().items():
        spans, end = reading.explanation.spans, ended(reading, case)
        if reading.started_at is None or reading.phase is ClockPhase.CANCELLED or reading.started_at == end:
            holds(not spans, shown_clock(key, reading), "explains", len(spans), "spans of no time")
            continue
        holds(bool(spans), shown_clock(key, reading), "explains nothing")
        holds(spans[0].start == reading.started_at, shown_clock(key, reading), "is explained from", spans[0].start)
        holds(spans[-1].end == end, shown_clock(key, reading), "is explained until", spans[-1].end)
        holds(all(span.start < span.end for span in spans), shown_clock(key, reading), "has a span of no time")
        for before, after in pairwise(spans):
            holds(before.end == after.start, shown_clock(key, reading), "leaves out", before.end, "to", after.start)


@law(_LAWS)
def the_explanation_adds_up(case: Case) -> None:
    """The counted spans are the elapsed time, to the microsecond."""
    for key, reading in case.readings().items():
        counted = reading.explanation.counted
        holds(reading.elapsed in (None, counted), shown_clock(key, reading), "explains", counted)


@law(_LAWS)
def every_span_names_its_rule(case: Case) -> None:
    """Each span has a reason and a rule, each pause somebody who caused it."""
    for key, reading in case.readings().items():
        for span in reading.explanation.spans:
            holds(bool(span.rule and span.reason), shown_clock(key, reading), "does not say why of", span)
            holds(
                span.kind is not SpanKind.PAUSED or bool(span.actor),
                shown_clock(key, reading),
                "names nobody for",
                span,
            )


# -- elapsed -----------------------------------------------------------------------------------------------------------


def _same_clock(before: ClockReading, after: ClockReading | None) -> bool:
    return (
        after is not None
        and ClockPhase.CANCELLED not in (before.phase, after.phase)
        and (before.target, before.started_at) == (after.target, after.started_at)
    )


@law(_LAWS)
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
        holds(_ZERO <= grown <= most, shown_clock(key, reading), "becomes", shown_clock(key, then))


@law(_LAWS)
def elapsed_is_additive_over_splits(case: Case, draw: Draw) -> None:
    """What a clock shows at an instant is what a later reading explains to have counted before it."""
    earlier = case.instant(draw, "earlier reading")
    after = case.readings()
    for key, reading in case.readings(earlier).items():
        then = after.get(key)
        if then is None or not _same_clock(reading, then) or then.elapsed is None:
            continue
        holds(clipped(then, earlier) == reading.elapsed, shown_clock(key, reading), "later has", clipped(then, earlier))


@law(_LAWS)
def amounts_agree(case: Case) -> None:
    """Remaining is what is missing from what is allowed, overdue what is beyond it, and never both."""
    for key, reading in case.readings().items():
        if reading.remaining is None or reading.elapsed is None or reading.allowed is None:
            continue
        agree = reading.elapsed + reading.remaining - reading.overdue == reading.allowed
        holds(agree, shown_clock(key, reading), "of", reading.allowed, "remaining", reading.remaining)
        holds(_ZERO in (reading.remaining, reading.overdue), shown_clock(key, reading), "is both short and late")
        holds(
            reading.elapsed <= reading.elapsed_wall, shown_clock(key, reading), "outruns the wall", reading.elapsed_wall
        )


@law(_LAWS)
def nothing_elapses_during_a_pause(case: Case, draw: Draw) -> None:
    """A clock that stands still shows the same until something happens."""
    for key, reading in case.readings().items():
        if reading.phase is not ClockPhase.PAUSED:
            continue
        since = case.standing(case.story.now).at
        within = draw(st.integers(to_micros(since), to_micros(case.story.now)).map(from_micros), "within the pause")
        before = case.readings(within)[key]
        holds(before.elapsed == reading.elapsed, shown_clock(key, before), "becomes", shown_clock(key, reading))


@law(_LAWS)
def nothing_elapses_while_closed(case: Case, draw: Draw) -> None:
    """Between two instants of one closed stretch a clock of service time shows the same."""
    counted = counted_hours(case)
    if not counted:
        return
    name, hours = draw(st.sampled_from(counted), "hours")
    at = case.instant(draw, "at")
    until = min(hours.next_open(at), case.story.now)
    after = case.readings(until)
    for key, reading in case.readings(at).items():
        then = after.get(key)
        if then is not None and _same_clock(reading, then) and counts(case.target(reading), name):
            holds(
                reading.elapsed == then.elapsed,
                shown_clock(key, reading),
                "becomes",
                shown_clock(key, then),
                "while closed",
            )


LAWS_OF_ELAPSED: tuple[Law, ...] = tuple(_LAWS)
"""The laws of counted time, in the order one reads them in."""
