"""Subscriptions at the desk: who hears what an audience is told, about which services."""

from __future__ import annotations

from collections.abc import Iterable

from svcdelivery.communication import (
    SUBSCRIPTIONS_STREAM,
    Subscribed,
    Subscription,
    SubscriptionEnded,
    SubscriptionMade,
    fold_subscriptions,
)
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.errors import NotFoundError
from svcdelivery.identity import Actor, names
from svcdelivery.storage.protocol import Unit
from svcdelivery.timeline import Instant

__all__ = ["SubscriptionDesk"]


class SubscriptionDesk:
    """Who subscribed to what; the provider's own people, and its portal, see to it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self) -> tuple[Subscription, ...]:
        """Answer all that stand, in the order they were made."""
        with self._engine.read_unit() as unit:
            return self._engine.subscriptions(unit)

    def subscribe(
        self, person: str, *, audience: str, services: Iterable[str] = (), by: Actor, key: str
    ) -> Outcome[Subscribed]:
        """Let somebody hear what an audience is told; it takes the place of what they had for that audience.

        Args:
            services: About which services; all, if none is named.
        """
        made = Subscription(person=person, audience=audience, services=names(services))
        ask = Ask(action="subscribe", id=SUBSCRIPTIONS_STREAM, by=by, key=key, said={"subscription": made})
        return act(self._engine, _ALL, ask, lambda _record, _unit, _now: Said((SubscriptionMade(made),)), creates=True)

    def unsubscribe(self, person: str, *, audience: str, by: Actor, key: str) -> Outcome[Subscribed]:
        """Let somebody hear no more of it.

        Raises:
            NotFoundError: They have not subscribed.
        """

        def make(record: Subscribed | None, _unit: Unit, _now: Instant) -> Said[Subscribed]:
            standing = () if record is None else record.subscriptions
            if not any((each.person, each.audience) == (person, audience) for each in standing):
                raise NotFoundError(what="subscription", id=f"{person}/{audience}")
            return Said((SubscriptionEnded(person=person, audience=audience),))

        said = {"person": person, "audience": audience}
        ask = Ask(action="unsubscribe", id=SUBSCRIPTIONS_STREAM, by=by, key=key, said=said)
        return act(self._engine, _ALL, ask, make, creates=True)


_ALL: Aggregate[Subscribed] = Aggregate(
    "list of subscriptions", "subscriptions", lambda id: id, fold_subscriptions, lambda _: None
)
