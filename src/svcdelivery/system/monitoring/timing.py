"""Reading the timeline of one request or incident out of its facts, with what probes measured meanwhile.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.clock import holders
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Fact, type_of
from svcdelivery.lifecycle import Phase
from svcdelivery.system.monitoring.detectors import Alert
from svcdelivery.system.monitoring.request_timeline import (
    ProbeSummary,
    RequestTimeline,
    TimelineEvent,
    TimelineSpan,
    TimeUse,
)
from svcdelivery.system.monitoring.samples import Sample, Samples
from svcdelivery.timeline import Instant, to_instant, to_zone
from svcdelivery.work import Step, Trace, WorkKind, trace_of

__all__ = ["timeline_of"]


def timeline_of(
    facts: Iterable[Fact[Any]],
    now: datetime,
    *,
    agreement: ServiceAgreement | None = None,
    samples: Samples | None = None,
    probes: Iterable[str] | None = None,
    alerts: Iterable[Alert] = (),
    zone: str = "UTC",
) -> RequestTimeline:
    """Answer where the time of one item went by an instant; what happened later is left aside.

    Args:
        facts: All of one item, in any order.
        agreement: Says which hold reasons mean which supplier; without it suppliers have no name.
        samples: What was measured; each sample within the item's time stands at exactly one span.
        probes: Those of the samples that tell of this item; all of them by default.
        alerts: What detectors found; each stands at every span it lasted in.
        zone: The zone the text form shows times in.

    Raises:
        InvalidValueError: The facts tell of no item by then.

    Source:
        CMMI-SVC 1.3 SD SP 3.2 subpractice 6
    """
    at = to_instant(now)
    trace = trace_of(fact for fact in facts if fact.occurred_at <= at)
    if trace is None or trace.steps[0].at > at:
        raise InvalidValueError(what="the facts of an item", value="none", path="facts", hint="received by the instant")
    steps = trace.steps
    ended = steps[-1].phase in (Phase.CLOSED, Phase.CANCELLED)
    until = _last_move(steps).at if ended else max(at, steps[-1].at)
    to_zone(zone)
    return RequestTimeline(
        item=trace.facts[0].stream,
        opened_at=steps[0].at,
        until=until,
        is_open=not ended,
        spans=tuple(_attached(_spans(trace, until, agreement), samples, probes, tuple(alerts))),
        events=tuple(TimelineEvent(s.at, type_of(s.fact.body), str(s.fact.actor)) for s in steps if s.at <= until),
        zone=zone,
    )


def _last_move(steps: Sequence[Step]) -> Step:
    """Answer the step that brought the item to where it stands at the end."""
    found = steps[-1]
    for step in reversed(steps):
        if step.status != found.status:
            break
        found = step
    return found


def _spans(trace: Trace, until: Instant, agreement: ServiceAgreement | None) -> Iterator[TimelineSpan]:
    record, working = trace.record, _working(trace.kind)
    terms = None
    if agreement is not None:
        at = record.closed_at or until
        terms = agreement.terms_for(received_at=record.received_at, at=at, pinned=record.revision)
    holder = holders(terms, customer=record.customer)
    turns = [step for step in _turns(trace.steps) if step.at < until]
    for turn, end in zip(turns, [*(turn.at for turn in turns), until][1:], strict=True):
        stands = turn.stands
        yield TimelineSpan(
            start=turn.at,
            end=end,
            use=TimeUse.WORK if stands.status == working else _USES[stands.phase],
            status=stands.status,
            cause=(stands.hold_reason if stands.phase is Phase.HELD else None) or stands.status.replace("_", " "),
            team=stands.team or "",
            assignee=stands.assignee or "",
            holder=holder(stands),
            actor=str(turn.fact.actor),
        )


def _turns(steps: Sequence[Step]) -> list[Step]:
    """Answer the steps from which the item stood another way; of what happened at one instant the last counts."""
    turns: list[Step] = []
    for step in steps:
        if turns and turns[-1].at == step.at and not _same(turns[-1], step):
            turns.pop()
        if not turns or not _same(turns[-1], step):
            turns.append(step)
    return turns


def _same(one: Step, other: Step) -> bool:
    """Answer whether a span goes on: priority and service are nothing that time goes into."""
    a, b = one.stands, other.stands
    return a is b or (a.status, a.hold_reason, a.team, a.assignee) == (b.status, b.hold_reason, b.team, b.assignee)


def _working(kind: WorkKind) -> str:
    """Answer the status in which work is in progress; accepted or assigned, it is only taken on."""
    begun = kind.table.result("start")
    return "" if begun is None else str(begun.value)


_USES: Mapping[Phase, TimeUse] = {
    Phase.NEW: TimeUse.QUEUE,
    Phase.ACTIVE: TimeUse.QUEUE,
    Phase.HELD: TimeUse.WAIT,
    Phase.DONE: TimeUse.DELIVERED,
    Phase.CLOSED: TimeUse.CLOSED,
    Phase.CANCELLED: TimeUse.CLOSED,
}


def _attached(
    spans: Iterable[TimelineSpan], samples: Samples | None, probes: Iterable[str] | None, alerts: Sequence[Alert]
) -> Iterator[TimelineSpan]:
    known = samples or Samples()
    asked = known.probes if probes is None else tuple(probes)
    for span in spans:
        measured = tuple(_summary(probe, known.series(probe).between(span.start, span.end)) for probe in asked)
        meanwhile = tuple(a.key for a in alerts if a.began_at < span.end and (a.ended_at or span.end) > span.start)
        yield evolve(span, probes=measured, alerts=meanwhile)


def _summary(probe: str, samples: Sequence[Sample]) -> ProbeSummary:
    if not samples:
        return ProbeSummary(probe, 0)
    values = [sample.value for sample in samples]
    return ProbeSummary(probe, len(values), min(values), max(values), values[-1])
