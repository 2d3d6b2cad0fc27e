"""Security of delivery: only approved services, only to and by those the agreement entitles."""

from __future__ import annotations

from svcdelivery.security.access import ACCESS_STREAM, Access, fold_access
from svcdelivery.security.authorization import decide, decide_internal
from svcdelivery.security.decision import SECURITY_STREAM, Decided, Decision
from svcdelivery.security.directory import Directory, OpenDirectory, Person, StaticDirectory
from svcdelivery.security.grants import BreakGlass, BreakGlassOpened, BreakGlassReviewed, Grant, Granted, Revoked
from svcdelivery.security.request import AccessRequest, Involvement
from svcdelivery.security.rules import AccessRules, CatalogueService, RoleActions, SeparationOfDuties
from svcdelivery.security.vocabulary import HARD, PRECEDENCE

__all__ = [
    "ACCESS_STREAM",
    "HARD",
    "PRECEDENCE",
    "SECURITY_STREAM",
    "Access",
    "AccessRequest",
    "AccessRules",
    "BreakGlass",
    "BreakGlassOpened",
    "BreakGlassReviewed",
    "CatalogueService",
    "Decided",
    "Decision",
    "Directory",
    "Grant",
    "Granted",
    "Involvement",
    "OpenDirectory",
    "Person",
    "Revoked",
    "RoleActions",
    "SeparationOfDuties",
    "StaticDirectory",
    "decide",
    "decide_internal",
    "fold_access",
]
