"""Access on record: rules, grants and broken glass, found by key and never by a scan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen
from pendulum import UTC

from svcdelivery.agreement import AgreementRecord
from svcdelivery.facts import Fact
from svcdelivery.security.grants import BreakGlass, BreakGlassOpened, BreakGlassReviewed, Grant, Granted, Revoked
from svcdelivery.security.rules import AccessRules
from svcdelivery.timeline import Instant

__all__ = ["ACCESS_STREAM", "Access", "fold_access"]

ACCESS_STREAM = "access"
"""The stream that holds rules, grants, revocations and broken glass."""

_OF_SECURITY = ("vulnerability:", "security_incident:", "remediation", "breaches")
_OPEN_TO_ALL_STAFF = ("report_", "detect_")
_Key = tuple[str, str, str]
_EVER = Instant(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
_Span = tuple[Instant, Instant, frozenset[str]]
Lease = tuple[_Span, "Lease | None"]
"""When somebody may do what, by all their grants of one service: from, until just before, the actions; and the next."""
Way = tuple[
    AgreementRecord,
    tuple[tuple[Instant, Instant, int], ...],
    Mapping[str, Lease],
    frozenset[str] | None,
    frozenset[str] | None,
    str | None,
]
"""What all staff meet who ask for one action on one service: the record it was worked out from; when it may be done and
under which revision; who holds which leases; the parts that must be others'; the roles that may, None for every one;
and the clearance."""


@frozen(kw_only=True)
class Access:
    """Who has which leave, at one version of the record.

    Attributes:
        grants: In any order, each id once; a later one of the same id replaces the earlier.
        reviewed: The ids of broken glass that somebody has looked at.
        version: The version of the stream it was folded from.
    """

    rules: AccessRules = field(factory=AccessRules)
    grants: tuple[Grant, ...] = ()
    openings: tuple[BreakGlass, ...] = ()
    reviewed: frozenset[str] = frozenset()
    version: int = 0
    by_id: Mapping[str, Grant] = field(init=False, eq=False, repr=False)
    by_key: Mapping[_Key, tuple[Grant, ...]] = field(init=False, eq=False, repr=False)
    leases: Mapping[tuple[str, str], Mapping[str, Lease]] = field(init=False, eq=False, repr=False)
    by_holder: Mapping[str, tuple[BreakGlass, ...]] = field(init=False, eq=False, repr=False)
    # Worked out when it is first asked for: by agreement, service and action.
    ways: dict[tuple[str, str | None, str], Way] = field(factory=dict, init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        by_id = {grant.id: grant for grant in self.grants}
        by_key: dict[_Key, tuple[Grant, ...]] = {}
        for grant in by_id.values():
            key = (grant.holder, grant.agreement, grant.service)
            by_key[key] = (*by_key.get(key, ()), grant)
        by_holder: dict[str, tuple[BreakGlass, ...]] = {}
        for opening in self.openings:
            by_holder[opening.holder] = (*by_holder.get(opening.holder, ()), opening)
        put = object.__setattr__
        put(self, "by_id", by_id)
        put(self, "by_key", by_key)
        put(self, "by_holder", by_holder)
        shared: dict[Any, Any] = {}
        leases: dict[tuple[str, str], dict[str, Lease]] = {}
        for (holder, agreement, service), grants in by_key.items():
            lease = self._lease(grants, shared)
            if lease is not None:
                leases.setdefault((agreement, service), {})[holder] = lease
        put(self, "leases", leases)

    def _lease(self, grants: tuple[Grant, ...], shared: dict[Any, Any]) -> Lease | None:
        """Answer the spans in which the grants permit something, one behind the other; None for none.

        What is equal for many is one object for all: what decisions read at random should lie in few places.
        """
        lease: Lease | None = None
        for grant in reversed(grants):
            start, end, actions = _span(grant)
            if grant.source:
                source = self.by_id.get(grant.source)
                if source is None or source.source:
                    continue
                if (source.agreement, source.service) != (grant.agreement, grant.service):
                    continue
                since, until, permitted = _span(source)
                start, end, actions = max(start, since), min(end, until), actions & permitted
            lease = (start, end, actions), lease
            lease = shared.setdefault(lease, lease)
        return lease

    def permitting(self, holder: str, service: tuple[str, str], action: str, at: Instant) -> tuple[str, ...]:
        """Answer the ids of the grants by which somebody may do the action at the instant.

        Args:
            service: The agreement, and the service under it.
        """
        held = self.by_key.get((holder, *service), ())
        return tuple([grant.id for grant in held if self.failing(grant, action, at) is None])

    def failing(self, grant: Grant, action: str, at: datetime) -> str | None:
        """Answer why a grant does not permit the action at the instant, None when it does: within its lease.

        What was delegated holds while its source does, for what the source permits, and cannot be delegated again.
        """
        failing = grant.failing(at)
        if failing is not None:
            return failing
        if action not in grant.actions:
            return "action_not_in_entitlement"
        return self._delegated(grant, action, at) if grant.source else None

    def _delegated(self, grant: Grant, action: str, at: datetime) -> str | None:
        source = self.by_id.get(grant.source)
        if source is not None and source.source:
            return "delegation_too_deep"
        if source is not None and action not in source.actions:
            return "delegation_exceeds_source"
        same = source is not None and (source.agreement, source.service) == (grant.agreement, grant.service)
        return None if same and source is not None and source.failing(at) is None else "delegation_source_invalid"

    def roles_for(self, action: str, item: str) -> frozenset[str] | None:
        """Answer which roles of staff may manage what is internal: empty for all; None where the rules say nothing.

        Args:
            item: The stream acted upon.
        """
        if item == ACCESS_STREAM:
            return self.rules.access_roles
        if item.startswith(_OF_SECURITY):
            return frozenset() if action.startswith(_OPEN_TO_ALL_STAFF) else self.rules.security_roles
        return None

    def glass(self, person: str, roles: frozenset[str], at: datetime) -> tuple[str, ...]:
        """Answer the broken glass the person holds at the instant, by a role that may; a review ends it."""
        held = self.by_holder.get(person)
        if not held or self.rules.break_glass_roles.isdisjoint(roles):
            return ()
        return tuple(opening.id for opening in held if opening.id not in self.reviewed and opening.holds(at))


def _span(grant: Grant) -> _Span:
    ends = [end for end in (grant.window.until, grant.revoked_at) if end is not None]
    return grant.window.start, min(ends, default=_EVER), grant.actions


def fold_access(facts: Iterable[Fact[Any]], access: Access | None = None) -> Access:
    """Answer what the facts of the access stream say, on top of what earlier ones said."""
    folded = access or Access()
    grants = dict(folded.by_id)
    changes: dict[str, Any] = {}
    openings, reviewed = list(folded.openings), set(folded.reviewed)
    for fact in facts:
        match fact.body:
            case AccessRules() as rules:
                changes["rules"] = rules
            case Granted(grant):
                grants[grant.id] = grant
            case Revoked(grant=id) if id in grants:
                ends = [at for at in (grants[id].revoked_at, fact.occurred_at) if at is not None]
                grants[id] = evolve(grants[id], revoked_at=min(ends))
            case BreakGlassOpened(opening):
                openings.append(opening)
            case BreakGlassReviewed(opening=id):
                reviewed.add(id)
            case _:  # facts of later versions may add what this one does not know
                pass
        changes["version"] = fact.version
    if not changes:
        return folded
    return evolve(
        folded, grants=tuple(grants.values()), openings=tuple(openings), reviewed=frozenset(reviewed), **changes
    )
