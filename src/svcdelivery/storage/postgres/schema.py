"""How the tables are made and brought up to date in a database that others may use too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from svcdelivery.errors import InvalidValueError, UnusableInputError
from svcdelivery.storage.migrations import missing_steps
from svcdelivery.storage.postgres.connection import Connection
from svcdelivery.storage.sql.dialect import postgresql
from svcdelivery.storage.sql.schema import Step, steps

__all__ = ["checked_schema", "is_store", "migrate", "pending"]

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,40}", re.ASCII)
_GUARD = 0x53564344
"""`SVCD`, the advisory lock under which one process at a time migrates."""


def checked_schema(name: str) -> str:
    """Answer the name of a schema as it is.

    Raises:
        InvalidValueError: It would have to be quoted.
    """
    if not _SCHEMA.fullmatch(name):
        hint = "up to 41 lower case letters, digits and underscores, no digit first"
        raise InvalidValueError(what="the name of a schema", value=name, hint=hint)
    return name


def is_store(connection: Connection, schema: str) -> bool:
    """Answer whether the schema holds a store."""
    (found,) = connection.row("SELECT to_regclass(%s)::text", (f"{schema}.schema_versions",))
    return found is not None


def pending(connection: Connection, schema: str) -> Sequence[Step]:
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
        connection.row("SELECT pg_advisory_xact_lock(%s)", (_GUARD,))
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
