"""One PostgreSQL connection: what needs no answer waits and goes along with what does, in one round trip."""

from __future__ import annotations

import select
from collections.abc import Iterable, Sequence
from typing import Any

from svcdelivery.errors import Busy, ExtraMissingError, ServiceDeliveryError, UnusableInputError
from svcdelivery.storage.sql.failures import failure, is_busy, said_by
from svcdelivery.storage.sql.statements import Insert

try:
    import psycopg

    from svcdelivery.storage.postgres.wire import Answered, Question, Wire, read_count, read_rows
except ImportError as missing:
    raise ExtraMissingError(extra="postgres", feature="the PostgreSQL store") from missing

__all__ = ["Connection", "connect"]

_COPY_FROM_ROWS = 40
_CONNECT_SECONDS = 10
_WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
Raw = psycopg.Connection[tuple[Any, ...]]


class Connection:
    """Runs statements; every failure is one of ours, and after one nothing more is run until `rollback`."""

    def __init__(self, raw: Raw, name: str) -> None:
        self.raw = raw
        self.name = name
        self.has_written = False
        self._wire = Wire(raw)
        self._waiting: list[Question] = []
        self._has_begun = False
        self._failure: ServiceDeliveryError | None = None

    @property
    def is_alive(self) -> bool:
        """Whether nothing speaks against using it: the server has neither closed it nor said something unasked."""
        return not self.raw.closed and not select.select([self.raw.fileno()], [], [], 0)[0]

    def begin(self, *, write: bool) -> None:
        """Open a transaction; a reading one sees the store as it is now."""
        self.has_written = self._has_begun = False
        self._waiting = [(_WRITING if write else _READING, ())]
        if not write:
            # What is seen is fixed by the first read. A writer begins on the way to its first answer.
            self._said([("SELECT 1", ())])

    def row(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Answer the first row, None when there is none."""
        return next(iter(self.rows(statement, values)), None)

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Answer all rows."""
        if self._waiting:
            return self.ask([(statement, values)])[0]
        self._refuse_after_failure()
        try:
            # Of many rows the driver's cursor makes values in less time than we do.
            return self.raw.execute(statement, values).fetchall()
        except (psycopg.Error, OSError) as error:
            raise self._failed(error) from error

    def ask(self, questions: Sequence[Question]) -> list[list[Any]]:
        """Answer the rows of several statements, in one round trip."""
        return [read_rows(result) for result in self._said(questions)]

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Answer how many rows a statement changed."""
        self.has_written = True
        return read_count(self._said([(statement, values)])[0])

    def send(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run a statement with the next one that has an answer."""
        self._refuse_after_failure()
        self.has_written = True
        self._waiting.append((statement, values))

    def send_each(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values, with the next one that has an answer."""
        self._refuse_after_failure()
        self.has_written = True
        self._waiting += [(statement, values) for values in rows]

    def insert(self, into: Insert, rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows: a few as `send_each` does, many by COPY."""
        many = list(rows)
        if len(many) < _COPY_FROM_ROWS:
            self.send_each(into.sql, many)
            return
        self._refuse_after_failure()
        self.has_written = True
        self._said([])
        try:
            with self.raw.cursor() as cursor, cursor.copy(_copy(into)) as copy:
                for row in many:
                    copy.write_row(row)
        except (psycopg.Error, OSError) as error:
            raise self._failed(error) from error

    def commit(self) -> None:
        """Make the transaction count.

        Raises:
            Unknown: The connection was lost meanwhile; only asking again tells whether it counts.
        """
        self._refuse_after_failure()
        if not self._has_begun and len(self._waiting) <= 1:
            self._waiting = []
            return
        self._said([("COMMIT", ())], committing=self.has_written)

    def listen(self, channel: str) -> None:
        """Be told of what is announced there from now on."""
        try:
            # The driver keeps what is announced before anybody waits for it.
            self.raw.execute(f'LISTEN "{channel}"')
        except (psycopg.Error, OSError) as error:
            raise self._failed(error) from error

    def notified(self, seconds: float) -> bool:
        """Answer whether something it listens to was announced since it was last asked, or is within the time."""
        try:
            rang = any(True for _ in self.raw.notifies(timeout=seconds, stop_after=1))
            # What came along rang with it.
            any(True for _ in self.raw.notifies(timeout=0))
        except (psycopg.Error, OSError) as error:
            raise self._failed(error) from error
        return rang

    def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        self._waiting = []
        try:
            if self.raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                # Not by the driver's cursor, which would have the server forget what the wire has prepared.
                self._wire.ask([("ROLLBACK", ())])
        except (psycopg.Error, OSError) as error:
            raise self._failed(error) from error
        self._failure = None

    def close(self) -> None:
        """Close the connection."""
        self.raw.close()

    def _said(self, statements: Sequence[Question], *, committing: bool = False) -> list[Answered]:
        """Answer what these statements gave, behind all that waits."""
        self._refuse_after_failure()
        waiting, self._waiting, self._has_begun = self._waiting, [], True
        every = [*waiting, *statements]
        try:
            return self._wire.ask(every)[len(waiting) :] if every else []
        except (psycopg.Error, OSError) as error:
            raise self._failed(error, committing=committing) from error

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _failed(self, error: Exception, *, committing: bool = False) -> ServiceDeliveryError:
        self._waiting = []
        self._failure = failure(error, self.name, committing=committing, lost=self.raw.closed)
        return self._failure


def _copy(into: Insert) -> str:
    return f"COPY {into.table} ({into.columns}) FROM STDIN"


def connect(url: str, name: str, *, busy_timeout_seconds: float) -> Connection:
    """Open a connection with certain settings.

    Raises:
        Busy: The server takes no further connections now.
        UnusableInputError: There is no such server or database, or it does not let us in.
    """
    try:
        raw = psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="svcdelivery",
            client_encoding="UTF8",
        )
    except psycopg.Error as error:
        raise _unreachable(error, name) from error
    connection = Connection(raw, name)
    try:
        raw.execute(f"SET lock_timeout = {max(1, int(busy_timeout_seconds * 1000))}")
        (waits,) = raw.execute("SHOW synchronous_commit").fetchone() or ("",)
        if waits == "off":
            # A commit that was acknowledged must survive a crash.
            raw.execute("SET synchronous_commit = on")
    except psycopg.Error as error:
        raw.close()
        raise failure(error, name) from error
    return connection


def _unreachable(error: psycopg.Error, name: str) -> ServiceDeliveryError:
    if is_busy(error):
        return Busy(problem=f"{name}: {said_by(error)}; nothing was written")
    return UnusableInputError(source=name.strip("`"), problem=f"no connection: {said_by(error)}")
