from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path

import pytest

from svcdelivery.errors import (
    Busy,
    IntegrityError,
    InvalidValueError,
    StoreError,
    StoreFull,
    Unknown,
    UnusableInputError,
    WrongTypeError,
)
from svcdelivery.storage.chain import genesis
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.open import open_store
from svcdelivery.storage.protocol import Capability, Due, Query, Record
from svcdelivery.storage.sql.dialect import postgresql, sqlite
from svcdelivery.storage.sql.schema import steps
from svcdelivery.storage.sqlite import SqliteStore, build_sqlite
from svcdelivery.storage.sqlite.connection import Connection, translated
from svcdelivery.testing.conformance.kit import START, later, texts, write


def _append(store, key, *writes, tenant="main"):
    with store.unit(tenant) as unit:
        return unit.journal.append(writes or [write("a", key)], key=key, intent="i", now=START)


def _raw(store):
    """The connection the next unit is going to be lent."""
    return store._idle[-1].raw


def _written_back(store):
    """Whether all that was committed is in the file itself now."""
    _busy, length, moved = _raw(store).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return length == moved


def _feed(store, tenant="main"):
    with store.unit(tenant, write=False) as unit:
        return texts(unit.feed.read())


class TestOpening:
    """A path that is no store's is refused in one line that says what would be accepted."""

    @pytest.mark.parametrize("name", [":memory:", "file:x?mode=memory", "FILE:x.db", ":anything"])
    def test_names_that_are_no_paths_are_refused(self, name, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(UnusableInputError, match=r"not the path of a file .for a store in memory use MemoryStore"):
            SqliteStore(name)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", ["", " ", "a\0b"])
    def test_blank_paths_are_refused(self, name):
        with pytest.raises(UnusableInputError, match="it is not the path of a file"):
            SqliteStore(name)

    @pytest.mark.parametrize("name", [None, 5, b"store.db"])
    def test_a_path_is_text(self, name):
        with pytest.raises(WrongTypeError, match="the path of a store"):
            SqliteStore(name)

    def test_a_folder_is_refused(self, tmp_path):
        with pytest.raises(UnusableInputError, match="it is a folder"):
            SqliteStore(tmp_path)

    def test_a_missing_folder_is_named(self, tmp_path):
        with pytest.raises(UnusableInputError, match=r"there is no folder `.*nowhere`"):
            SqliteStore(tmp_path / "nowhere" / "store.db")

    def test_a_missing_store_is_not_made_unless_wanted(self, tmp_path):
        with pytest.raises(UnusableInputError, match="there is no such store"):
            SqliteStore(tmp_path / "store.db", create=False)
        assert list(tmp_path.iterdir()) == []

    def test_an_empty_file_is_no_store_but_may_become_one(self, tmp_path):
        path = tmp_path / "store.db"
        path.touch()
        with pytest.raises(UnusableInputError, match="it is empty, not a store"):
            SqliteStore(path, create=False)
        with SqliteStore(path) as store:
            _append(store, "k")
        assert SqliteStore(path, create=False).tenants() == ["main"]

    @pytest.mark.parametrize("content", [b"number,state\n1,New\n" * 100, b"\x00" * 4096, b"x"])
    def test_another_file_is_left_as_it_is(self, tmp_path, content):
        path = tmp_path / "store.db"
        path.write_bytes(content)
        with pytest.raises(UnusableInputError, match="it is no SQLite file"):
            SqliteStore(path)
        assert path.read_bytes() == content
        assert [file.name for file in tmp_path.iterdir()] == ["store.db"]

    @pytest.mark.parametrize("change", ["CREATE TABLE t (x)", "PRAGMA application_id = 7"])
    def test_another_programs_sqlite_file_is_left_as_it_is(self, tmp_path, change):
        path = tmp_path / "store.db"
        raw = sqlite3.connect(path)
        raw.execute("PRAGMA user_version = 3")
        raw.execute(change)
        raw.commit()
        raw.close()
        before = path.read_bytes()
        with pytest.raises(UnusableInputError, match="another program"):
            SqliteStore(path)
        assert path.read_bytes() == before

    def test_a_schema_of_a_later_major_is_refused(self, tmp_path):
        path = tmp_path / "store.db"
        SqliteStore(path).close()
        raw = sqlite3.connect(path)
        raw.execute("INSERT INTO schema_versions VALUES (1000, 'x')")
        raw.commit()
        raw.close()
        with pytest.raises(UnusableInputError, match="it has schema 1000; this release knows schema 2"):
            SqliteStore(path)

    def test_a_damaged_store_says_so(self, tmp_path):
        path = tmp_path / "store.db"
        with SqliteStore(path) as store:
            _append(store, "k")
        data = bytearray(path.read_bytes())
        data[4096:] = b"\xff" * (len(data) - 4096)
        path.write_bytes(data)
        with pytest.raises(IntegrityError, match="is damaged"), SqliteStore(path) as store:
            _feed(store)

    def test_durability_has_two_names(self, tmp_path):
        with pytest.raises(InvalidValueError, match="`full` or `normal`"):
            SqliteStore(tmp_path / "store.db", durability="building")

    @pytest.mark.parametrize(("durability", "level"), [("full", 2), ("normal", 1)])
    def test_settings_hold_on_every_connection(self, tmp_path, durability, level):
        """Also on a connection that is opened later, for a unit beside another."""
        store = SqliteStore(tmp_path / "store.db", durability=durability, busy_timeout_seconds=1.5)
        with store.unit("main", write=False) as one, store.unit("main", write=False) as two:
            connections = [unit.records._connection.raw for unit in (one, two)]
            assert connections[0] is not connections[1]
            for raw in connections:
                assert raw.execute("PRAGMA synchronous").fetchone() == (level,)
                assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
                assert raw.execute("PRAGMA busy_timeout").fetchone() == (1500,)
        store.close()

    def test_a_store_stays_where_it_was_opened(self, tmp_path, monkeypatch):
        """A relative path means the folder the program was in then."""
        monkeypatch.chdir(tmp_path)
        store = SqliteStore("store.db")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir("elsewhere")
        with store.unit("main", write=False), store.unit("main", write=False):
            pass
        assert (store.path, list(Path().iterdir())) == (str(tmp_path / "store.db"), [])

    def test_closing_leaves_one_file(self, tmp_path):
        store = SqliteStore(tmp_path / "store.db")
        _append(store, "k")
        with store.unit("main", write=False), store.unit("main", write=False):
            pass
        store.close()
        assert [file.name for file in tmp_path.iterdir()] == ["store.db"]

    def test_a_unit_may_end_after_its_store_was_closed(self, tmp_path):
        store = SqliteStore(tmp_path / "store.db")
        with store.unit("main") as unit:
            store.close()
            unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
        with pytest.raises(StoreError, match="the store is closed"):
            _feed(store)
        with SqliteStore(tmp_path / "store.db") as store:
            assert _feed(store) == ["1"]

    def test_it_says_what_it_offers(self, tmp_path):
        with SqliteStore(tmp_path / "store.db") as store:
            assert store.capabilities == {Capability.DURABLE, Capability.MULTI_WRITER, Capability.EXPORT}


class TestUrls:
    def test_memory_is_named_with_a_colon(self):
        """`memory:` is a new store each time."""
        assert isinstance(open_store("memory:"), MemoryStore)
        assert open_store("memory:") is not open_store("memory:")

    @pytest.mark.parametrize("url", ["{path}", "sqlite:///{path}"])
    def test_paths_and_sqlite_urls_name_files(self, tmp_path, url):
        path = tmp_path / "a store%20.db"
        store = open_store(url.format(path=path))
        assert isinstance(store, SqliteStore)
        assert store.path == str(path)
        store.close()

    def test_a_relative_url_names_a_file_here(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        open_store("sqlite:///store.db").close()
        assert (tmp_path / "store.db").exists()

    @pytest.mark.parametrize(
        "url", ["mysql://x/y", "postgres:x", "memory:x", "memory://", "http://a", "sqlite://x", "sqlite:x"]
    )
    def test_unknown_kinds_of_stores_are_told_the_known_ones(self, url):
        with pytest.raises(UnusableInputError, match=r"no kind of store that is known .`sqlite:///folder/file.db`"):
            open_store(url)

    @pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:", ":memory:", "file:x", ""])
    def test_urls_without_a_file_are_refused(self, url):
        with pytest.raises(UnusableInputError):
            open_store(url)

    def test_a_url_is_text(self):
        with pytest.raises(WrongTypeError, match="the name of a store"):
            open_store(None)

    def test_a_missing_file_is_not_made_unless_wanted(self, tmp_path):
        with pytest.raises(UnusableInputError, match="there is no such store"):
            open_store(str(tmp_path / "store.db"), create=False)


class TestBuilding:
    """A store appears under its name whole, or not at all."""

    def test_a_built_store_is_there_when_the_block_ends(self, tmp_path):
        path = tmp_path / "store.db"
        with build_sqlite(path) as store:
            _append(store, "k")
            assert not path.exists()
            assert (tmp_path / "store.db.partial").exists()
        assert [file.name for file in tmp_path.iterdir()] == ["store.db"]
        with SqliteStore(path, create=False) as store:
            assert _feed(store) == ["k"]

    def test_nothing_is_left_when_the_block_raises(self, tmp_path):
        def fail():
            with build_sqlite(tmp_path / "store.db") as store:
                _append(store, "k")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fail()
        assert list(tmp_path.iterdir()) == []

    def test_what_is_there_is_refused_and_kept(self, tmp_path):
        path = tmp_path / "store.db"
        path.write_text("mine")
        with pytest.raises(UnusableInputError, match="there is something already"), build_sqlite(path):
            pytest.fail("the block must not begin")
        assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("store.db", "mine")]

    def test_what_appears_meanwhile_is_kept(self, tmp_path):
        path = tmp_path / "store.db"
        with pytest.raises(UnusableInputError, match="there is something already"), build_sqlite(path):
            path.write_text("mine")
        assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("store.db", "mine")]

    def test_a_store_may_be_replaced_when_told(self, tmp_path):
        path = tmp_path / "store.db"
        with SqliteStore(path) as store:
            _append(store, "old")
        with pytest.raises(InvalidValueError), build_sqlite(path, replace=True):
            raise InvalidValueError(what="a value", value="the build is made to fail")
        with SqliteStore(path) as store:
            assert _feed(store) == ["old"]
        with build_sqlite(path, replace=True) as store:
            _append(store, "new")
        with SqliteStore(path) as store:
            assert _feed(store) == ["new"]
        assert [file.name for file in tmp_path.iterdir()] == ["store.db"]

    def test_only_a_store_may_be_replaced(self, tmp_path):
        path = tmp_path / "store.db"
        path.write_text("number,state\n")
        with pytest.raises(UnusableInputError, match="it is no SQLite file"), build_sqlite(path, replace=True):
            pytest.fail("the block must not begin")
        assert path.read_text() == "number,state\n"

    def test_a_store_in_use_is_not_replaced(self, tmp_path):
        path = tmp_path / "store.db"
        with SqliteStore(path) as old:
            _append(old, "old")
            with pytest.raises(Busy, match="is open elsewhere"), build_sqlite(path, replace=True):
                pytest.fail("the block must not begin")
            assert _feed(old) == ["old"]

    def test_what_an_interrupted_build_left_goes(self, tmp_path):
        for name in ("store.db.partial", "store.db.partial-wal", "store.db.partial-shm", "store.db-wal"):
            (tmp_path / name).write_text("left over")
        with build_sqlite(tmp_path / "store.db") as store:
            _append(store, "k")
        assert [file.name for file in tmp_path.iterdir()] == ["store.db"]

    def test_two_builds_of_one_store_do_not_mix(self, tmp_path):
        """The later one takes the place; the earlier one fails and leaves it alone."""
        path = tmp_path / "store.db"
        with ExitStack() as later:

            def build():
                with build_sqlite(path) as first:
                    _append(first, "first")
                    _append(later.enter_context(build_sqlite(path)), "second")

            with pytest.raises(Busy, match="built by somebody else"):
                build()
        with SqliteStore(path) as store:
            assert _feed(store) == ["second"]

    def test_a_missing_folder_is_named(self, tmp_path):
        with pytest.raises(UnusableInputError, match="there is no folder"), build_sqlite(tmp_path / "no" / "store.db"):
            pytest.fail("the block must not begin")

    def test_units_roll_back_during_a_build(self, tmp_path):
        """What a build is spared is waiting for the disk, nothing else."""
        with build_sqlite(tmp_path / "store.db") as store:

            def fail():
                with store.unit("main") as unit:
                    unit.journal.append([write("a", *map(str, range(5000)))], key="k", intent="i", now=START)
                    raise InvalidValueError(what="a value", value="the unit is made to fail")

            with pytest.raises(InvalidValueError):
                fail()
            _append(store, "k", write("a", "1", expected=0))
            assert _feed(store) == ["1"]


class TestFailing:
    """What SQLite says becomes one of the store's errors, with the file's name."""

    def test_a_second_process_waits_and_then_is_refused(self, tmp_path):
        path = tmp_path / "store.db"
        with SqliteStore(path) as one, SqliteStore(path, busy_timeout_seconds=0.05) as two, one.unit("main"):
            with pytest.raises(Busy, match=r"store\.db` is busy; nothing was written"):
                _append(two, "k")
            assert _feed(two) == []

    def test_a_second_writer_of_one_store_waits_and_then_is_refused(self, tmp_path):
        for store in (
            SqliteStore(tmp_path / "s.db", busy_timeout_seconds=0.05),
            MemoryStore(busy_timeout_seconds=0.05),
        ):
            with store.unit("main") as unit:
                with pytest.raises(Busy):
                    _append(store, "k")
                unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
            assert _feed(store) == ["1"]
            store.close()

    def test_a_full_disk_writes_nothing(self, tmp_path):
        """SQLite's own limit of pages stands in for the disk; who goes on regardless writes nothing either."""
        with SqliteStore(tmp_path / "store.db") as store:
            _append(store, "before")
            raw = _raw(store)
            raw.execute("PRAGMA max_page_count = 1")

            def fill():
                with store.unit("main") as unit:
                    unit.journal.append([write("a", "x" * 1000)] * 100, key="big", intent="i", now=START)
                    with pytest.raises(StoreFull, match="no room is left; nothing was written"):
                        unit.feed.read()
                    raw.execute("PRAGMA max_page_count = 1000000")
                    with pytest.raises(StoreFull):
                        unit.records.put([Record(kind="request", id="1", stream="a", version=1)])

            with pytest.raises(StoreFull):
                fill()
            assert _feed(store) == ["before"]
            assert not _append(store, "big").replayed

    def test_a_full_disk_is_seen_at_the_commit_too(self, tmp_path):
        with SqliteStore(tmp_path / "store.db") as store:
            _raw(store).execute("PRAGMA max_page_count = 1")
            with pytest.raises(StoreFull):
                _append(store, "big", *[write("a", "x" * 1000)] * 100)
            assert _feed(store) == []

    @pytest.mark.parametrize(
        ("code", "committing", "kind"),
        [
            (sqlite3.SQLITE_BUSY_SNAPSHOT, False, Busy),
            (sqlite3.SQLITE_LOCKED, False, Busy),
            (sqlite3.SQLITE_FULL, True, StoreFull),
            (sqlite3.SQLITE_IOERR_WRITE, False, StoreError),
            (sqlite3.SQLITE_IOERR_FSYNC, True, Unknown),
            (sqlite3.SQLITE_READONLY_DIRECTORY, False, StoreError),
            (sqlite3.SQLITE_CANTOPEN, False, UnusableInputError),
            (sqlite3.SQLITE_NOTADB, False, UnusableInputError),
            (sqlite3.SQLITE_CORRUPT_INDEX, False, IntegrityError),
            (None, False, StoreError),
        ],
    )
    def test_every_kind_of_failure_has_its_error(self, code, committing, kind):
        error = sqlite3.OperationalError("it failed")
        if code is not None:
            error.sqlite_errorcode = code
        answer = translated(error, "folder/store.db", committing=committing)
        assert type(answer) is kind
        assert "`folder/store.db`" in str(answer)

    def test_a_failed_commit_is_rolled_back(self, tmp_path):
        """A commit SQLite refuses leaves no transaction behind."""
        with SqliteStore(tmp_path / "store.db") as store:
            raw = _raw(store)
            raw.execute("PRAGMA foreign_keys = ON")
            raw.execute("CREATE TABLE t (x REFERENCES tenants (tenant) DEFERRABLE INITIALLY DEFERRED)")
            raw.execute("CREATE TRIGGER b AFTER INSERT ON facts BEGIN INSERT INTO t VALUES ('nobody'); END")
            with pytest.raises(StoreError, match="FOREIGN KEY"):
                _append(store, "k")
            assert _feed(store) == []


class TestWriting:
    def test_much_is_written_in_one_unit(self, tmp_path):
        """Appends, records and wake-ups of one large unit are all there, in order."""
        with SqliteStore(tmp_path / "store.db", durability="normal") as store:
            with store.unit("main") as unit:
                for number in range(3000):
                    writes = [write(f"s{number}", "1", "2", expected=0)]
                    unit.journal.append(writes, key=f"k{number}", intent="i", now=START)
                unit.records.put([Record(kind="request", id=f"{n:04}", stream=f"s{n}", version=2) for n in range(3000)])
                unit.timers.arm([Due(stream=f"s{n}", name="t", due_at=START) for n in range(3000)])
                assert unit.journal.receipt("k7", "i").facts[0].stream == "s7"
            with store.unit("main", write=False) as unit:
                assert unit.feed.head().position == 6000
                assert len(unit.records.find(Query(kind="request"), limit=5000).items) == 3000
                assert len(unit.timers.due(START, limit=5000)) == 3000
                assert [fact.version for fact in unit.journal.load("s2999")] == [1, 2]

    @pytest.mark.parametrize("fails", [False, True])
    def test_a_reading_unit_holds_its_moment_as_long_as_it_lasts(self, tmp_path, fails):
        """The log cannot be written back in full while a reader may look into it, and can as soon as it has ended."""
        with SqliteStore(tmp_path / "store.db") as store, SqliteStore(tmp_path / "store.db") as other:
            _append(store, "k", write("a", "1"))
            with suppress(KeyError), store.unit("main", write=False) as unit:
                _append(other, "l", write("a", "2"))
                assert texts(unit.feed.read()) == ["1"]
                assert not _written_back(other)
                if fails:
                    raise KeyError
            assert _written_back(other)
            assert _feed(store) == ["1", "2"]

    def test_a_forked_process_opens_connections_of_its_own(self, tmp_path):
        """Parent and child use one store object after a fork, and neither harms the other."""
        if not hasattr(os, "fork"):
            pytest.skip("no fork here")
        program = (
            "import os, sys\n"
            "from svcdelivery.storage.sqlite import SqliteStore\n"
            "from svcdelivery.testing.conformance.kit import START, write\n"
            "store = SqliteStore(sys.argv[1], busy_timeout_seconds=60)\n"
            "def add(key):\n"
            "    with store.unit('main') as unit:\n"
            "        unit.journal.append([write('a', key)], key=key, intent='i', now=START)\n"
            "add('before')\n"
            "child = os.fork()\n"
            "for n in range(20):\n"
            "    add(f'{bool(child)}{n}')\n"
            "if child:\n"
            "    assert os.waitpid(child, 0)[1] == 0\n"
            "    with store.unit('main', write=False) as unit:\n"
            "        assert unit.feed.head().position == 41\n"
            "store.close()\n"
        )
        done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "s.db")], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")

    def test_stores_opened_at_once_make_their_tables_once(self, tmp_path):
        """Several openers of a new file agree on who makes it."""
        errors = []

        def open_it():
            try:
                SqliteStore(tmp_path / "store.db", busy_timeout_seconds=60).close()
            except Exception as error:  # noqa: BLE001  shown by the assertion below
                errors.append(error)

        threads = [threading.Thread(target=open_it) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        SqliteStore(tmp_path / "store.db", create=False).close()

    @pytest.mark.parametrize("turn", [1, 2, 3])
    @pytest.mark.parametrize("migrates", [True, False])
    def test_a_store_that_is_made_while_another_is_opened_is_no_foreign_file(
        self, tmp_path, monkeypatch, turn, migrates
    ):
        """Whatever the opener has just looked at when it is made."""
        path, turns, looked = tmp_path / "store.db", count(1), Connection.row

        def row(connection, *asked):
            found = looked(connection, *asked)
            # From here on in a transaction, nobody else can make it.
            if not connection.raw.in_transaction and next(turns) == turn:
                SqliteStore(path).close()
            return found

        monkeypatch.setattr(Connection, "row", row)
        SqliteStore(path, migrate=migrates).close()
        assert next(turns) > 1
        SqliteStore(path, create=False).close()

    def test_queries_use_indexes(self, tmp_path):
        """No query of the protocol scans what it does not answer."""
        with SqliteStore(tmp_path / "store.db") as store, store.unit("main") as unit:
            raw = unit.records._connection.raw
            seen = []
            raw.set_trace_callback(seen.append)
            unit.records.find(Query(kind="request", where=(("status", "new"),)), after="5")
            unit.records.find(Query(kind="request"), after="5")
            unit.timers.due(START)
            unit.timers.next_due()
            unit.timers.of("a")
            unit.timers.claim(START, now=START, until=START.add(seconds=1), owner="w")
            unit.journal.load("a")
            unit.feed.read(5)
            raw.set_trace_callback(None)
            plans = [row[3] for text in seen for row in raw.execute(f"EXPLAIN QUERY PLAN {text}")]
        assert plans
        assert [plan for plan in plans if "SCAN" in plan or "TEMP B-TREE" in plan] == []


class TestMigrations:
    """An older release's file is brought up to date by adding to it, and what was stored stays as it is."""

    FIRST = steps(sqlite())[0]

    def _older(self, path):
        raw = sqlite3.connect(path)
        raw.executescript(self.FIRST.sql)
        raw.execute("INSERT INTO schema_versions VALUES (1, ?)", (self.FIRST.checksum,))
        raw.execute("PRAGMA application_id = 1398162244")
        raw.execute("INSERT INTO tenants VALUES ('main', 0, NULL, ?, 7)", (genesis("main"),))
        raw.commit()
        raw.close()

    def test_a_released_step_never_changes(self):
        """Whoever changes one makes every store that took it unusable: put a new one behind it."""
        assert [step.checksum[:16] for step in steps(sqlite())] == ["f947b9c6b7eb1134", "ac3975543932c0eb"]
        assert [step.checksum[:16] for step in steps(postgresql("svcdelivery"))] == POSTGRES_CHECKSUMS

    def test_an_older_file_is_brought_up_to_date(self, tmp_path):
        path = tmp_path / "store.db"
        self._older(path)
        assert [step.number for step in SqliteStore.plan(path)] == [2]
        with SqliteStore(path) as store, store.unit("main") as unit:
            unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
            unit.marks.put("f", 1)
            unit.timers.arm([Due(stream="a", name="t", due_at=START)])
            assert unit.timers.claim(START, now=START, until=later(1), owner="w")[0].fence == 8
        assert SqliteStore.plan(path) == []

    def test_an_older_file_may_be_left_as_it_is(self, tmp_path):
        path = tmp_path / "store.db"
        self._older(path)
        before = path.read_bytes()
        with pytest.raises(UnusableInputError, match=r"it needs migration 2, outbox and marks .svcdelivery migrate"):
            SqliteStore(path, migrate=False)
        assert path.read_bytes() == before

    def test_a_plan_of_what_is_not_there_is_everything(self, tmp_path):
        assert [step.number for step in SqliteStore.plan(tmp_path / "store.db")] == [1, 2]
        assert list(tmp_path.iterdir()) == []

    def test_a_later_release_of_the_same_major_is_welcome(self, tmp_path):
        """It only added; so two releases may work on one store while it is brought up to date."""
        path = tmp_path / "store.db"
        SqliteStore(path).close()
        raw = sqlite3.connect(path)
        raw.execute("INSERT INTO schema_versions VALUES (3, 'x')")
        raw.commit()
        raw.close()
        with SqliteStore(path) as store:
            _append(store, "k")

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("UPDATE schema_versions SET checksum = 'x' WHERE number = 2", "migration 2 was another one"),
            ("DELETE FROM schema_versions WHERE number = 1", "it lacks migration 1, but has a later one"),
        ],
    )
    def test_a_store_that_took_other_steps_is_refused(self, tmp_path, change, said):
        path = tmp_path / "store.db"
        SqliteStore(path).close()
        raw = sqlite3.connect(path)
        raw.execute(change)
        raw.commit()
        raw.close()
        with pytest.raises(UnusableInputError, match=said):
            SqliteStore(path)

    def test_several_threads_may_bring_it_up_to_date_at_once(self, tmp_path):
        path = tmp_path / "store.db"
        self._older(path)
        failures = []

        def open_it():
            try:
                SqliteStore(path, busy_timeout_seconds=60).close()
            except StoreError as error:
                failures.append(error)

        threads = [threading.Thread(target=open_it) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []


POSTGRES_CHECKSUMS = ["92ecd760fd2518d9", "887e091317e94231"]
