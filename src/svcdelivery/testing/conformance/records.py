"""Scenarios of records: put, get, find, and pages in code point order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from svcdelivery.errors import InvalidValueError
from svcdelivery.storage.protocol import RECORD_COLUMNS, Page, Query, Record
from svcdelivery.testing.conformance.kit import Lab, Scenario, expect, refused, scenario

__all__ = ["SCENARIOS"]

SCENARIOS: list[Scenario] = []

_PAGES_MOST = 1000
"""More than any scenario has: pages that lead back to one another come to an end too."""


def _record(
    id: str, *, kind: str = "request", version: int = 1, columns: Mapping[str, str | None] | None = None, **more: str
) -> Record:
    found_by = tuple({**(columns or {}), **more}.items())
    return Record(kind=kind, id=id, stream=f"{kind}:{id}", version=version, columns=found_by, data={"id": id})


def _find(lab: Lab, query: Query, *, limit: int = 100) -> list[list[str]]:
    pages = []
    after = None
    with lab.unit(write=False) as unit:
        for _ in range(_PAGES_MOST):
            page = unit.records.find(query, after=after, limit=limit)
            pages.append([record.id for record in page.items])
            after = page.next
            if after is None:
                break
        return pages


@scenario(SCENARIOS, "records")
def records_are_inserted_and_replaced(lab: Lab) -> None:
    """`put` inserts or replaces whole rows; `get` answers one, None when there is none."""
    with lab.unit() as unit:
        unit.records.put([_record("1", status="new", team="desk"), _record("2")])
        unit.records.put([_record("1", version=2, status="done")])
        expect(unit.records.get("request", "1"), _record("1", version=2, status="done"), "the replaced record")
        expect(unit.records.get("request", "2"), _record("2"), "the other record")
        expect(unit.records.get("incident", "1"), None, "a record of another kind")
        expect(unit.records.get("request", "3"), None, "a record that is not there")
    with lab.unit("other", write=False) as unit:
        expect(unit.records.get("request", "1"), None, "the record of another tenant")


@scenario(SCENARIOS, "records")
def every_column_comes_back_and_can_be_searched(lab: Lab) -> None:
    """Every column is kept and can be found by; those come back in the protocol's order, without the empty ones."""
    values = {name: f"{name} é" for name in RECORD_COLUMNS}
    with lab.unit() as unit:
        unit.records.put(
            [_record("all", columns=dict(reversed(values.items()))), _record("none", columns={"status": None})]
        )
        record = unit.records.get("request", "all")
        expect(record is not None and record.columns, tuple(values.items()), "columns of a full record")
        record = unit.records.get("request", "none")
        expect(record is not None and record.columns, (), "columns of an empty record")
    for name, value in values.items():
        expect(_find(lab, Query(kind="request", where=((name, value),))), [["all"]], f"records with that {name}")
        expect(_find(lab, Query(kind="request", where=((name, value.upper()),))), [[]], f"records with another {name}")


@scenario(SCENARIOS, "records")
def unknown_columns_are_refused(lab: Lab) -> None:
    """A column outside the protocol's list is refused, to be written as to be found by, and nothing is written."""
    refused(InvalidValueError, lambda: Query(kind="request", where=(("id; --", "x"),)), "a query by an unknown column")
    with lab.unit() as unit:
        records = [_record("1"), _record("2", color="red")]
        refused(InvalidValueError, lambda: unit.records.put(records), "a record with an unknown column")
    expect(_find(lab, Query(kind="request")), [[]], "records")


@scenario(SCENARIOS, "records")
def values_without_a_form_are_refused(lab: Lab) -> None:
    """A value that not every database can hold, or none, is refused: null characters, half a surrogate pair."""
    with lab.unit() as unit:
        for value in ("a\0b", "\ud800"):
            put = partial(unit.records.put, [_record("1"), _record("2", team=value)])
            refused(InvalidValueError, put, f"the team {value!r}")
        bad = Record(kind="request", id="1", stream="a", version=1, data={"text": "\ud800"})
        refused(InvalidValueError, lambda: unit.records.put([bad]), "data with half a surrogate pair")
        fine = Record(kind="request", id="1", stream="a", version=1, data={"text": "a\0b"})
        unit.records.put([fine])
        expect(unit.records.get("request", "1"), fine, "data with a null character")


@scenario(SCENARIOS, "records")
def all_conditions_must_hold(lab: Lab) -> None:
    """Conditions on several columns narrow one another, within one kind and one tenant."""
    with lab.unit() as unit:
        unit.records.put(
            [
                _record("1", status="new", team="a"),
                _record("2", status="new", team="b"),
                _record("3", status="done", team="b"),
                _record("2", kind="incident", status="new", team="b"),
            ]
        )
    with lab.unit("other") as unit:
        unit.records.put([_record("9", status="new", team="b")])
    expect(_find(lab, Query(kind="request", where=(("status", "new"), ("team", "b")))), [["2"]], "new ones of team b")
    expect(_find(lab, Query(kind="request", where=(("status", "new"),))), [["1", "2"]], "new ones")


@scenario(SCENARIOS, "paging")
def pages_come_in_code_point_order(lab: Lab) -> None:
    """Records come ordered by id, code point by code point, in whatever order they were put."""
    ids = ["b", "B", "a", "_", "é", "e\u0301", "z", "10", "9", "日", "\U0001f600", "\uffee", "Z", "a b", "ab"]
    with lab.unit() as unit:
        unit.records.put([_record(id) for id in ids])
    for limit in (1, 4, 100):
        found = [id for page in _find(lab, Query(kind="request"), limit=limit) for id in page]
        expect(found, sorted(ids), f"ids in pages of {limit}")


@scenario(SCENARIOS, "paging")
def the_last_page_has_no_cursor(lab: Lab) -> None:
    """A cursor is answered only when there is more, also when the last page is full or nothing is found."""
    with lab.unit() as unit:
        unit.records.put([_record(str(number)) for number in range(6)])
        expect(unit.records.find(Query(kind="request"), limit=6).next, None, "the cursor of a full last page")
        expect(unit.records.find(Query(kind="incident")), Page(items=()), "a page of nothing")
        expect(
            unit.records.find(Query(kind="request"), limit=5).next is None, False, "that there is no more after five"
        )
        refused(InvalidValueError, lambda: unit.records.find(Query(kind="request"), limit=0), "a page of 0 records")
    expect(_find(lab, Query(kind="request"), limit=2), [["0", "1"], ["2", "3"], ["4", "5"]], "pages of two")


@scenario(SCENARIOS, "paging")
def pages_hold_their_place_while_rows_change(lab: Lab) -> None:
    """A cursor is a place among the ids: what is added before it, or changed, neither repeats nor skips a row."""
    with lab.unit() as unit:
        unit.records.put([_record(id, status="new") for id in ("b", "d", "f", "h")])
        query = Query(kind="request", where=(("status", "new"),))
        page = unit.records.find(query, limit=2)
        added = [_record(id, status="new") for id in ("a", "c", "e")]
        unit.records.put([*added, _record("b", status="done")])
        rest = unit.records.find(query, after=page.next, limit=10)
        expect([record.id for record in page.items], ["b", "d"], "the first page")
        expect([record.id for record in rest.items], ["e", "f", "h"], "the page after the changes")
