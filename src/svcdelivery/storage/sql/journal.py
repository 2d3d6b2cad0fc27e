"""The journal's rows over a SQL connection, and what that connection has to do."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from svcdelivery.errors import IntegrityError
from svcdelivery.storage.chain import genesis
from svcdelivery.storage.codec import Row
from svcdelivery.storage.journal import Command, Gate, Tail, checked_key, checked_stream
from svcdelivery.storage.sql.statements import Insert, Statements

__all__ = ["Connection", "Part", "SqlRows", "narrowed"]

_PENDING_MOST = 2000
_FEW = 8
_VERSION_MOST = 2**63 - 1


class Connection(Protocol):
    """Runs statements in an open transaction; every failure is one of the store's errors, and ends the transaction."""

    def row(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Answer the first row, None when there is none."""
        ...

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Answer all rows, as tuples."""
        ...

    def ask(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        """Answer the rows of several statements, run one after another; over a network, in one round trip."""
        ...

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Answer how many rows a statement changed."""
        ...

    def send(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run a statement whose answer nobody needs; it may wait for the next one that is asked for."""
        ...

    def send_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each row of values, as `send` does."""
        ...

    def insert(self, into: Insert, rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows, by whichever way is quickest for so many; as `send` does."""
        ...


class SqlRows:
    """The journal's rows of one tenant. Added rows wait to be written in bulk, at the latest until rows are read.

    Args:
        alone: Whether this writer has to lock the tenant before it may rely on what it reads.
    """

    __slots__ = (
        "_ahead",
        "_alone",
        "_commands",
        "_connection",
        "_facts",
        "_is_new",
        "_new_key",
        "_sql",
        "_tail",
        "_tenant",
    )

    def __init__(self, connection: Connection, tenant: str, statements: Statements, *, alone: bool = False) -> None:
        self._connection = connection
        self._tenant = tenant
        self._sql = statements
        self._alone = alone
        self._tail: Tail | None = None
        # A tenant found to be without a row has neither facts nor keys: nothing needs to be looked up.
        self._is_new = False
        self._facts: list[Row] = []
        self._commands: dict[str, Command] = {}
        self._ahead: dict[str, int] = {}
        self._new_key = ""

    @property
    def tail(self) -> Tail:
        """Where the journal ends, with what this unit added."""
        tail = self._tail
        if tail is None:
            found = self._locked() if self._alone else self._connection.row(self._sql.tail, (self._tenant,))
            self._is_new = found is None
            tail = self._tail = Tail(*found) if found else Tail(0, None, genesis(self._tenant))
        return tail

    def take_turn(self) -> None:
        """Wait until this writer is alone with its tenant, where it is not by itself."""
        if self._alone:
            _ = self.tail

    def _locked(self) -> Any:
        found = self._connection.row(self._sql.lock_tail, (self._tenant,))
        if found is None:
            # Of two first writers one makes the row; the other waits for it here.
            self._connection.send(self._sql.new_tenant, (self._tenant, genesis(self._tenant)))
            found = self._connection.row(self._sql.lock_tail, (self._tenant,))
        return found

    def look_ahead(self, key: str, streams: Sequence[str]) -> None:
        """Where writers lock their tenant, ask for all that an append goes by together with the lock.

        Each statement sees what was committed before it began, so those behind the lock see what the writer before did.
        """
        if not self._alone or self._tail is not None:
            _ = self.tail
            return
        tenant, sql = self._tenant, self._sql
        questions = [(sql.lock_tail, (tenant,)), (sql.command, (tenant, checked_key(key)))]
        distinct = list(dict.fromkeys(map(checked_stream, streams)))
        heads, commands, versions = self._connection.ask([*questions, (sql.last_versions, (tenant, distinct))])
        if heads:
            self._tail = Tail(*heads[0])
            self._ahead = {**dict.fromkeys(distinct, 0), **dict(versions)}
            self._new_key = "" if commands else key

    def version(self, stream: str) -> int:
        """Answer the stream's last version that is written; what this unit added itself, its journal knows."""
        if self._is_new:
            return 0
        if stream in self._ahead:
            return self._ahead[stream]
        return self._connection.row(self._sql.last_version, (self._tenant, stream))[0] or 0

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """Answer the last written versions of many streams; those unknown are left out."""
        if self._is_new:
            return {}
        if self._ahead.keys() >= set(streams):
            return {stream: self._ahead[stream] for stream in streams}
        many = json.dumps(streams) if self._sql.dialect.name == "sqlite" else list(streams)
        return dict(self._connection.rows(self._sql.last_versions, (self._tenant, many)))

    def command(self, key: str) -> Command | None:
        """Answer what the key wrote."""
        self.take_turn()
        if key in self._commands:
            return self._commands[key]
        if self._is_new or key == self._new_key:
            return None
        found = self._connection.row(self._sql.command, (self._tenant, key))
        return Command(*found) if found else None

    def add(self, rows: list[Row], key: str, command: Command, tail: Tail) -> None:
        """Keep the rows until there are many, or one is asked for."""
        self._facts += rows
        self._commands[key] = command
        self._tail = tail
        if len(self._facts) + len(self._commands) > _PENDING_MOST:
            self.flush()

    def flush(self) -> None:
        """Write what is kept back."""
        if not self._commands or self._tail is None:
            return
        tenant, sql = self._tenant, self._sql
        self._insert(self._facts)
        commands = [(tenant, key, *command) for key, command in self._commands.items()]
        self._connection.insert(sql.add_commands, commands)
        self._set_tail(self._tail)
        self._facts, self._commands = [], {}

    def take(self, rows: Sequence[Row], tail: Tail) -> None:
        """Write rows that were sealed elsewhere, and where the journal then ends."""
        self.flush()
        self._insert(rows)
        self._set_tail(tail)
        self._tail = tail

    def _insert(self, rows: Sequence[Row]) -> None:
        tenant, sql = self._tenant, self._sql
        if len(rows) > _FEW and sql.dialect.payload_text:
            self._connection.insert(sql.take_facts, _as_texts(tenant, rows))
        else:
            self._connection.insert(sql.add_facts, [(tenant, *row) for row in rows])

    def _set_tail(self, tail: Tail) -> None:
        if self._is_new:
            self._connection.send(self._sql.set_tail, (self._tenant, *tail))
            self._is_new = False
        else:
            self._connection.send(self._sql.move_tail, (*tail, self._tenant))

    def of_stream(self, stream: str, after: int, upto: int | None) -> Iterable[Row]:
        """Answer rows with versions in `(after, upto]`, in order."""
        self.take_turn()
        self.flush()
        last = _VERSION_MOST if upto is None else upto
        return self._connection.rows(self._sql.of_stream, (self._tenant, stream, after, last))

    def page(self, after: int, limit: int, types: Collection[str] = ()) -> Sequence[Row]:
        """Answer at most `limit` rows past the position, in order."""
        self.take_turn()
        self.flush()
        statement, values = narrowed(self._sql.page, self._sql, "type", types)
        return self._connection.rows(statement, (self._tenant, after, *values, limit))


def _as_texts(tenant: str, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    # Python's SQLite driver looks for an adapter of each `bytes`, which costs as much as a good part of the insert; of
    # texts and byte arrays it knows at once what they are.
    try:
        return [
            (
                tenant,
                position,
                stream,
                version,
                type,
                occurred_us,
                recorded_us,
                actor,
                str(body, "utf-8"),
                bytearray(link),
            )
            for position, stream, version, type, occurred_us, recorded_us, actor, body, link in rows
        ]
    except UnicodeDecodeError as error:
        raise IntegrityError(problem=f"a payload is no text: {error.reason}") from error


class Part:
    """What every other part of a unit is made of."""

    def __init__(self, connection: Connection, tenant: str, gate: Gate, statements: Statements, rows: SqlRows) -> None:
        self._connection = connection
        self._tenant = tenant
        self._gate = gate
        self._sql = statements
        self._rows = rows


def narrowed(statement: str, sql: Statements, column: str, among: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Answer a statement narrowed to rows whose column has one of the values, if any are given, and these values."""
    values = tuple(among)
    marks = ", ".join([sql.dialect.mark] * len(values))
    return statement.replace("{among}", f" AND {column} IN ({marks})" if values else ""), values
