"""Runs of the watch: claim what is due, let it be handled, settle it; what cannot be handled comes again later."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from attrs import evolve, frozen

from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.desk.command.waking import Waking, WatchHandler, Woken
from svcdelivery.desk.watch.report import WatchFailure, WatchReport
from svcdelivery.desk.watch.table import HANDLERS
from svcdelivery.errors import Busy, Conflict, NotFoundError, ServiceDeliveryError, StoreFull, Unknown
from svcdelivery.facts import Fact
from svcdelivery.storage.protocol import Claim, Due, Unit, Write
from svcdelivery.timeline import Instant

__all__ = ["LEASE", "Watch"]

LEASE = timedelta(minutes=1)
"""How long a worker has for what it claimed; after that another one may take it."""

_CLAIMED_MOST = 100
_TRIES_MOST = 5
_BACKOFF = timedelta(minutes=1)
_BACKOFF_MOST = timedelta(hours=1)
_NAME_MOST = 200
_Done = tuple[tuple[Fact[Any], ...], Consequences]
_AGAIN = re.compile(r"again#(\d{1,6}):(.*)", re.DOTALL)
# What befalls the store befalls every wake-up alike.
_OF_THE_STORE = (Busy, StoreFull, Unknown)


class _LostError(Exception):
    """The wake-up was settled, moved or claimed by somebody else: nothing is written."""


@frozen
class _Named:
    """A claimed wake-up under the name it was first armed by."""

    due: Due
    attempts: int

    @classmethod
    def of(cls, due: Due) -> _Named:
        found = _AGAIN.fullmatch(due.name)
        return cls(due, 1) if found is None else cls(evolve(due, name=found[2]), int(found[1]) + 1)

    def again(self, at: Instant) -> Due:
        name = f"again#{self.attempts}:{self.due.name}"
        return Due(stream=self.due.stream, name=name if len(name) <= _NAME_MOST else self.due.name, due_at=at)


class Watch:
    """Looks after the wake-ups of a tenant. As many processes may run it as one likes: each takes effect once.

    A wake-up is claimed for a minute, and handled and settled in one transaction; who was stopped in between, or took
    longer, has done nothing. One that cannot be handled is reported and comes again after a minute, then two, then
    four, at most an hour.
    """

    def __init__(self, engine: Engine, handlers: Sequence[WatchHandler] = HANDLERS) -> None:
        self._engine = engine
        self._handlers = tuple(handlers)

    def run(self, *, limit: int = 100, owner: str = "watch", lease: timedelta = LEASE) -> WatchReport:
        """Handle at most `limit` wake-ups that are due now, earliest first.

        Args:
            owner: Names the worker on what it has claimed.
            lease: How long it has for what it claims at once; who takes longer has done nothing.

        Raises:
            Busy: The store could not be had in time; what was not handled is claimed again later.
            Unknown: As `Busy`; whether the last one was settled is not known.
        """
        timers, counts, failures = 0, Counter[str](), list[WatchFailure]()
        while timers < limit:
            claims = self._claim(min(limit - timers, _CLAIMED_MOST), owner, lease)
            timers += len(claims)
            for claim in claims:
                failure = self._handle(claim, counts)
                failures += [] if failure is None else [failure]
            if len(claims) < _CLAIMED_MOST:
                break
        return WatchReport.of(timers, counts, failures)

    def next_due(self) -> Instant | None:
        """Answer the earliest instant at which a wake-up is due, None when nothing is armed."""
        with self._engine.read_unit() as unit:
            return unit.timers.next_due()

    def _claim(self, limit: int, owner: str, lease: timedelta) -> Sequence[Claim]:
        # Mostly nothing is due, and to see that nobody has to wait for a writer.
        with self._engine.read_unit() as unit:
            if not unit.timers.due(self._engine.now(unit), limit=1):
                return ()
        with self._engine.write_unit() as unit:
            now = self._engine.now(unit)
            until = datetime.__add__(now, lease)
            return unit.timers.claim(now, now=now, until=until, owner=owner, limit=limit)

    def _handle(self, claim: Claim, counts: Counter[str]) -> WatchFailure | None:
        named = _Named.of(claim.due)
        try:
            for attempt in range(1, _TRIES_MOST + 1):
                try:
                    counts.update(dict(self._once(claim, named.due)))
                    break
                except Conflict:
                    self._engine.forget()
                    # Somebody wrote the item meanwhile: how it stands now is looked at anew.
                    if attempt == _TRIES_MOST:
                        raise
        except _LostError:
            pass
        except _OF_THE_STORE:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a host's directory or one item raises, others go on
            return self._put_off(claim, named, error)
        return None

    def _once(self, claim: Claim, timer: Due) -> Sequence[tuple[str, int]]:
        handler = self._handler(timer)
        with self._engine.read_unit() as unit:
            now = self._engine.now(unit)
            woken = handler.wake(Waking(timer=timer, unit=unit, engine=self._engine, now=now))
        with self._engine.write_unit() as unit:
            if not unit.timers.settle(claim):
                raise _LostError
            recorded, consequences = self._write(unit, claim, woken, now)
        self._engine.committed(recorded)
        return consequences.counts

    def _handler(self, timer: Due) -> WatchHandler:
        for handler in self._handlers:
            if handler.handles(timer.stream, timer.name):
                return handler
        # A newer release may know it: it stays armed.
        raise NotFoundError(what="wake-up", id=timer.name)

    def _write(self, unit: Unit, claim: Claim, woken: Woken, now: Instant) -> _Done:
        if any(write.facts for write in woken.writes):
            recorded: tuple[Fact[Any], ...] = unit.journal.append(
                woken.writes, key=_key(claim), intent="watch", now=now
            ).facts
        else:
            recorded = ()
            for write in woken.writes:
                _check(unit, write)
        consequences = Consequences() if woken.after is None else woken.after(recorded, unit)
        consequences.put(unit)
        return recorded, consequences

    def _put_off(self, claim: Claim, named: _Named, error: Exception) -> WatchFailure:
        problem = str(error) if isinstance(error, ServiceDeliveryError) else f"{type(error).__name__}: {error}"
        wait = min(_BACKOFF * 2 ** min(named.attempts - 1, 10), _BACKOFF_MOST)
        with self._engine.write_unit() as unit:
            at = datetime.__add__(self._engine.now(unit), wait)
            is_ours = unit.timers.settle(claim)
            unit.timers.arm([named.again(at)] if is_ours else [])
        again_at = at if is_ours else None
        due = named.due
        return WatchFailure(
            stream=due.stream, name=due.name, problem=problem, attempts=named.attempts, again_at=again_at
        )


def _key(claim: Claim) -> str:
    # A fence is given once, so the key is of this claim alone; names may be as long as a key, a digest never is.
    return "watch:" + sha256(f"{claim.due.stream}\n{claim.due.name}\n{claim.fence}".encode()).hexdigest()


def _check(unit: Unit, write: Write) -> None:
    """Insist that a stream has the version that was relied on."""
    if write.expected is None:
        return
    later = unit.journal.load(write.stream, after=write.expected)
    if later:
        raise Conflict(stream=write.stream, expected=write.expected, actual=later[-1].version)
