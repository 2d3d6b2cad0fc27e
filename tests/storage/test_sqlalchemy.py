from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest
import sqlalchemy as sa

from svcdelivery.errors import InvalidValueError, UnusableInputError, WrongTypeError
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.sqlalchemy import SqlAlchemyStore, metadata
from svcdelivery.testing.conformance.kit import START, texts, write

_numbers = count()


@pytest.fixture
def sqlite(tmp_path) -> Iterator[sa.Engine]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'host.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgres(postgres_url) -> Iterator[sa.Engine]:
    engine = sa.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request) -> sa.Engine:
    return request.getfixturevalue(request.param)


@pytest.fixture
def name(engine) -> Iterator[str]:
    made = f"host_{os.getpid()}_{next(_numbers)}"
    yield made
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {made} CASCADE")


def _append(store, key):
    with store.unit("main") as unit:
        return unit.journal.append([write("a", key)], key=key, intent="i", now=START)


def _feed(store):
    with store.unit("main", write=False) as unit:
        return texts(unit.feed.read())


class TestOpening:
    def test_an_engine_is_asked_for(self):
        with pytest.raises(WrongTypeError, match="a SQLAlchemy engine"):
            SqlAlchemyStore("sqlite:///x.db")

    def test_other_databases_are_refused(self):
        """In one line that says what would do."""
        engine = sa.create_mock_engine("mysql://", lambda *_: None)
        assert engine.dialect.name == "mysql"
        real = sa.create_engine("sqlite://")
        real.dialect.name = "mysql"
        with pytest.raises(
            UnusableInputError, match=r"`mysql`: a store cannot be kept there .`sqlite` or `postgresql`"
        ):
            SqlAlchemyStore(real)

    def test_the_callers_tables_are_left_alone(self, sqlite):
        """Those of a store have a prefix of their own."""
        with sqlite.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE facts (mine TEXT)")
        _append(SqlAlchemyStore(sqlite), "k")
        assert {"facts", "svcdelivery_facts"} <= set(sa.inspect(sqlite).get_table_names())

    def test_the_engine_stays_the_callers(self, sqlite):
        SqlAlchemyStore(sqlite).close()
        with sqlite.connect() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1

    def test_another_engine_finds_the_same_store(self, postgres_url, postgres):
        """The tables on PostgreSQL are those of the store that comes with the library."""
        schema = f"host_{os.getpid()}_{next(_numbers)}"
        with PostgresStore(postgres_url, schema=schema) as store:
            _append(store, "1")
            other = SqlAlchemyStore(postgres, name=schema)
            _append(other, "2")
            assert _feed(store) == _feed(other) == ["1", "2"]
        with postgres.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")


class TestCallersTransaction:
    """Facts and the host's own rows count together or not at all."""

    def _host(self, engine, name):
        own = sa.Table(f"orders_{name}", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
        own.create(engine, checkfirst=True)
        return own

    def test_both_are_committed_together(self, engine, name):
        store, own = SqlAlchemyStore(engine, name=name), self._host(engine, name)
        with engine.begin() as connection:
            connection.execute(own.insert().values(id=1))
            _append(store.joined(connection), "k")
            assert _feed(store) == []
        with engine.connect() as connection:
            assert connection.execute(sa.select(own.c.id)).scalars().all() == [1]
        assert _feed(store) == ["k"]

    def test_both_are_undone_together(self, engine, name):
        store, own = SqlAlchemyStore(engine, name=name), self._host(engine, name)
        with engine.connect() as connection:
            connection.execute(own.insert().values(id=1))
            _append(store.joined(connection), "k")
            connection.rollback()
            assert connection.execute(sa.select(own.c.id)).scalars().all() == []
        assert _feed(store) == []

    def test_a_unit_that_raises_is_undone_by_itself(self, engine, name):
        store, own = SqlAlchemyStore(engine, name=name), self._host(engine, name)

        def fail(joined):
            with joined.unit("main") as unit:
                unit.journal.append([write("a", "lost")], key="k", intent="i", now=START)
                unit.feed.read()
                raise InvalidValueError(what="a value", value="the unit is made to fail")

        with engine.begin() as connection:
            joined = store.joined(connection)
            connection.execute(own.insert().values(id=1))
            with pytest.raises(InvalidValueError):
                fail(joined)
            _append(joined, "kept")
            assert _feed(joined) == ["kept"]
        assert _feed(store) == ["kept"]


class TestMetadata:
    def test_tables_made_from_it_serve_the_store(self, engine, name):
        """So the caller's own migrations can look after them."""
        if engine.dialect.name == "postgresql":
            tables = metadata(schema=name)
            with engine.begin() as connection:
                connection.execute(sa.schema.CreateSchema(name))
        else:
            tables = metadata(prefix=f"{name}_")
        tables.create_all(engine)
        store = SqlAlchemyStore(engine, name=name, migrate=False)
        _append(store, "k")
        with store.unit("main") as unit:
            unit.marks.put("f", 1)
        assert _feed(store) == ["k"]

    def test_it_names_the_tables_the_migrations_make(self, engine, name):
        """Every table, column, index and rule of what may be missing."""
        SqlAlchemyStore(engine, name=name)
        on_postgres = engine.dialect.name == "postgresql"
        tables = metadata(schema=name) if on_postgres else metadata(prefix=f"{name}_")
        found = sa.MetaData()
        found.reflect(engine, schema=name if on_postgres else None)
        assert set(tables.tables) == {key for key in found.tables if name in key}
        for key, table in tables.tables.items():
            assert _described(table) == _described(found.tables[key])


def _described(table):
    columns = {(c.name, c.nullable or c.primary_key, c.primary_key) for c in table.columns}
    return columns, {index.name for index in table.indexes}, [c.name for c in table.primary_key]
