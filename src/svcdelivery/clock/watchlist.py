"""Which of very many open clocks fall due next, or before an instant, without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, islice
from typing import Any, Generic, Protocol, TypeVar

from attrs import frozen

from svcdelivery.clock.reading import ClockReading
from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["Ordered", "Watched", "Watchlist", "due_times"]

_BLOCK = 256


class Ordered(Protocol):
    """What a key has to be: hashable, and comparable with every other key, such as a text or a tuple of texts."""

    def __hash__(self) -> int:
        """Answer the hash."""
        ...

    def __lt__(self, other: Any, /) -> bool:
        """Answer whether it comes first."""
        ...


Key = TypeVar("Key", bound=Ordered)
Entry = tuple[int, Key]


@frozen
class Watched(Generic[Key]):
    """A clock on the list.

    Attributes:
        key: Whatever the caller calls the clock.
        due_at: The instant in UTC; the clock is breached when it is still open after it.
    """

    key: Key
    due_at: Instant


class Watchlist(Generic[Key]):
    """Clocks in order of due instant, equal ones in order of key.

    Kept in sorted blocks: a change touches one block, so its cost hardly grows with the number of clocks, nothing
    outdated is kept, and memory follows the number of clocks. One thread at a time may change it.

        watchlist = Watchlist(due_times("INC-1", readings))
        watchlist.put(("INC-1", "resolution", 1), due_at)
        watchlist.next(10)
    """

    def __init__(self, clocks: Iterable[tuple[Key, datetime | None]] = ()) -> None:
        """Load clocks in bulk; of a key given twice the last one counts.

        Raises:
            NaiveTimeError: A due time has no zone.
        """
        self._due: dict[Key, int] = {}
        for key, due_at in clocks:
            if due_at is None:
                self._due.pop(key, None)
            else:
                self._due[key] = to_micros(due_at)
        ordered: list[Entry[Key]] = sorted((due, key) for key, due in self._due.items())
        self._blocks = [ordered[at : at + _BLOCK] for at in range(0, len(ordered), _BLOCK)]
        self._last = [block[-1] for block in self._blocks]

    def put(self, key: Key, due_at: datetime | None) -> None:
        """Say when a clock is due now, in place of what was said before; None takes it off the list.

        A clock that is stopped, cancelled, or due at no known instant is put with None.

        Raises:
            NaiveTimeError: The due time has no zone.
        """
        due = None if due_at is None else to_micros(due_at)
        before = self._due.get(key)
        if due == before:
            return
        if before is not None:
            self._take_out((before, key))
        if due is None:
            del self._due[key]
        else:
            self._bring_in((due, key))
            self._due[key] = due

    def remove(self, key: Key) -> None:
        """Take a clock off the list; one that is not on it stays off."""
        self.put(key, None)

    def due_at(self, key: Key) -> Instant | None:
        """Answer when a clock is due, or None when it is not on the list."""
        due = self._due.get(key)
        return None if due is None else from_micros(due)

    def next(self, count: int = 1) -> tuple[Watched[Key], ...]:
        """Answer the clocks due first, at most so many, in order."""
        if type(count) is not int:
            raise WrongTypeError(expected="a whole number of clocks", value=count)
        if count < 0:
            raise InvalidValueError(what="a number of clocks", value=count, hint="zero or more")
        return _shown(islice(chain.from_iterable(self._blocks), count))

    def before(self, at: datetime) -> tuple[Watched[Key], ...]:
        """Answer the clocks due before an instant, in order: those breached at it unless they have stopped."""
        block, within = self._place_of(at)
        return _shown(chain(chain.from_iterable(self._blocks[:block]), *(b[:within] for b in self._blocks[block:][:1])))

    def count_before(self, at: datetime) -> int:
        """Answer how many clocks are due before an instant."""
        block, within = self._place_of(at)
        return sum(map(len, self._blocks[:block])) + within

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, key: object) -> bool:
        return key in self._due

    def __iter__(self) -> Iterator[Watched[Key]]:
        return iter(self.next(len(self)))

    # -- blocks --------------------------------------------------------------------------------------------------------

    def _place_of(self, at: datetime) -> tuple[int, int]:
        """Answer the block that holds the first clock not due before an instant, and its place in there."""
        # One element alone comes before every pair that begins with the same one.
        mark = (to_micros(at),)
        block = bisect_left(self._last, mark)
        return block, bisect_left(self._blocks[block], mark) if block < len(self._blocks) else 0

    def _bring_in(self, entry: Entry[Key]) -> None:
        if not self._blocks:
            self._blocks, self._last = [[entry]], [entry]
            return
        at = min(bisect_left(self._last, entry), len(self._last) - 1)
        block = self._blocks[at]
        insort(block, entry)
        if len(block) > 2 * _BLOCK:
            self._blocks[at : at + 1] = [block[:_BLOCK], block[_BLOCK:]]
            self._last[at : at + 1] = [block[_BLOCK - 1], block[-1]]
        else:
            self._last[at] = block[-1]

    def _take_out(self, entry: Entry[Key]) -> None:
        at = bisect_left(self._last, entry)
        block = self._blocks[at]
        del block[bisect_left(block, entry)]
        if not block:
            del self._blocks[at], self._last[at]
            return
        self._last[at] = block[-1]
        if len(block) < _BLOCK // 4 and len(self._blocks) > 1:
            self._join(min(at, len(self._blocks) - 2))

    def _join(self, at: int) -> None:
        """Make one block of two neighbors, unless it would have to be split again at once."""
        both = self._blocks[at] + self._blocks[at + 1]
        if len(both) <= 2 * _BLOCK:
            self._blocks[at : at + 2] = [both]
            self._last[at : at + 2] = [both[-1]]


def due_times(item: str, readings: Iterable[ClockReading]) -> Iterator[tuple[tuple[str, str, int], Instant | None]]:
    """Answer what to put on a watchlist of the clocks of an item: its id, target and cycle, and when that is due.

    None for a clock that is not open, is due at no known instant, or stands still so that its due instant will be
    another: it leaves the list.
    """
    for reading in readings:
        waits = reading.is_open and not reading.due_is_provisional
        yield (item, reading.target, reading.cycle), reading.due_at if waits else None


def _shown(entries: Iterable[Entry[Key]]) -> tuple[Watched[Key], ...]:
    return tuple(Watched(key, from_micros(due)) for due, key in entries)
