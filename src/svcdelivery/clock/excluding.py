"""Time that does not count though the hours are open: exclusions cut out of what a goal counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from attrs import define

from svcdelivery.agreement import AgreementRevision, Boundary, Exclusion, ServiceAgreement, ServiceLevelTarget
from svcdelivery.clock.counting import Counting
from svcdelivery.clock.facts import TimeExcluded
from svcdelivery.timeline import to_micros
from svcdelivery.timeline.spans import Span, Spans, subtract
from svcdelivery.work import Step

__all__ = ["Excluded", "Excluding", "excluding", "exclusions_of"]


@define(eq=False)
class Excluded:
    """An exclusion in epoch microseconds, with who authorized it and the rule that lets it count for nothing."""

    start: int
    end: int
    exclusion: Exclusion
    actor: str

    @property
    def reason(self) -> str:
        """Why the time does not count."""
        cause = self.exclusion.cause.replace("_", " ")
        return f"excluded: {cause} ({self.exclusion.ground})" if self.exclusion.ground else f"excluded: {cause}"


def exclusions_of(
    agreement: ServiceAgreement | None, revision: AgreementRevision, steps: Sequence[Step], upto: int
) -> tuple[Excluded, ...]:
    """Answer the exclusions that hold for an item by an instant, by their start.

    Those of its terms, those put on record for all work under the agreement, and those of the item alone.
    """
    found = [_excluded(exclusion, revision.author) for exclusion in revision.exclusions]
    on_record = () if agreement is None else agreement.exclusions
    found += [_excluded(of.exclusion, of.actor) for of in on_record if to_micros(of.since) <= upto]
    found += [
        _excluded(step.fact.body.exclusion, str(step.fact.actor))
        for step in steps
        if isinstance(step.fact.body, TimeExcluded)
    ]
    return tuple(sorted(found, key=_start_of))


_start_of = attrgetter("start")


def _excluded(exclusion: Exclusion, actor: str) -> Excluded:
    start, until = to_micros(exclusion.start), to_micros(exclusion.until)
    return Excluded(start, until, exclusion, exclusion.authorized_by or actor)


def excluding(counting: Counting, target: ServiceLevelTarget, exclusions: Iterable[Excluded], service: str) -> Counting:
    """Answer what the target's goal counts once the exclusions it honors are cut out; the same where none is."""
    honored = [
        cut
        for cut in exclusions
        if cut.exclusion.cause in target.excludes and cut.exclusion.speaks_of(service) and cut.start < cut.end
    ]
    return Excluding(counting, honored) if honored else counting


class Excluding:
    """A way to count time, but for what is excluded."""

    __slots__ = ("_cuts", "name", "whole", "zone")

    def __init__(self, whole: Counting, cuts: Sequence[Excluded]) -> None:
        self.name, self.zone, self.whole = whole.name, whole.zone, whole
        # Where exclusions overlap the one that began first is the reason; counted out is the time once.
        self._cuts: list[tuple[int, int, Excluded]] = []
        at = cuts[0].start
        for cut in cuts:
            if cut.end > at:
                self._cuts.append((max(at, cut.start), cut.end, cut))
                at = cut.end

    def over(self, whole: Counting) -> Excluding:
        """Answer the same exclusions cut out of what another way counts."""
        return Excluding(whole, [cut for _, _, cut in self._cuts])

    def elapsed(self, start: int, end: int) -> int:
        """Answer the microseconds that count in `[start, end)`."""
        whole = self.whole.elapsed
        return whole(start, end) - sum(whole(since, until) for since, until, _ in self._within(start, end))

    def add(self, start: int, duration: int, boundary: Boundary, /) -> int:
        """Answer when so many microseconds are used up; like at a closing where that is as an exclusion begins."""
        at, left = start, duration
        for since, until, _ in self._cuts:
            if until <= at:
                continue
            counted = self.whole.elapsed(at, since)
            if counted > left or (counted == left > 0 and boundary is Boundary.CLOSE):
                break
            left -= counted
            at = until
        return self.whole.add(at, left, boundary)

    def spans(self, start: int, end: int) -> Spans:
        """Answer the parts of `[start, end)` that count."""
        return subtract(self.whole.spans(start, end), tuple((since, until) for since, until, _ in self._cuts))

    def excluded(self, start: int, end: int) -> Iterator[tuple[Span, Excluded]]:
        """Answer the parts of `[start, end)` that would count and are excluded, in order, with what excludes them."""
        for since, until, cut in self._within(start, end):
            for span in self.whole.spans(since, until):
                yield span, cut

    def after(self, start: int) -> Iterator[Span]:
        """Answer the excluded time from an instant on."""
        for since, until, _ in self._cuts:
            if until > start:
                yield max(since, start), until

    def _within(self, start: int, end: int) -> Iterator[tuple[int, int, Excluded]]:
        for since, until, cut in self._cuts:
            if since >= end:
                return
            if until > start:
                yield max(since, start), min(until, end), cut
