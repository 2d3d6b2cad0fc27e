"""What becomes of an agreement as a whole, and what its suspension means for open work."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from attrs import evolve, field, frozen

from svcdelivery.agreement.lifecycle import AgreementStatus
from svcdelivery.timeline import Instant, to_instant

__all__ = ["OpenClocks", "StatusSince", "Suspension", "suspensions"]


class OpenClocks(Enum):
    """What open clocks do while an agreement is suspended: run on, or stand still until it is reinstated."""

    RUN = "run"
    PAUSE = "pause"


@frozen(kw_only=True)
class StatusSince:
    """A change of an agreement's status.

    Attributes:
        since: When it took effect.
        known_since: When it was recorded.
        open_clocks: For a suspension, what open clocks do meanwhile.
        ground: Why.
        actor: Whose doing it was.
    """

    status: AgreementStatus
    since: Instant = field(converter=to_instant)
    known_since: Instant = field(converter=to_instant)
    open_clocks: OpenClocks = OpenClocks.RUN
    ground: str = ""
    actor: str = ""


@frozen(kw_only=True)
class Suspension:
    """A time in which an agreement was suspended: from an instant until just before another, None while it lasts."""

    start: Instant
    until: Instant | None
    open_clocks: OpenClocks
    ground: str = ""
    actor: str = ""


def suspensions(statuses: Iterable[StatusSince]) -> tuple[Suspension, ...]:
    """Answer the suspensions that the changes of status tell, in order.

    One ends when the agreement is reinstated. An agreement that expires or is terminated while it is suspended is never
    reinstated: what stood still then stays so.
    """
    found: list[Suspension] = []
    for change in statuses:
        if change.status is AgreementStatus.SUSPENDED:
            found.append(
                Suspension(
                    start=change.since,
                    until=None,
                    open_clocks=change.open_clocks,
                    ground=change.ground,
                    actor=change.actor,
                )
            )
        elif change.status is AgreementStatus.AGREED and found and found[-1].until is None:
            found[-1] = evolve(found[-1], until=change.since)
    return tuple(found)
