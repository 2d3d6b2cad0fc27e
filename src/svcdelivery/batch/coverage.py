"""Which targets are worked out for whole columns, and why others are read item by item."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import attrs

from svcdelivery.agreement import (
    AgreementRevision,
    Measure,
    OnChange,
    OnReopening,
    ServiceAgreement,
    ServiceLevelTarget,
    Signaled,
    Within,
)
from svcdelivery.lifecycle import Phase

__all__ = ["measure_obstacles", "read_singly", "target_obstacles", "terms_obstacles"]

# Counted from any year that is likely, what is longer falls due after the last year there is.
_LONGEST = timedelta(days=2_500_000)
# What these say is minded in columns; a rule that is not among them is not known here, and is never taken as absent.
_OF_REVISION = frozenset(
    "agreement number customer provider effective_at term author reason services hours priorities hold_reasons"
    " measures targets updates survey reopening_window applies_to_open credits escalation standing continuous"
    " exclusions notifications".split()
)
_OF_TARGET = frozenset(
    "name measure goal scope hours pause_on boundary share_promised clause pauses_move_due due_while_paused"
    " on_change on_reopening share_periods credit backing".split()
)
_OF_MEASURE = frozenset("name start stop ends repeats".split())


def read_singly(agreement: ServiceAgreement) -> dict[tuple[int, str], tuple[str, ...]]:
    """Answer the targets whose clocks `read_clocks_table` reads item by item, each with what stands against columns.

    Returns:
        By number of the revision and name of the target; empty when every target is worked out for whole columns.
        Single items are read one by one besides: those paused while their target shows a due instant, those whose
        service or priority has lost its target, and those beyond what the closed dates cover.
    """
    found = {}
    for revision in agreement.revisions:
        for target in revision.targets:
            against = (
                *terms_obstacles(agreement),
                *measure_obstacles(revision, target.measure),
                *target_obstacles(target),
            )
            if against:
                found[revision.number, target.name] = against
    return found


def terms_obstacles(agreement: ServiceAgreement) -> tuple[str, ...]:
    """Answer what of an agreement as a whole columns do not mind."""
    found = []
    if any(revision.applies_to_open is not None for revision in agreement.revisions):
        found.append("an amendment applies to open work")
    if agreement.standstills:
        found.append("the agreement was suspended with its clocks")
    for revision in agreement.revisions:
        found += _unknown(revision, _OF_REVISION)
    return tuple(found)


def measure_obstacles(revision: AgreementRevision, name: str) -> tuple[str, ...]:
    """Answer what of a measure, and of the rules of its targets, columns do not mind."""
    measure = revision.measure(name)
    targets = [target for target in revision.targets if target.measure == name]
    found = []
    if measure.repeats:
        found.append("the measure has cycles")
    if measure.start != Signaled({"received"}):
        found.append("the measure does not start at the receipt")
    if not isinstance(measure.stop, Signaled):
        found.append("what stops the measure is no signal alone")
    elif "received" in measure.stop.signals:
        found.append("the receipt stops the measure")
    if measure.ends not in (Phase.DONE, Phase.CLOSED):
        found.append(f"the measure ends with the phase `{measure.ends.value}`")
    if any(target.on_change is not OnChange.RETROACTIVE for target in targets):
        found.append("a change of priority or service is not retroactive")
    if any(target.on_reopening is not OnReopening.RESUME for target in targets):
        found.append("a reopening does not resume the clock")
    return (*found, *_unknown(measure, _OF_MEASURE))


def target_obstacles(target: ServiceLevelTarget) -> tuple[str, ...]:
    """Answer what of a target columns do not mind."""
    goal = target.goal
    if isinstance(goal, Within):
        found = (f"the goal of {goal.duration.days} days passes the calendar",) if goal.duration > _LONGEST else ()
    else:
        found = (f"the goal is {goal}",)
    return (*found, *_unknown(target, _OF_TARGET))


def _unknown(value: AgreementRevision | ServiceLevelTarget | Measure, known: frozenset[str]) -> Iterator[str]:
    """Answer the rules that were added after this was written, and are in use."""
    for field in attrs.fields(type(value)):
        if field.init and field.name not in known and getattr(value, field.name) != _default(field):
            yield f"the rule `{field.name}`"


def _default(field: Any) -> Any:
    return field.default.factory() if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]
