"""Authorization: may this actor do this, for this service, under this agreement, now? Denied unless allowed.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import Attribute, field, frozen

from svcdelivery.agreement import AgreementRecord, AgreementRevision, CoveredService, Who
from svcdelivery.errors import WrongTypeError
from svcdelivery.facts import fact_type
from svcdelivery.identity import Actor, ActorKind
from svcdelivery.security.directory import Person
from svcdelivery.timeline import Instant, to_instant

__all__ = ["PRECEDENCE", "SECURITY_STREAM", "AccessRequest", "Decided", "Decision", "decide", "decide_internal"]

SECURITY_STREAM = "security"
"""The stream that holds every decision, allowed or denied."""

PRECEDENCE = (
    "unknown_actor", "unknown_action", "unknown_item", "unknown_agreement", "actor_inactive", "agreement_not_in_force",
    "service_not_in_agreement", "service_not_approved", "not_own_work", "role_not_permitted", "no_entitlement",
)  # fmt: skip
"""Why something is denied, the primary reason first when several hold."""

# What each kind of actor may ever do. End users act on their own work only; programs take in, tell and tidy up.
_ACTIONS = {
    ActorKind.END_USER: frozenset({"receive", "cancel", "reopen", "post", "answer_survey"}),
    ActorKind.CUSTOMER: frozenset({"receive", "cancel", "reopen", "post"}),
    ActorKind.SUPPLIER: frozenset({"post"}),
    ActorKind.SYSTEM: frozenset({"receive", "close", "cancel", "post"}),
    ActorKind.STAFF: frozenset({
        "receive", "accept", "reject", "assign", "start", "put_on_hold", "resume", "fulfill", "resolve", "close",
        "reopen", "cancel", "post", "change_priority",
    }),
}  # fmt: skip
_KNOWN_ACTIONS = frozenset().union(*_ACTIONS.values())


def _actor(_request: AccessRequest, attribute: Attribute[Actor], value: object) -> None:
    if not isinstance(value, Actor):
        raise WrongTypeError(expected="an actor", value=value, path=attribute.name)


@frozen(kw_only=True)
class AccessRequest:
    """What is asked.

    Attributes:
        action: A command's name.
        service: The service the work is for; None where the item is not known.
        agreement: The agreement it falls under, None where none does.
        person: The actor as the directory knows them, None for a stranger.
        requester: Whom the work is for, as the directory knows them.
        item: The work the action is on; empty for work that is still to be received.
        item_known: False when the action names work that does not exist.
    """

    actor: Actor = field(validator=_actor)
    action: str
    at: Instant = field(converter=to_instant)
    service: str | None
    agreement: AgreementRecord | None
    person: Person | None
    requester: Person | None = None
    item: str = ""
    item_known: bool = True


@frozen(kw_only=True)
class Decision:
    """The answer to an access request.

    Attributes:
        reason: The primary reason: the first that applies of PRECEDENCE, or what allowed it.
        reasons: Every failing check, in the order of PRECEDENCE; empty when allowed.
        revision: The revision in force at the decision, None where there was none.
    """

    allowed: bool
    reason: str
    reasons: tuple[str, ...]
    actor: Actor
    action: str
    at: Instant
    service: str | None
    agreement: str
    revision: int | None
    item: str = ""

    def public(self) -> str:
        """Answer what an outsider may know: nothing about what exists or why."""
        return "permitted" if self.allowed else "not permitted"


@fact_type("security.decided/1")
@frozen(kw_only=True)
class Decided:
    """A decision was made; written with what it allowed, or alone when it denied."""

    allowed: bool
    reason: str
    reasons: tuple[str, ...]
    action: str
    service: str | None
    agreement: str
    revision: int | None
    item: str

    @classmethod
    def of(cls, decision: Decision) -> Decided:
        """Answer the fact that puts a decision on record."""
        return cls(
            allowed=decision.allowed,
            reason=decision.reason,
            reasons=decision.reasons,
            action=decision.action,
            service=decision.service,
            agreement=decision.agreement,
            revision=decision.revision,
            item=decision.item,
        )

    def decision(self, actor: Actor, at: Instant) -> Decision:
        """Answer the decision as it was made."""
        return Decision(
            allowed=self.allowed,
            reason=self.reason,
            reasons=self.reasons,
            actor=actor,
            action=self.action,
            at=at,
            service=self.service,
            agreement=self.agreement,
            revision=self.revision,
            item=self.item,
        )


def decide(request: AccessRequest) -> Decision:
    """Answer whether the actor may; every check runs, so that the answer names all that fail."""
    revision = request.agreement.in_force(request.at) if request.agreement is not None else None
    failing = set(_failing(request, revision))
    reasons = tuple(code for code in PRECEDENCE if code in failing)
    return Decision(
        allowed=not reasons,
        reason=reasons[0] if reasons else "own_work" if _is_own(request) else "entitled",
        reasons=reasons,
        actor=request.actor,
        action=request.action,
        at=request.at,
        service=request.service,
        agreement=request.agreement.id if request.agreement is not None else "",
        revision=revision.number if revision is not None else None,
        item=request.item,
    )


def decide_internal(*, actor: Actor, action: str, item: str, person: Person | None, at: Instant) -> Decision:
    """Answer whether the actor may manage agreements, actions or imports: active staff, and the host's programs."""
    failing = set()
    if person is None:
        failing.add("unknown_actor")
    elif not person.active:
        failing.add("actor_inactive")
    if actor.kind not in (ActorKind.STAFF, ActorKind.SYSTEM):
        failing.add("role_not_permitted")
    reasons = tuple(code for code in PRECEDENCE if code in failing)
    return Decision(
        allowed=not reasons,
        reason=reasons[0] if reasons else "internal",
        reasons=reasons,
        actor=actor,
        action=action,
        at=at,
        service=None,
        agreement="",
        revision=None,
        item=item,
    )


def _failing(request: AccessRequest, revision: AgreementRevision | None) -> Iterator[str]:
    if request.person is None:
        yield "unknown_actor"
    elif not request.person.active:
        yield "actor_inactive"
    if request.action not in _KNOWN_ACTIONS:
        yield "unknown_action"
    elif request.action not in _ACTIONS[request.actor.kind]:
        yield "role_not_permitted"
    if not request.item_known:
        yield "unknown_item"
        return
    yield from _failing_terms(request, revision)


def _failing_terms(request: AccessRequest, revision: AgreementRevision | None) -> Iterator[str]:
    if request.agreement is None:
        yield "unknown_agreement"
        return
    if revision is None:
        yield "agreement_not_in_force"
        # The last terms still tell whether the service is one of the agreement's.
        revision = request.agreement.agreement.revisions[-1]
    service = revision.service(request.service or "")
    if service is None:
        yield "service_not_in_agreement"
        return
    if not service.is_approved(request.at):
        yield "service_not_approved"
    yield from _failing_person(request, revision, service)


def _failing_person(request: AccessRequest, revision: AgreementRevision, service: CoveredService) -> Iterator[str]:
    kind = request.actor.kind
    if request.action == "receive" and not _entitled(service.entitled, request.requester, revision.customer):
        yield "no_entitlement"
    if kind is ActorKind.END_USER and not _is_own(request):
        yield "not_own_work"
    if kind is ActorKind.CUSTOMER and request.actor.id != revision.customer:
        yield "not_own_work"
    if kind is ActorKind.STAFF and not _entitled(service.delivered_by, request.person, None):
        yield "no_entitlement"


def _is_own(request: AccessRequest) -> bool:
    return request.requester is not None and request.actor.id == request.requester.id


def _entitled(whos: tuple[Who, ...], person: Person | None, customer: str | None) -> bool:
    if person is None or not person.active:
        return False
    if customer is not None and person.customer is not None and person.customer != customer:
        return False
    return any(
        who.kind == "everybody"
        or (who.kind == "person" and who.id == person.id)
        or (who.kind == "role" and who.id in person.roles)
        for who in whos
    )
