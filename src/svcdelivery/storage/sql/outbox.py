"""The outbox over a SQL connection; a message that was delivered has no row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from svcdelivery.storage.journal import checked_limit
from svcdelivery.storage.protocol import Message, Parcel
from svcdelivery.storage.rows import checked_lease, message_of_row, row_of_message
from svcdelivery.storage.sql.journal import Part, narrowed
from svcdelivery.storage.sql.lending import Lease, lent
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["SqlOutbox"]


class SqlOutbox(Part):
    """The messages of one tenant."""

    _number: int | None = None

    def put(self, messages: Sequence[Message]) -> None:
        """Add messages that do not wait already."""
        self._gate.writing()
        rows = [row_of_message(message) for message in messages]
        if not rows:
            return
        self._rows.take_turn()
        if self._number is None:
            self._number = self._connection.row(self._sql.last_number, (self._tenant,))[0] or 0
        numbered = [(self._tenant, number, *row) for number, row in enumerate(rows, self._number + 1)]
        self._number += len(rows)
        self._connection.send_each(self._sql.add_message, numbered)

    def waiting(self, upto: Instant, *, topics: Collection[str] = (), limit: int = 100) -> Sequence[Message]:
        """Answer what is due by the instant, earliest first."""
        self._gate.reading()
        statement, among = narrowed(self._sql.waiting, self._sql, "topic", topics)
        rows = self._connection.rows(statement, (self._tenant, to_micros(upto), *among, checked_limit(limit)))
        return tuple(map(message_of_row, rows))

    def next_due(self) -> Instant | None:
        """Answer the earliest instant at which a message is due."""
        self._gate.reading()
        (earliest,) = self._connection.row(self._sql.next_message, (self._tenant,))
        return None if earliest is None else from_micros(earliest)

    def claim(
        self, upto: Instant, *, now: Instant, until: Instant, owner: str, topics: Collection[str] = (), limit: int = 100
    ) -> Sequence[Parcel]:
        """Lend due messages that nobody holds."""
        self._gate.writing()
        now_us, until_us, owner = checked_lease(now, until, owner)
        lease = Lease(
            tenant=self._tenant,
            upto_us=to_micros(upto), now_us=now_us, until_us=until_us, owner=owner, limit=checked_limit(limit),
            topics=topics,
        )  # fmt: skip
        rows = lent(self._connection, self._sql, self._sql.messages, lease, _id)
        # What is lent at once comes back counted; what is lent one by one was read before.
        before = 0 if self._sql.dialect.skips_locked else 1
        end = from_micros(until_us)
        return tuple(
            Parcel(message=message_of_row(row[:-1]), owner=owner, until=end, fence=fence, attempts=row[-1] + before)
            for fence, row in rows
        )

    def settle(self, parcel: Parcel) -> bool:
        """Take out a message that was delivered, unless it was lent to another since."""
        self._gate.writing()
        self._rows.take_turn()
        return self._connection.run(self._sql.messages.settle, (self._tenant, parcel.message.id, parcel.fence)) == 1

    def defer(self, parcel: Parcel, due_at: Instant) -> bool:
        """Give back a message, to be tried again at the instant."""
        self._gate.writing()
        self._rows.take_turn()
        values = (to_micros(due_at), self._tenant, parcel.message.id, parcel.fence)
        return self._connection.run(self._sql.defer, values) == 1


def _id(row: Any) -> tuple[str, ...]:
    return (row[0],)
