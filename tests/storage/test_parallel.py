"""What the kit holds stores to that let several go on at once, on a database where they do."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from functools import partial
from itertools import count

import psycopg
import pytest
import sqlalchemy as sa
from attrs import evolve

from svcdelivery.storage.erasure import ErasableStore
from svcdelivery.storage.memory import MemoryKeyRing
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.sqlalchemy import SqlAlchemyStore
from svcdelivery.testing.conformance import SCENARIOS, check
from tests.storage.mutants.kinds import changed, swap

PARALLEL = tuple(one for one in SCENARIOS if one.topic == "parallel")
_numbers = count()


@pytest.fixture
def broken(postgres_url):
    """Answer the complaints about a kind of store, by the scenario."""
    made = []

    def complaints(kind):
        def place():
            made.append(f"parallel_{os.getpid()}_{next(_numbers)}")
            return partial(kind, postgres_url, schema=made[-1], busy_timeout_seconds=1.0)

        return {one.scenario.name: one.complaint for one in check(place, PARALLEL).broken}

    yield complaints
    with closing(psycopg.connect(postgres_url, autocommit=True)) as connection:
        for schema in made:
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def test_a_store_on_postgresql_lets_them(broken):
    """Also one that lets a unit wait for no longer than a second."""
    assert broken(PostgresStore) == {}


class Waiting(PostgresStore):
    """Workers do not pass over what another is claiming."""

    def __init__(self, *values, **named):
        super().__init__(*values, **named)
        timers = evolve(self._sql.timers, claim=swap(self._sql.timers.claim, " SKIP LOCKED", ""))
        self._sql = evolve(self._sql, timers=timers)


class Locking(PostgresStore):
    """A worker that claims locks the tenant first, as a writer does."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:

            def claim(*values, **named):
                unit._made[0].row(self._sql.lock_tail, (tenant,))
                return unit.timers.claim(*values, **named)

            yield changed(unit, timers={"claim": claim})


class Guarding(PostgresStore):
    """One advisory lock is for writers of all tenants."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            if write:
                unit._made[0].send("SELECT pg_advisory_xact_lock(7)")
            yield unit


def test_workers_who_wait_for_one_another_are_found_out(broken):
    """By the one that is held up."""
    (complaint,) = broken(Waiting).values()
    assert complaint.startswith("a worker that claims beside another: Busy: ")


def test_workers_who_wait_for_a_writer_are_found_out(broken):
    """The scenario tells the one from the other."""
    (complaint,) = broken(Locking).values()
    assert complaint.startswith("a worker that claims beside a writer: Busy: ")


def test_writers_who_wait_for_those_of_other_tenants_are_found_out(broken):
    """So are workers then: they begin as writers do."""
    complaints = broken(Guarding)
    assert complaints["writers_of_other_tenants_do_not_wait"].startswith("a writer of another tenant: Busy: ")
    assert complaints.keys() == {one.name for one in PARALLEL}


def test_a_store_around_another_joins_as_that_does(tmp_path):
    """Whom it can forget, it can forget in the caller's transaction too."""
    engines = []

    def place():
        engines.append(sa.create_engine(f"sqlite:///{tmp_path / str(next(_numbers))}.db"))
        return lambda engine=engines[-1]: ErasableStore(SqlAlchemyStore(engine), MemoryKeyRing())

    report = check(place, tuple(one for one in SCENARIOS if one.topic in {"shape", "shared"}))
    for engine in engines:
        engine.dispose()
    assert report.ok, str(report)
    assert all(one.offered for one in report.results)
