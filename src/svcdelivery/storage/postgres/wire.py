"""Statements in one round trip, through libpq itself: a third of what a cursor a statement costs the program.

Writers of many tenants wait for one another nowhere but in the one thread that Python lets run. So what a command says
to the server goes there with as little Python as there can be, and by statements the server has prepared.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Generator, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result
from psycopg.waiting import Ready, Wait

__all__ = ["Answered", "Question", "Wire", "read_count", "read_rows"]

Raw = psycopg.Connection[tuple[Any, ...]]
Question = tuple[str, Sequence[Any]]
"""A statement, with `%s` for each of its values."""

Answered = pq.abc.PGresult

_PREPARED_FROM_USES = 3
_COUNTED_MOST = 500
_TEXT, _BINARY = 0, 1
_FINE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


class Wire:
    """One connection's way to the server, for as long as nobody else has begun to say something over it."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._uses: dict[str, int] = {}
        self._names: dict[str, bytes] = {}
        self._number = 0

    def ask(self, statements: Sequence[Question]) -> list[Answered]:
        """Run statements one after another, up to the first that fails, and answer what each gave.

        Raises:
            psycopg.Error: What the first said that failed, or the connection was lost; it is closed then.
        """
        bound = [(statement, *_bound(values)) for statement, values in statements]
        server = self._raw.pgconn
        new: dict[str, bytes] = {}
        answers: list[int] = []
        size = 0
        try:
            server.enter_pipeline_mode()
            for statement, values, formats in bound:
                name = self._names.get(statement) or new.get(statement)
                if name is None and self._is_frequent(statement):
                    # Right before its use: in front of a BEGIN it would already be part of a transaction.
                    name = new[statement] = self._prepared(statement)
                    size += 1
                if name is None:
                    server.send_query_params(_numbered(statement), values, None, formats, _BINARY)
                else:
                    server.send_query_prepared(name, values, formats, _BINARY)
                answers.append(size)
                size += 1
            server.pipeline_sync()
            results = self._raw.wait(self._results(size))
            server.exit_pipeline_mode()
        except BaseException:
            # Nobody could tell any more which answer belongs to which question.
            self._raw.close()
            raise
        for result in results:
            if result.status not in _FINE:
                raise error_from_result(result)
        self._names.update(new)
        return [results[place] for place in answers]

    def _is_frequent(self, statement: str) -> bool:
        if len(self._uses) >= _COUNTED_MOST:
            return False
        uses = self._uses[statement] = self._uses.get(statement, 0) + 1
        return uses >= _PREPARED_FROM_USES

    def _prepared(self, statement: str) -> bytes:
        # A name is never used twice: the server keeps it even if what came behind it failed.
        self._number += 1
        name = b"svcdelivery %d" % self._number
        self._raw.pgconn.send_prepare(name, _numbered(statement))
        return name

    def _results(self, size: int) -> Generator[Wait, Ready | int, list[Answered]]:
        server, results = self._raw.pgconn, list[Answered]()
        while server.flush():
            if (yield Wait.RW) & Ready.R:
                server.consume_input()
        ended = False
        # Behind the results of all statements comes one for the end of the round trip.
        while len(results) <= size:
            while server.is_busy():
                if (yield Wait.R):
                    server.consume_input()
            result = server.get_result()
            if result is not None:
                results.append(result)
            elif ended:
                raise psycopg.OperationalError("the connection was lost")
            ended = result is None
        results.pop()
        return results


def read_rows(result: Answered) -> list[tuple[Any, ...]]:
    """Answer the rows of a result: texts, whole numbers and bytes."""
    read = [_READ.get(result.ftype(column), _text) for column in range(result.nfields)]
    value = result.get_value
    return [
        tuple([
            None if (data := value(row, column)) is None else convert(data) for column, convert in enumerate(read)
        ])
        for row in range(result.ntuples)
    ]  # fmt: skip


def read_count(result: Answered) -> int:
    """Answer how many rows a statement changed."""
    return result.command_tuples or 0


def _text(data: bytes) -> str:
    return data.decode()


def _whole(layout: str) -> Callable[[bytes], int]:
    unpack = struct.Struct(layout).unpack

    def read(data: bytes) -> int:
        number: int = unpack(data)[0]
        return number

    return read


_CONVERTERS: dict[str, Callable[[bytes], Any]] = {"int8": _whole(">q"), "int4": _whole(">i"), "bytea": bytes}
# Whatever else a store asks for is text.
_READ = {psycopg.postgres.types[name].oid: convert for name, convert in _CONVERTERS.items()}


def _bound(values: Sequence[Any]) -> tuple[list[bytes | None], list[int]]:
    data: list[bytes | None] = []
    formats: list[int] = []
    for value in values:
        # Binary, a text has a length: one with a null character is refused by the server, not cut off there.
        formats.append(_BINARY if isinstance(value, str | bytes) else _TEXT)
        if isinstance(value, str):
            data.append(value.encode())
        elif isinstance(value, int):
            data.append(b"%d" % value)
        elif isinstance(value, list):
            data.append(_array(value))
        else:
            data.append(value)
    return data, formats


def _array(texts: list[str]) -> bytes:
    quoted = ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts]
    return f"{{{','.join(quoted)}}}".encode()


@lru_cache(maxsize=1000)
def _numbered(statement: str) -> bytes:
    numbers = iter(range(1, statement.count("%s") + 1))
    return re.sub("%s", lambda _: f"${next(numbers)}", statement).encode()
