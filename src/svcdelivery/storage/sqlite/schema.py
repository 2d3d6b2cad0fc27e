"""How a store file is told from somebody else's, made, and brought up to date."""

from __future__ import annotations

from collections.abc import Sequence

from svcdelivery.errors import UnusableInputError
from svcdelivery.storage.migrations import missing_steps
from svcdelivery.storage.sql.dialect import sqlite
from svcdelivery.storage.sql.schema import SchemaStep, steps
from svcdelivery.storage.sql.statements import statements
from svcdelivery.storage.sqlite.connection import MARK_AND_TABLES, Connection

__all__ = ["APPLICATION_ID", "SQL", "STEPS", "is_store", "make_indexes", "migrate", "pending"]

APPLICATION_ID = 0x53564344
"""`SVCD`, in the header of every store file."""

SQL = statements(sqlite())
"""Every statement of a unit."""

STEPS = steps(sqlite())
"""Every step a store file takes."""


def is_store(connection: Connection) -> bool:
    """Answer whether the file holds a store; False for a file without tables.

    Raises:
        UnusableInputError: The file is another program's.
    """
    mark, tables = connection.row(MARK_AND_TABLES)
    if mark == APPLICATION_ID:
        return True
    if mark or tables:
        raise UnusableInputError(source=connection.path, problem="it is a SQLite file of another program, not a store")
    return False


def pending(connection: Connection) -> Sequence[SchemaStep]:
    """Answer the steps that are still to be taken; all of them by an empty file.

    Raises:
        UnusableInputError: The file is another program's, or was written by a release of a later major.
    """
    if not is_store(connection):
        return STEPS
    return missing_steps(connection.rows("SELECT number, checksum FROM schema_versions"), STEPS, connection.path)


def migrate(connection: Connection, todo: Sequence[SchemaStep], *, late: bool) -> None:
    """Take steps within the open transaction.

    Args:
        late: Whether to make the indexes too that a store which is being filled makes last, by `make_indexes`.
    """
    for step in todo:
        for statement in (*step.statements, *(step.late if late else ())):
            connection.run(statement)
        connection.run("INSERT INTO schema_versions (number, checksum) VALUES (?, ?)", (step.number, step.checksum))
    connection.run(f"PRAGMA application_id = {APPLICATION_ID}")


def make_indexes(connection: Connection) -> None:
    """Make what was left for the end. On many rows at once this costs a fraction of keeping it up row by row."""
    for step in STEPS:
        for statement in step.late:
            connection.run(statement)
