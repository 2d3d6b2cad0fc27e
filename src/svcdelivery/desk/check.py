"""What is hardly meant in an agreement: the findings of every room that reads one, joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.agreement.lint import lint
from svcdelivery.errors import Problem

__all__ = ["check"]

Room = Callable[[ServiceAgreement, date | None], Iterable[Problem]]


def _agreement(agreement: ServiceAgreement, at: date | None) -> Iterable[Problem]:
    return lint(agreement, today=at)


_ROOMS: tuple[Room, ...] = (_agreement,)
"""Each room judges what is its own; here they are only put together."""


def check(agreement: ServiceAgreement, *, at: date | None = None) -> tuple[Problem, ...]:
    """Answer what is worth a second look in an agreement that is valid, once each, in the order of the rooms.

    Paths are those of the agreement document; with several revisions they start with `revisions[0]`, `revisions[1]`.

    Args:
        agreement: Every revision is looked at.
        at: With a day, what runs out within 90 days of it is told as well.

    Source:
        CMMI-SVC 1.3 SD SP 3.2
    """
    return tuple(dict.fromkeys(problem for room in _ROOMS for problem in room(agreement, at)))
