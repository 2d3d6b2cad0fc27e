"""Irregularities: what a log says that cannot be, or that it leaves out; each is counted, none is mended."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from operator import itemgetter

from svcdelivery.exchange.findings import FindingCollector
from svcdelivery.exchange.log_profile import LogProfile
from svcdelivery.exchange.log_times import LogTime, TimeReader
from svcdelivery.facts import NewFact
from svcdelivery.lifecycle import Phase
from svcdelivery.work import Observed

__all__ = ["History", "Irregularities"]

_RANK = {Phase.NEW: 0, Phase.ACTIVE: 1, Phase.HELD: 1, Phase.DONE: 2, Phase.CLOSED: 3, Phase.CANCELLED: 3}
_ENDED = (Phase.CLOSED, Phase.CANCELLED)
_NEVER = -(1 << 62)
_NUMBERS_MOST = 100_000

Meaning = tuple[str, str | None]
"""What a status of the source means: one of ours, and the reason of a hold."""


class History:
    """An item while its rows come in: its facts, and its latest row."""

    __slots__ = (
        "ahead", "facts", "id", "is_scattered", "line", "meaning", "next_count", "received", "received_micros", "row",
        "time", "watched",
    )  # fmt: skip

    def __init__(self, id: str, line: int, row: list[str], time: LogTime, meaning: Meaning) -> None:
        self.id = id
        self.facts: list[NewFact[Observed]] = []
        self.line, self.row, self.time, self.meaning = line, row, time, meaning
        self.received: LogTime | None = None
        self.received_micros = _NEVER
        self.next_count: int | None = None
        self.ahead: set[int] = set()
        self.watched: object = None
        self.is_scattered = False


class Irregularities:
    """Compares each row with the one before it in the same item."""

    def __init__(
        self, profile: LogProfile, columns: tuple[str, ...], times: TimeReader, found: FindingCollector
    ) -> None:
        self._columns, self._times, self._found = columns, times, found
        self._kind, self._phases = profile.kind, profile.phases
        table = profile.work_kind.table
        pairs = product(table.statuses, repeat=2)
        self._moves = {(a.value, b.value) for a, b in pairs if a is b or table.leads(a, b)}
        self._ended = frozenset(status for status, phase in self._phases.items() if phase in _ENDED)
        self._irregular, self._missing = frozenset(profile.irregular), frozenset(profile.missing)
        self._time, self._status = columns.index(profile.updated_at), columns.index(profile.status)
        self._received = None if profile.received_at is None else columns.index(profile.received_at)
        self._counter = None if profile.counter is None else columns.index(profile.counter)
        self._numbers: dict[str, int | None] = {}
        self._ranks = {status: _RANK[phase] for status, phase in self._phases.items()}
        message = "items with a value in `{}` before they are {}"
        self._ahead = tuple(
            (columns.index(name), self._ranks[status], found.tally("looked_ahead", message.format(name, status)))
            for name, status in profile.look_ahead
        )
        self._tie = found.tally("tie", "updates of one item at one time; the order of the file is kept")
        # Most rows change none of these, and one comparison of all cells says so.
        self._watched = _cells([index for index, *_ in self._ahead])
        self._last: History | None = None

    def begin(self, item: History) -> None:
        """Look at the first row of an item."""
        source, status = item.row[self._status], item.meaning[0]
        self._odd_status(item, source, status)
        if self._ranks[status]:
            message = f"items that begin at `{source}`; what came before is not in the log"
            self._add("late_start", message, item, "the first status is `{}`", source)
        if self._received is not None:
            self._receipt(item, self._received)
        self._doubt(item, item.time, self._time)
        if self._counter is not None:
            self._count(item, item.row[self._counter])
        item.watched = self._watched(item.row)
        self._look_ahead(item)
        self._last = item

    def go_on(self, item: History, line: int, row: list[str], time: LogTime, meaning: Meaning) -> None:
        """Look at the next row of an item, and make it the item's latest."""
        before, before_line, before_time, before_status = item.row, item.line, item.time, item.meaning[0]
        item.line, item.row, item.time, item.meaning = line, row, time, meaning
        status, source = meaning[0], row[self._status]
        if item is not self._last:
            self._scattered(item, before_line)
            self._last = item
        watched = self._watched(row)
        if watched != item.watched or (status is not before_status and len(item.ahead) < len(self._ahead)):
            item.watched = watched
            self._look_ahead(item, before)
        if source in self._irregular:
            self._odd_status(item, source, status)
        if status is not before_status or status in self._ended:
            self._move(item, (before[self._status], source), (before_status, status))
        if self._received is not None and (
            row[self._received] != before[self._received] or time.micros < item.received_micros
        ):
            self._against_receipt(item, self._received, before)
        if time.micros <= before_time.micros:
            self._disorder(item, before_time, before_line)
        if time.doubt:
            self._doubt(item, time, self._time)
        if self._counter is not None:
            now = self._numbers.get(row[self._counter])
            if now is not None and now == item.next_count:
                item.next_count = now + 1
            else:
                self._count(item, row[self._counter])

    def finish(self, item: History) -> None:
        """Look at an item's end."""
        if item.meaning[0] not in self._ended:
            message = "items that are not closed where the log ends"
            self._add("missing_end", message, item, "the last status is `{}`", item.row[self._status])

    def _add(self, code: str, message: str, item: History, what: str, *values: object) -> None:
        self._found.add(code, message, item.id, item.line, what, *values)

    # -- status --------------------------------------------------------------------------------------------------------

    def _odd_status(self, item: History, source: str, status: str) -> None:
        if source in self._irregular:
            message = f"`{source}` is no status; the one before it is kept"
            self._add("irregular_status", message, item, "`{}` is kept as {}", source, status)

    def _move(self, item: History, told: tuple[str, str], meant: tuple[str, str]) -> None:
        before, after = self._phases[meant[0]], self._phases[meant[1]]
        if meant not in self._moves:
            message = f"`{told[0]}` to `{told[1]}` is no single move of the {self._kind} lifecycle"
            self._add("illegal_jump", message, item, "`{}` to `{}`, which mean {} and {}", *told, *meant)
        elif after.is_open and not before.is_open:
            message = f"work that was done is taken up again: `{told[0]}` to `{told[1]}`"
            self._add("reopened", message, item, "`{}` to `{}`", *told)
        elif before in _ENDED:
            message = f"updates after the end: `{told[0]}` to `{told[1]}`"
            self._add("update_after_end", message, item, "`{}` to `{}`", *told)

    def _look_ahead(self, item: History, before: list[str] | None = None) -> None:
        rank = self._ranks[item.meaning[0]]
        for index, due, tally in self._ahead:
            cell = item.row[index]
            if before is not None and before[index] not in self._missing and cell != before[index]:
                changed = f"`{self._columns[index]}` changes within an item"
                self._add("changed_look_ahead", changed, item, "`{}` becomes `{}`", before[index], cell)
            if rank < due and index not in item.ahead and cell not in self._missing:
                item.ahead.add(index)
                tally.add(item.id, item.line, "`{}`, while it is `{}`", cell, item.row[self._status])

    # -- time and order ------------------------------------------------------------------------------------------------

    def _receipt(self, item: History, index: int) -> None:
        text = item.row[index]
        if text in self._missing:
            message = f"items without `{self._columns[index]}`; the first update counts as receipt"
            self._add("missing_receipt", message, item, "nothing")
            return
        item.received = self._times(text)
        item.received_micros = item.received.micros
        self._doubt(item, item.received, index)
        self._against_receipt(item, index, item.row)

    def _against_receipt(self, item: History, index: int, before: list[str]) -> None:
        old, new = before[index], item.row[index]
        if old != new:
            message = f"`{self._columns[index]}` changes within an item"
            self._add("changed_receipt", message, item, "`{}` becomes `{}`; the first one counts", old, new)
        if item.time.micros < item.received_micros:
            message = "updates from before the item came in"
            told = item.row[self._time]
            self._add("update_before_receipt", message, item, "updated at `{}`, received at `{}`", told, new)

    def _disorder(self, item: History, before: LogTime, line: int) -> None:
        if item.time.micros == before.micros:
            self._tie.add(item.id, item.line, "the same time as on line {}", line)
        else:
            message = "updates from before the row above them; the time is kept as told"
            now, then = (f"{time.instant:%Y-%m-%dT%H:%M:%SZ}" for time in (item.time, before))
            self._add("backward_time", message, item, "{}, after {} on line {}", now, then, line)

    def _doubt(self, item: History, time: LogTime, index: int) -> None:
        if time.doubt:
            self._add("doubtful_time", time.doubt, item, "`{}` in `{}`", item.row[index], self._columns[index])

    def _scattered(self, item: History, line: int) -> None:
        if not item.is_scattered:
            item.is_scattered = True
            self._add("scattered_item", "items whose rows do not stand together", item, "goes on after line {}", line)

    # -- counter -------------------------------------------------------------------------------------------------------

    def _count(self, item: History, text: str) -> None:
        now, due = self._number(text), item.next_count
        if now is None:
            self._add("no_counter", f"`{self._counter_name}` is no whole number", item, "`{}`", text)
            return
        item.next_count = now + 1
        if due is None:
            if now != 0 and not item.facts:
                message = f"items whose `{self._counter_name}` does not begin at 0"
                self._add("counter_start", message, item, "it is {}", now)
        elif now != due:
            self._miscount(item, due - 1, now)

    def _number(self, text: str) -> int | None:
        numbers = self._numbers
        if text not in numbers:
            if len(numbers) > _NUMBERS_MOST:
                numbers.clear()
            is_number = text.isascii() and text.isdecimal() and len(text) <= 18
            numbers[text] = int(text) if is_number else None
        return numbers[text]

    def _miscount(self, item: History, before: int, now: int) -> None:
        name = self._counter_name
        if now > before:
            message = f"`{name}` leaves numbers out: updates that are not in the log"
            self._add("counter_gap", message, item, "{} after {}", now, before)
        elif now == before:
            self._add("counter_repeat", f"`{name}` stays the same over two updates", item, "{} again", now)
        else:
            self._add("counter_back", f"`{name}` falls", item, "{} after {}", now, before)

    @property
    def _counter_name(self) -> str:
        assert self._counter is not None
        return self._columns[self._counter]


def _cells(indexes: list[int]) -> Callable[[list[str]], object]:
    """Answer what tells whether one of those cells is another than before."""
    return itemgetter(*indexes) if indexes else lambda _: None
