"""How an item's clocks stood and since when that was known, as plain data for an escalation to look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import evolve, field, frozen
from attrs.converters import optional

from svcdelivery.agreement import AgreementRevision, ServiceAgreement, TimeKind, time_kind
from svcdelivery.clock import ClockPhase, ClockReading, Verdict, read_clocks, revision_of
from svcdelivery.facts import Fact, known_at
from svcdelivery.timeline import Instant, to_instant, to_micros
from svcdelivery.timeline.instant import duration_micros
from svcdelivery.work import trace_of

__all__ = ["ClockView", "clock_views"]


@frozen(kw_only=True)
class ClockView:
    """One clock as it stood from an instant on.

    Attributes:
        hours: The named hours whose open time the clock counts; None counts round the clock.
        due_at: None while it is not known, or will be another once a clock that stands still goes on.
        elapsed: Counted microseconds up to `known_at`; `allowed` those from start to due.
        runs: Whether it counts.
        over: Whether it stopped or was cancelled: nothing becomes due by it any more.
    """

    target: str
    known_at: Instant = field(converter=to_instant)
    cycle: int = 1
    hours: str | None = None
    due_at: Instant | None = field(default=None, converter=optional(to_instant))
    elapsed: int = 0
    allowed: int | None = None
    runs: bool = True
    over: bool = False
    breached: bool = False
    _due: int | None = field(init=False, eq=False, repr=False)
    _known: int = field(init=False, eq=False, repr=False)

    @_due.default
    def _due_micros(self) -> int | None:
        return None if self.due_at is None else to_micros(self.due_at)

    @_known.default
    def _known_micros(self) -> int:
        return to_micros(self.known_at)

    @property
    def due(self) -> int | None:
        """The due instant in epoch microseconds."""
        return self._due

    @property
    def known(self) -> int:
        """When this became known, in epoch microseconds."""
        return self._known


def clock_views(agreement: ServiceAgreement, facts: Iterable[Fact[Any]]) -> tuple[ClockView, ...]:
    """Answer how each clock stood after each fact, in the order this became known; what did not change is left out.

    Each view comes from `read_clocks` over the facts known at its instant, so that what fell due is judged by what was
    known then, however the facts were corrected since.
    """
    every = sorted(facts, key=lambda fact: fact.position)
    shown: dict[tuple[str, int], tuple[Any, ...]] = {}
    open_ones: dict[tuple[str, int], ClockView] = {}
    views: list[ClockView] = []
    for at in dict.fromkeys(max(fact.occurred_at, fact.recorded_at) for fact in every):
        found = {(view.target, view.cycle): view for view in _at(agreement, known_at(every, at), at)}
        # A target in whose place another one came is over: nobody is woken for it any more.
        gone = [_gone(view, at) for key, view in open_ones.items() if key not in found]
        views += [view for view in (*gone, *found.values()) if _is_news(shown, view)]
        open_ones = {key: view for key, view in found.items() if not view.over}
    return tuple(views)


def _gone(view: ClockView, at: Instant) -> ClockView:
    return evolve(view, known_at=at, due_at=None, runs=False, over=True)


def _is_news(shown: dict[tuple[str, int], tuple[Any, ...]], view: ClockView) -> bool:
    # What a running clock has used up follows from its due instant; only what moves that is news.
    tells = (view.due_at, view.allowed, view.runs, view.over, view.breached, None if view.runs else view.elapsed)
    if shown.get((view.target, view.cycle)) == tells:
        return False
    shown[view.target, view.cycle] = tells
    return True


def _at(agreement: ServiceAgreement, facts: tuple[Fact[Any], ...], at: Instant) -> Iterator[ClockView]:
    trace = trace_of(facts)
    revision = None if trace is None else revision_of(agreement, trace.steps)
    if revision is None:
        return
    for reading in read_clocks(agreement, facts, at):
        if reading.phase is not ClockPhase.WAITING:
            # The terms that came in with the work speak first; an amendment may have brought a target of its own.
            yield _view((revision, *reversed(agreement.revisions)), reading, at)


def _view(revisions: Iterable[AgreementRevision], reading: ClockReading, at: Instant) -> ClockView:
    target = next(target for terms in revisions for target in terms.targets if target.name == reading.target)
    known = reading.due_at is not None and not reading.due_is_provisional
    return ClockView(
        target=reading.target,
        known_at=at,
        cycle=reading.cycle,
        hours=target.hours if time_kind(target.goal) is TimeKind.SERVICE else None,
        due_at=reading.due_at if known else None,
        elapsed=0 if reading.elapsed is None else duration_micros(reading.elapsed),
        allowed=None if reading.allowed is None else duration_micros(reading.allowed),
        runs=reading.phase is ClockPhase.RUNNING,
        over=reading.phase in (ClockPhase.STOPPED, ClockPhase.CANCELLED),
        breached=reading.verdict is Verdict.BREACHED,
    )
