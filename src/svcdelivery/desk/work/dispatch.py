"""The dispatch: what waits in the outbox is put together, handed to notifiers, and what came of it recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from attrs import field, frozen

from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import new_facts
from svcdelivery.desk.work.sending import Sending, put_together
from svcdelivery.errors import NotDeliveredError, ServiceDeliveryError
from svcdelivery.escalation.notices import (
    ANYBODY,
    NoticeDelivered,
    NoticeDropped,
    NoticeFailed,
    NoticeKind,
    Notifier,
    Outgoing,
    RateLimit,
    notices_stream,
)
from svcdelivery.identity import Actor
from svcdelivery.satisfaction import open_survey
from svcdelivery.storage.protocol import Parcel, Record, Unit, Write
from svcdelivery.timeline import Instant, format_instant, parse_instant, to_instant

__all__ = ["Dispatch", "DispatchReport"]

DISPATCH = Actor.system("dispatch")

_LEASE = timedelta(minutes=5)
_CLAIMED_MOST = 50
_ATTEMPTS_MOST = 10
_BACKOFF = timedelta(seconds=30)
_BACKOFF_MOST = timedelta(hours=1)
_SENT = "sent"


@frozen
class DispatchReport:
    """What one run of the dispatch did.

    Attributes:
        parcels: Messages that were due.
        counts: What came of them, by name: `delivered`, `merged`, `dropped`, `put off`, `failed`, `given up`.
        failures: Why providers did not take them.
    """

    parcels: int = 0
    counts: tuple[tuple[str, int], ...] = ()
    failures: tuple[NoticeFailed, ...] = ()

    def count(self, name: str) -> int:
        """Answer how often something came about; 0 for a name nobody counted."""
        return dict(self.counts).get(name, 0)

    @property
    def delivered(self) -> int:
        """Notices that providers took."""
        return self.count("delivered")


class _LostError(Exception):
    """Another worker has the message: nothing is written."""


@frozen
class _Tally:
    counts: Counter[str] = field(factory=Counter)
    failures: list[NoticeFailed] = field(factory=list)


class Dispatch:
    """Delivers what the desk has to tell. As many processes may run it as one likes.

    A message is claimed for five minutes, handed to the notifier of its channel, and then settled together with the
    fact that it was delivered. Who is stopped in between has perhaps delivered it: another one delivers it again under
    the same key, which a provider that honors keys accepts once. One that is not taken comes again after half a minute,
    then one, then two, at most an hour; after ten failures, or when the provider says it never will, it is given up.

    Several pages about one item to one destination are one, and a newer status takes the place of an older one.
    """

    def __init__(
        self,
        engine: Engine,
        notifiers: Iterable[Notifier] = (),
        *,
        limits: Mapping[str, RateLimit] | None = None,
        digest: bool = False,
    ) -> None:
        self._engine = engine
        self._notifiers = {notifier.channel: notifier for notifier in notifiers}
        self._limits = dict(limits or {})
        self._digest = digest

    def run(self, *, limit: int = 100, owner: str = "dispatch") -> DispatchReport:
        """Deliver at most `limit` messages that are due now and whose channel has a notifier.

        Args:
            owner: Names the worker on what it has claimed.
        """
        taken, tally = 0, _Tally()
        while taken < limit and self._notifiers:
            parcels = self._claim(min(limit - taken, _CLAIMED_MOST), owner)
            taken += len(parcels)
            ready, overtaken = put_together(parcels, digest=self._digest)
            for sending in overtaken:
                self._drop(sending, "a newer one says more", tally)
            for sending in ready:
                self._deliver(sending, tally)
            if len(parcels) < _CLAIMED_MOST:
                break
        counts = tuple(sorted((name, n) for name, n in tally.counts.items() if n))
        return DispatchReport(taken, counts, tuple(tally.failures))

    def next_due(self) -> Instant | None:
        """Answer the earliest instant at which a message is due, None when nothing waits or nobody delivers."""
        if not self._notifiers:
            return None
        with self._engine.read_unit() as unit:
            return unit.outbox.next_due()

    def _claim(self, limit: int, owner: str) -> Sequence[Parcel]:
        topics = tuple(self._notifiers)
        with self._engine.read_unit() as unit:
            if not unit.outbox.waiting(self._engine.now(unit), topics=topics, limit=1):
                return ()
        with self._engine.write_unit() as unit:
            now = self._engine.now(unit)
            until = datetime.__add__(now, _LEASE)
            return unit.outbox.claim(now, now=now, until=until, owner=owner, topics=topics, limit=limit)

    # -- what is sent --------------------------------------------------------------------------------------------------

    def _deliver(self, sending: Sending, tally: _Tally) -> None:
        now = to_instant(self._engine.time.now())
        if now >= sending.parcels[0].until:
            # Somebody else may have it by now.
            return
        if self._is_over(sending, now):
            self._drop(sending, "it is over", tally)
            return
        later = self._allowed(sending, now)
        if later > now:
            with self._engine.write_unit() as unit:
                tally.counts["put off"] += _defer(unit, sending, later)
            return
        try:
            self._notifiers[sending.notice.channel].send(self._outgoing(sending))
        except NotDeliveredError as error:
            self._fail(sending, error.problem, again=error.again, tally=tally)
        except ServiceDeliveryError as error:
            self._fail(sending, str(error), again=False, tally=tally)
        except Exception as error:  # noqa: BLE001  # whatever a notifier of a host raises, the other notices go out
            self._fail(sending, f"{type(error).__name__}: {error}", again=True, tally=tally)
        else:
            self._delivered(sending, tally)

    def _outgoing(self, sending: Sending) -> Outgoing:
        data, notice = sending.data, sending.notice
        subject, text = data["subject"], data["text"]
        if notice.kind is NoticeKind.DIGEST:
            lines = "\n".join(parcel.message.data["text"] for parcel in sending.parcels)
            values = {"count": str(len(sending.parcels)), "items": lines}
            rendered = self._engine.texts.render("digest", audience=ANYBODY, values=values)
            subject, text = rendered.subject, rendered.text
        attributes = (("item", sending.item), ("kind", notice.kind.value), ("recipient", notice.recipient))
        return Outgoing(key=notice.id, address=data["address"], subject=subject, text=text, attributes=attributes)

    def _is_over(self, sending: Sending, now: Instant) -> bool:
        token = sending.data.get("survey")
        if not token:
            return False
        with self._engine.read_unit() as unit:
            survey = open_survey(self._engine.facts(unit, sending.item), now)
        return survey is None or survey.token != token

    # -- how often -----------------------------------------------------------------------------------------------------

    def _allowed(self, sending: Sending, now: Instant) -> Instant:
        limit = self._limits.get(sending.notice.channel)
        if limit is None:
            return now
        with self._engine.read_unit() as unit:
            return limit.next_allowed(_sent(unit, sending), now)

    def _note_sent(self, unit: Unit, sending: Sending, now: Instant) -> None:
        limit = self._limits.get(sending.notice.channel)
        if limit is not None:
            most = max((rule.count for rule in limit.rules), default=0)
            sent = [*_sent(unit, sending), now][-most:]
            data = {"at": [format_instant(at) for at in sent]}
            row = Record(kind=_SENT, id=_destination(sending), stream=sending.item, version=0, data=data)
            unit.records.put([row])

    # -- what came of it -----------------------------------------------------------------------------------------------

    def _delivered(self, sending: Sending, tally: _Tally) -> None:
        others = tuple(p.message.id for p in sending.parcels if p.message.id != sending.notice.id)
        if self._settled(sending, NoticeDelivered(**sending.said(), stands_for=others), is_sent=True):
            tally.counts["delivered"] += 1
            tally.counts["merged"] += len(sending.parcels) - 1

    def _drop(self, sending: Sending, ground: str, tally: _Tally) -> None:
        tally.counts["dropped"] += self._settled(sending, NoticeDropped(**sending.said(), ground=ground))

    def _fail(self, sending: Sending, problem: str, *, again: bool, tally: _Tally) -> None:
        with self._engine.read_unit() as unit:
            before = unit.journal.load(notices_stream(sending.item))
        failed = [f for f in before if isinstance(f.body, NoticeFailed) and f.body.key == sending.notice.id]
        gives_up = not again or len(failed) + 1 >= _ATTEMPTS_MOST
        body = NoticeFailed(**sending.said(), problem=problem, gave_up=gives_up)
        wait = min(_BACKOFF * 2 ** min(len(failed), 10), _BACKOFF_MOST)
        if self._settled(sending, body, again_after=None if gives_up else wait):
            tally.counts["given up" if gives_up else "failed"] += 1
            tally.failures.append(body)

    def _settled(
        self, sending: Sending, body: Any, *, is_sent: bool = False, again_after: timedelta | None = None
    ) -> bool:
        """Take the messages out, or put them off, and record what came of them; all or nothing.

        False when another worker has one of them by now.
        """
        try:
            with self._engine.write_unit() as unit:
                now = self._engine.now(unit)
                if again_after is None:
                    is_ours = all(unit.outbox.settle(parcel) for parcel in sending.parcels)
                else:
                    is_ours = _defer(unit, sending, datetime.__add__(now, again_after))
                _insist(is_ours)
                self._record(unit, sending, body, now)
                if is_sent:
                    self._note_sent(unit, sending, now)
        except _LostError:
            return False
        return True

    def _record(self, unit: Unit, sending: Sending, body: Any, now: Instant) -> None:
        facts = new_facts((body,), by=DISPATCH, now=now)
        write = Write(stream=notices_stream(sending.item), expected=None, facts=facts)
        # A fence is given once, so the key is of this attempt alone.
        named = f"{sending.notice.id}\n{sending.parcels[0].fence}"
        key = f"dispatch:{sha256(named.encode()).hexdigest()}"
        unit.journal.append([write], key=key, intent="dispatch", now=now)


def _insist(is_ours: bool) -> None:
    if not is_ours:
        raise _LostError


def _defer(unit: Unit, sending: Sending, until: Instant) -> bool:
    return all(unit.outbox.defer(parcel, until) for parcel in sending.parcels)


def _destination(sending: Sending) -> str:
    return sha256(f"{sending.notice.channel}\n{sending.data['address']}".encode()).hexdigest()


def _sent(unit: Unit, sending: Sending) -> list[Instant]:
    row = unit.records.get(_SENT, _destination(sending))
    return [] if row is None else [parse_instant(at) for at in row.data["at"]]
