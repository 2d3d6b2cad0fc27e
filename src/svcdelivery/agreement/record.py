"""The agreement as its facts tell it: revisions registered, and each change of its status."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from svcdelivery.agreement.lifecycle import AgreementStatus
from svcdelivery.agreement.revision import AgreementRevision, ServiceAgreement
from svcdelivery.facts import Fact, fact_type
from svcdelivery.timeline import Instant, to_instant

__all__ = ["AgreementRecord", "AgreementStatusChanged", "RevisionRegistered", "agreement_stream", "fold_agreement"]


def agreement_stream(id: str) -> str:
    """Answer the name of the stream that holds an agreement's facts."""
    return f"agreement:{id}"


@fact_type("agreement.revision_registered/1")
@frozen
class RevisionRegistered:
    """Terms were put on record; the digest tells whether a document says the same again."""

    revision: AgreementRevision
    digest: str


@fact_type("agreement.status_changed/1")
@frozen
class AgreementStatusChanged:
    """The agreement as a whole moved on.

    Attributes:
        action: The move of the lifecycle.
        ground: Why.
    """

    action: str
    status: AgreementStatus
    ground: str = ""


@frozen
class _StatusSince:
    status: AgreementStatus
    since: Instant


@frozen(kw_only=True)
class AgreementRecord:
    """An agreement on record: its revisions and the history of its status."""

    id: str
    version: int
    agreement: ServiceAgreement
    statuses: tuple[_StatusSince, ...]

    @property
    def status(self) -> AgreementStatus:
        """The latest status on record."""
        return self.statuses[-1].status

    def status_at(self, instant: datetime) -> AgreementStatus | None:
        """Answer the status at an instant, None before the first; an agreed one past its term has expired."""
        at = to_instant(instant)
        for entry in reversed(self.statuses):
            if entry.since <= at:
                break
        else:
            return None
        held = entry.status
        if held is AgreementStatus.AGREED or held is AgreementStatus.SUSPENDED:
            until = self.agreement.revisions[-1].term.until
            return AgreementStatus.EXPIRED if until is not None and at >= until else held
        return held

    def in_force(self, instant: datetime) -> AgreementRevision | None:
        """Answer the revision in force, None unless the agreement is agreed at that instant."""
        return self.agreement.at(instant) if self.status_at(instant) is AgreementStatus.AGREED else None


def fold_agreement(facts: Iterable[Fact[Any]]) -> AgreementRecord | None:
    """Answer the record the facts of an agreement's stream tell, None for no facts."""
    record: AgreementRecord | None = None
    for fact in facts:
        match fact.body:
            case RevisionRegistered(revision) if record is None:
                record = AgreementRecord(
                    id=revision.agreement,
                    version=fact.version,
                    agreement=ServiceAgreement.of(revision),
                    statuses=(_StatusSince(AgreementStatus.DRAFT, fact.occurred_at),),
                )
            case RevisionRegistered(revision) if record is not None:
                grown = ServiceAgreement.of(*record.agreement.revisions, revision)
                record = evolve(record, version=fact.version, agreement=grown)
            case AgreementStatusChanged(status=status) if record is not None:
                since = _StatusSince(status, fact.occurred_at)
                record = evolve(record, version=fact.version, statuses=(*record.statuses, since))
    return record
