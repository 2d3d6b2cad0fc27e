"""The watch as processes on one PostgreSQL database, some of them killed: a slice of `make watch`."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from svcdelivery.desk import ServiceDesk
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.testing.time import HeldTime
from tests.desk.test_watch_runs import Meanwhile
from tests.desk.world import World
from tests.durability.watching import run

pytestmark = pytest.mark.xdist_group("watch processes")


@pytest.fixture
def database(postgres_url: str) -> str:
    """A new database."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS watching WITH (FORCE)")
        connection.execute("CREATE DATABASE watching")
    return _url_of(postgres_url)


def _url_of(url: str) -> str:
    parts = conninfo_to_dict(url)
    known = {name: parts[name] for name in ("host", "port", "user", "password") if name in parts}
    made = make_conninfo(dbname="watching", **{name: str(value) for name, value in known.items()})
    fields = conninfo_to_dict(made)
    user = f"{fields['user']}@" if "user" in fields else ""
    rest = "&".join(f"{name}={fields[name]}" for name in ("host", "port", "password") if name in fields)
    return f"postgresql://{user}/watching?{rest}"


@pytest.mark.slow
def test_each_wake_up_takes_effect_once_though_processes_are_killed(database: str) -> None:
    """Two processes of the command itself, two killed; what the store then holds is looked through."""
    figures = run(database, timers=90, workers=2, kills=2, seed=20_261_122)
    assert figures.ok, str(figures)
    assert (figures.once, figures.kills) == (90, 2)


def test_two_workers_on_one_database_never_handle_the_same_wake_up(database: str) -> None:
    """One claims while the other holds its claim: together they do what one would have done."""
    with PostgresStore(database) as store:
        world = World(store)
        ids = [world.incident() for _ in range(4)]
        world.time.advance(days=3)
        reports = []

        def second() -> None:
            other = ServiceDesk(store, time=HeldTime(world.time.now()))
            reports.append(other.watch.run(owner="second"))

        first = world.again(Meanwhile(store, lambda: None, second))
        reports.append(first.watch.run(owner="first", limit=4))
        assert sum(report.breaches for report in reports) == 2 * len(ids)
        assert len(world.desk.actions.find().items) == 2 * len(ids)
        for id in ids:
            world.check(f"incident:{id}")
