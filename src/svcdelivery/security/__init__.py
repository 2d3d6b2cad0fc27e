"""Security of delivery: only approved services, only to and by those the agreement entitles."""

from __future__ import annotations

from svcdelivery.security.authorization import (
    PRECEDENCE,
    SECURITY_STREAM,
    AccessRequest,
    Decided,
    Decision,
    decide,
    decide_internal,
)
from svcdelivery.security.directory import Directory, OpenDirectory, Person, StaticDirectory

__all__ = [
    "PRECEDENCE",
    "SECURITY_STREAM",
    "AccessRequest",
    "Decided",
    "Decision",
    "Directory",
    "OpenDirectory",
    "Person",
    "StaticDirectory",
    "decide",
    "decide_internal",
]
