"""How the tables are made and brought up to date in a database that others may use too."""

from __future__ import annotations

from collections.abc import Sequence

from svcdelivery.errors import UnusableInputError
from svcdelivery.storage.migrations import missing_steps
from svcdelivery.storage.postgres.connection import Connection
from svcdelivery.storage.sql.dialect import GUARD, postgresql
from svcdelivery.storage.sql.schema import SchemaStep, steps

__all__ = ["is_store", "migrate", "pending"]


def is_store(connection: Connection, schema: str) -> bool:
    """Answer whether the schema holds a store."""
    # Read as rows: what looks names up may still hold a name for unknown that another process has just made.
    statement = "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = %s AND tablename = 'schema_versions'"
    return connection.row(statement, (schema,)) is not None


def pending(connection: Connection, schema: str) -> Sequence[SchemaStep]:
    """Answer the steps that are still to be taken; all of them where there is no store.

    Raises:
        UnusableInputError: The store is of a later major, or the database's texts are not in UTF-8.
    """
    (encoding,) = connection.row("SHOW server_encoding")
    if encoding != "UTF8":
        raise UnusableInputError(source=connection.name, problem=f"its texts are in {encoding}", hint="a UTF8 database")
    every = steps(postgresql(schema))
    if not is_store(connection, schema):
        return every
    applied = connection.rows(f"SELECT number, checksum FROM {schema}.schema_versions")
    return missing_steps(applied, every, connection.name)


def migrate(connection: Connection, schema: str) -> None:
    """Take the steps that are still to be taken, in one transaction; of several processes one does it."""
    connection.begin(write=True)
    try:
        connection.row("SELECT pg_advisory_xact_lock(%s)", (GUARD,))
        for step in pending(connection, schema):
            if not is_store(connection, schema):
                connection.run(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            for statement in (*step.statements, *step.late):
                connection.run(statement)
            done = f"INSERT INTO {schema}.schema_versions (number, checksum) VALUES (%s, %s)"
            connection.run(done, (step.number, step.checksum))
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
