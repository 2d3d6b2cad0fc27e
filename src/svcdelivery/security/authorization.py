"""Authorization: may this actor do this, for this service, under this agreement, now? Denied unless allowed.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections.abc import Sequence

from svcdelivery.agreement import AgreementRevision, CoveredService, Who
from svcdelivery.identity import Actor, ActorKind
from svcdelivery.security.access import Access
from svcdelivery.security.decision import Decision, Verdict
from svcdelivery.security.directory import Person
from svcdelivery.security.entitled import plainly_entitled
from svcdelivery.security.request import AccessRequest
from svcdelivery.security.vocabulary import PRECEDENCE, REVIEW
from svcdelivery.timeline import Instant

__all__ = ["decide", "decide_internal", "judge_in_full"]

_STANDARD = Access()
_STAFF = ActorKind.STAFF
_RANK = {code: rank for rank, code in enumerate(PRECEDENCE)}


def decide(request: AccessRequest, access: Access = _STANDARD) -> Decision:
    """Answer whether the actor may; every check runs, so that the answer names all that fail.

    What is not known denies by itself, and nothing further is judged. The hard rules always run; where they hold,
    broken glass may stand in for a missing role or entitlement, and then leaves a review behind.

    Args:
        access: The rules, grants and broken glass on record; without it, the standard rules and no grants.
    """
    return Decision.of((request, access, decide), plainly_entitled(request, access) or _in_full(request, access))


def judge_in_full(request: AccessRequest, access: Access = _STANDARD) -> Decision:
    """Answer as `decide` does, by running every check whatever the others say."""
    return Decision.of((request, access, decide), _in_full(request, access))


def _in_full(request: AccessRequest, access: Access) -> Verdict:
    failing = _unknown(request, access)
    if failing:
        return failing[0], tuple(failing), None, (), ()
    return _judge(request, access)


def _judge(request: AccessRequest, access: Access) -> Verdict:
    assert request.agreement is not None, "an unknown agreement is a failing check"
    revision, terms = request.agreement.standing(request.at)
    service = terms.service(request.service or "") if terms is not None else None
    hard = _hard(request, access, revision, service)
    lacking, grounds = _permission(request, access, terms, service)
    number = revision.number if revision is not None else None
    if lacking and not hard:
        glass = _broken_glass(request, access)
        if glass:
            return "break_glass", (), number, glass, (REVIEW,)
    failing = (*hard, *lacking)
    if failing:
        return failing[0], failing, number, (), ()
    return "own_work" if request.is_own else "entitled", (), number, grounds, ()


def _unknown(request: AccessRequest, access: Access) -> Sequence[str]:
    rules = access.rules
    known = request.person is not None and request.action in rules.known_actions
    if known and request.item_known and request.agreement is not None and not rules.by_service:
        return ()
    failing: list[str] = []
    if request.person is None:
        failing.append("unknown_actor")
    if request.action not in rules.known_actions:
        failing.append("unknown_action")
    if not request.item_known:
        failing.append("unknown_item")
    elif request.agreement is None:
        failing.append("unknown_agreement")
    if rules.by_service and request.service is not None and request.service not in rules.by_service:
        failing.append("unknown_service")
    return failing


def _hard(
    request: AccessRequest, access: Access, revision: AgreementRevision | None, service: CoveredService | None
) -> list[str]:
    failing = []
    person, at, rules = request.person, request.at, access.rules
    assert person is not None, "a stranger is a failing check"
    if not person.is_active(at):
        failing.append("actor_inactive")
    if revision is None:
        failing.append("agreement_not_in_force")
    if service is None:
        failing.append("service_not_in_agreement")
    known = rules.by_service.get(request.service or "")
    if (known is not None and not known.is_approved(at)) or (service is not None and not service.is_approved(at)):
        failing.append("service_not_approved")
    apart, said = rules.by_duty.get(request.action), request.involvement
    if apart is not None and said is not None and said.had_part(request.actor.id, apart):
        failing.append("separation_of_duties")
    staff = request.actor.kind is _STAFF
    if staff and known is not None and known.clearance is not None and known.clearance not in person.clearances:
        failing.append("clearance_missing")
    if not staff and not _may_see_work(request, revision):
        failing.append("not_own_work")
    return failing


def _may_see_work(request: AccessRequest, revision: AgreementRevision | None) -> bool:
    """Answer whether it is the work of somebody outside the provider: their own, or their company's."""
    kind = request.actor.kind
    if kind is ActorKind.END_USER:
        return request.is_own
    if kind is ActorKind.CUSTOMER:
        assert request.agreement is not None, "an unknown agreement is a failing check"
        return request.actor.id == (revision.customer if revision is not None else request.agreement.agreement.customer)
    return True


def _permission(
    request: AccessRequest, access: Access, terms: AgreementRevision | None, service: CoveredService | None
) -> tuple[list[str], tuple[str, ...]]:
    """Answer what is lacking of role and entitlement, and what entitles staff."""
    person, kind = request.person, request.actor.kind
    assert person is not None, "a stranger is a failing check"
    lacking = [] if access.rules.permits(kind, person.roles, request.action) else ["role_not_permitted"]
    grounds: tuple[str, ...] = ()
    if request.action == "receive" and not _may_ask(request, terms, service):
        lacking.append("no_entitlement")
    elif kind is _STAFF:
        missed, grounds = _entitlement(request, access, person, service)
        lacking += [missed] if missed else []
    return lacking, grounds


def _entitlement(
    request: AccessRequest, access: Access, person: Person, service: CoveredService | None
) -> tuple[str, tuple[str, ...]]:
    """Answer what staff lack of an entitlement, the nearest miss of several, else what entitles them."""
    assert request.agreement is not None, "an unknown agreement is a failing check"
    key, action, at = (person.id, request.agreement.id, request.service or ""), request.action, request.at
    grounds = access.permitting(person.id, key[1:], action, at)
    if not grounds and service is not None:
        grounds = tuple(f"delivered_by {who}" for who in service.delivered_by if _is(who, person))
    return ("" if grounds else _nearest_miss(access, key, action, at)), grounds


def _nearest_miss(access: Access, key: tuple[str, str, str], action: str, at: Instant) -> str:
    missed = (access.failing(grant, action, at) for grant in access.by_key.get(key, ()))
    return min(filter(None, missed), key=_RANK.__getitem__, default="no_entitlement")


def _may_ask(request: AccessRequest, terms: AgreementRevision | None, service: CoveredService | None) -> bool:
    """Answer whether the agreement offers the service to whom the work is for."""
    person = request.requester
    if person is None or terms is None or service is None or not person.is_active(request.at):
        return False
    if person.customer is not None and person.customer != terms.customer:
        return False
    return any(_is(who, person) for who in service.entitled)


def _is(who: Who, person: Person) -> bool:
    if who.kind == "everybody":
        return True
    return who.id == person.id if who.kind == "person" else who.id in person.roles


def _broken_glass(request: AccessRequest, access: Access) -> tuple[str, ...]:
    if request.actor.kind is not _STAFF or request.person is None:
        return ()
    return access.glass(request.person.id, request.person.roles, request.at)


def decide_internal(
    *, actor: Actor, action: str, item: str, person: Person | None, at: Instant, roles: frozenset[str] = frozenset()
) -> Decision:
    """Answer whether the actor may manage what is internal: active staff, and the host's programs.

    Args:
        roles: One of these is needed by staff, if any are named.
    """
    failing = []
    if person is None:
        failing.append("unknown_actor")
    elif not person.is_active(at):
        failing.append("actor_inactive")
    lacking = actor.kind is _STAFF and person is not None and roles and roles.isdisjoint(person.roles)
    if lacking or actor.kind not in (ActorKind.STAFF, ActorKind.SYSTEM):
        failing.append("role_not_permitted")
    return Decision(
        allowed=not failing,
        reason=failing[0] if failing else "internal",
        reasons=tuple(failing),
        actor=actor,
        action=action,
        at=at,
        service=None,
        agreement="",
        revision=None,
        item=item,
        person=person,
    )
