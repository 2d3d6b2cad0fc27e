"""The survey of a log: one reading that counts each item's rows and refuses what cannot be understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from attrs import frozen

from svcdelivery.errors import InvalidValueError, UnusableInputError
from svcdelivery.exchange.log_profile import LogProfile
from svcdelivery.exchange.log_times import TimeReader
from svcdelivery.exchange.table import Rows
from svcdelivery.identity import identifier

__all__ = ["Survey", "survey_log", "surveyed_columns"]

_SEEN_MOST = 200_000


@frozen(kw_only=True, eq=False)
class Survey:
    """What a first reading tells.

    Attributes:
        counts: How many rows each item has, in the order of their first rows.
        blank_lines: Lines without any cell.
    """

    columns: tuple[str, ...]
    counts: dict[str, int]
    blank_lines: tuple[int, ...]


def survey_log(path: str, profile: LogProfile, times: TimeReader, columns: tuple[str, ...], rows: Rows) -> Survey:
    """Read a log once, keeping no row.

    Raises:
        UnusableInputError: The first cell that cannot be understood, by line and column, or a log without any row.
    """
    number = columns.index(profile.id)
    checks = [(columns.index(name), _Check(path, name, judge)) for name, judge in _checks(profile, times)]
    counts: Counter[str] = Counter()
    blank_lines: list[int] = []
    for lines, some in rows:
        blank_lines += [line for line, row in zip(lines, some, strict=True) if not row]
        told = [row for row in some if row]
        # A column is looked at in one go.
        if not all(check.knows([row[index] for row in told]) for index, check in checks):
            for line, row in zip(lines, some, strict=True):
                for index, check in checks if row else ():
                    check(line, row[index])
        counts.update([row[number] for row in told])
    if not counts:
        raise UnusableInputError(source=path, problem="it has a header and no row")
    return Survey(columns=columns, counts=counts, blank_lines=tuple(blank_lines))


def surveyed_columns(profile: LogProfile) -> list[str]:
    """Answer the columns a survey looks at."""
    asked = (profile.id, profile.updated_at, profile.status, profile.received_at, profile.actor)
    return [name for name in asked if name is not None]


def _checks(profile: LogProfile, times: TimeReader) -> list[tuple[str, Callable[[str], object]]]:
    statuses = {entry.source for entry in profile.statuses}.union(profile.irregular)

    def status(text: str) -> None:
        if text not in statuses:
            known = "known: " + ", ".join(f"`{entry.source}`" for entry in profile.statuses)
            raise InvalidValueError(what=f"a status that profile `{profile.name}` knows", value=text, hint=known)

    def unless_missing(check: Callable[[str], object]) -> Callable[[str], object]:
        return lambda text: text in profile.missing or check(text)

    checks: list[tuple[str, Callable[[str], object]]] = [
        (profile.id, identifier),
        (profile.updated_at, times),
        (profile.status, status),
    ]
    if profile.received_at is not None:
        checks.append((profile.received_at, unless_missing(times)))
    if profile.actor is not None:
        checks.append((profile.actor, unless_missing(lambda text: identifier(text, "an actor"))))
    return checks


class _Check:
    """A column whose texts must be understood; each text is judged once in a while."""

    __slots__ = ("_column", "_judge", "_path", "_seen")

    def __init__(self, path: str, column: str, judge: Callable[[str], object]) -> None:
        self._path, self._column, self._judge = path, column, judge
        self._seen: set[str] = set()

    def knows(self, texts: Iterable[str]) -> bool:
        """Answer whether all texts can be understood; those that can are remembered."""
        new = set(texts).difference(self._seen)
        try:
            for text in new:
                self._judge(text)
        except InvalidValueError:
            return False
        if len(self._seen) >= _SEEN_MOST:
            self._seen.clear()
        self._seen |= new
        return True

    def __call__(self, line: int, text: str) -> None:
        try:
            self._judge(text)
        except InvalidValueError as error:
            raise UnusableInputError(
                source=self._path, problem=f"line {line}, column `{self._column}`: {error.message}", hint=error.hint
            ) from error
