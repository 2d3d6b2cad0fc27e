"""Defects of records and their pages."""

from __future__ import annotations

from attrs import evolve

from svcdelivery.errors import InvalidValueError
from svcdelivery.storage.protocol import RECORD_COLUMNS, Page, Query
from svcdelivery.storage.sqlite.schema import SQL as _SQL
from tests.storage.mutants.kinds import MemoryMutant, Mutant, SqliteMutant, changed, mutant, swap

MUTANTS: list[Mutant] = []


def every(unit, query):
    return list(unit.records.find(query, limit=10_000).items)


@mutant(MUTANTS, "pages_hold_their_place_while_rows_change")
class OffsetPaging(MemoryMutant):
    """A cursor counts rows, so what is added or changed before it repeats or skips some."""

    def changed(self, unit, tenant):
        def find(query, *, after=None, limit=100):
            unit.records.find(query, limit=limit)
            rows, start = every(unit, query), int(after or 0)
            more = len(rows) > start + limit
            return Page(items=tuple(rows[start : start + limit]), next=str(start + limit) if more else None)

        return changed(unit, records={"find": find})


@mutant(MUTANTS, "pages_come_in_code_point_order")
class LocaleOrder(SqliteMutant):
    """Ids are sorted by the locale's collation, in which case hardly counts."""

    sql = evolve(_SQL, find=swap(_SQL.find, "ORDER BY id", "ORDER BY id COLLATE NOCASE, id"))


@mutant(MUTANTS, "pages_come_in_code_point_order")
class Utf16Order(MemoryMutant):
    """Ids are sorted by their UTF-16 form, where what lies beyond the first plane comes earlier."""

    def changed(self, unit, tenant):
        def find(query, *, after=None, limit=100):
            unit.records.find(query, limit=limit)
            rows = sorted(every(unit, query), key=lambda record: record.id.encode("utf-16-be"))
            rest = [one for one in rows if after is None or one.id.encode("utf-16-be") > after.encode("utf-16-be")]
            return Page(items=tuple(rest[:limit]), next=rest[limit - 1].id if len(rest) > limit else None)

        return changed(unit, records={"find": find})


@mutant(MUTANTS, "all_conditions_must_hold")
class AnyConditionHolds(SqliteMutant):
    """Conditions are joined by `or`."""

    def changed(self, unit, tenant):
        def find(query, *, after=None, limit=100):
            if len(query.where) < 2:
                return unit.records.find(query, after=after, limit=limit)
            found = {one.id: one for each in query.where for one in every(unit, Query(kind=query.kind, where=(each,)))}
            return Page(items=tuple(found[id] for id in sorted(found)))

        return changed(unit, records={"find": find})


@mutant(MUTANTS, "all_conditions_must_hold", also="paging")
class KindsMixed(SqliteMutant):
    """Records of all kinds are found."""

    sql = evolve(_SQL, find=swap(_SQL.find, "AND kind = ?", "AND (kind = ? OR 1)"))


@mutant(MUTANTS, "all_conditions_must_hold", also="archive")
class RecordsSharedByTenants(SqliteMutant):
    """Records of all tenants are found."""

    sql = evolve(_SQL, find=swap(_SQL.find, "tenant = ?", "(tenant = ? OR 1)"))


@mutant(MUTANTS, "every_column_comes_back_and_can_be_searched")
class SearchWithoutCase(SqliteMutant):
    """Columns are compared without regard to case."""

    def changed(self, unit, tenant):
        def find(query, *, after=None, limit=100):
            unit.records.find(query, limit=limit)

            def fits(record):
                columns = dict(record.columns)
                return all(columns.get(name, "").casefold() == value.casefold() for name, value in query.where)

            rows = [one for one in every(unit, Query(kind=query.kind)) if fits(one) and (not after or one.id > after)]
            return Page(items=tuple(rows[:limit]), next=rows[limit - 1].id if len(rows) > limit else None)

        return changed(unit, records={"find": find})


@mutant(MUTANTS, "records_are_inserted_and_replaced", also="faults")
class ColumnsMerged(MemoryMutant):
    """Replacing a record keeps the columns the new one does not have."""

    def changed(self, unit, tenant):
        def put(records):
            for record in records:
                old = unit.records.get(record.kind, record.id)
                columns = {**dict(old.columns if old else ()), **dict(record.columns)}
                unit.records.put([evolve(record, columns=tuple(columns.items()))])

        return changed(unit, records={"put": put})


@mutant(MUTANTS, "records_are_inserted_and_replaced", also="faults")
class FirstRecordStays(SqliteMutant):
    """A record that is there already is left as it is."""

    sql = evolve(
        _SQL, put_records=evolve(_SQL.put_records, sql=swap(_SQL.put_records.sql, "REPLACE", "INSERT OR IGNORE"))
    )


@mutant(MUTANTS, "unknown_columns_are_refused", also="faults")
class UnknownColumnsDropped(MemoryMutant):
    """A column nobody knows is left out, and nobody is told."""

    def changed(self, unit, tenant):
        def put(records):
            unit.records.put(
                [
                    evolve(one, columns=tuple(each for each in one.columns if each[0] in RECORD_COLUMNS))
                    for one in records
                ]
            )

        return changed(unit, records={"put": put})


@mutant(MUTANTS, "unknown_columns_are_refused", also="faults")
class PutStopsHalfway(MemoryMutant):
    """Records before one that is refused stay written."""

    def changed(self, unit, tenant):
        def put(records):
            for record in records:
                unit.records.put([record])

        return changed(unit, records={"put": put})


@mutant(MUTANTS, "every_column_comes_back_and_can_be_searched")
class EmptyColumnsAsTexts(MemoryMutant):
    """A column without a value comes back as an empty text."""

    def changed(self, unit, tenant):
        def put(records):
            unit.records.put(
                [evolve(one, columns=tuple((name, value or "") for name, value in one.columns)) for one in records]
            )

        return changed(unit, records={"put": put})


@mutant(MUTANTS, "the_last_page_has_no_cursor")
class CursorOnFullPages(MemoryMutant):
    """A full page has a cursor, also when nothing comes after it."""

    def changed(self, unit, tenant):
        def find(query, *, after=None, limit=100):
            page = unit.records.find(query, after=after, limit=limit)
            return evolve(page, next=page.items[-1].id) if len(page.items) == limit else page

        return changed(unit, records={"find": find})


@mutant(MUTANTS, "values_without_a_form_are_refused")
class BrokenTextsReplaced(MemoryMutant):
    """What has no form in UTF-8 is replaced by question marks."""

    def changed(self, unit, tenant):
        def put(records):
            try:
                unit.records.put(records)
            except InvalidValueError:
                if any(name not in RECORD_COLUMNS for one in records for name, _ in one.columns):
                    raise
                unit.records.put([evolve(one, columns=(), data=None) for one in records])

        return changed(unit, records={"put": put})
