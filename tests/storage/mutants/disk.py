"""Defects that show with files, several stores of one place, and reopening."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager

from svcdelivery.storage.sqlite.connection import Connection
from tests.storage.mutants.kinds import Mutant, SqliteMutant, mutant

MUTANTS: list[Mutant] = []


class Begun(SqliteMutant):
    """Begins its transactions by other statements, those of readers being read to their end."""

    writing: tuple[str, ...] = ("BEGIN IMMEDIATE",)
    reading: tuple[str, ...] = ("BEGIN", "SELECT count(*) FROM tenants")

    def _connect(self):
        connection = super()._connect()
        return _Begun(connection.raw, connection.path, self.writing, self.reading)

    def __init__(self, folder):
        super().__init__(folder)
        while self._idle:
            self._idle.pop().close()


class _Begun(Connection):
    def __init__(self, raw, path, writing, reading):
        super().__init__(raw, path)
        self._writing, self._reading = writing, reading

    def begin(self, *, write):
        for statement in self._writing if write else self._reading:
            self.rows(statement)

    def commit(self):
        if self.raw.in_transaction:
            super().commit()


@mutant(MUTANTS, "a_store_that_waited_sees_what_another_wrote_meanwhile")
class DeferredBegin(Begun):
    """A writer begins as a reader, and is refused when it comes to write."""

    writing = Begun.reading


@mutant(MUTANTS, "a_reading_unit_sees_one_moment")
class ReadersWithoutTransaction(Begun):
    """Each reading is its own transaction, and sees what was committed meanwhile."""

    reading = ()


@mutant(MUTANTS, "a_unit_that_raises_leaves_nothing", also="keys positions snapshots outbox faults")
class AppendsCommitted(SqliteMutant):
    """An append commits at once, and its unit begins anew behind it."""

    def changed(self, unit, tenant):
        connection, journal = unit._made[0], unit.journal
        add = unit.rows.add

        class Rows:
            def __getattr__(self, name):
                return getattr(unit.rows, name)

            def add(self, rows, key, command, tail):
                add(rows, key, command, tail)
                unit.rows.flush()
                connection.raw.execute("COMMIT")
                connection.raw.execute("BEGIN IMMEDIATE")

        journal._rows = Rows()
        return unit


@mutant(MUTANTS, "what_one_store_commits_another_sees")
class TailCached(SqliteMutant):
    """A store remembers where it left the journal, as if it were the only one."""

    def __init__(self, folder):
        super().__init__(folder)
        self.tails = {}

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            if write and tenant in self.tails:
                unit.rows._tail = self.tails[tenant]
            yield unit
            if write:
                self.tails[tenant] = unit.rows.tail


@mutant(MUTANTS, "what_was_committed_is_there_after_reopening", "a_lost_acknowledgement_is_healed_after_reopening")
class KeysForgottenOnReopening(SqliteMutant):
    """Keys live in a table that is emptied when the store is opened."""

    def __init__(self, folder):
        super().__init__(folder)
        with sqlite3.connect(self.path) as connection:
            connection.execute("DELETE FROM commands")
        connection.close()


@mutant(MUTANTS, "what_was_committed_is_there_after_reopening")
class FencesForgottenOnReopening(SqliteMutant):
    """Fences begin anew with the process."""

    def __init__(self, folder):
        super().__init__(folder)
        with sqlite3.connect(self.path) as connection:
            connection.execute("UPDATE tenants SET fence = 0")
        connection.close()


@mutant(MUTANTS, "what_was_committed_is_there_after_reopening")
class RecordedTimeForgotten(SqliteMutant):
    """The recorded time of the head is not kept on disk, so that the next process may fall behind it."""

    def __init__(self, folder):
        super().__init__(folder)
        with sqlite3.connect(self.path) as connection:
            connection.execute("UPDATE tenants SET recorded_us = NULL")
        connection.close()


@mutant(MUTANTS, "what_was_committed_is_there_after_reopening", also="threads faults")
class NewFileEachTime(SqliteMutant):
    """What was committed lies in a file nobody finds again."""

    def __init__(self, folder):
        (folder / f"{len(list(folder.iterdir()))}").mkdir()
        super().__init__(max(folder.iterdir(), key=lambda made: int(made.name)))
