"""Which terms a piece of work follows, one after another."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from svcdelivery.agreement.amendment import OnAmendment
from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.timeline import to_micros

__all__ = ["Followed", "followed"]


@frozen
class Followed:
    """Terms that one item follows from an instant on.

    Attributes:
        since: Epoch microseconds; None for the terms it came in under.
        rule: What their coming does to its open clocks.
    """

    revision: AgreementRevision
    since: int | None = None
    rule: OnAmendment = OnAmendment.CARRY


def followed(first: AgreementRevision, later: Sequence[AgreementRevision]) -> tuple[Followed, ...]:
    """Answer the terms that work received under the first revision follows, one after another.

    Of the later revisions those count that apply to open work. One that is to apply no earlier than a revision after
    it never does: it is overtaken.
    """
    turns: list[Followed] = []
    for revision in reversed(later):
        applies = revision.applies_to_open
        if applies is None:
            continue
        since = to_micros(applies.since or revision.effective_at)
        if not turns or since < (turns[-1].since or 0):
            turns.append(Followed(revision, since, applies.rule))
    return (Followed(first), *reversed(turns))
