"""What the document defines by name, and what its other parts may therefore refer to."""

from __future__ import annotations

from attrs import frozen

from svcdelivery.agreement.coverage import CoveredService
from svcdelivery.agreement.document.conditions import ConditionForm
from svcdelivery.agreement.document.hours import HoursForm, Named
from svcdelivery.agreement.document.promises import Names
from svcdelivery.agreement.document.scope import Priorities, read_names, read_priorities, read_services
from svcdelivery.agreement.measure import STANDARD_MEASURES, Measure
from svcdelivery.agreement.revision import STANDARD_HOLD_REASONS, NamedHours
from svcdelivery.documents import Cursor, Fields

__all__ = ["Definitions", "defined", "read_definitions"]


@frozen(kw_only=True)
class Definitions:
    """Hours, priorities, hold reasons, services and measures, and their names for whoever refers to them."""

    hours: Named[NamedHours]
    priorities: Priorities
    hold_reasons: tuple[str, ...]
    services: Named[CoveredService]
    measures: Named[Measure]
    names: Names


def read_definitions(fields: Fields, zone: str) -> Definitions:
    """Answer what the document defines; `zone` is that of its dates."""
    hours = HoursForm(zone).read_all(fields["service_hours"])
    priorities = read_priorities(fields["priorities"])
    hold_reasons = tuple(read_names(fields["hold_reasons"], "a hold reason", default=STANDARD_HOLD_REASONS))
    services = read_services(fields["services"], zone)
    conditions = ConditionForm(
        services=defined(fields["services"], services.names),
        priorities=_listed(fields["priorities"], priorities.names),
        hold_reasons=_listed(fields["hold_reasons"], hold_reasons),
    )
    measures = conditions.read_measures(fields["measures"])
    names = Names(
        hours=defined(fields["service_hours"], hours.names),
        services=conditions.services,
        priorities=conditions.priorities,
        hold_reasons=conditions.hold_reasons,
        measures=(*measures.names, *(measure.name for measure in STANDARD_MEASURES)),
        targets=_keys(fields["targets"]),
    )
    return Definitions(
        hours=hours,
        priorities=priorities,
        hold_reasons=hold_reasons,
        services=services,
        measures=measures,
        names=names,
    )


def defined(at: Cursor, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Answer the names that are defined there, None where no reference to them can be judged."""
    # That is so where the list of names itself could not be read.
    return names if names or at.reader.is_clean(at.steps) else None


def _listed(at: Cursor, names: tuple[str, ...]) -> tuple[str, ...] | None:
    # An item that could not be read may be the very name that is referred to.
    return names if at.reader.is_clean(at.steps) else None


def _keys(at: Cursor) -> tuple[str, ...]:
    return tuple(at.value) if isinstance(at.value, dict) else ()
