"""Half-open intervals `[start, end)` of instants, and the algebra of sets of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from attrs import field, frozen

from svcdelivery.errors import EmptyIntervalError
from svcdelivery.timeline.instant import Instant, from_micros, to_instant, to_micros
from svcdelivery.timeline.spans import Spans, intersect, measure, normalize, subtract, union

__all__ = ["Interval", "IntervalSet"]


@frozen
class Interval:
    """The instants from `start` until just before `end`.

    Raises:
        EmptyIntervalError: The end is not after the start.
    """

    start: Instant = field(converter=to_instant)
    end: Instant = field(converter=to_instant)

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise EmptyIntervalError(start=self.start, end=self.end)

    @property
    def duration(self) -> timedelta:
        """The exact length."""
        return datetime.__sub__(self.end, self.start)

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= to_instant(instant) < self.end

    def overlaps(self, other: Interval) -> bool:
        """Answer whether the two share an instant; touching ends do not."""
        return self.start < other.end and other.start < self.end


class IntervalSet:
    """A set of instants as disjoint intervals in order; touching and overlapping ones are one.

    `a | b`, `a & b` and `a - b` are union, intersection and difference.
    """

    __slots__ = ("_spans",)

    def __init__(self, intervals: Iterable[Interval] = ()) -> None:
        self._spans: Spans = normalize((to_micros(i.start), to_micros(i.end)) for i in intervals)

    @classmethod
    def from_spans(cls, spans: Spans) -> IntervalSet:
        """Answer the set of the given `(start, end)` pairs of epoch microseconds, normalized already."""
        made = cls.__new__(cls)
        made._spans = spans
        return made

    @property
    def spans(self) -> Spans:
        """The intervals as `(start, end)` pairs of epoch microseconds."""
        return self._spans

    @property
    def duration(self) -> timedelta:
        """The exact time covered; overlaps count once."""
        return timedelta(microseconds=measure(self._spans))

    def __iter__(self) -> Iterator[Interval]:
        return (Interval(from_micros(start), from_micros(end)) for start, end in self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def __contains__(self, instant: datetime) -> bool:
        at = to_micros(instant)
        return any(start <= at < end for start, end in self._spans)

    def __or__(self, other: IntervalSet) -> IntervalSet:
        return IntervalSet.from_spans(union(self._spans, other._spans))

    def __and__(self, other: IntervalSet) -> IntervalSet:
        return IntervalSet.from_spans(intersect(self._spans, other._spans))

    def __sub__(self, other: IntervalSet) -> IntervalSet:
        return IntervalSet.from_spans(subtract(self._spans, other._spans))

    def __eq__(self, other: object) -> bool:
        return self._spans == other._spans if isinstance(other, IntervalSet) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._spans)

    def __repr__(self) -> str:
        return f"IntervalSet({list(self)!r})"
