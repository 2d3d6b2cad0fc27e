"""Access review: grants that should go, services nobody may deliver, authority that hangs on one person.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import AgreementRecord
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.security.access import Access
from svcdelivery.security.authorization import decide
from svcdelivery.security.decision import Decided
from svcdelivery.security.directory import Person
from svcdelivery.security.grants import Grant
from svcdelivery.security.request import AccessRequest
from svcdelivery.security.vocabulary import REVIEW
from svcdelivery.timeline import Instant, format_instant, to_instant

__all__ = [
    "AccessFinding",
    "AccessFindingKind",
    "GrantUses",
    "ReviewDue",
    "fold_uses",
    "last_uses",
    "review_access",
    "reviews_due",
]

_DELIVERING = ("fulfill", "resolve")


class AccessFindingKind(Enum):
    """What the review looks for."""

    UNUSED_GRANT = "unused_grant"
    ENDLESS_GRANT = "endless_grant"
    HOLDER_LEFT = "holder_left"
    SERVICE_RETIRED = "service_retired"
    DEAD_DELEGATION = "dead_delegation"
    NOBODY_MAY_DELIVER = "nobody_may_deliver"
    SINGLE_AUTHORITY = "single_authority"
    CONFLICTING_ROLES = "conflicting_roles"
    CONFLICTING_DUTIES = "conflicting_duties"


@frozen(kw_only=True)
class AccessFinding:
    """One thing to look at.

    Attributes:
        subject: The grant, person or `agreement/service` concerned.
    """

    kind: AccessFindingKind
    subject: str
    message: str


@frozen
class GrantUses:
    """What allowances on record rested on.

    Attributes:
        last: When each grant last allowed something, by its id.
        to_review: Who first made a use that has to be reviewed, and when, by what was opened.
        version: Of the last decision looked at.
    """

    last: Mapping[str, Instant] = field(factory=dict)
    to_review: Mapping[str, tuple[str, Instant]] = field(factory=dict)
    version: int = 0


def fold_uses(facts: Iterable[Fact[Any]], known: GrantUses | None = None) -> GrantUses:
    """Answer what the decisions on record rested on, on top of what is known."""
    known = known or GrantUses()
    last, to_review, version = dict(known.last), dict(known.to_review), known.version
    for fact in facts:
        version = fact.version
        if isinstance(fact.body, Decided) and fact.body.allowed:
            for grant in fact.body.grants:
                last[grant] = max(fact.occurred_at, last.get(grant, fact.occurred_at))
                if REVIEW in fact.body.obligations:
                    to_review.setdefault(grant, (fact.actor.id, fact.occurred_at))
    return GrantUses(last, to_review, version)


@frozen(kw_only=True)
class ReviewDue:
    """Broken glass that was used and that nobody has reviewed since.

    Attributes:
        review_by: Until when somebody other than its holder must have looked at it.
    """

    opening: str
    holder: str
    used_at: Instant
    review_by: Instant


def last_uses(facts: Iterable[Fact[Any]]) -> Mapping[str, Instant]:
    """Answer when each grant last allowed something, by its id."""
    return fold_uses(facts).last


def reviews_due(decided: Iterable[Fact[Any]] | GrantUses, access: Access) -> tuple[ReviewDue, ...]:
    """Answer the reviews still owed, by first use, from the decisions on record or what they come to."""
    uses = decided if isinstance(decided, GrantUses) else fold_uses(decided)
    within = access.rules.review_within
    return tuple(
        ReviewDue(opening=opening, holder=holder, used_at=used_at, review_by=datetime.__add__(used_at, within))
        for opening, (holder, used_at) in uses.to_review.items()
        if opening not in access.reviewed
    )


def review_access(
    access: Access,
    *,
    at: datetime,
    agreements: Iterable[AgreementRecord],
    people: Iterable[Person] | None,
    uses: Mapping[str, Instant],
    idle: timedelta = timedelta(days=90),
    delivering: tuple[str, ...] = _DELIVERING,
) -> tuple[AccessFinding, ...]:
    """Answer what a reviewer should look at, as access stood at an instant.

    For another day, fold access and agreements from the facts known then.

    Args:
        people: Everybody of the directory; those without a customer are staff. None where nobody can be asked: then
            only grants are looked at, and not whether their holders have left.
        uses: As `last_uses` answers them.
        idle: How long a grant may lie unused, from its start or its last use on.
        delivering: The actions that deliver a service: one who may do one of them may deliver.
    """
    known = {record.id: record for record in agreements}
    directory = None if people is None else {person.id: person for person in people}
    review = _Review(access, to_instant(at), known, directory or {}, uses, idle, delivering, directory is not None)
    return (*review.grants(), *review.services(), *review.people()) if review.asks else tuple(review.grants())


@frozen
class _Review:
    access: Access
    at: Instant
    agreements: Mapping[str, AgreementRecord]
    directory: Mapping[str, Person]
    uses: Mapping[str, Instant]
    idle: timedelta
    delivering: tuple[str, ...]
    asks: bool

    def grants(self) -> Iterator[AccessFinding]:
        for grant in self.access.grants:
            if grant.failing(self.at) in {"entitlement_revoked", "entitlement_expired"}:
                continue
            for kind, message in self._grant(grant):
                yield AccessFinding(
                    kind=kind, subject=grant.id, message=f"grant {grant.id} of {grant.holder} {message}"
                )

    def _grant(self, grant: Grant) -> Iterator[tuple[AccessFindingKind, str]]:
        if grant.window.until is None:
            yield AccessFindingKind.ENDLESS_GRANT, "has no end"
        since = max(grant.window.start, self.uses.get(grant.id, grant.window.start))
        if datetime.__add__(since, self.idle) <= self.at:
            used = f"was last used {format_instant(since)}" if grant.id in self.uses else "was never used"
            yield AccessFindingKind.UNUSED_GRANT, used
        if self.asks and self._left(grant.holder):
            yield AccessFindingKind.HOLDER_LEFT, "belongs to somebody who is not active"
        if grant.source and self.access.failing(grant, min(grant.actions), self.at) == "delegation_source_invalid":
            yield AccessFindingKind.DEAD_DELEGATION, "rests on a grant that does not hold"
        why = self._retired(grant.agreement, grant.service)
        if why:
            yield AccessFindingKind.SERVICE_RETIRED, f"is for service {grant.service}: {why}"

    def _left(self, id: str) -> bool:
        person = self.directory.get(id)
        return person is None or not person.is_active(self.at)

    def _retired(self, agreement: str, service: str) -> str:
        record = self.agreements.get(agreement)
        revision = record.in_force(self.at) if record is not None else None
        if revision is None:
            return f"agreement {agreement} is not in force"
        covered, listed = revision.service(service), self.access.rules.by_service
        if covered is None:
            return f"agreement {agreement} does not name it"
        approved = covered.is_approved(self.at) and (
            not listed or (service in listed and listed[service].is_approved(self.at))
        )
        return "" if approved else "it is not approved"

    def services(self) -> Iterator[AccessFinding]:
        """Answer what may be said of each approved service of each agreement in force."""
        for record in self.agreements.values():
            revision = record.in_force(self.at)
            for service in revision.services if revision is not None else ():
                if not self._retired(record.id, service.id):
                    yield from self._service(record, service.id)

    def _service(self, record: AgreementRecord, service: str) -> Iterator[AccessFinding]:
        subject = f"{record.id}/{service}"
        able = set[str]().union(*(self._able(record, service, action) for action in self.delivering))
        if not able:
            message = f"nobody may deliver {service} under {record.id}"
            yield AccessFinding(kind=AccessFindingKind.NOBODY_MAY_DELIVER, subject=subject, message=message)
        elif len(able) == 1:
            message = f"only {min(able)} may deliver {service} under {record.id}"
            yield AccessFinding(kind=AccessFindingKind.SINGLE_AUTHORITY, subject=subject, message=message)
        for duty in self.access.rules.duties:
            for part in sorted(duty.differs_from & self.access.rules.known_actions):
                one, other = self._able(record, service, duty.action), self._able(record, service, part)
                if len(one | other) == 1 and one and other:
                    message = f"{min(one)} alone may both {part} and {duty.action} {service} under {record.id}"
                    yield AccessFinding(kind=AccessFindingKind.CONFLICTING_DUTIES, subject=subject, message=message)

    def _able(self, record: AgreementRecord, service: str, action: str) -> set[str]:
        return {person.id for person in self.directory.values() if self._may(person, record, service, action)}

    def _may(self, person: Person, record: AgreementRecord, service: str, action: str) -> bool:
        if person.customer is not None:
            return False
        decision = decide(
            AccessRequest(
                actor=Actor.staff(person.id),
                action=action,
                at=self.at,
                service=service,
                agreement=record,
                person=person,
            ),
            self.access,
        )
        return decision.allowed and not decision.obligations

    def people(self) -> Iterator[AccessFinding]:
        for person in self.directory.values():
            for group in self.access.rules.conflicting_roles:
                held = sorted(group & person.roles)
                if len(held) > 1 and person.is_active(self.at):
                    message = f"{person.id} holds roles that exclude each other: {', '.join(held)}"
                    kind = AccessFindingKind.CONFLICTING_ROLES
                    yield AccessFinding(kind=kind, subject=person.id, message=message)
