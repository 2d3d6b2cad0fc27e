"""Clock readings: one pure function from an agreement, an item's facts and an instant to every clock of the item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from svcdelivery.agreement import AgreementRevision, Followed, ServiceAgreement
from svcdelivery.clock.basis import Basis, Postponed
from svcdelivery.clock.ordinary import ordinary_of
from svcdelivery.clock.reading import ClockReading
from svcdelivery.clock.walked import walked_clocks, walked_measures
from svcdelivery.facts import Fact
from svcdelivery.timeline import Instant, to_instant, to_micros
from svcdelivery.work import Outline, Step, Trace, outline_of, outline_of_steps, trace_of

__all__ = ["next_due", "read_clocks", "read_outline", "read_trace", "read_under", "revision_of"]


def revision_of(agreement: ServiceAgreement, steps: Sequence[Step]) -> AgreementRevision | None:
    """Answer the revision an item's promises follow: the one pinned at receipt, else the one in force then."""
    pinned = getattr(steps[0].fact.body, "revision", None)
    return agreement.revision(pinned) if pinned is not None else agreement.at(steps[0].at)


def read_clocks(agreement: ServiceAgreement, facts: Iterable[Fact[Any]], now: datetime) -> tuple[ClockReading, ...]:
    """Answer every clock the agreement sets on one item, in the order of its targets.

    Args:
        facts: All facts of the item, in any order; for a reading as of another day, those known then (`known_at`).
        now: The instant of the reading. What happened after it is left aside.

    Returns:
        One reading a measure, and before it one for each finished cycle of a measure that repeats; none where no target
        has ever applied or no revision was in force at receipt.
    """
    at, told = to_instant(now), tuple(facts)
    outline = outline_of(told, at)
    if outline is None:
        trace = trace_of(told)
        return () if trace is None else read_trace(agreement, trace, at)
    return read_outline(agreement, told, outline, at)


def read_outline(
    agreement: ServiceAgreement, facts: Sequence[Fact[Any]], outline: Outline, now: datetime
) -> tuple[ClockReading, ...]:
    """Answer the same as `read_clocks` for facts whose outline, of all that happened by `now`, was drawn already."""
    pinned = getattr(facts[0].body, "revision", None)
    revision = agreement.revision(pinned) if pinned is not None else agreement.at(outline.instants[0])
    return () if revision is None else _Item(revision, agreement, to_instant(now), facts).readings(outline)


def read_trace(agreement: ServiceAgreement, trace: Trace, now: datetime) -> tuple[ClockReading, ...]:
    """Answer the same as `read_clocks` for facts that were traced already."""
    at = to_instant(now)
    steps = _upto(trace, at)
    revision = revision_of(agreement, steps) if steps else None
    if revision is None:
        return ()
    return _Item(revision, agreement, at, trace.facts, trace).readings(outline_of_steps(trace.kind, steps))


def read_under(
    terms: AgreementRevision, trace: Trace, now: datetime, *, agreement: ServiceAgreement | None = None
) -> tuple[ClockReading, ...]:
    """Answer every clock of an item as if it had come in under those terms, whatever their effective instant and term.

    For a draft that was never in force, and for terms that are tried on what happened before them.

    Args:
        agreement: The one whose suspensions make clocks stand still, and whose exclusions count; none without it.
    """
    at = to_instant(now)
    steps = _upto(trace, at)
    if not steps:
        return ()
    item = _Item(terms, agreement, at, trace.facts, trace, amended=False)
    return item.readings(outline_of_steps(trace.kind, steps))


def next_due(readings: Iterable[ClockReading]) -> Instant | None:
    """Answer the earliest due instant of the clocks still open, None when none has one."""
    return min((reading.due_at for reading in readings if reading.is_open and reading.due_at is not None), default=None)


class _Item(Postponed):
    """One item under the terms it came in under: its clocks, read off its outline as far as that tells of them."""

    def __init__(
        self,
        revision: AgreementRevision,
        agreement: ServiceAgreement | None,
        at: Instant,
        facts: Iterable[Fact[Any]],
        trace: Trace | None = None,
        *,
        amended: bool = True,
    ) -> None:
        self.revision, self._agreement, self._at = revision, agreement, at
        self._facts, self._known_trace, self._amended = facts, trace, amended

    def readings(self, outline: Outline | None) -> tuple[ClockReading, ...]:
        """Answer every clock."""
        agreement, revision = self._agreement, self.revision
        if outline is None or (agreement is not None and not agreement.leaves_open_work_alone and self._is_met()):
            return self._walked()
        found, left = ordinary_of(revision, outline.kind).read(outline, self._at, self)
        if not left:
            return tuple(found.values())
        if not found:
            return self._walked()
        trace, steps = self._trace
        every = walked_measures(revision, trace.kind, steps, self._at, agreement=agreement, only=left)
        every.update((number, (reading,)) for number, reading in found.items())
        return tuple(reading for number in sorted(every) for reading in every[number])

    def bases(self) -> dict[str, Basis]:
        """Answer what the walk works its readings out from."""
        return {reading.measure: reading.basis for reading in self._walked() if reading.basis is not None}

    @cached_property
    def _trace(self) -> tuple[Trace, Sequence[Step]]:
        trace = self._known_trace or trace_of(self._facts)
        assert trace is not None, "what is read has facts"
        return trace, _upto(trace, self._at)

    @property
    def _followed(self) -> tuple[Followed, ...]:
        agreement = self._agreement
        return () if agreement is None or not self._amended else agreement.followed_by(self.revision, self._at)

    def _is_met(self) -> bool:
        """Answer whether a suspension or an amendment bears on it."""
        return len(self._followed) > 1 or (self._agreement is not None and bool(self._agreement.standstills))

    def _walked(self) -> tuple[ClockReading, ...]:
        trace, steps = self._trace
        return walked_clocks(
            self.revision, trace.kind, steps, self._at, agreement=self._agreement, followed=self._followed
        )


def _upto(trace: Trace, at: Instant) -> Sequence[Step]:
    upto = to_micros(at)
    return trace.steps if trace.steps[-1].micros <= upto else [step for step in trace.steps if step.micros <= upto]
