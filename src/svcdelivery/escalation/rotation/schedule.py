"""On-call schedules: layers by priority, overrides, take-overs and swaps, flattened into who is on call when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from attrs import field, frozen

from svcdelivery.escalation.rotation.overrides import Override, Swap, TakeOver, apply_overrides
from svcdelivery.escalation.rotation.shift import OnCallShift, TakesTurns
from svcdelivery.facts import keeping_tuples
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant, Interval, from_micros, to_instant, to_micros

__all__ = ["Layer", "OnCallSchedule", "OnDuty", "next_in_turn"]


@frozen
class Layer:
    """People who take turns, and how much they count: where several layers have somebody, the highest priority does."""

    turns: TakesTurns
    priority: int = 0


Layered = list[tuple[Layer, list[OnCallShift]]]
"""Each layer with its shifts in a span of time."""


@frozen(kw_only=True)
class OnDuty:
    """One person on call, from `start` until just before `end`.

    Attributes:
        priority: Of the layer, or the rank of the take-over.
        source: The name of the layer; empty for whom an override or a take-over brought.
        is_override: Whether an override or a take-over put them there.
        is_swapped: Whether it is offered in a swap, taken or not.
    """

    person: str
    start: Instant
    end: Instant
    priority: int = 0
    source: str = ""
    is_override: bool = False
    is_swapped: bool = False


@frozen(kw_only=True, field_transformer=keeping_tuples)
class OnCallSchedule:
    """Who is on call.

    Layers give way to those of higher priority, and share with those of the same; a take-over beats every layer; swaps
    hand on what one person has; overrides come last.
    """

    name: str = field(converter=identifier)
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()
    take_overs: tuple[TakeOver, ...] = ()
    swaps: tuple[Swap, ...] = ()

    def on_call(self, at: datetime) -> tuple[str, ...]:
        """Answer who is on call at an instant, in alphabetical order."""
        now = to_micros(at)
        return tuple(sorted({duty.person for duty in self.duties(from_micros(now), from_micros(now + 1))}))

    def duties(self, start: datetime, end: datetime) -> tuple[OnDuty, ...]:
        """Answer the final schedule in `[start, end)`, cut at both: by start, then by person.

        One person's duties that touch and are of one kind are one.
        """
        low, high = to_instant(start), to_instant(end)
        shifts = [(layer, list(layer.turns.shifts(low, high))) for layer in self.layers]
        edges = sorted({low, high, *self._edges(shifts, low, high)})
        pieces = [duty for opens, closes in pairwise(edges) for duty in self._piece(shifts, opens, closes)]
        return _joined(pieces)

    def gaps(self, start: datetime, end: datetime) -> tuple[Interval, ...]:
        """Answer when nobody is on call in `[start, end)`, cut at both."""
        at, stop = to_instant(start), to_instant(end)
        found = []
        for duty in self.duties(at, stop):
            if duty.start > at:
                found.append(Interval(at, duty.start))
            at = max(at, duty.end)
        return (*found, Interval(at, stop)) if at < stop else tuple(found)

    def next_on_call(self, at: datetime, *, within: datetime) -> tuple[str, ...]:
        """Answer who is on call when that next changes, nobody if it does not by then."""
        now = set(self.on_call(at))
        for start in self._changes(at, within):
            people = self.on_call(start)
            if set(people) != now:
                return people
        return ()

    def previous_on_call(self, at: datetime, *, since: datetime) -> tuple[str, ...]:
        """Answer who was on call before that last changed, nobody if it has not since then."""
        now = set(self.on_call(at))
        edges = [to_instant(since), *self._changes(since, at)]
        for start in reversed(edges):
            people = self.on_call(start)
            if set(people) != now:
                return people
        return ()

    def changes(self, start: datetime, end: datetime) -> tuple[tuple[Instant, tuple[str, ...]], ...]:
        """Answer who is on call at the start, and at each instant before the end at which that changes."""
        found: list[tuple[Instant, tuple[str, ...]]] = [(to_instant(start), self.on_call(start))]
        for at in self._changes(start, end):
            people = self.on_call(at)
            if people != found[-1][1]:
                found.append((at, people))
        return tuple(found)

    def _changes(self, start: datetime, end: datetime) -> list[Instant]:
        low, high = to_instant(start), to_instant(end)
        duties = self.duties(low, high)
        return sorted({at for duty in duties for at in (duty.start, duty.end) if low < at < high})

    def _edges(self, shifts: Layered, low: Instant, high: Instant) -> Iterator[Instant]:
        instants = [at for _, found in shifts for shift in found for at in (shift.start, shift.end)]
        for spell in (*self.overrides, *self.take_overs, *self.swaps):
            instants += [at for at in (spell.start, spell.end) if at is not None]
        return (at for at in instants if low < at < high)

    def _piece(self, shifts: Layered, opens: Instant, closes: Instant) -> Iterator[OnDuty]:
        """Answer who is on call in a piece of time within which nothing changes."""
        found = self._taken_over(opens, closes) or self._of_layers(shifts, opens, closes)
        found = [duty for each in found for duty in self._swapped(each)]
        people = {duty.person for duty in found}
        final = set(apply_overrides(people, self.overrides, opens))
        seen: set[str] = set()
        for duty in found:
            if duty.person in final and duty.person not in seen:
                seen.add(duty.person)
                yield duty
        for person in sorted(final - people):
            yield OnDuty(person=person, start=opens, end=closes, is_override=True)

    def _taken_over(self, opens: Instant, closes: Instant) -> list[OnDuty]:
        holding = [each for each in self.take_overs if each.holds(opens)]
        highest = max((each.rank for each in holding), default=0)
        return [
            OnDuty(person=person, start=opens, end=closes, priority=each.rank, is_override=True)
            for each in holding
            if each.rank == highest
            for person in each.people
        ]

    def _of_layers(self, shifts: Layered, opens: Instant, closes: Instant) -> list[OnDuty]:
        holding = [(layer, shift) for layer, found in shifts for shift in found if shift.start <= opens < shift.end]
        highest = max((layer.priority for layer, _ in holding), default=0)
        return [
            OnDuty(person=person, start=opens, end=closes, priority=layer.priority, source=layer.turns.name)
            for layer, shift in holding
            if layer.priority == highest
            for person in shift.people
        ]

    def _swapped(self, duty: OnDuty) -> Iterator[OnDuty]:
        swap = next((s for s in self.swaps if s.giver == duty.person and s.holds(duty.start)), None)
        if swap is None:
            yield duty
            return
        yield OnDuty(
            person=swap.taker or duty.person,
            start=duty.start,
            end=duty.end,
            priority=duty.priority,
            source=duty.source,
            is_override=duty.is_override,
            is_swapped=True,
        )


def _joined(pieces: Iterable[OnDuty]) -> tuple[OnDuty, ...]:
    """Answer the pieces with those joined that touch and differ in nothing but their time."""
    joined: list[OnDuty] = []
    ends: dict[tuple[object, ...], int] = {}
    for piece in pieces:
        kind = (piece.person, piece.priority, piece.source, piece.is_override, piece.is_swapped)
        index = ends.get(kind)
        if index is not None and joined[index].end == piece.start:
            before = joined[index]
            joined[index] = OnDuty(
                person=before.person,
                start=before.start,
                end=piece.end,
                priority=before.priority,
                source=before.source,
                is_override=before.is_override,
                is_swapped=before.is_swapped,
            )
            continue
        ends[kind] = len(joined)
        joined.append(piece)
    return tuple(sorted(joined, key=lambda duty: (duty.start, duty.person)))


def next_in_turn(
    people: Iterable[str], last_told: Mapping[str, datetime], *, unavailable: Iterable[str] = ()
) -> str | None:
    """Answer whose turn it is: who was told longest ago or never, the first of the list among equals.

    Args:
        people: In the order of the team.
        last_told: When each was last told; who is missing never was.
        unavailable: Who is passed over. None is answered when that leaves nobody.
    """
    away = frozenset(unavailable)
    free = [person for person in people if person not in away]
    never = [person for person in free if person not in last_told]
    if never:
        return never[0]
    return min(free, key=lambda person: to_micros(last_told[person]), default=None)
