"""In what the SQL of two databases differs, as far as a store comes across it."""

from __future__ import annotations

import re

from attrs import frozen

from svcdelivery.errors import InvalidValueError

__all__ = ["GUARD", "Dialect", "checked_schema", "postgresql", "sqlite"]

GUARD = 0x53564344
"""`SVCD`, the advisory lock under which one process at a time migrates a PostgreSQL database."""

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,40}", re.ASCII)


@frozen(kw_only=True)
class Dialect:
    """How statements are put.

    Attributes:
        prefix: Stands before the name of every table, sequence and, without its dot, index.
        mark: Stands for a bound value.
        text: The type of texts that compare code point by code point.
        integer: The type of whole numbers of 64 bits.
        blob: The type of bytes.
        payload: The type of payloads.
        payload_in: How a bound payload, bytes, becomes that type; `{}` is the value.
        payload_text: Whether many payloads at once are bound as texts, which that driver takes quicker than bytes.
        payload_out: How a payload becomes bytes again; `{}` is the column.
        clustered: What follows a table whose rows live in its key's index.
        among: Holds for one of many bound at once; `{}` is the value.
        replace: How a row is inserted that may be there already.
        skips_locked: Whether rows that others claim can be passed over; fences then come from a sequence.
        locks_tenant: Whether a writer has to lock its tenant, since others may write at the same time.
    """

    name: str
    prefix: str = ""
    mark: str = "?"
    text: str = "TEXT"
    integer: str = "INTEGER"
    blob: str = "BLOB"
    payload: str = "TEXT"
    payload_in: str = "CAST({} AS TEXT)"
    payload_out: str = "CAST({} AS BLOB)"
    payload_text: bool = True
    clustered: str = " WITHOUT ROWID"
    among: str = "IN (SELECT value FROM json_each({}))"
    skips_locked: bool = False
    locks_tenant: bool = False

    def put(self, statement: str) -> str:
        """Answer a statement, written with question marks, as this database takes it."""
        return statement if self.mark == "?" else statement.replace("?", self.mark)

    def index(self, name: str) -> str:
        """Answer the name of an index: it lives where its table does, so only a prefix without a dot is its own."""
        return name if self.prefix.endswith(".") else f"{self.prefix}{name}"


def sqlite(prefix: str = "") -> Dialect:
    """Answer the dialect of SQLite 3.35 or later."""
    return Dialect(name="sqlite", prefix=prefix)


def postgresql(schema: str) -> Dialect:
    """Answer the dialect of PostgreSQL 12 or later, with the tables in a schema of their own."""
    return Dialect(
        name="postgresql",
        prefix=f"{schema}.",
        mark="%s",
        text='TEXT COLLATE "C"',
        integer="BIGINT",
        blob="BYTEA",
        payload="BYTEA",
        payload_in="{}",
        payload_out="{}",
        payload_text=False,
        clustered="",
        among="= ANY({})",
        skips_locked=True,
        locks_tenant=True,
    )


def checked_schema(name: str) -> str:
    """Answer the name of a schema as it is.

    Raises:
        InvalidValueError: It would have to be quoted.
    """
    if not _SCHEMA.fullmatch(name):
        hint = "up to 41 lower case letters, digits and underscores, no digit first"
        raise InvalidValueError(what="the name of a schema", value=name, hint=hint)
    return name
