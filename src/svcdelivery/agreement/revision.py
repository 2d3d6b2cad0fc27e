"""The terms of an agreement as they stand from one instant on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement.amendment import AppliesToOpen
from svcdelivery.agreement.backing import Backing
from svcdelivery.agreement.choice import Choice, choose
from svcdelivery.agreement.condition import PartIs
from svcdelivery.agreement.coverage import CoveredService, Term
from svcdelivery.agreement.credit import CreditTerms, sums_of
from svcdelivery.agreement.duty import REQUESTER, SurveyTerms, UpdateDuty
from svcdelivery.agreement.escalation import EscalationPolicy
from svcdelivery.agreement.exclusion import Exclusion
from svcdelivery.agreement.goal import reads_wall_clock
from svcdelivery.agreement.measure import Measure, standard_measure
from svcdelivery.agreement.notification import NotificationDuty
from svcdelivery.agreement.priority import PriorityScheme
from svcdelivery.agreement.standing import ContinuousDuty, StandingRequest
from svcdelivery.agreement.target import ServiceLevelTarget
from svcdelivery.errors import InvalidDurationError, InvalidValueError, NotFoundError
from svcdelivery.facts import LEFT_OUT, digest, keeping_tuples
from svcdelivery.identity import identifier
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, format_duration, format_instant, to_instant

__all__ = ["STANDARD_HOLD_REASONS", "AgreementRevision", "NamedHours"]

_MATCHES_KEPT_MOST = 4096

STANDARD_HOLD_REASONS = ("customer", "provider", "supplier", "scheduled")


@frozen
class NamedHours:
    """Service hours under the name targets use."""

    name: str
    hours: ServiceHours


@frozen(kw_only=True, field_transformer=keeping_tuples)
class AgreementRevision:
    """The terms of an agreement from one instant on.

    Attributes:
        effective_at: From when these terms are in force.
        hold_reasons: Reasons work may be put on hold for; pause rules speak of them.
        credits: What holds for all service credits; None where nothing is ever owed.
        reopening_window: How long after it is done work may be reopened, in wall time.
        exclusions: Time that does not count for targets that leave its cause out, such as agreed maintenance.
        notifications: Who is to be told of a security incident, and in which time.
        applies_to_open: Whether the terms hold for open work too; None leaves it under the terms it came in under.

    Raises:
        InvalidValueError: A name given twice, or a target or duty that names what the revision does not have.

    Source:
        CMMI-SVC 1.3 SD SP 3.2
    """

    agreement: str = field(converter=identifier)
    number: int = 1
    customer: str = field(converter=identifier)
    provider: str = ""
    effective_at: Instant = field(converter=to_instant)
    term: Term
    author: str = ""
    reason: str = ""
    services: tuple[CoveredService, ...] = ()
    hours: tuple[NamedHours, ...] = ()
    priorities: PriorityScheme = PriorityScheme(ranked=())
    hold_reasons: tuple[str, ...] = STANDARD_HOLD_REASONS
    measures: tuple[Measure, ...] = ()
    targets: tuple[ServiceLevelTarget, ...] = ()
    updates: tuple[UpdateDuty, ...] = ()
    survey: SurveyTerms | None = None
    reopening_window: timedelta = timedelta(days=14)
    applies_to_open: AppliesToOpen | None = None
    credits: CreditTerms | None = field(default=None, metadata=LEFT_OUT)
    escalation: tuple[EscalationPolicy, ...] = field(default=(), metadata=LEFT_OUT)
    standing: tuple[StandingRequest, ...] = field(default=(), metadata=LEFT_OUT)
    continuous: tuple[ContinuousDuty, ...] = field(default=(), metadata=LEFT_OUT)
    exclusions: tuple[Exclusion, ...] = field(default=(), metadata=LEFT_OUT)
    notifications: tuple[NotificationDuty, ...] = field(default=(), metadata=LEFT_OUT)
    # Clocks ask the same few questions for every item; the answers follow from the terms and are no part of them.
    derived: dict[tuple[str, ...], Any] = field(factory=dict, init=False, eq=False, repr=False)
    _matched: dict[tuple[str, str, str | None], dict[str, ServiceLevelTarget]] = field(
        factory=dict, init=False, eq=False, repr=False
    )

    def __attrs_post_init__(self) -> None:
        self._check_heading()
        self._check_names()
        for measure in self.measures:
            self._check_measure(measure)
        for index, target in enumerate(self.targets):
            self._check_target(f"targets[{index}]", target)
        for index, duty in enumerate(self.updates):
            self._check_named(f"updates[{index}].hours", duty.hours, [named.name for named in self.hours])
        self._check_standing()
        self._check_notifications()
        for index, exclusion in enumerate(self.exclusions):
            for service in sorted(exclusion.services):
                known = [covered.id for covered in self.services]
                self._check_named(f"exclusions[{index}].service", service, known)
        _once("escalation", [policy.name for policy in self.escalation])
        for policy in self.escalation:
            self._check_policy(f"escalation.{policy.name}", policy)

    def _check_heading(self) -> None:
        if self.reopening_window < timedelta(0):
            raise InvalidDurationError(
                value=format_duration(self.reopening_window),
                path="reopening_window",
                problem="negative durations are not accepted",
            )
        if self.number < 1:
            raise InvalidValueError(what="a revision number", value=self.number, path="number", hint="1 or more")
        applies = self.applies_to_open
        if applies is not None and applies.since is not None and applies.since < self.effective_at:
            raise InvalidValueError(
                what="an instant at which the terms are in force",
                value=format_instant(applies.since),
                path="applies_to_open.since",
                hint=f"{format_instant(self.effective_at)} or later",
            )

    def _check_names(self) -> None:
        _once("services", [service.id for service in self.services])
        _once("hours", [named.name for named in self.hours])
        _once("targets", [target.name for target in self.targets])
        _once("measures", [measure.name for measure in self.measures])

    def _check_policy(self, at: str, policy: EscalationPolicy) -> None:
        for path, wait in policy.waits:
            self._check_named(f"{at}.{path}.hours", wait.hours, [named.name for named in self.hours])
        for path, occasion in policy.occasions:
            target = getattr(occasion, "target", None)
            self._check_named(f"{at}.{path}.target", target, [target.name for target in self.targets])

    def _check_standing(self) -> None:
        services, hours = [service.id for service in self.services], [named.name for named in self.hours]
        every: tuple[StandingRequest | ContinuousDuty, ...] = (*self.standing, *self.continuous)
        _once("standing", [one.id for one in every])
        for one in every:
            self._check_named(f"standing.{one.id}.service", one.service, services)
        for request in self.standing:
            self._check_named(f"standing.{request.id}.hours", request.hours, hours)
            self._check_named(f"standing.{request.id}.priority", request.priority, self.priorities.ranked)

    def _check_notifications(self) -> None:
        _once("notifications", [duty.name for duty in self.notifications])
        for duty in self.notifications:
            path = f"notifications.{duty.name}.hours"
            self._check_named(path, duty.hours, [named.name for named in self.hours])
            _check_kept_round_the_clock(path, duty.hours, duty.within)

    def _check_measure(self, measure: Measure) -> None:
        known: dict[str, tuple[str, ...] | list[str]] = {
            "service": [service.id for service in self.services],
            "priority": self.priorities.ranked,
            "hold_reason": self.hold_reasons,
        }
        for key, condition in measure.conditions:
            for leaf in condition.leaves():
                if isinstance(leaf, PartIs) and leaf.part in known:
                    for value in sorted(leaf.values):
                        self._check_named(f"measures.{measure.name}.{key}", value, known[leaf.part])

    def _check_target(self, path: str, target: ServiceLevelTarget) -> None:
        measure = self.measure(target.measure)
        if measure not in self.measures:
            self._check_measure(measure)
        self._check_named(f"{path}.hours", target.hours, [named.name for named in self.hours])
        _check_kept_round_the_clock(f"{path}.hours", target.hours, target.goal)
        if target.credit is not None:
            self._check_credit(f"{path}.credit", target)
        if target.backing is not None:
            self._check_backing(f"{path}.backing", target.backing)
        for reason in sorted(target.pause_on):
            self._check_named(f"{path}.pause_on", reason, self.hold_reasons)
        for service in sorted(target.scope.services):
            self._check_named(f"{path}.service", service, [covered.id for covered in self.services])
        for priority in sorted(target.scope.priorities):
            self._check_named(f"{path}.priority", priority, self.priorities.ranked)

    def _check_credit(self, path: str, target: ServiceLevelTarget) -> None:
        if self.credits is None:
            raise InvalidValueError(
                what="a credit that can be settled",
                value=target.name,
                path=path,
                hint="give `credits`, with a currency",
            )
        assert target.credit is not None, "asked only of targets with a credit"
        for part, given in sums_of(target.credit):
            self.credits.check(given, f"{path}.{part}")

    def _check_backing(self, path: str, backing: Backing) -> None:
        promised = [target.name for target in self.targets if target.backing is None]
        for name in sorted(backing.supports):
            self._check_named(f"{path}.supports", name, promised)
        for reason in sorted(backing.hold_reasons):
            self._check_named(f"{path}.hold_reasons", reason, self.hold_reasons)

    def _check_named(self, path: str, name: str | None, known: tuple[str, ...] | list[str]) -> None:
        if name is not None and name not in known:
            accepted = ", ".join(f"`{k}`" for k in known) or "none are defined"
            raise InvalidValueError(
                what="defined in this agreement", value=name, path=path, hint=f"defined: {accepted}"
            )

    @property
    def digest(self) -> str:
        """The SHA-256 of the terms: equal terms, equal digest."""
        return digest(self)

    @property
    def label(self) -> str:
        """How explanations name the revision, such as `acme-2026 revision 2`."""
        return f"{self.agreement} revision {self.number}"

    def service(self, id: str) -> CoveredService | None:
        """Answer the covered service, None when the agreement does not name it."""
        by_id: dict[str, CoveredService] | None = self.derived.get(("services",))
        if by_id is None:
            by_id = self.derived["services",] = {service.id: service for service in self.services}
        return by_id.get(id)

    def service_hours(self, name: str | None) -> ServiceHours | None:
        """Answer the named hours; None means round the clock.

        Raises:
            NotFoundError: The revision has no hours of that name.
        """
        if name is None:
            return None
        for named in self.hours:
            if named.name == name:
                return named.hours
        raise NotFoundError(what="service hours", id=name)

    def measure(self, name: str) -> Measure:
        """Answer the measure: one of the revision's own, else a standard one."""
        return next((measure for measure in self.measures if measure.name == name), None) or standard_measure(name)

    def defines(self, name: str) -> Measure | None:
        """Answer the measure of that name, the revision's own or a standard one; None where there is none."""
        try:
            return self.measure(name)
        except InvalidValueError:
            return None

    def targets_for(self, *, kind: str, service: str, priority: str | None) -> tuple[ServiceLevelTarget, ...]:
        """Answer one target a measure: the most specific match, the first named among equals; none where it says so."""
        return tuple(self._targets(kind, service, priority).values())

    def target_for(self, measure: str, *, kind: str, service: str, priority: str | None) -> ServiceLevelTarget | None:
        """Answer the target of one measure: the most specific match, the first named among equals."""
        return self._targets(kind, service, priority).get(measure)

    def _targets(self, kind: str, service: str, priority: str | None) -> dict[str, ServiceLevelTarget]:
        known = self._matched.get((kind, service, priority))
        if known is None:
            if len(self._matched) >= _MATCHES_KEPT_MOST:
                self._matched.clear()
            known = self._matched[kind, service, priority] = self._match(kind, service, priority)
        return known

    def _match(self, kind: str, service: str, priority: str | None) -> dict[str, ServiceLevelTarget]:
        measures = dict.fromkeys(target.measure for target in self.targets)
        choices = {name: self.choice(name, kind=kind, service=service, priority=priority) for name in measures}
        return {name: choice.target for name, choice in choices.items() if choice.target is not None}

    def choice(self, measure: str, *, kind: str, service: str, priority: str | None) -> Choice:
        """Answer which target speaks of the work, and what else matched."""
        return choose(self.targets, measure, kind=kind, service=service, priority=priority)

    def escalation_policy(self, name: str) -> EscalationPolicy:
        """Answer the escalation policy of that name.

        Raises:
            NotFoundError: The revision has none.
        """
        for policy in self.escalation:
            if policy.name == name:
                return policy
        raise NotFoundError(what=f"escalation policy of {self.label}", id=name)

    def escalations_for(self, *, kind: str, service: str, priority: str | None) -> tuple[EscalationPolicy, ...]:
        """Answer the policies that watch over such work, in the order of the agreement; each runs on its own."""
        return tuple(p for p in self.escalation if p.scope.matches(kind=kind, service=service, priority=priority))

    @property
    def plans(self) -> tuple[str, ...]:
        """The communication plans for major incidents, in the order they are first named."""
        return tuple(dict.fromkeys(duty.plan for duty in self.updates if duty.plan is not None))

    def update_duty(
        self, *, kind: str, service: str, priority: str | None, audience: str = REQUESTER, plan: str = ""
    ) -> UpdateDuty | None:
        """Answer the most specific duty to tell an audience the status, None when there is none.

        Args:
            plan: The communication plan that holds; its duties come before those that hold always.
        """
        matching = [
            duty
            for duty in self.updates
            if duty.audience == audience
            and duty.plan in (None, plan)
            and duty.scope.matches(kind=kind, service=service, priority=priority)
        ]
        return max(matching, key=lambda duty: (duty.plan is not None, duty.scope.specificity), default=None)


def _check_kept_round_the_clock(path: str, hours: str | None, goal: object) -> None:
    if hours is None and reads_wall_clock(goal):
        raise InvalidValueError(
            what="a goal that round the clock can be kept",
            value=str(goal),
            path=path,
            hint="name service hours: they say which days and which zone are meant",
        )


def _once(path: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InvalidValueError(what="a name of its own", value=name, path=path, problem="it stands twice")
