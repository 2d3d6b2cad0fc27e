"""Status communication: when each audience must next be told the status, until the work is closed.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 8
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.agreement import REQUESTER, AgreementRevision, UpdateDuty
from svcdelivery.errors import NotCoveredError
from svcdelivery.facts import LEFT_OUT, Fact, fact_type
from svcdelivery.identity import identifier, names
from svcdelivery.lifecycle import Phase
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import MajorIncidentDeclared, MajorIncidentStoodDown, Step, trace_of

__all__ = [
    "SUBSCRIPTIONS_STREAM",
    "Obligation",
    "StatusTold",
    "StatusUpdateDue",
    "StatusUpdateMissed",
    "StatusUpdatesEnded",
    "Subscribed",
    "SubscriptionEnded",
    "SubscriptionMade",
    "Subscription",
    "fold_subscriptions",
    "latest_obligation",
    "next_update_due",
    "obligations",
    "subscribers_of",
]

_OVER = (Phase.CLOSED, Phase.CANCELLED)


@fact_type("communication.status_told/1")
@frozen(kw_only=True)
class StatusTold:
    """An audience was told the status, other than by a message to the requester.

    Attributes:
        next_by: When it was promised to hear again; None for as agreed.
    """

    signals: ClassVar[tuple[str, ...]] = ("status_told",)

    audience: str = field(converter=identifier)
    text: str = ""
    next_by: Instant | None = field(default=None, converter=optional(to_instant))


@fact_type("communication.update_due/1")
@frozen
class StatusUpdateDue:
    """An audience must be told the status by this instant."""

    due_at: Instant
    audience: str = field(default=REQUESTER, metadata=LEFT_OUT)


@fact_type("communication.update_missed/1")
@frozen
class StatusUpdateMissed:
    """An update was due and did not come; the owner is told, the audience gets no empty message."""

    due_at: Instant
    audience: str = field(default=REQUESTER, metadata=LEFT_OUT)


@fact_type("communication.updates_ended/1")
@frozen
class StatusUpdatesEnded:
    """Nothing more is owed, to no audience: the work is closed, cancelled or rejected."""


@frozen
class Obligation:
    """Who must be told by when, under which duty."""

    audience: str
    due_at: Instant
    duty: UpdateDuty


def next_update_due(
    revision: AgreementRevision, facts: Sequence[Fact[Any]], *, audience: str = REQUESTER
) -> Instant | None:
    """Answer when an audience is next to be told the status, None when it is owed nothing.

    The time runs from the receipt or, if later, from when it was last told: the requester by a message of staff, others
    by what is put out for them. An earlier time promised to them then counts instead. It is owed on while the work is
    done but not closed. An update that comes late counts from when it came. After one that was missed the next is owed
    when it would have been, the first such instant after the miss was noticed. Beyond the dates that the duty's hours
    cover, it is counted round the clock.

    While a major incident is declared under a communication plan, the plan's duties come before the usual ones; their
    time runs from the declaration, and what was told or missed before it counts no more.
    """
    found = next((each for each in _owed(revision, facts, (audience,))), None)
    return None if found is None else found.due_at


def obligations(revision: AgreementRevision, facts: Sequence[Fact[Any]]) -> tuple[Obligation, ...]:
    """Answer what each audience is owed next, the earliest first; see `next_update_due`."""
    audiences = dict.fromkeys(duty.audience for duty in revision.updates)
    return tuple(sorted(_owed(revision, facts, audiences), key=lambda each: (each.due_at, each.audience)))


def _owed(revision: AgreementRevision, facts: Sequence[Fact[Any]], audiences: Iterable[str]) -> Iterable[Obligation]:
    trace = trace_of(facts)
    if trace is None or trace.steps[-1].phase in _OVER:
        return
    last = trace.steps[-1]
    declared = _declared(trace.steps)
    plan = "" if declared is None else trace.steps[declared].fact.body.plan
    for audience in audiences:
        duty = revision.update_duty(
            kind=trace.kind.name, service=last.service, priority=last.priority, audience=audience, plan=plan
        )
        if duty is not None:
            steps = trace.steps if declared is None or duty.plan is None else trace.steps[declared:]
            yield Obligation(audience, _next(revision.service_hours(duty.hours), duty, steps), duty)


def _declared(steps: Sequence[Step]) -> int | None:
    """Answer where among the steps the major incident was declared that is not stood down; None where there is none."""
    for index in range(len(steps) - 1, -1, -1):
        body = steps[index].fact.body
        if isinstance(body, MajorIncidentStoodDown):
            return None
        if isinstance(body, MajorIncidentDeclared):
            return index
    return None


def _next(hours: ServiceHours | None, duty: UpdateDuty, steps: Sequence[Step]) -> Instant:
    told = next((step for step in reversed(steps) if _tells(step, duty.audience)), None)
    if told is None:
        since, wait, promised = steps[0].at, duty.first or duty.every, None
    else:
        since, wait, promised = told.at, duty.every, getattr(told.fact.body, "next_by", None)
    due = _after(hours, since, wait)
    due = due if promised is None else min(due, promised)
    missed = [
        step.fact
        for step in steps
        if isinstance(step.fact.body, StatusUpdateMissed)
        and step.fact.body.audience == duty.audience
        and (told is None or step.fact.position > told.fact.position)
    ]
    if not missed:
        return due
    last = missed[-1]
    passed = _between(hours, last.body.due_at, last.occurred_at) // duty.every
    return _after(hours, last.body.due_at, duty.every * (passed + 1))


def _tells(step: Step, audience: str) -> bool:
    if audience == REQUESTER and "staff_message" in step.signals:
        return True
    return isinstance(step.fact.body, StatusTold) and step.fact.body.audience == audience


def _after(hours: ServiceHours | None, since: Instant, wait: timedelta) -> Instant:
    if hours is not None:
        try:
            return hours.add(since, wait)
        except NotCoveredError:
            # Clocks tell that the closed dates have run out; an audience is told rather early than never.
            pass
    return to_instant(datetime.__add__(since, wait))


def _between(hours: ServiceHours | None, start: Instant, end: Instant) -> timedelta:
    if hours is not None:
        try:
            return hours.elapsed(start, end)
        except NotCoveredError:
            pass
    return max(timedelta(0), datetime.__sub__(end, start))


def latest_obligation(facts: Sequence[Fact[Any]], *, audience: str = REQUESTER) -> StatusUpdateDue | None:
    """Answer the obligation towards an audience that stands, None when it was missed, ended or never arose."""
    for fact in reversed(facts):
        body = fact.body
        if isinstance(body, StatusUpdatesEnded):
            return None
        if isinstance(body, StatusUpdateDue | StatusUpdateMissed) and body.audience == audience:
            return body if isinstance(body, StatusUpdateDue) else None
    return None


@frozen(kw_only=True)
class Subscription:
    """Somebody hears what an audience is told.

    Attributes:
        services: About which services; all, for none named.
    """

    person: str = field(converter=identifier)
    audience: str = field(converter=identifier)
    services: frozenset[str] = field(default=frozenset(), converter=names)


SUBSCRIPTIONS_STREAM = "subscriptions"
"""Where all subscriptions of a tenant stand."""


@fact_type("communication.subscribed/1")
@frozen
class SubscriptionMade:
    """Somebody wants to hear what an audience is told; it takes the place of what they had for that audience."""

    subscription: Subscription


@fact_type("communication.unsubscribed/1")
@frozen(kw_only=True)
class SubscriptionEnded:
    """Somebody wants to hear no more of what an audience is told."""

    person: str = field(converter=identifier)
    audience: str = field(converter=identifier)


@frozen
class Subscribed:
    """All subscriptions that stand, in the order they were made."""

    subscriptions: tuple[Subscription, ...] = ()
    version: int = 0


def fold_subscriptions(facts: Iterable[Fact[Any]], known: Subscribed = Subscribed()) -> Subscribed:
    """Answer the subscriptions that facts tell, on top of what is known."""
    standing, version = {(each.person, each.audience): each for each in known.subscriptions}, known.version
    for fact in facts:
        match fact.body:
            case SubscriptionMade(subscription=made):
                standing[made.person, made.audience] = made
            case SubscriptionEnded(person=person, audience=audience):
                standing.pop((person, audience), None)
            case _:  # nothing else stands there
                pass
        version = fact.version
    return Subscribed(tuple(standing.values()), version)


def subscribers_of(
    subscriptions: Iterable[Subscription], *, audience: str, service: str, but_for: str = ""
) -> tuple[str, ...]:
    """Answer who hears it when an audience is told about a service, each once, in the order they subscribed.

    Args:
        subscriptions: All there are.
        audience: Who is told.
        service: What it is about.
        but_for: Who said it, and needs no telling.
    """
    found = (
        each.person
        for each in subscriptions
        if each.audience == audience and (not each.services or service in each.services)
    )
    return tuple(dict.fromkeys(person for person in found if person != but_for))
