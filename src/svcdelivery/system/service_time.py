"""When services were promised and when they were not there, by the record of the components that serve them.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from svcdelivery.agreement import AgreementRevision, ServiceAgreement, ServiceLevelTarget
from svcdelivery.errors import NotCoveredError
from svcdelivery.facts import Fact
from svcdelivery.quality import AgreedTime, Outage, ServiceTime, agreed_time
from svcdelivery.system.component import Component, ComponentChanged, ComponentRegistered, ComponentStatus
from svcdelivery.timeline import Instant, Interval, IntervalSet, to_micros
from svcdelivery.timeline.spans import Spans, normalize

__all__ = ["outages_of", "service_times"]

_UP = {ComponentStatus.RUNNING.value, ComponentStatus.DEGRADED.value}


def outages_of(facts: Iterable[Fact[Any]]) -> tuple[Outage, ...]:
    """Answer when one component was down, by its facts: from when it ran no more until it ran again.

    A degraded one runs. Before it first came up it was not down, but not there. That it was stopped on purpose makes it
    no less down: what the agreement leaves out is cut out of the agreed time.
    """
    found: list[Outage] = []
    came_up = is_up = False
    for fact in facts:
        if not isinstance(fact.body, ComponentChanged):
            continue
        was_up, is_up = is_up, fact.body.status in _UP
        if was_up and not is_up:
            name = f"{fact.stream.partition(':')[2]}/{len(found) + 1}"
            found.append(Outage(id=name, began_at=fact.occurred_at))
        elif is_up and not was_up and came_up:
            found[-1] = Outage(id=found[-1].id, began_at=found[-1].began_at, restored_at=fact.occurred_at)
        came_up = came_up or is_up
    return tuple(found)


def service_times(
    components: Mapping[str, Sequence[Fact[Any]]], agreements: Iterable[ServiceAgreement], window: Interval
) -> tuple[ServiceTime, ...]:
    """Answer each service that components serve, under each agreement that covers it, with its outages in the window.

    A service is down while any component it cannot be delivered without is. It is promised when any target for it
    counts, round the clock where none says otherwise, less the exclusions those targets leave out; before the first of
    its components came up nothing is known, and nothing counts; nor does a year whose closed dates are not known.

    Args:
        components: The facts of each, by id, in the order of record.
    """
    forms = {id: form for id, facts in components.items() if (form := _form(facts)) is not None}
    covering = tuple(agreements)
    found = []
    for service in sorted({service for form in forms.values() for service in form.services}):
        needed = _needed(service, forms)
        came_up = [at for at in (_came_up(components[id]) for id in needed) if at is not None]
        if not came_up or min(came_up) >= window.end:
            continue
        seen = Interval(max(window.start, min(came_up)), window.end)
        outages = tuple(
            outage for id in needed for outage in outages_of(components[id]) if outage.began_at < window.end
        )
        under = [one for one in covering if any(service in _services(revision) for revision in one.revisions)]
        if not under:
            found.append(ServiceTime(service=service, agreement="", agreed=agreed_time(seen), outages=outages))
        for one in under:
            agreed = _promised(one, service, seen)
            found.append(ServiceTime(service=service, agreement=one.id, agreed=agreed, outages=outages))
    return tuple(found)


def _form(facts: Iterable[Fact[Any]]) -> Component | None:
    registered = [fact.body.component for fact in facts if isinstance(fact.body, ComponentRegistered)]
    return registered[-1] if registered else None


def _needed(service: str, forms: Mapping[str, Component]) -> tuple[str, ...]:
    """Answer the components a service cannot be delivered without, and those these depend on."""
    found: set[str] = set()
    waiting = [form.id for form in forms.values() if service in form.services]
    while waiting:
        id = waiting.pop()
        if id in forms and id not in found:
            found.add(id)
            waiting += forms[id].depends_on
    return tuple(sorted(found))


def _came_up(facts: Iterable[Fact[Any]]) -> Instant | None:
    for fact in facts:
        if isinstance(fact.body, ComponentChanged) and fact.body.status in _UP:
            return fact.occurred_at
    return None


def _services(revision: AgreementRevision) -> set[str]:
    return {service.id for service in revision.services}


def _promised(agreement: ServiceAgreement, service: str, window: Interval) -> AgreedTime:
    """Answer the agreed service time, each stretch by the revision then in force."""
    spans: list[tuple[int, int]] = []
    excluded = timedelta(0)
    for revision, part in _in_force(agreement, window):
        if service not in _services(revision):
            continue
        targets = [t for t in revision.targets if not t.scope.services or service in t.scope.services]
        promised = _open(revision, targets, part)
        causes = {cause for target in targets for cause in target.excludes}
        cuts = [*revision.exclusions, *(one.exclusion for one in agreement.exclusions)]
        cut = IntervalSet(
            Interval(one.start, one.until)
            for one in cuts
            if one.cause in causes and one.speaks_of(service) and one.start < one.until
        )
        spans += (promised - cut).spans
        excluded += (promised & cut).duration
    return AgreedTime(window=window, spans=normalize(spans), excluded=excluded)


def _in_force(agreement: ServiceAgreement, window: Interval) -> Iterator[tuple[AgreementRevision, Interval]]:
    changes = [revision.effective_at for revision in agreement.revisions]
    changes += [at for revision in agreement.revisions for at in (revision.term.start, revision.term.until) if at]
    edges = sorted({window.start, window.end, *(at for at in changes if at in window)})
    for start, end in pairwise(edges):
        revision = agreement.at(start)
        if revision is not None:
            yield revision, Interval(start, end)


def _open(revision: AgreementRevision, targets: Iterable[ServiceLevelTarget], part: Interval) -> IntervalSet:
    hours = [None if target.hours is None else revision.service_hours(target.hours) for target in targets]
    if not hours or None in hours:
        return IntervalSet([part])
    spans: Spans = ()
    for one in hours:
        try:
            spans = (*spans, *(() if one is None else one.spans(to_micros(part.start), to_micros(part.end))))
        except NotCoveredError:
            # What nobody knows to be promised is not counted as promised, as for clocks.
            return IntervalSet()
    return IntervalSet.from_spans(normalize(spans))
