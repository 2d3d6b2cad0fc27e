"""Rules on grants: work outside a window, use after revocation or leaving, hasty and dormant grants, broken glass."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from svcdelivery.identity import ActorKind
from svcdelivery.security.authorization import decide
from svcdelivery.security.breaches.finding import BreachFinding, BreachRule
from svcdelivery.security.breaches.seen import Bounded, Seen
from svcdelivery.security.breaches.settings import BreachSettings
from svcdelivery.security.directory import Person
from svcdelivery.security.grants import BreakGlassReviewed, Granted
from svcdelivery.security.request import AccessRequest
from svcdelivery.security.vocabulary import REVIEW
from svcdelivery.timeline import Instant

__all__ = ["GlassNotReviewed", "GrantUse", "OutsideEntitlement"]

_LEFT = frozenset({"entitlement_revoked", "actor_inactive"})
_OUTSIDE = frozenset({"entitlement_expired", "entitlement_not_started"})


class OutsideEntitlement:
    """R3 and R4: staff work at a time their grants do not cover, or after they were revoked or had left."""

    def __init__(self, settings: BreachSettings) -> None:
        self._people: Bounded[str, Person] = Bounded(settings.kept_most)

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding for work that would be denied at the time it says it was done."""
        if seen.logged is not None:
            if seen.logged.person is not None:
                self._people.put(str(seen.fact.actor), seen.logged.person)
            return
        if not seen.action or seen.fact.actor.kind is not ActorKind.STAFF or seen.item is None:
            return
        reasons = self._reasons(seen)
        actor = str(seen.fact.actor)
        for rule, words in ((BreachRule.AFTER_REVOCATION, _LEFT), (BreachRule.OUTSIDE_WINDOW, _OUTSIDE)):
            found = words.intersection(reasons)
            if found:
                said = f"{actor} did {seen.action} on {seen.fact.stream}: {min(found).replace('_', ' ')}"
                yield seen.finding(rule, actor, said)

    def _reasons(self, seen: Seen) -> tuple[str, ...]:
        behind = seen.behind
        if behind is not None and behind.again is not None and behind.again.at == seen.fact.occurred_at:
            return behind.again.reasons
        item, fact = seen.item, seen.fact
        agreement = seen.replay.agreement(item.agreement) if item is not None else None
        if item is None or agreement is None:
            return ()
        request = AccessRequest(
            actor=fact.actor,
            action=seen.action,
            at=fact.occurred_at,
            service=item.service,
            agreement=agreement,
            person=self._people.get(str(fact.actor)) or Person(id=fact.actor.id),
            item=fact.stream,
            involvement=item,
        )
        return decide(request, seen.replay.access).reasons


class GrantUse:
    """R9 and R10: a grant used as soon as it was given, or after it lay unused for long."""

    def __init__(self, settings: BreachSettings) -> None:
        self._settings = settings
        self._given: Bounded[str, tuple[Instant, int]] = Bounded(settings.kept_most)
        self._touched: Bounded[str, tuple[Instant, int]] = Bounded(settings.kept_most)

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding for the use of a grant."""
        body, here = seen.fact.body, (seen.at, seen.fact.position)
        if isinstance(body, Granted):
            self._given.put(body.grant.id, here)
            self._touched.put(body.grant.id, here)
        elif seen.logged is not None and seen.logged.allowed:
            for id in seen.logged.grants:
                yield from self._use(seen, id)
                self._touched.put(id, here)

    def _use(self, seen: Seen, id: str) -> Iterator[BreachFinding]:
        grant = seen.replay.access.by_id.get(id)
        given, touched, settings = self._given.pop(id), self._touched.get(id), self._settings
        if grant is not None and given is not None and datetime.__sub__(seen.at, given[0]) <= settings.hasty_within:
            pair = f"{grant.granted_by} to {grant.holder}"
            said = f"grant {id}, {pair}, was used within {settings.hasty_within} of being given"
            yield seen.finding(BreachRule.HASTY_GRANT, pair, said, since=given)
        if grant is not None and touched is not None and datetime.__sub__(seen.at, touched[0]) >= settings.dormant_for:
            said = f"grant {id} of {grant.holder} was used after it lay unused for {settings.dormant_for} or more"
            yield seen.finding(BreachRule.DORMANT_GRANT, f"grant {id}", said, since=touched)


class GlassNotReviewed:
    """R8: broken glass that was used and not reviewed in time."""

    def __init__(self, settings: BreachSettings) -> None:
        self._most = settings.kept_most
        self._due: dict[str, tuple[Instant, Instant, int, str]] = {}
        self._next: Instant | None = None

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding for each use whose review has fallen due by now."""
        if self._next is not None and self._next <= seen.at:
            yield from self._overdue(seen)
        body, logged = seen.fact.body, seen.logged
        if isinstance(body, BreakGlassReviewed):
            self._due.pop(body.opening, None)
        elif logged is not None and logged.allowed and REVIEW in logged.obligations and len(self._due) < self._most:
            due = datetime.__add__(seen.at, seen.replay.access.rules.review_within)
            for opening in logged.grants:
                self._due.setdefault(opening, (due, seen.at, seen.fact.position, str(seen.fact.actor)))
        else:
            return
        self._next = min((due for due, *_ in self._due.values()), default=None)

    def _overdue(self, seen: Seen) -> Iterator[BreachFinding]:
        for opening, (due, used_at, position, actor) in list(self._due.items()):
            if due <= seen.at:
                del self._due[opening]
                said = f"broken glass {opening}, used by {actor}, was not reviewed in time"
                yield seen.finding(BreachRule.GLASS_NOT_REVIEWED, f"glass {opening}", said, since=(used_at, position))
        self._next = min((due for due, *_ in self._due.values()), default=None)
