"""A shelf: the records of one kind, each kept as a row beside its facts, and how they are found again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from operator import attrgetter
from typing import Any, Generic, TypeVar

from attrs import frozen

from svcdelivery.errors import NotFoundError
from svcdelivery.facts import from_plain, personal_fields, subject_of, to_plain
from svcdelivery.storage.protocol import Page, Query, Record, Unit

__all__ = ["Columns", "Shelf", "rows_of"]

R = TypeVar("R")
_PAGE = 500

Columns = Mapping[str, Enum | str | None]
"""What a record is found by; one without a value is left out."""


def _no_columns(_record: object) -> Columns:
    return {}


@frozen
class Shelf(Generic[R]):
    """Records of one kind.

    Attributes:
        kind: What the store calls them.
        record: What they are.
        stream: Answers the stream of an id.
        columns: Answers what a record is found by.
        what: What messages call one of them; by default the kind.
        id_of: Answers the id of a record.
        version_of: Answers the version of the stream a record was folded from; 0 where it does not know and whoever
            writes the row does.
    """

    kind: str
    record: type[R]
    stream: Callable[[str], str]
    columns: Callable[[R], Columns] = _no_columns
    what: str = ""
    id_of: Callable[[R], str] = attrgetter("id")
    version_of: Callable[[R], int] = attrgetter("version")

    def row(self, record: R) -> Record:
        """Answer the row of a record."""
        id = self.id_of(record)
        stream = self.stream(id)
        columns = ((name, _text(value)) for name, value in self.columns(record).items() if value)
        return Record(
            kind=self.kind,
            id=id,
            stream=stream,
            version=self.version_of(record),
            columns=tuple(columns),
            data=to_plain(record),
            personal=_personal(record, stream),
        )

    def get(self, unit: Unit, id: str) -> R:
        """Answer the record of an id.

        Raises:
            NotFoundError: There is none.
        """
        row = unit.records.get(self.kind, id)
        if row is None:
            raise NotFoundError(what=self.what or self.kind, id=id)
        return self.record_of(row)

    def find(self, unit: Unit, *, after: str | None, limit: int, where: Mapping[str, str]) -> Page[R]:
        """Answer a page of the records whose columns have the given values, in the order of their ids."""
        page = unit.records.find(Query(kind=self.kind, where=tuple(where.items())), after=after, limit=limit)
        return Page(items=tuple(map(self.record_of, page.items)), next=page.next)

    def all(self, unit: Unit, **where: str) -> Iterator[R]:
        """Answer all records whose columns have the given values, in the order of their ids."""
        return map(self.record_of, rows_of(unit, self.kind, **where))

    def record_of(self, row: Record) -> R:
        """Answer the record a row holds."""
        return from_plain(self.record, row.data)


def _text(value: Enum | str) -> str:
    return str(value.value) if isinstance(value, Enum) else value


def _personal(record: Any, stream: str) -> tuple[tuple[str, str], ...]:
    fields = personal_fields(type(record))
    return tuple(
        (name, subject_of(record, subject, stream=stream)) for name, subject in fields if getattr(record, name)
    )


def rows_of(unit: Unit, kind: str, **where: str) -> Iterator[Record]:
    """Answer all rows of a kind whose columns have the given values, in the order of their ids."""
    query = Query(kind=kind, where=tuple(where.items()))
    after: str | None = None
    while True:
        page = unit.records.find(query, after=after, limit=_PAGE)
        yield from page.items
        after = page.next
        if after is None:
            return
