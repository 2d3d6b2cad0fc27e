"""Occasions as functions: since when one has come about, by what is known of the item."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter
from typing import Any

from svcdelivery.agreement import (
    AfterDue,
    BeforeDue,
    Breached,
    Elapsed,
    NoPublicUpdate,
    Occasion,
    PriorityRaised,
    RatedAtMost,
    ReassignedOften,
    ReopenedOften,
    Unacknowledged,
    Unassigned,
)
from svcdelivery.escalation.clock_views import ClockView
from svcdelivery.escalation.counting import NEVER, Named, ends, tried
from svcdelivery.escalation.standing import Standing
from svcdelivery.escalation.what import What
from svcdelivery.service_hours import Hours
from svcdelivery.timeline import from_micros, to_micros
from svcdelivery.timeline.instant import duration_micros

__all__ = ["EDGES", "OF_CLOCKS", "Test", "compiled", "passed_over"]

OF_CLOCKS = (Elapsed, BeforeDue, AfterDue, Breached)
EDGES = (ReassignedOften, ReopenedOften, PriorityRaised, RatedAtMost)


Test = Callable[[Standing], int | None]
"""Since when, or from when on, the occasion has come about; None while it does not follow from what is known."""


def compiled(occasion: Occasion, named: Named) -> tuple[Test, bool]:
    """Answer the occasion as a function, and whether it lasts until the work is closed, not only done."""
    match occasion:
        case Unacknowledged(wait=wait):
            return partial(_since, "idle_since", duration_micros(wait.duration), _hours(wait.hours, named)), False
        case NoPublicUpdate(wait=wait):
            return partial(_since, "silent_since", duration_micros(wait.duration), _hours(wait.hours, named)), True
        case Unassigned(wait=wait):
            return partial(_since, "unassigned_since", duration_micros(wait.duration), _hours(wait.hours, named)), False
        case Elapsed(target=target, percent=percent):
            return partial(_elapsed, target, percent, named), False
        case BeforeDue(target=target):
            return partial(_before, target, duration_micros(occasion.by), occasion.working_days, named), False
        case AfterDue(target=target):
            return partial(_after, target, duration_micros(occasion.by), occasion.working_days, named), False
        case Breached(target=target):
            return partial(_breached, target), False
        case ReassignedOften(times=times):
            return partial(_often, "reassigned", times), False
        case ReopenedOften(times=times):
            return partial(_often, "reopened", times), False
        case PriorityRaised():
            return attrgetter("raised_at"), False
        case RatedAtMost(score=score):
            return partial(_rated, score), False


def _hours(name: str | None, named: Named) -> Hours | None:
    return None if name is None else named[name]


def _since(field: str, wait: int, hours: Hours | None, known: Standing) -> int | None:
    since: int | None = getattr(known, field)
    if since is None:
        return None
    end = ends(since, wait, hours, known.holds)
    return None if end >= NEVER else end


def _often(happened: str, times: int, known: Standing) -> int | None:
    at: int | None = getattr(known, f"{happened}_at")
    return at if getattr(known, happened) >= times else None


def _rated(score: int, known: Standing) -> int | None:
    return next((at for at, rated in known.ratings if rated <= score), None)


def _elapsed(target: str, percent: int, named: Named, known: Standing) -> int | None:
    view = known.clocks.get(target)
    if view is None or view.over or view.allowed is None:
        return None
    if percent == 100 and view.due is not None:
        return view.due
    left = -(-view.allowed * percent // 100) - view.elapsed
    if left <= 0:
        return view.known
    return ends(view.known, left, _of(view, named)) if view.runs else None


def _before(target: str, by: int, days: int, named: Named, known: Standing) -> int | None:
    view = known.clocks.get(target)
    if view is None or view.over or view.due is None:
        return None
    due, hours = view.due, _of(view, named)
    if hours is None or not (by or days):
        return due - by - days * _DAY
    if days:
        return tried(lambda: to_micros(hours.subtract_working_days(from_micros(due), days)), due - days * _DAY)
    return tried(lambda: hours.subtract_micros(due, by), due - by)


def _after(target: str, by: int, days: int, named: Named, known: Standing) -> int | None:
    view = known.clocks.get(target)
    if view is None or view.over or view.due is None:
        return None
    due, hours = view.due, _of(view, named)
    if hours is None or not (by or days):
        return due + by + days * _DAY
    if days:
        return tried(lambda: hours.add_working_days_micros(due, days), due + days * _DAY)
    return tried(lambda: hours.add_micros(due, by), due + by)


def _breached(target: str, known: Standing) -> int | None:
    view = known.clocks.get(target)
    if view is None or view.over or view.due is None:
        return None
    # On the due instant itself the promise is still kept.
    return view.due + 1


def _of(view: ClockView, named: Named) -> Hours | None:
    return None if view.hours is None else named.get(view.hours)


_DAY = 86_400_000_000


def passed_over(occasions: Iterable[Any]) -> frozenset[int]:
    """Answer the kinds of happenings, as numbers of `What`, that mean nothing to a policy with these occasions."""
    special = frozenset(what for whats in _CARES.values() for what in whats)
    return special.difference(*(_CARES.get(type(occasion), ()) for occasion in occasions))


_CARES: dict[type, tuple[int, ...]] = {
    NoPublicUpdate: (What.UPDATED,),
    Unassigned: (What.ASSIGNED,),
    ReassignedOften: (What.ASSIGNED,),
    PriorityRaised: (What.PRIORITY,),
    RatedAtMost: (What.RATED,),
    Elapsed: (What.CLOCK,),
    BeforeDue: (What.CLOCK,),
    AfterDue: (What.CLOCK,),
    Breached: (What.CLOCK,),
}
