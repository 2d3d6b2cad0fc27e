"""Wake-ups over a SQL connection; one that is disarmed or settled has no row."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from svcdelivery.storage.journal import checked_limit
from svcdelivery.storage.protocol import Claim, Due
from svcdelivery.storage.rows import checked_lease, due_of, row_of_due
from svcdelivery.storage.sql.journal import Part
from svcdelivery.storage.sql.lending import Lease, lent
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["SqlTimers"]


class SqlTimers(Part):
    """The armed wake-ups of one tenant."""

    def arm(self, timers: Sequence[Due]) -> None:
        """Set, move or disarm, in the order given."""
        self._gate.writing()
        self._rows.take_turn()
        for stream, name, due_us in [row_of_due(due) for due in timers]:
            if due_us is None:
                self._connection.send(self._sql.disarm, (self._tenant, stream, name))
            else:
                self._connection.send(self._sql.arm, (self._tenant, stream, name, due_us))

    def of(self, stream: str) -> Sequence[Due]:
        """Answer the armed wake-ups of one stream, by name."""
        self._gate.reading()
        self._rows.take_turn()
        return tuple(due_of(*row) for row in self._connection.rows(self._sql.timers_of, (self._tenant, stream)))

    # What follows does not wait for the tenant's writer: workers look for what is due all the time.

    def due(self, upto: Instant, *, limit: int = 100) -> Sequence[Due]:
        """Answer what is due by the instant, earliest first."""
        self._gate.reading()
        rows = self._connection.rows(self._sql.due, (self._tenant, to_micros(upto), checked_limit(limit)))
        # Mostly nothing is.
        return tuple(due_of(*row) for row in rows) if rows else ()

    def next_due(self) -> Instant | None:
        """Answer the earliest armed instant."""
        self._gate.reading()
        (earliest,) = self._connection.row(self._sql.next_due, (self._tenant,))
        return None if earliest is None else from_micros(earliest)

    def claim(self, upto: Instant, *, now: Instant, until: Instant, owner: str, limit: int = 100) -> Sequence[Claim]:
        """Lend due wake-ups that nobody holds."""
        self._gate.writing()
        now_us, until_us, owner = checked_lease(now, until, owner)
        lease = Lease(
            tenant=self._tenant,
            upto_us=to_micros(upto),
            now_us=now_us,
            until_us=until_us,
            owner=owner,
            limit=checked_limit(limit),
        )
        rows = lent(self._connection, self._sql, self._sql.timers, lease, itemgetter(0, 1))
        end = from_micros(until_us)
        return tuple(Claim(due=due_of(*row), owner=owner, until=end, fence=fence) for fence, row in rows)

    def settle(self, claim: Claim) -> bool:
        """Disarm a claimed wake-up, unless it was claimed again, moved or disarmed since."""
        self._gate.writing()
        # Locks are taken in one order, the tenant's first, so that two workers never wait for each other.
        self._rows.take_turn()
        values = (self._tenant, claim.due.stream, claim.due.name, claim.fence)
        return self._connection.run(self._sql.timers.settle, values) == 1
