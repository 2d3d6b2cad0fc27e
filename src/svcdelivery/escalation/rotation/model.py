"""Rotations: people take turns, and hand over at regular times of the wall clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from attrs import evolve, field, frozen
from attrs.converters import optional

from svcdelivery.errors import InvalidValueError
from svcdelivery.escalation.rotation.handoffs import Handoffs, RotationUnit
from svcdelivery.escalation.rotation.shift import Group, OnCallShift, to_groups
from svcdelivery.identity import identifier
from svcdelivery.service_hours import Hours
from svcdelivery.timeline import Instant, from_micros, to_instant, to_micros, to_zone

__all__ = ["Rotation"]

LENGTH_MOST = 10_000


def _zone(_rotation: Rotation, _attribute: object, value: str) -> None:
    to_zone(value)


@frozen(kw_only=True)
class Rotation:
    """People who take turns without a gap: each is on call from one hand-off to the next.

    Turns are counted by the hand-offs that happen. Two that fall on one instant, in the hour or the day a clock leaves
    out, are one, so nobody is skipped.

    Attributes:
        start: The first hand-off; its time on the zone's wall clock is that of all.
        people: In the order of their turns; a group is on call together.
        length: How many hours, days, weeks or months a shift takes.
        since: From when on this order holds; the first in it has the shift of that instant. None from the start.
        until: When nobody is on call any more.
        restriction: Hours outside of which nobody is on call; the turns go on meanwhile.

    Raises:
        InvalidValueError: Nobody to take turns, a length of less than 1, or an end before the beginning.
        UnknownZoneError: The zone data have no such name.
    """

    name: str = field(converter=identifier)
    zone: str = field(validator=_zone)
    start: Instant = field(converter=to_instant)
    unit: RotationUnit
    length: int = 1
    people: tuple[Group, ...] = field(converter=to_groups)
    since: Instant | None = field(default=None, converter=optional(to_instant))
    until: Instant | None = field(default=None, converter=optional(to_instant))
    restriction: Hours | None = None
    _handoffs: Handoffs = field(init=False, eq=False, repr=False)

    @_handoffs.default
    def _compile(self) -> Handoffs:
        return Handoffs(self.zone, to_micros(self.start), self.unit, self.length)

    def __attrs_post_init__(self) -> None:
        if not self.people:
            raise InvalidValueError(what="people to take turns", value="", path="people", hint="at least one")
        if not 1 <= self.length <= LENGTH_MOST:
            raise InvalidValueError(what="a length", value=self.length, path="length", hint=f"1 to {LENGTH_MOST}")
        if self.until is not None and self.until <= self.begins_at:
            raise InvalidValueError(what="an end after the beginning", value=self.until.isoformat(), path="until")

    @property
    def begins_at(self) -> Instant:
        """When somebody is on call for the first time."""
        return self.start if self.since is None else max(self.start, self.since)

    # -- hand-offs -----------------------------------------------------------------------------------------------------

    def shift_start(self, at: datetime) -> Instant:
        """Answer the last hand-off at or before an instant, as if there had always been hand-offs."""
        return from_micros(self._handoffs.at(self._handoffs.last_by(to_micros(at))))

    def shift_end(self, at: datetime) -> Instant:
        """Answer the first hand-off after an instant, as if there had always been hand-offs."""
        return from_micros(self._handoffs.at(self._handoffs.last_by(to_micros(at)) + 1))

    # -- turns ---------------------------------------------------------------------------------------------------------

    def shift_at(self, at: datetime) -> OnCallShift | None:
        """Answer the whole shift that holds an instant; None where nobody is on call."""
        return next((shift for shift in self.shifts(at, from_micros(to_micros(at) + 1))), None)

    def on_call(self, at: datetime) -> Group:
        """Answer who is on call at an instant."""
        shift = self.shift_at(at)
        return () if shift is None else shift.people

    def next_on_call(self, at: datetime) -> Group:
        """Answer who is on call after the turn of that instant, whenever that begins."""
        return self._group(self._turn_of(to_micros(at)) + 1)

    def previous_on_call(self, at: datetime) -> Group:
        """Answer who was on call before the turn of that instant; nobody in the first turn."""
        turn = self._turn_of(to_micros(at)) - 1
        return self._group(turn) if turn >= 0 else ()

    def turns(self, start: datetime, end: datetime) -> Iterator[OnCallShift]:
        """Answer the turns that touch `[start, end)`, whole, in order, as if there were no restriction."""
        handoffs, stop = self._handoffs, to_micros(end)
        begin, last = to_micros(self.begins_at), None if self.until is None else to_micros(self.until)
        low = max(to_micros(start), begin)
        if low >= stop:
            return
        number = handoffs.last_by(low)
        turn = self._turn_of(low)
        opens = max(begin, handoffs.at(number))
        while opens < stop and (last is None or opens < last):
            number += 1
            closes = handoffs.at(number)
            if closes <= opens:
                continue
            closes = closes if last is None else min(closes, last)
            if closes > low:
                yield OnCallShift(from_micros(opens), from_micros(closes), self._group(turn), turn)
            opens, turn = closes, turn + 1

    def shifts(self, start: datetime, end: datetime) -> Iterator[OnCallShift]:
        """Answer the shifts that touch `[start, end)`, whole, in order; a restriction cuts them."""
        span = to_micros(start), to_micros(end)
        for turn in self.turns(start, end):
            for opens, closes in self._open(turn):
                if opens < span[1] and closes > span[0]:
                    yield OnCallShift(from_micros(opens), from_micros(closes), turn.people, turn.turn)

    def _open(self, turn: OnCallShift) -> Collection[tuple[int, int]]:
        opens, closes = to_micros(turn.start), to_micros(turn.end)
        return ((opens, closes),) if self.restriction is None else self.restriction.spans(opens, closes)

    def empty_turns(self, start: datetime, end: datetime) -> Iterator[OnCallShift]:
        """Answer the turns in `[start, end)` of which the restriction leaves nothing: nobody serves in them."""
        return (turn for turn in self.turns(start, end) if not self._open(turn))

    def _turn_of(self, at: int) -> int:
        handoffs = self._handoffs
        return handoffs.happened(handoffs.last_by(to_micros(self.begins_at)), handoffs.last_by(at))

    def _group(self, turn: int) -> Group:
        return self.people[turn % len(self.people)]

    # -- changes -------------------------------------------------------------------------------------------------------

    def without(self, person: str, *, at: datetime) -> Rotation:
        """Answer the rotation from an instant on in which that person takes no more turns.

        Whoever is on call stays so to the end of the turn; if that was the one who leaves, the next takes over.

        Raises:
            InvalidValueError: The person takes no turns, or nobody else does.
        """
        if not any(person in group for group in self.people):
            raise InvalidValueError(what="somebody who takes turns", value=person)
        now = max(to_instant(at), self.begins_at)
        current = self._turn_of(to_micros(now)) % len(self.people)
        ordered = (*self.people[current:], *self.people[:current])
        left = [tuple(name for name in group if name != person) for group in ordered]
        return evolve(self, people=[group for group in left if group], since=now)

    def with_person(self, person: str, *, at: datetime) -> Rotation:
        """Answer the rotation from an instant on in which that person has a turn too, the last in the order."""
        now = max(to_instant(at), self.begins_at)
        current = self._turn_of(to_micros(now)) % len(self.people)
        ordered = [*self.people, (identifier(person, "a person"),)]
        return evolve(self, people=[*ordered[current:], *ordered[:current]], since=now)

    def until_then(self, at: datetime) -> Rotation:
        """Answer the rotation as it was up to an instant, to stand beside the one that follows it."""
        return evolve(self, until=to_instant(at))
