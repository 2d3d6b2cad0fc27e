"""Security of delivery: only approved services, only to and by those the agreement entitles."""

from __future__ import annotations

from svcdelivery.security import breaches, incident, vulnerability
from svcdelivery.security.access import ACCESS_STREAM, Access, fold_access
from svcdelivery.security.authorization import decide, decide_internal
from svcdelivery.security.authorizer import Authorizer, Opinion, authorize
from svcdelivery.security.decision import SECURITY_STREAM, Decided, Decision
from svcdelivery.security.directory import Directory, OpenDirectory, Person, StaticDirectory
from svcdelivery.security.grants import BreakGlass, BreakGlassOpened, BreakGlassReviewed, Grant, Granted, Revoked
from svcdelivery.security.replay import DecisionReplay, Recomputed, recompute
from svcdelivery.security.request import AccessRequest, Involvement
from svcdelivery.security.review import (
    AccessFinding,
    AccessFindingKind,
    GrantUses,
    ReviewDue,
    fold_uses,
    last_uses,
    review_access,
    reviews_due,
)
from svcdelivery.security.rules import AccessRules, CatalogueService, RoleActions, SeparationOfDuties
from svcdelivery.security.visibility import IndexedWork, WorkIndex, may
from svcdelivery.security.vocabulary import HARD, PRECEDENCE

# Facts of sign-ins, vulnerabilities and security incidents are registered along with those of access.
__all__ = [
    "ACCESS_STREAM",
    "HARD",
    "PRECEDENCE",
    "SECURITY_STREAM",
    "Access",
    "AccessFinding",
    "AccessFindingKind",
    "AccessRequest",
    "AccessRules",
    "Authorizer",
    "BreakGlass",
    "BreakGlassOpened",
    "BreakGlassReviewed",
    "CatalogueService",
    "Decided",
    "Decision",
    "DecisionReplay",
    "Directory",
    "Grant",
    "Granted",
    "GrantUses",
    "IndexedWork",
    "Involvement",
    "OpenDirectory",
    "Opinion",
    "Person",
    "Recomputed",
    "ReviewDue",
    "Revoked",
    "RoleActions",
    "SeparationOfDuties",
    "StaticDirectory",
    "WorkIndex",
    "authorize",
    "decide",
    "decide_internal",
    "fold_access",
    "breaches",
    "incident",
    "fold_uses",
    "last_uses",
    "may",
    "recompute",
    "review_access",
    "reviews_due",
    "vulnerability",
]
