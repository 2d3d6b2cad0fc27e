from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count

import psycopg
import pytest

from svcdelivery.errors import Busy, InvalidValueError, StoreError, Unknown, UnusableInputError, WrongTypeError
from svcdelivery.storage.open import open_store
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.protocol import Capability, Due
from svcdelivery.storage.sql.failures import failure
from svcdelivery.testing.conformance.kit import START, later, texts, write

_numbers = count()


@pytest.fixture
def schema(postgres_url: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    yield name
    with closing(_raw(postgres_url)) as raw:
        raw.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")


@pytest.fixture
def store(postgres_url: str, schema: str) -> Iterator[PostgresStore]:
    with PostgresStore(postgres_url, schema=schema, busy_timeout_seconds=0.3) as store:
        yield store


def _raw(url):
    return psycopg.connect(url, autocommit=True)


def _append(store, key, tenant="main"):
    with store.unit(tenant) as unit:
        return unit.journal.append([write("a", key)], key=key, intent="i", now=START)


def _feed(store, tenant="main"):
    with store.unit(tenant, write=False) as unit:
        return texts(unit.feed.read())


def _terminate_all(url):
    with closing(_raw(url)) as raw:
        # Each is waited for: until it has ended it might still answer.
        ended = raw.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE application_name = 'svcdelivery' AND pid <> pg_backend_pid()"
        ).fetchall()
    assert all(one for (one,) in ended)


class TestOpening:
    @pytest.mark.parametrize("url", ["", " ", "a\0b"])
    def test_a_url_names_a_database(self, url):
        with pytest.raises(UnusableInputError, match="names no database"):
            PostgresStore(url)

    def test_a_url_is_text(self):
        with pytest.raises(WrongTypeError, match="the URL of a database"):
            PostgresStore(5)

    def test_the_password_is_never_shown(self, tmp_path):
        """Also when the server cannot be reached."""
        with pytest.raises(UnusableInputError, match="no connection") as caught:
            PostgresStore(f"postgresql://me:sesame@/main?host={tmp_path}")
        assert "sesame" not in str(caught.value)

    @pytest.mark.parametrize("name", ["", "A", "1a", 'a"b', "a.b", "a" * 60])
    def test_a_schema_has_a_plain_name(self, postgres_url, name):
        with pytest.raises(InvalidValueError, match="the name of a schema"):
            PostgresStore(postgres_url, schema=name)

    def test_a_missing_store_is_not_made_unless_wanted(self, postgres_url, schema):
        with pytest.raises(UnusableInputError, match=f"it has no schema `{schema}`"):
            PostgresStore(postgres_url, schema=schema, create=False)
        PostgresStore(postgres_url, schema=schema).close()
        PostgresStore(postgres_url, schema=schema, create=False).close()

    def test_a_url_opens_it(self, postgres_url):
        with open_store(postgres_url) as store:
            assert isinstance(store, PostgresStore)
        with closing(_raw(postgres_url)) as raw:
            raw.execute("DROP SCHEMA svcdelivery CASCADE")

    def test_a_database_in_another_encoding_is_refused(self, postgres_url):
        with closing(_raw(postgres_url)) as raw:
            raw.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
        try:
            with pytest.raises(UnusableInputError, match="its texts are in LATIN1"):
                PostgresStore(postgres_url.replace("/postgres?", "/latin?"))
        finally:
            with closing(_raw(postgres_url)) as raw:
                raw.execute("DROP DATABASE latin")

    def test_it_says_what_it_offers(self, postgres_url, schema, store):
        assert Capability.NOTIFY in store.capabilities
        with PostgresStore(postgres_url, schema=schema, notify=False) as quiet:
            assert quiet.capabilities == store.capabilities - {Capability.NOTIFY}

    def test_several_processes_may_make_it_at_once(self, postgres_url, schema):
        """One makes the tables, the others wait for it."""
        failures = []

        def open_it():
            try:
                PostgresStore(postgres_url, schema=schema, busy_timeout_seconds=60).close()
            except StoreError as error:
                failures.append(error)

        threads = [threading.Thread(target=open_it) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []


class TestTurns:
    """Who waits for whom."""

    def test_a_second_writer_of_a_tenant_waits_and_then_is_refused(self, store):
        _append(store, "before")
        with store.unit("main") as unit:
            unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
            with pytest.raises(Busy, match="is busy; nothing was written"):
                _append(store, "other")
            assert _feed(store) == ["before"]
        assert _feed(store) == ["before", "1"]

    def test_the_first_writer_of_a_tenant_makes_the_second_wait_too(self, store):
        with store.unit("new") as unit:
            unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
            with pytest.raises(Busy):
                _append(store, "other", "new")
        assert _feed(store, "new") == ["1"]

    def test_writers_of_other_tenants_do_not_wait(self, store):
        with store.unit("one") as unit:
            unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
            _append(store, "k", "two")
        assert (_feed(store, "one"), _feed(store, "two")) == (["1"], ["k"])

    def test_workers_that_claim_wait_for_nobody(self, store):
        """Each passes over what another is claiming, and nobody waits for the tenant's writer."""
        with store.unit("main") as unit:
            unit.timers.arm([Due(stream="a", name=name, due_at=later(at)) for at, name in enumerate("tuvw")])
        lease = {"now": later(9), "until": later(20), "limit": 2}
        with store.unit("main") as writer:
            writer.journal.append([write("a", "1")], key="k", intent="i", now=START)
            with store.unit("main") as one, store.unit("main") as two:
                first = one.timers.claim(later(9), owner="one", **lease)
                second = two.timers.claim(later(9), owner="two", **lease)
                assert two.timers.next_due() == later(0)
        assert [claim.due.name for claim in (*first, *second)] == ["t", "u", "v", "w"]
        assert len({claim.fence for claim in (*first, *second)}) == 4

    def test_units_beyond_the_most_wait_for_their_turn(self, postgres_url, schema):
        with (
            PostgresStore(postgres_url, schema=schema, connections_most=1, busy_timeout_seconds=0.1) as store,
            store.unit("main", write=False),
            pytest.raises(Busy, match="1 units are open already"),
            store.unit("main", write=False),
        ):
            pytest.fail("the block must not begin")

    def test_a_bell_hears_another_store(self, postgres_url, schema, store):
        with PostgresStore(postgres_url, schema=schema) as other, other.listen("main") as bell:
            _append(store, "k")
            assert bell.wait(60)


class TestLosing:
    """What a lost connection leaves behind, and what the caller is told."""

    def test_a_connection_lost_before_the_commit_wrote_nothing(self, postgres_url, store):
        def lose():
            with store.unit("main") as unit:
                unit.journal.append([write("a", "lost")], key="k", intent="i", now=START)
                unit.feed.read()
                _terminate_all(postgres_url)
                unit.feed.read()

        with pytest.raises(Busy, match="the connection was lost; nothing was written"):
            lose()
        assert _feed(store) == []
        assert not _append(store, "k").replayed

    def test_a_connection_lost_at_the_commit_leaves_it_open(self, postgres_url, store):
        """The same call with the same key finds out."""

        def lose():
            with store.unit("main") as unit:
                unit.journal.append([write("a", "k")], key="k", intent="i", now=START)
                unit.feed.read()
                _terminate_all(postgres_url)

        with pytest.raises(Unknown, match="call again with the same key"):
            lose()
        _append(store, "k")
        assert _feed(store) == ["k"]

    def test_connections_lost_while_idle_are_replaced(self, postgres_url, store):
        _append(store, "1")
        _terminate_all(postgres_url)
        # The server ends them a moment after it says so.
        give_up = time.monotonic() + 30
        while store._idle[-1].is_alive and time.monotonic() < give_up:
            time.sleep(0.01)
        _append(store, "2")
        assert _feed(store) == ["1", "2"]

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("40P01", Busy),
            ("55P03", Busy),
            ("53300", Busy),
            ("53100", "StoreFull"),
            ("XX001", "IntegrityError"),
            ("28P01", UnusableInputError),
            ("22021", InvalidValueError),
            ("42P01", StoreError),
        ],
    )
    def test_every_kind_of_failure_has_its_error(self, code, kind):
        error = RuntimeError("it failed")
        error.sqlstate = code
        answer = failure(error, "`postgresql://x/y`")
        assert type(answer).__name__ == (kind if isinstance(kind, str) else kind.__name__)
        assert code == "22021" or "postgresql://x/y" in str(answer)


class TestMigrations:
    def test_the_plan_changes_nothing(self, postgres_url, schema):
        """A database administrator can read, and run, what would be done."""
        plan = PostgresStore.plan(postgres_url, schema=schema)
        assert [step.number for step in plan] == [1, 2]
        assert PostgresStore.plan(postgres_url, schema=schema) == plan
        with closing(_raw(postgres_url)) as raw:
            raw.execute(f"CREATE SCHEMA {schema}")
            for step in plan:
                raw.execute(step.sql)
                raw.execute(f"INSERT INTO {schema}.schema_versions VALUES (%s, %s)", (step.number, step.checksum))
        with PostgresStore(postgres_url, schema=schema, create=False, migrate=False) as store:
            _append(store, "k")
            assert _feed(store) == ["k"]

    def test_an_older_store_is_brought_up_to_date(self, postgres_url, schema):
        first = PostgresStore.plan(postgres_url, schema=schema)[0]
        with closing(_raw(postgres_url)) as raw:
            raw.execute(f"CREATE SCHEMA {schema}")
            raw.execute(first.sql)
            raw.execute(f"INSERT INTO {schema}.schema_versions VALUES (1, %s)", (first.checksum,))
        with pytest.raises(UnusableInputError, match=r"it needs migration 2, outbox and marks .svcdelivery migrate"):
            PostgresStore(postgres_url, schema=schema, migrate=False)
        with PostgresStore(postgres_url, schema=schema) as store, store.unit("main") as unit:
            assert unit.marks.get("f") == 0
        assert PostgresStore.plan(postgres_url, schema=schema) == []
