"""The agreement as its facts tell it: revisions registered, and each change of its status."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement.exclusion import AuthorizedExclusion, ExclusionAuthorized
from svcdelivery.agreement.lifecycle import AgreementStatus
from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.agreement.service_agreement import ServiceAgreement
from svcdelivery.agreement.suspension import OpenClocks, StatusSince
from svcdelivery.facts import LEFT_OUT, Fact, fact_type
from svcdelivery.timeline import Instant, from_micros, to_instant, to_micros

__all__ = ["AgreementRecord", "AgreementStatusChanged", "RevisionRegistered", "agreement_stream", "fold_agreement"]


_SERVICES_KEPT_MOST = 4096


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
        open_clocks: For a suspension, what open clocks do meanwhile.
    """

    action: str
    status: AgreementStatus
    ground: str = ""
    open_clocks: OpenClocks = field(default=OpenClocks.RUN, metadata=LEFT_OUT)


_Standing = tuple[AgreementRevision | None, AgreementRevision | None]
_Spans = tuple[list[Instant], list[_Standing]]
_Delivered = tuple[Instant, Instant, int]
_EVER = from_micros(to_micros(datetime.max.replace(tzinfo=UTC)))


@frozen(kw_only=True)
class AgreementRecord:
    """An agreement on record: its revisions and the history of its status.

    Attributes:
        deliverable: When a service may be delivered, and under which revision: in force, named, and approved. Spans in
            order, each until just before its end, worked out when they are first asked for.
    """

    id: str
    version: int
    agreement: ServiceAgreement
    _spans: list[_Spans] = field(factory=list, init=False, eq=False, repr=False)
    deliverable: Mapping[str, tuple[_Delivered, ...]] = field(init=False, eq=False, repr=False)

    @property
    def statuses(self) -> tuple[StatusSince, ...]:
        """The changes of its status, in order."""
        return self.agreement.statuses

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

    def standing(self, at: Instant) -> _Standing:
        """Answer the revision in force, and the last one effective by then whether in force or not.

        Decisions ask this every time, so the answers are worked out once, for each span between two edges.
        """
        if not self._spans:
            self._spans.append(self._stood())
        edges, answers = self._spans[0]
        return answers[bisect_right(edges, at)]

    @deliverable.default
    def _deliverable(self) -> Mapping[str, tuple[_Delivered, ...]]:
        return _ByService(self)

    def spans_of(self, service: str) -> Iterator[_Delivered]:
        """Answer the spans of `deliverable` for one service."""
        edges, answers = self._stood()
        for start, end, (revision, _) in zip(edges, [*edges[1:], _EVER], answers[1:], strict=True):
            covered = None if revision is None else revision.service(service)
            if revision is None or covered is None or covered.approved is None:
                continue
            until = covered.approved.until
            since, until = max(start, covered.approved.start), end if until is None else min(end, until)
            if since < until:
                yield since, until, revision.number

    def _stood(self) -> _Spans:
        revisions = self.agreement.revisions
        edges = {status.since for status in self.statuses} | {revision.effective_at for revision in revisions}
        edges |= {edge for r in revisions for edge in (r.term.start, r.term.until) if edge is not None}
        ordered = sorted(edges)
        return ordered, [(None, None), *((self.in_force(edge), self.agreement.effective(edge)) for edge in ordered)]


class _ByService(dict[str, tuple[_Delivered, ...]]):
    """Decisions ask for a service every time: a look-up, and no call, once its spans are known."""

    def __init__(self, record: AgreementRecord) -> None:
        super().__init__()
        self._record = record

    def __missing__(self, service: str) -> tuple[_Delivered, ...]:
        found = tuple(self._record.spans_of(service))
        if len(self) >= _SERVICES_KEPT_MOST:
            self.clear()
        self[service] = found
        return found


def fold_agreement(facts: Iterable[Fact[Any]]) -> AgreementRecord | None:
    """Answer the record the facts of an agreement's stream tell, None for no facts."""
    revisions: list[AgreementRevision] = []
    known_since: list[Instant] = []
    statuses: list[StatusSince] = []
    exclusions: list[AuthorizedExclusion] = []
    version = 0
    for fact in facts:
        body = fact.body
        if isinstance(body, RevisionRegistered):
            if not revisions:
                statuses.append(_since(fact, AgreementStatusChanged("draft", AgreementStatus.DRAFT)))
            revisions.append(body.revision)
            known_since.append(fact.recorded_at)
        elif isinstance(body, AgreementStatusChanged):
            statuses.append(_since(fact, body))
        elif isinstance(body, ExclusionAuthorized):
            exclusions.append(_authorized(fact))
        version = fact.version
    if not revisions:
        return None
    agreement = ServiceAgreement(
        revisions[0].agreement,
        tuple(revisions),
        statuses=tuple(statuses),
        known_since=tuple(known_since),
        exclusions=tuple(exclusions),
    )
    return AgreementRecord(id=agreement.id, version=version, agreement=agreement)


def _authorized(fact: Fact[Any]) -> AuthorizedExclusion:
    return AuthorizedExclusion(
        exclusion=fact.body.exclusion,
        since=fact.occurred_at,
        known_since=fact.recorded_at,
        actor=str(fact.actor),
    )


def _since(fact: Fact[Any], change: AgreementStatusChanged) -> StatusSince:
    return StatusSince(
        status=change.status,
        since=fact.occurred_at,
        known_since=fact.recorded_at,
        open_clocks=change.open_clocks,
        ground=change.ground,
        actor=str(fact.actor),
    )
