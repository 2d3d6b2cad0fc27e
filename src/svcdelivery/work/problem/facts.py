"""What happens to problems, in the past tense."""

from __future__ import annotations

from typing import ClassVar

from attrs import field, frozen

from svcdelivery.facts import fact_type
from svcdelivery.identity import identifier, names
from svcdelivery.timeline import Instant, to_instant

__all__ = [
    "IncidentLinked",
    "IncidentUnlinked",
    "KnownErrorDeclared",
    "ProblemInvestigated",
    "ProblemRecorded",
    "ProblemResolved",
    "ProblemSettled",
    "WorkaroundApplied",
    "WorkaroundDocumented",
    "WorkaroundReleased",
    "WorkaroundWithdrawn",
]


@fact_type("problem.recorded/1")
@frozen(kw_only=True)
class ProblemRecorded:
    """Incidents seem to have a cause in common, or a cause was found before it made any.

    Attributes:
        services: Those it troubles.
        owner: Who sees to it, a team or a person.
    """

    action: ClassVar[str] = "record"

    summary: str
    services: frozenset[str] = field(default=frozenset(), converter=names)
    priority: str = ""
    owner: str = ""


@fact_type("problem.investigated/1")
@frozen(kw_only=True)
class ProblemInvestigated:
    """Somebody began to look for the cause."""

    action: ClassVar[str] = "investigate"

    owner: str = ""
    note: str = ""


@fact_type("problem.known_error_declared/1")
@frozen(kw_only=True)
class KnownErrorDeclared:
    """The cause is known; the fix is still to come."""

    action: ClassVar[str] = "declare_known_error"

    cause: str


@fact_type("problem.workaround_documented/1")
@frozen(kw_only=True)
class WorkaroundDocumented:
    """There is a way to live with it meanwhile, in the place of an earlier one."""

    action: ClassVar[str] = "document_workaround"

    text: str


@fact_type("problem.workaround_withdrawn/1")
@frozen(kw_only=True)
class WorkaroundWithdrawn:
    """The workaround is not to be used any more."""

    action: ClassVar[str] = "withdraw_workaround"

    ground: str


@fact_type("problem.resolved/1")
@frozen(kw_only=True)
class ProblemResolved:
    """The cause is gone for good.

    Attributes:
        change: The change that did it, as whoever makes changes names it.
    """

    action: ClassVar[str] = "resolve"

    fix: str
    change: str = ""


@fact_type("problem.settled/1")
@frozen(kw_only=True)
class ProblemSettled:
    """It was closed, opened again or given up.

    Attributes:
        action: `close`, `reopen` or `cancel`.
        note: Why.
    """

    action: str = field(converter=identifier)
    note: str = ""


@fact_type("problem.incident_linked/1")
@frozen(kw_only=True)
class IncidentLinked:
    """An incident was caused by it.

    Attributes:
        item: The stream of the incident, such as `incident:7`.
        received_at: When the incident came in.
    """

    item: str = field(converter=identifier)
    received_at: Instant = field(converter=to_instant)


@fact_type("problem.incident_unlinked/1")
@frozen(kw_only=True)
class IncidentUnlinked:
    """An incident turned out not to be caused by it: the link was corrected."""

    item: str = field(converter=identifier)


@fact_type("problem.workaround_applied/1")
@frozen(kw_only=True)
class WorkaroundApplied:
    """An incident was resolved by the workaround, and rests on it from then on."""

    item: str = field(converter=identifier)


@fact_type("problem.workaround_released/1")
@frozen(kw_only=True)
class WorkaroundReleased:
    """An incident rests on the workaround no longer: it was closed, or opened again."""

    item: str = field(converter=identifier)
