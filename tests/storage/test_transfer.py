from __future__ import annotations

import io
import json
import os
import sqlite3
from itertools import count, product

import psycopg
import pytest

from svcdelivery.errors import IntegrityError, InvalidValueError, UnusableInputError
from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.protocol import ArchiveTable, Due, Message, Query, Record
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.storage.transfer import (
    copy_tenant,
    export_arrow,
    export_json_lines,
    import_arrow,
    import_json_lines,
    tenant_digests,
)
from svcdelivery.storage.transfer.tenant import archived
from svcdelivery.testing.conformance.kit import START, later, write

ENGINES = ("memory", "sqlite", "postgres")
_numbers = count()


@pytest.fixture
def make(tmp_path, request):
    """Answers new, empty stores by the engine's name."""
    opened = []

    def store(engine):
        number = next(_numbers)
        if engine == "memory":
            made = MemoryStore()
        elif engine == "sqlite":
            made = SqliteStore(tmp_path / f"{number}.db")
        else:
            made = PostgresStore(request.getfixturevalue("postgres_url"), schema=f"move_{os.getpid()}_{number}")
        opened.append(made)
        return made

    yield store
    for one in opened:
        if isinstance(one, PostgresStore):
            with psycopg.connect(one._url, autocommit=True) as raw:
                raw.execute(f"DROP SCHEMA {one._schema} CASCADE")
        one.close()


def _fill(store, facts=30):
    for number in range(facts):
        with store.unit("main") as unit:
            writes = [write(f"s{number % 7}", f"é\u0000\U0001f600 {number}", "x")]
            unit.journal.append(writes, key=f"k{number}", intent="i", now=later(number))
    with store.unit("main") as unit:
        unit.records.put(
            [
                Record(kind="request", id=id, stream=id, version=1, columns=(("team", "é"),), data={"n": [None, id]})
                for id in ("1", "10", "é", "9")
            ]
        )
        unit.timers.arm([Due(stream="s1", name=name, due_at=later(5)) for name in ("t", "u")])
        unit.timers.claim(later(9), now=later(0), until=later(9), owner="w", limit=1)
        unit.outbox.put([Message(id=f"m{n}", topic="mail", stream="s1", due_at=START, data={"n": n}) for n in range(3)])
        unit.marks.put("follower", 5)
    return store


def _state(store):
    with store.unit("main", write=False) as unit:
        assert verify(entries_of(unit.feed), "main", head=unit.feed.head()).sound
        return (
            unit.feed.entries(limit=10_000),
            unit.feed.head(),
            unit.journal.receipt("k3", "i"),
            unit.records.find(Query(kind="request")),
            list(unit.timers.due(later(99))),
            list(unit.outbox.waiting(later(99))),
            unit.marks.get("follower"),
        )


class TestCopying:
    @pytest.mark.parametrize(("one", "other"), list(product(ENGINES, ENGINES)))
    def test_a_copy_is_equal_whatever_the_engines(self, make, one, other):
        """Byte for byte, there and back; and it can be gone on with."""
        source, target = _fill(make(one)), make(other)
        moved = copy_tenant(source, target, "main")
        assert tenant_digests(source, "main") == tenant_digests(target, "main")
        assert _state(source) == _state(target)
        assert str(moved).startswith("main: 60 facts, 30 keys, 4 records, 2 timers, 3 messages, 1 marks; head ")
        with target.unit("main") as unit:
            unit.journal.append([write("s1", "more")], key="more", intent="i", now=later(99))
        assert verify_all(target)

    def test_what_is_there_already_is_not_mixed_with(self, make):
        source, target = _fill(make("memory")), make("memory")
        with target.unit("main") as unit:
            unit.timers.arm([Due(stream="mine", name="t", due_at=START)])
        with pytest.raises(UnusableInputError, match="it has timers of the tenant already"):
            copy_tenant(source, target, "main")
        assert target.tenants() == []

    def test_a_target_that_answers_something_else_is_refused(self, make):
        """Before it is committed."""

        class Lossy(MemoryStore):
            def unit(self, tenant, *, write=True):
                return _DroppingMarks(super().unit(tenant, write=write))

        target = Lossy()
        with pytest.raises(IntegrityError, match="the copy of `main` differs in its marks"):
            copy_tenant(_fill(make("memory")), target, "main")
        assert target.tenants() == []

    def test_a_store_without_rows_says_so(self, make):
        class Plain(MemoryStore):
            capabilities = frozenset()

        with pytest.raises(UnusableInputError, match="does not give out its rows"):
            copy_tenant(Plain(), make("memory"), "main")

    def test_damage_is_not_carried_over(self, make, tmp_path):
        source = _fill(make("sqlite"))
        connection = source._idle[-1].raw
        connection.execute("UPDATE facts SET payload = replace(payload, 'x', 'y') WHERE position = 4")
        target = make("memory")
        with pytest.raises(IntegrityError, match="entry 4: does not match its hash"):
            copy_tenant(source, target, "main")
        with pytest.raises(IntegrityError, match="entry 4"):
            list(export_json_lines(source, "main"))
        assert target.tenants() == []


class _DroppingMarks:
    def __init__(self, unit):
        self._unit = unit

    def __enter__(self):
        unit = self._unit.__enter__()
        keep = unit.archive.write
        object.__setattr__(unit, "archive", _Archive(unit.archive, keep))
        return unit

    def __exit__(self, *failure):
        return self._unit.__exit__(*failure)


class _Archive:
    def __init__(self, inner, keep):
        self.read = inner.read
        self.write = lambda table, rows: None if table.name == "MARKS" else keep(table, rows)


def verify_all(store):
    with store.unit("main", write=False) as unit:
        return verify(entries_of(unit.feed), "main", head=unit.feed.head()).sound


class TestJsonLines:
    @pytest.mark.parametrize("engine", ENGINES)
    def test_an_import_of_an_export_is_equal(self, make, engine):
        source, target = _fill(make("memory"), 1100), make(engine)
        exported = b"".join(export_json_lines(source, "main"))
        import_json_lines(target, io.BytesIO(exported))
        assert b"".join(export_json_lines(target, "main")).splitlines()[:-2] == exported.splitlines()[:-2]
        assert tenant_digests(source, "main") == tenant_digests(target, "main")

    def test_lines_are_for_reading(self, make):
        """Each table says its columns, and payloads stand there as texts."""
        lines = b"".join(export_json_lines(_fill(make("memory")), "main")).splitlines()
        assert json.loads(lines[0]) == {"kind": "svcdelivery tenant", "format": 1, "tenant": "main"}
        facts = json.loads(lines[1])
        assert (facts["table"], facts["columns"][:3]) == ("facts", ["position", "stream", "version"])
        row = dict(zip(facts["columns"], json.loads(lines[2]), strict=True))
        assert json.loads(row["payload"])["text"] == "é\u0000\U0001f600 0"
        assert json.loads(lines[-1])["end"]["facts"] == 60

    def test_every_changed_byte_is_found(self, make):
        """Whatever is changed, left out or doubled, nothing is taken in."""
        exported = b"".join(export_json_lines(_fill(make("memory"), 4), "main"))
        for place in range(0, len(exported) - 1, 7):
            changed = exported[:place] + bytes([exported[place] ^ 1]) + exported[place + 1 :]
            target = MemoryStore()
            with pytest.raises((UnusableInputError, IntegrityError, InvalidValueError)):
                import_json_lines(target, io.BytesIO(changed))
            assert target.tenants() == []
        lines = exported.splitlines(keepends=True)
        for number in range(len(lines)):
            for changed in (lines[:number] + lines[number + 1 :], [*lines[: number + 1], *lines[number:]]):
                with pytest.raises((UnusableInputError, IntegrityError, InvalidValueError)):
                    import_json_lines(MemoryStore(), changed)

    @pytest.mark.parametrize(
        ("lines", "said"),
        [
            ([], "line 1"),
            ([b"number,state\n"], "line 1"),
            ([b"[]\n"], "line 1: neither a header nor an end"),
            (
                [b'{"kind":"svcdelivery tenant","format":2,"tenant":"x"}\n'],
                "no export of a tenant, or of a later format",
            ),
            ([b'{"kind":"svcdelivery tenant","format":1,"tenant":"x"}\n'], "it is cut off"),
            ([b'{"kind":"svcdelivery tenant","format":1,"tenant":"x"}\n', b"[1]\n"], "line 2: a row before its table"),
            ([b'{"kind":"svcdelivery tenant","format":1,"tenant":"x"}\n', b'{"table":"x"}\n'], "line 2: a table that"),
        ],
    )
    def test_other_files_are_refused_with_the_line(self, lines, said):
        with pytest.raises(UnusableInputError, match=f"`the export`.*{said}"):
            import_json_lines(MemoryStore(), lines)


class TestArrow:
    @pytest.mark.parametrize("engine", ENGINES)
    def test_an_import_of_an_export_is_equal(self, make, engine):
        source, target, file = _fill(make("memory"), 1100), make(engine), io.BytesIO()
        exported = export_arrow(source, "main", file)
        assert import_arrow(target, io.BytesIO(file.getvalue())) == exported
        assert tenant_digests(source, "main") == tenant_digests(target, "main")

    def test_the_first_stream_is_the_facts(self, make):
        """For whoever wants to look at them with other tools."""
        import pyarrow as pa

        file = io.BytesIO()
        export_arrow(_fill(make("memory")), "main", file)
        facts = pa.ipc.open_stream(io.BytesIO(file.getvalue())).read_all()
        assert (facts.num_rows, facts.schema.names[:2]) == (60, ["position", "stream"])
        assert facts["payload"][0].as_py().startswith(b'{"flag":false')

    def test_an_empty_tenant_can_be_moved_too(self, make):
        file = io.BytesIO()
        export_arrow(MemoryStore(), "main", file)
        assert import_arrow(MemoryStore(), io.BytesIO(file.getvalue())).position == 0

    @pytest.mark.parametrize("share", [0, 0.3, 0.9])
    def test_a_file_that_is_cut_off_is_refused(self, make, share):
        file = io.BytesIO()
        export_arrow(_fill(make("memory")), "main", file)
        data, target = file.getvalue(), MemoryStore()
        with pytest.raises(UnusableInputError):
            import_arrow(target, io.BytesIO(data[: int(len(data) * share)]))
        assert target.tenants() == []

    def test_a_changed_fact_is_refused(self, make):
        file = io.BytesIO()
        export_arrow(_fill(make("memory")), "main", file)
        data = file.getvalue().replace(b'"text":"x"}', b'"text":"y"}', 1)
        with pytest.raises(IntegrityError, match="does not match its hash"):
            import_arrow(MemoryStore(), io.BytesIO(data))

    def test_a_changed_record_is_refused(self, make):
        file = io.BytesIO()
        export_arrow(_fill(make("memory")), "main", file)
        data, target = file.getvalue().replace(b'{"n":[null,"9"]}', b'{"n":[null,"8"]}', 1), MemoryStore()
        with pytest.raises(IntegrityError, match="was changed: its SHA-256 is another"):
            import_arrow(target, io.BytesIO(data))
        assert target.tenants() == []


class TestManyRowsAtOnce:
    """What SQLite does at the end of a large import leaves the file as row by row would have."""

    @pytest.fixture
    def large(self):
        source = _fill(MemoryStore())
        with source.unit("main") as unit:
            unit.records.put(
                [
                    Record(kind="request", id=f"r{n}", stream=f"r{n}", version=1, columns=(("team", f"t{n % 9}"),))
                    for n in range(1200)
                ]
            )
        return source

    def _indexes(self, store):
        with sqlite3.connect(store.path) as raw:
            found = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name").fetchall()
        raw.close()
        return found

    def test_the_indexes_are_there_after_it(self, make, large):
        target = make("sqlite")
        before = self._indexes(target)
        import_json_lines(target, _lines(large))
        assert self._indexes(target) == before
        assert _state(target) == _state(large)
        with target.unit("main", write=False) as unit:
            assert len(unit.records.find(Query(kind="request", where=(("team", "t3"),)), limit=2000).items) == 133
        with sqlite3.connect(target.path) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        raw.close()

    def test_the_indexes_are_there_when_it_fails(self, make, large):
        target = make("sqlite")
        before = self._indexes(target)
        with pytest.raises(UnusableInputError, match="cut off"):
            import_json_lines(target, _lines(large)[:-1])
        assert self._indexes(target) == before
        assert target.tenants() == []

    def test_a_payload_that_is_no_text_is_refused(self, make, large):
        target = make("sqlite")
        with archived(large, "main") as unit:
            rows = [(*row[:7], b"\xff", row[8]) for row in unit.archive.read(ArchiveTable.FACTS)]
        with pytest.raises(IntegrityError, match="no text"), archived(target, "main", write=True) as unit:
            unit.archive.write(ArchiveTable.FACTS, rows)
        assert target.tenants() == []


def _lines(store):
    return b"".join(export_json_lines(store, "main")).splitlines(keepends=True)
