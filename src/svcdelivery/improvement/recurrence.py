"""What came about again after an action was found to help."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from svcdelivery.improvement.lifecycle import ActionStatus
from svcdelivery.improvement.record import CorrectiveAction

__all__ = ["Recurrence", "recurrences"]


@frozen
class Recurrence:
    """What an action was to prevent came about again after it was found to help.

    Attributes:
        action: The action that did not.
        again: Those raised for the same since, in their order.
    """

    action: CorrectiveAction
    again: tuple[CorrectiveAction, ...]


def recurrences(actions: Iterable[CorrectiveAction]) -> tuple[Recurrence, ...]:
    """Answer which actions found effective were followed by others for the same target and trigger, over the whole log.

    An action tells again of its own breach when it is reopened; only other actions raised after the verification count.
    """
    ordered = sorted(actions, key=lambda action: (action.raised_at, action.id))
    found = []
    for action in ordered:
        if action.status is not ActionStatus.EFFECTIVE or action.verified_at is None:
            continue
        again = tuple(
            other
            for other in ordered
            if (other.target, other.trigger) == (action.target, action.trigger)
            and other.id != action.id
            and other.raised_at > action.verified_at
        )
        if again:
            found.append(Recurrence(action, again))
    return tuple(found)
