"""Service agreements: an id, the revisions of its terms, which of them work follows, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from svcdelivery.agreement.exclusion import AuthorizedExclusion
from svcdelivery.agreement.followed import Followed, followed
from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.agreement.suspension import OpenClocks, StatusSince, Suspension, suspensions
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import keeping_tuples
from svcdelivery.timeline import Instant, to_instant, to_micros

__all__ = ["ServiceAgreement"]


@frozen(field_transformer=keeping_tuples)
class ServiceAgreement:
    """An agreement: its revisions in the order of their numbers, and what became of it as a whole.

    Attributes:
        statuses: The changes of its status on record, in order; none for terms that are on no record.
        exclusions: Time taken out for all work since it was agreed; each revision has others of its own.
        known_since: When each revision became known, in the order of revisions; empty for terms on no record.

    Raises:
        InvalidValueError: No revision, revisions of another agreement, numbers or effective instants that do not rise.
    """

    id: str
    revisions: tuple[AgreementRevision, ...]
    # The terms make the agreement; its own history decides what clocks show, and is no part of what was agreed.
    statuses: tuple[StatusSince, ...] = field(default=(), eq=False, repr=False)
    known_since: tuple[Instant, ...] = field(default=(), eq=False, repr=False)
    exclusions: tuple[AuthorizedExclusion, ...] = field(default=(), eq=False, repr=False)
    # Clocks ask the same few questions for every item; the answers follow from the rest.
    derived: dict[tuple[str, ...], Any] = field(factory=dict, init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.revisions:
            raise InvalidValueError(what="an agreement", value=self.id, problem="it has no revision")
        for index, revision in enumerate(self.revisions):
            if revision.agreement != self.id:
                raise InvalidValueError(
                    what=f"a revision of `{self.id}`", value=revision.label, path=f"revisions[{index}]"
                )
        for before, after in zip(self.revisions, self.revisions[1:], strict=False):
            if after.number <= before.number or after.effective_at < before.effective_at:
                raise InvalidValueError(
                    what="a later revision", value=after.label, problem=f"it must come after {before.label}"
                )

    @classmethod
    def of(cls, *revisions: AgreementRevision) -> ServiceAgreement:
        """Answer the agreement of the given revisions."""
        return cls(revisions[0].agreement if revisions else "", revisions)

    @property
    def customer(self) -> str:
        """The customer of the latest revision."""
        return self.revisions[-1].customer

    def effective(self, instant: datetime) -> AgreementRevision | None:
        """Answer the last revision effective by then, in its term or not; None before the first."""
        when = to_instant(instant)
        for revision in reversed(self.revisions):
            if revision.effective_at <= when:
                return revision
        return None

    def at(self, instant: datetime) -> AgreementRevision | None:
        """Answer the revision in force: the last effective by then; None before the first and outside its term."""
        effective = self.effective(instant)
        return effective if effective is not None and instant in effective.term else None

    def revision(self, number: int) -> AgreementRevision:
        """Answer the revision of that number.

        Raises:
            NotFoundError: There is none.
        """
        for revision in self.revisions:
            if revision.number == number:
                return revision
        raise NotFoundError(what=f"revision of agreement `{self.id}`", id=str(number))

    def followed_from(self, first: AgreementRevision) -> tuple[Followed, ...]:
        """Answer the terms that work received under a revision follows, one after another; mostly that one alone."""
        key = ("followed", str(first.number))
        known: tuple[Followed, ...] | None = self.derived.get(key)
        if known is None:
            later = [revision for revision in self.revisions if revision.number > first.number]
            known = self.derived[key] = followed(first, later)
        return known

    def followed_by(self, first: AgreementRevision, at: datetime) -> tuple[Followed, ...]:
        """Answer those of the terms that work received under a revision follows by an instant."""
        turns = self.followed_from(first)
        if len(turns) == 1:
            return turns
        upto = to_micros(at)
        return tuple(turn for turn in turns if turn.since is None or turn.since <= upto)

    def terms_for(self, *, received_at: datetime, at: datetime, pinned: int | None = None) -> AgreementRevision | None:
        """Answer the revision whose promises an item follows at an instant.

        Args:
            received_at: When the item came in.
            pinned: The number of the revision it came in under; without one, that in force at its receipt.

        Returns:
            None where no revision was in force at receipt.

        Raises:
            NotFoundError: There is no revision of the pinned number.
        """
        first = self.revision(pinned) if pinned is not None else self.at(received_at)
        return None if first is None else self.followed_by(first, at)[-1].revision

    @property
    def leaves_open_work_alone(self) -> bool:
        """Whether nothing in it ever bears on clocks that run: no suspension, and no revision for open work."""
        known: bool | None = self.derived.get(("leaves open work alone",))
        if known is None:
            amends = any(revision.applies_to_open is not None for revision in self.revisions)
            known = self.derived["leaves open work alone",] = not amends and not self.standstills
        return known

    @property
    def standstills(self) -> tuple[Suspension, ...]:
        """The suspensions that made open clocks stand still."""
        if not self.statuses:
            return ()
        found = suspensions(self.statuses)
        return tuple(suspension for suspension in found if suspension.open_clocks is OpenClocks.PAUSE)

    def known_at(self, instant: datetime) -> ServiceAgreement | None:
        """Answer the agreement as it was known at an instant: what was recorded later takes no part.

        Terms that are on no record are taken as known all along. None where nothing was known yet.
        """
        at = to_instant(instant)
        statuses = tuple(status for status in self.statuses if status.known_since <= at)
        known = sum(since <= at for since in self.known_since) if self.known_since else len(self.revisions)
        if not known:
            return None
        return evolve(
            self,
            revisions=self.revisions[:known],
            statuses=statuses,
            known_since=self.known_since[:known],
            exclusions=tuple(exclusion for exclusion in self.exclusions if exclusion.known_since <= at),
        )
