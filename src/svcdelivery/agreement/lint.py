"""Second looks at an agreement that is valid: promises that reach nobody, never apply or cannot be kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from attrs import evolve

from svcdelivery.agreement.backing_lint import lint_backing
from svcdelivery.agreement.condition import PartIs
from svcdelivery.agreement.credit_lint import lint_credits
from svcdelivery.agreement.escalation_lint import lint_escalations
from svcdelivery.agreement.exclusion import STANDARD_CAUSES
from svcdelivery.agreement.goal import (
    ByEndOfWorkingDay,
    ByTimeOfWorkingDay,
    TimeKind,
    Within,
    WithinCalendarDays,
    WithinWorkingDays,
    reads_wall_clock,
    time_kind,
)
from svcdelivery.agreement.measure_lint import lint_measure
from svcdelivery.agreement.notification import NotificationDuty
from svcdelivery.agreement.revision import STANDARD_HOLD_REASONS, AgreementRevision
from svcdelivery.agreement.service_agreement import ServiceAgreement
from svcdelivery.agreement.target import Scope, ServiceLevelTarget
from svcdelivery.agreement.warning import warning
from svcdelivery.documents import Code
from svcdelivery.errors import NotCoveredError, Problem
from svcdelivery.service_hours import Hours, ServiceHours, local_date
from svcdelivery.timeline import format_duration, from_micros, to_micros

__all__ = ["NOTICE", "lint"]

NOTICE = timedelta(days=90)
"""How long before closed dates run out a warning comes, where a day is given to judge from."""

_KINDS = ("request", "incident")


def lint(agreement: ServiceAgreement, *, today: date | None = None) -> tuple[Problem, ...]:
    """Answer warnings about an agreement that is valid and hardly meant as it stands.

    Paths are those of the agreement document; with several revisions they start with `revisions[0]`, `revisions[1]`.

    Args:
        agreement: Every revision is looked at.
        today: With a day, closed dates that run out within 90 days of it are told as well.
    """
    found: list[Problem] = []
    for index, revision in enumerate(agreement.revisions):
        prefix = f"revisions[{index}]." if len(agreement.revisions) > 1 else ""
        found += [evolve(problem, path=prefix + problem.path) for problem in _of_revision(revision, today)]
    return tuple(found)


def _of_revision(revision: AgreementRevision, today: date | None) -> Iterator[Problem]:
    yield from _in_force(revision)
    yield from _hours(revision, today)
    yield from _priorities(revision)
    yield from _hold_reasons(revision)
    yield from _services(revision)
    for measure in revision.measures:
        yield from lint_measure(measure)
    for target in revision.targets:
        yield from _target(revision, target)
    yield from _exclusions(revision)
    yield from lint_backing(revision)
    yield from lint_credits(revision)
    yield from lint_escalations(revision)
    yield from _notifications(revision)


def _in_force(revision: AgreementRevision) -> Iterator[Problem]:
    until = revision.term.until
    if until is not None and revision.effective_at >= until:
        hint = "let it take effect earlier, or run longer"
        yield warning(Code.NEVER_IN_FORCE, ("agreement", "effective"), "the term has ended by then", hint)


def _services(revision: AgreementRevision) -> Iterator[Problem]:
    for service in revision.services:
        at = ("services", service.id)
        if service.approved is None:
            hint = "give `approved`, or leave the service out"
            yield warning(Code.NEVER_APPROVED, at, f"the service `{service.id}` is never approved", hint)
            continue
        if not service.entitled:
            hint = "give `entitled`, such as [everybody]"
            yield warning(Code.NOBODY_ENTITLED, at, f"nobody may ask for the service `{service.id}`", hint)
        if not service.delivered_by:
            hint = 'give `delivered_by`, such as ["role:agent"]'
            yield warning(Code.NOBODY_DELIVERS, at, f"nobody may deliver the service `{service.id}`", hint)


# -- targets -----------------------------------------------------------------------------------------------------------


def _target(revision: AgreementRevision, target: ServiceLevelTarget) -> Iterator[Problem]:
    at = ("targets", target.name)
    approved = {service.id for service in revision.services if service.approved is not None}
    if target.scope.services and not target.scope.services & approved:
        hint = "approve the service, or leave the target out"
        yield warning(Code.UNAPPROVED_TARGET, (*at, "service"), "none of its services is approved", hint)
    elif not _is_ever_chosen(revision, target):
        hint = "narrow the others, or leave this one out"
        yield warning(
            Code.SHADOWED_TARGET, at, f"for all its work other targets of `{target.measure}` are chosen", hint
        )
    message = _past_term(revision, target)
    if message:
        hint = "shorten the goal, or let the term run longer"
        yield warning(Code.GOAL_PAST_TERM, (*at, _goal_key(target.goal)), message, hint)


def _past_term(revision: AgreementRevision, target: ServiceLevelTarget) -> str:
    """Answer how a goal is longer than the term, nothing where it is not or that cannot be known."""
    goal, until = target.goal, revision.term.until
    longest = _time_in_term(revision, target)
    if longest is not None and isinstance(goal, Within) and goal.duration > longest:
        return f"the term has only {format_duration(longest)} of the time that counts"
    hours = revision.service_hours(target.hours)
    if until is None or hours is None or not reads_wall_clock(goal):
        return ""
    try:
        due = _due_from(hours, goal, to_micros(revision.term.start))
    except NotCoveredError:
        return ""
    return "received on the first day it is due after the term has ended" if due > to_micros(until) else ""


def _due_from(hours: ServiceHours, goal: object, start: int) -> int:
    if isinstance(goal, WithinWorkingDays | ByEndOfWorkingDay):
        return hours.add_working_days_micros(start, goal.days, end_of_day=isinstance(goal, ByEndOfWorkingDay))
    if isinstance(goal, ByTimeOfWorkingDay):
        return hours.add_working_days_micros(start, goal.days)
    assert isinstance(goal, WithinCalendarDays), "no other goal reads the wall clock"
    return start + goal.days * 86_400_000_000


def _goal_key(goal: object) -> str:
    return "within" if isinstance(goal, Within) else re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(goal).__name__).lower()


def _is_ever_chosen(revision: AgreementRevision, target: ServiceLevelTarget) -> bool:
    """Answer whether some work exists for which this target is the one of its measure."""
    rivals = [t for t in revision.targets if t.measure == target.measure]
    before = rivals[: rivals.index(target)]
    stronger = [
        rival.scope
        for rival in rivals
        if rival.scope.specificity > target.scope.specificity
        or (rival in before and rival.scope.specificity == target.scope.specificity)
    ]
    if not stronger:
        return True
    return any(not any(_matches(scope, work) for scope in stronger) for work in _works(revision, target.scope))


def _works(revision: AgreementRevision, scope: Scope) -> Iterator[tuple[str, str, str | None]]:
    for kind in sorted(scope.kinds) or _KINDS:
        for service in sorted(scope.services) or [service.id for service in revision.services]:
            for priority in sorted(scope.priorities) or (*revision.priorities.ranked, None):
                yield kind, service, priority


def _matches(scope: Scope, work: tuple[str, str, str | None]) -> bool:
    kind, service, priority = work
    return scope.matches(kind=kind, service=service, priority=priority)


def _time_in_term(revision: AgreementRevision, target: ServiceLevelTarget) -> timedelta | None:
    start, until = revision.term.start, revision.term.until
    if until is None:
        return None
    hours: Hours | None = revision.service_hours(target.hours) if time_kind(target.goal) is TimeKind.SERVICE else None
    if hours is None:
        return datetime.__sub__(until, start)
    low, high = hours.limits()
    # Beyond the covered years nothing is known; what lies within is judged, and the rest has a warning of its own.
    known = max(low, to_micros(start)), min(high, to_micros(until))
    if known != (to_micros(start), to_micros(until)):
        return None
    return hours.elapsed(start, until)


# -- names that do nothing ---------------------------------------------------------------------------------------------


def _hold_reasons(revision: AgreementRevision) -> Iterator[Problem]:
    if revision.hold_reasons == STANDARD_HOLD_REASONS:
        # Nobody chose these: they come with every agreement, and an agreement may do without pauses.
        return
    pausing = {reason for target in revision.targets for reason in target.pause_on} | _asked_for(revision)
    for index, reason in enumerate(revision.hold_reasons):
        if reason not in pausing:
            hint = "name it in `pause_on`, or leave it out if all clocks run on"
            yield warning(Code.IDLE_HOLD_REASON, ("hold_reasons", index), f"`{reason}` pauses no clock", hint)


def _asked_for(revision: AgreementRevision) -> set[str]:
    """Answer the hold reasons that conditions of measures speak of."""
    measures = (revision.measure(target.measure) for target in revision.targets)
    leaves = [leaf for measure in measures for _, condition in measure.conditions for leaf in condition.leaves()]
    return {
        value for leaf in leaves if isinstance(leaf, PartIs) and leaf.part == "hold_reason" for value in leaf.values
    }


def _exclusions(revision: AgreementRevision) -> Iterator[Problem]:
    honored = {cause for target in revision.targets for cause in target.excludes}
    for index, exclusion in enumerate(revision.exclusions):
        if exclusion.cause not in honored:
            hint = "name it in `excludes` of a target, or leave the time out"
            at = ("exclusions", index, "cause")
            yield warning(Code.IDLE_EXCLUSION, at, f"no target leaves out `{exclusion.cause}`", hint)
    known = {*STANDARD_CAUSES, *(exclusion.cause for exclusion in revision.exclusions)}
    for target in revision.targets:
        for cause in sorted(target.excludes - known):
            hint = f"known: {', '.join(sorted(known))}; one of your own is fine if it is put on record later"
            place = ("targets", target.name, "excludes")
            yield warning(Code.IDLE_EXCLUSION, place, f"no time is excluded for `{cause}`", hint)


def _notifications(revision: AgreementRevision) -> Iterator[Problem]:
    for index, duty in enumerate(revision.notifications):
        others = (other for place, other in enumerate(revision.notifications) if place != index)
        rival = next((other for other in others if _tells_first(other, duty)), None)
        if rival is not None:
            hint = "leave it out, or let it say something else"
            message = f"`{rival.name}` tells {duty.party} no later"
            yield warning(Code.IDLE_NOTIFICATION, ("notifications", duty.name), message, hint)


def _tells_first(one: NotificationDuty, other: NotificationDuty) -> bool:
    """Answer whether whoever keeps one duty keeps the other too; of two that are alike, one does."""
    if (one.party, one.hours, one.since) != (other.party, other.hours, other.since):
        return False
    first, second = one.within, other.within
    if isinstance(first, Within) and isinstance(second, Within):
        return first.time is second.time and (first.duration, one.name) < (second.duration, other.name)
    return first == second and one.name < other.name


def _priorities(revision: AgreementRevision) -> Iterator[Problem]:
    scopes = [target.scope for target in revision.targets]
    for index, priority in enumerate(revision.priorities.ranked):
        if not any(not scope.priorities or priority in scope.priorities for scope in scopes):
            hint = "give it a target, or leave it out"
            at = ("priorities", "ranked", index)
            yield warning(Code.IDLE_PRIORITY, at, f"no target applies to `{priority}`", hint)


def _hours(revision: AgreementRevision, today: date | None) -> Iterator[Problem]:
    used = {target.hours for target in revision.targets} | {duty.hours for duty in revision.updates}
    used |= {wait.hours for policy in revision.escalation for _, wait in policy.waits}
    used |= {duty.hours for duty in revision.notifications}
    for named in revision.hours:
        at = ("service_hours", named.name)
        if named.name not in used:
            hint = "name them in `hours` of a target, or leave them out"
            yield warning(Code.IDLE_HOURS, at, f"no target and no duty uses the hours `{named.name}`", hint)
        years = named.hours.known_years
        if years is not None:
            yield from _covered(revision, at, named.hours, years, today)


def _covered(
    revision: AgreementRevision, at: tuple[str, ...], hours: ServiceHours, years: tuple[int, int], today: date | None
) -> Iterator[Problem]:
    first, last = years
    hint = "add the closed dates of the missing years, and widen `covers`"
    start, until = revision.term.start, revision.term.until
    ends_early = until is not None and _last_date(hours, until) > date(last, 12, 31)
    if ends_early or local_date(hours.zone, to_micros(start)).year < first:
        message = f"closed dates are known for {first} to {last} only, and the term runs longer"
        yield warning(Code.CLOSED_DATES_END, (*at, "covers"), message, hint)
    elif (
        today is not None
        and date(last, 12, 31) - today < NOTICE
        and (until is None or today < _last_date(hours, until))
    ):
        yield warning(
            Code.CLOSED_DATES_END, (*at, "covers"), f"closed dates are known until the end of {last} only", hint
        )


def _last_date(hours: ServiceHours, until: datetime) -> date:
    return hours.local_date(from_micros(to_micros(until) - 1))
