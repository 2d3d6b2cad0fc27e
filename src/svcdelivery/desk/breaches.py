"""The corrective action that a breach raises."""

from __future__ import annotations

from svcdelivery.clock import BreachNoticed
from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.improvement import CorrectiveActionRaised
from svcdelivery.timeline import Instant, format_instant

__all__ = ["raised_for"]


def raised_for(
    stream: str, breach: BreachNoticed, *, owner: str, by: Actor, now: Instant
) -> NewFact[CorrectiveActionRaised]:
    """Answer the fact that raises the corrective action of a breach."""
    body = CorrectiveActionRaised(
        trigger="breach",
        item=stream,
        target=breach.target,
        owner=owner,
        summary=f"{breach.measure} of {stream} was due {format_instant(breach.due_at)} and came later or not yet",
        breached_at=breach.due_at,
    )
    return NewFact(body=body, actor=by, occurred_at=now)
