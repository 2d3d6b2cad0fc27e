"""Readiness: whether operating can begin, and if not, everything that stands against it.

Source:
    CMMI-SVC 1.3 SD SP 2.2 and SP 3.2
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import AgreementRevision
from svcdelivery.facts import Fact, fact_type
from svcdelivery.system.approach import DeliveryApproach
from svcdelivery.system.component import ComponentState, ComponentStatus
from svcdelivery.system.procedure import Procedure
from svcdelivery.system.threshold import Thresholds
from svcdelivery.system.training import Training
from svcdelivery.timeline import Interval, IntervalSet, to_instant

__all__ = [
    "Objection",
    "Readiness",
    "ReadinessJudged",
    "Situation",
    "fold_readiness",
    "readiness",
    "readiness_stream",
]

_NOT_READY = (ComponentStatus.FAILED, ComponentStatus.IN_MAINTENANCE)


@frozen(kw_only=True)
class Situation:
    """What there is to operate with.

    Attributes:
        people: Active people by role.
        thresholds: The thresholds of each metric that is to be watched.
        duty: When somebody is on duty, for each set of service hours that must be covered; hours that are not named
            need nobody.
        window: The time that must be covered.
    """

    components: Sequence[ComponentState] = ()
    people: Mapping[str, Sequence[str]] = field(factory=dict)
    procedures: Sequence[Procedure] = ()
    training: Training = field(factory=lambda: Training({}, {}, []))
    thresholds: Sequence[Thresholds] = ()
    duty: Mapping[str, IntervalSet] = field(factory=dict)
    window: Interval | None = None


@frozen
class Objection:
    """Something that stands against beginning.

    Attributes:
        subject: `approach`, `components`, `people`, `training`, `thresholds` or `coverage`.
        reason: What is missing, in words.
    """

    subject: str
    reason: str


@frozen
class Readiness:
    """Go, or no go with every reason."""

    objections: tuple[Objection, ...]

    @property
    def go(self) -> bool:
        """Whether nothing stands against beginning."""
        return not self.objections


@fact_type("readiness.judged/1")
@frozen(kw_only=True)
class ReadinessJudged:
    """Somebody held what there is against what is needed; the agreement is the stream's.

    Attributes:
        revision: The one in force then.
        go: Whether nothing stood against beginning.
    """

    revision: int
    go: bool
    objections: tuple[Objection, ...] = ()


def readiness_stream(agreement: str) -> str:
    """Answer the name of the stream that holds how ready delivery under an agreement was found."""
    return f"readiness:{agreement}"


def fold_readiness(facts: Iterable[Fact[Any]]) -> ReadinessJudged | None:
    """Answer how it was found last, None before the first time."""
    found = [fact.body for fact in facts if isinstance(fact.body, ReadinessJudged)]
    return found[-1] if found else None


def readiness(approach: DeliveryApproach, terms: AgreementRevision, there: Situation, at: datetime) -> Readiness:
    """Answer whether delivery under the terms can begin at an instant.

    Raises:
        NotCoveredError: Hours that must be covered do not know the closed dates of the window.
    """
    problems = approach.validate(terms, there.procedures)
    return Readiness(
        (
            *(Objection("approach", f"{problem.path}: {problem.message}") for problem in problems),
            *_components(terms, there),
            *_people(approach, there),
            *_training(approach, there, at),
            *_thresholds(there, at),
            *_coverage(terms, there),
        )
    )


def _components(terms: AgreementRevision, there: Situation) -> Iterator[Objection]:
    known = {state.id: state for state in there.components}
    for state in there.components:
        if state.status in _NOT_READY:
            yield Objection("components", f"`{state.id}` is {state.status.value.replace('_', ' ')}")
        for needed in () if state.component is None else state.component.depends_on:
            if needed not in known:
                yield Objection("components", f"`{state.id}` depends on `{needed}`, which is not there")
    served = {one for state in there.components if state.component is not None for one in state.component.services}
    for service in terms.services:
        if service.approved is not None and there.components and service.id not in served:
            yield Objection("components", f"nothing serves `{service.id}`")


def _people(approach: DeliveryApproach, there: Situation) -> Iterator[Objection]:
    for role in sorted({one.role for one in approach.services}):
        if not there.people.get(role):
            yield Objection("people", f"nobody has the role `{role}`")


def _training(approach: DeliveryApproach, there: Situation, at: datetime) -> Iterator[Objection]:
    known = {procedure.id: procedure for procedure in there.procedures}
    for one in approach.services:
        for id in one.procedures:
            needed = known[id].qualification if id in known else ""
            staff = there.people.get(one.role, ())
            if needed and staff and not any(there.training.qualified(person, needed, at) for person in staff):
                yield Objection("training", f"nobody of role `{one.role}` is qualified for `{id}` (`{needed}`)")
    for need in there.training.due(at):
        if need.is_overdue:
            yield Objection("training", f"`{need.person}` should have completed `{need.course}`: {need.ground}")


def _thresholds(there: Situation, at: datetime) -> Iterator[Objection]:
    for thresholds in there.thresholds:
        if thresholds.at(at) is None:
            yield Objection("thresholds", f"none is in force for `{thresholds.metric}`")


def _coverage(terms: AgreementRevision, there: Situation) -> Iterator[Objection]:
    if there.window is None:
        return
    for name, duty in sorted(there.duty.items()):
        hours = terms.service_hours(name)
        if hours is None:
            continue
        open_time = hours.intervals(to_instant(there.window.start), to_instant(there.window.end))
        for gap in open_time - duty:
            yield Objection("coverage", f"nobody is on duty in `{name}` from {gap.start} to {gap.end}")
