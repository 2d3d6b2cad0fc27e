"""Terms of an agreement in a few words, for tests and examples that are about one target."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from svcdelivery.agreement import (
    AgreementRevision,
    CoveredService,
    NamedHours,
    PriorityScheme,
    ServiceLevelTarget,
    Term,
)
from svcdelivery.service_hours import ServiceHours

__all__ = ["terms_of"]

_SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def terms_of(*targets: ServiceLevelTarget, hours: ServiceHours | None = None, **rest: Any) -> AgreementRevision:
    """Answer the first revision of the agreement `acme-1`, in force from 2020 on.

    It covers the services `email` and `laptop` for everybody, and ranks the priorities P1, P2 and P3.

    Args:
        targets: What is promised.
        hours: What targets call `office`; round the clock, unless told.
        rest: Fields of `AgreementRevision` that are to be otherwise.
    """
    services = tuple(
        CoveredService(id=id, approved=Term(_SINCE), entitled=("everybody",), delivered_by=_ANYBODY)
        for id in ("email", "laptop")
    )
    usual: dict[str, Any] = {
        "agreement": "acme-1",
        "customer": "acme",
        "effective_at": _SINCE,
        "term": Term(_SINCE),
        "services": services,
        "hours": (NamedHours("office", hours or ServiceHours.always()),),
        "priorities": PriorityScheme(ranked=("P1", "P2", "P3")),
        "targets": targets,
    }
    return AgreementRevision(**{**usual, **rest})


_ANYBODY = ("everybody",)
