"""Staff whose grant allows what they ask: most of what is ever asked, found without listing what might fail."""

from __future__ import annotations

from svcdelivery.identity import ActorKind
from svcdelivery.security.access import Access
from svcdelivery.security.decision import Verdict
from svcdelivery.security.directory import Person
from svcdelivery.security.request import AccessRequest
from svcdelivery.security.rules import CatalogueService
from svcdelivery.timeline import Instant

__all__ = ["plainly_entitled"]

_STAFF = ActorKind.STAFF


def plainly_entitled(request: AccessRequest, access: Access) -> Verdict | None:
    """Answer that it is allowed and on which grants, None unless every check holds and a grant permits it.

    What it answers is what all the checks come to; where it answers None they are run, and say why.
    """
    person, record, service, at, actor = request.person, request.agreement, request.service, request.at, request.actor
    if person is None or record is None or service is None or actor.kind is not _STAFF:
        return None
    action, rules = request.action, access.rules
    if not request.item_known or action == "receive" or not person.active:
        return None
    if person.active_during and not person.is_active(at):
        return None
    revision = 0
    for start, until, number in record.deliverable[service]:
        if start <= at < until:
            revision = number
    if not revision or (rules.by_service and not _is_cleared(person, rules.by_service.get(service), at)):
        return None
    apart, said = rules.by_duty.get(action), request.involvement
    if apart and said is not None and said.had_part(actor.id, apart):
        return None
    if action not in rules.of_staff and not rules.permits(_STAFF, person.roles, action):
        return None
    grants = access.permitting(person.id, (record.id, service), action, at)
    if not grants:
        return None
    return "own_work" if request.is_own else "entitled", (), revision, grants, ()


def _is_cleared(person: Person, known: CatalogueService | None, at: Instant) -> bool:
    """Answer whether the catalogue has the service, approves it, and clears the person for it."""
    if known is None or not known.is_approved(at):
        return False
    return known.clearance is None or known.clearance in person.clearances
