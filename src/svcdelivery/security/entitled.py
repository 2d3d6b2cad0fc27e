"""Staff whose grant allows what they ask: most of what is ever asked, found without listing what might fail."""

from __future__ import annotations

from svcdelivery.agreement import AgreementRecord
from svcdelivery.identity import ActorKind
from svcdelivery.security.access import Access, Way
from svcdelivery.security.directory import Person
from svcdelivery.security.request import AccessRequest
from svcdelivery.timeline import Instant

__all__ = ["plainly_entitled"]

_STAFF = ActorKind.STAFF
_WAYS_KEPT_MOST = 16_384


def plainly_entitled(request: AccessRequest, access: Access) -> int | None:
    """Answer the revision in force where every check holds and a grant permits it; None where the checks must say.

    What is the same for all who ask for an action on a service is worked out once, for each record of its agreement.
    The rest is written at length: calls would cost more than what they do.
    """
    record, person, actor, at = request.agreement, request.person, request.actor, request.at
    if record is None or person is None or actor.kind is not _STAFF or not person.active or not request.item_known:
        return None
    action = request.action
    way = access.ways.get((record.id, request.service, action))
    if way is None or way[0] is not record:
        way = _way(access, record, request.service, action)
    _, spans, held, apart, roles, clearance = way
    lease = held.get(person.id)
    while lease is not None:
        (start, end, actions), lease = lease
        if start <= at < end and action in actions:
            break
    else:
        return None
    if apart is not None and request.involvement is not None:
        parts, id = request.involvement.parts, actor.id
        for part in apart:
            if (part, id) in parts:
                return None
    if (roles is not None or clearance is not None or person.active_during) and _lacks(person, roles, clearance, at):
        return None
    for start, end, revision in spans:
        if start <= at < end:
            return revision
    return None


def _lacks(person: Person, roles: frozenset[str] | None, clearance: str | None, at: Instant) -> bool:
    """Answer whether the person has none of the roles, or not the clearance, or does not belong here at the instant."""
    if roles is not None and roles.isdisjoint(person.roles):
        return True
    if clearance is not None and clearance not in person.clearances:
        return True
    return bool(person.active_during) and not person.is_active(at)


def _way(access: Access, record: AgreementRecord, service: str | None, action: str) -> Way:
    """Answer what all staff meet who ask for the action on the service, and keep it for the next of them."""
    rules, id = access.rules, service or ""
    known = rules.by_service.get(id)
    spans = record.deliverable[id]
    if known is not None:
        spans = tuple(
            (max(start, term.start), end if term.until is None else min(end, term.until), revision)
            for start, end, revision in spans
            for term in known.approved
        )
    # Nobody is entitled to what the catalogue does not have; and whether work may be taken in is another question.
    nobody = action == "receive" or (known is None and bool(rules.by_service))
    held = {} if nobody else access.leases.get((record.id, id), {})
    roles = None if action in rules.of_staff else rules.roles_that_may(action)
    clearance = None if known is None else known.clearance
    if len(access.ways) >= _WAYS_KEPT_MOST:
        access.ways.clear()
    way = access.ways[record.id, service, action] = record, spans, held, rules.by_duty.get(action), roles, clearance
    return way
