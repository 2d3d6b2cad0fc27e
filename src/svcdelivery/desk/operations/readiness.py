"""Readiness at the desk: whether operating can begin, from all that is on record; go or no go, with every reason.

Source:
    CMMI-SVC 1.3 SD SP 2.2 and SP 3.2
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from svcdelivery.agreement import AgreementRevision
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import COMPONENTS, PROCEDURES
from svcdelivery.desk.operations.approaches import approach_in
from svcdelivery.desk.operations.learning import training_in
from svcdelivery.desk.operations.thresholds import thresholds_in
from svcdelivery.identity import Actor
from svcdelivery.security import Person
from svcdelivery.storage.protocol import Unit
from svcdelivery.system import (
    Readiness,
    ReadinessJudged,
    Situation,
    Thresholds,
    fold_readiness,
    readiness,
    readiness_stream,
)
from svcdelivery.timeline import Instant, Interval, IntervalSet, to_instant

__all__ = ["ReadinessDesk"]


class ReadinessDesk:
    """Whether there is what is needed to deliver under an agreement, by its approach."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def check(
        self,
        agreement: str,
        *,
        people: Iterable[Person],
        metrics: Collection[str] = (),
        duty: Mapping[str, IntervalSet] | None = None,
        window: Interval | None = None,
        at: datetime | None = None,
    ) -> Readiness:
        """Answer whether delivery under an agreement can begin, from what is on record of the service system.

        Args:
            people: Everybody of the directory, which by itself only answers to ids; who is not active counts for
                nothing.
            metrics: What must have a threshold in force, beside the metrics that ever had one.
            duty: When somebody is on duty, for each of the agreement's service hours that must be covered.
            window: The time that must be covered.

        Raises:
            NotFoundError: No approach is on record for the agreement, or no revision of it is in force.
            NotCoveredError: Hours that must be covered do not know the closed dates of the window.
        """
        with self._engine.read_unit() as unit:
            when = to_instant(at or self._engine.now(unit))
            return self._judged(unit, agreement, tuple(people), tuple(metrics), duty or {}, window, when)[1]

    def judge(
        self,
        agreement: str,
        *,
        people: Iterable[Person],
        metrics: Collection[str] = (),
        duty: Mapping[str, IntervalSet] | None = None,
        window: Interval | None = None,
        by: Actor,
        key: str,
    ) -> Outcome[ReadinessJudged]:
        """Check now, and put on record who found what: go, or no go with every reason. Raises as `check` does."""
        known, named, covered = tuple(people), tuple(metrics), dict(duty or {})
        said = {
            "people": _listed(known),
            "metrics": "\n".join(sorted(named)),
            "duty": str(covered),
            "window": str(window),
        }
        ask = Ask(action="judge", id=agreement, by=by, key=key, said=said)

        def make(_last: ReadinessJudged | None, unit: Unit, now: Instant) -> Said[ReadinessJudged]:
            terms, found = self._judged(unit, agreement, known, named, covered, window, now)
            return Said((ReadinessJudged(revision=terms.number, go=found.go, objections=found.objections),))

        return act(self._engine, _READINESS, ask, make, creates=True)

    def _judged(  # noqa: PLR0917
        self,
        unit: Unit,
        agreement: str,
        people: tuple[Person, ...],
        metrics: tuple[str, ...],
        duty: Mapping[str, IntervalSet],
        window: Interval | None,
        at: Instant,
    ) -> tuple[AgreementRevision, Readiness]:
        terms, approach = self._engine.terms(unit, agreement, at), approach_in(unit, agreement)
        known = thresholds_in(unit)
        named = {thresholds.metric for thresholds in known}
        situation = Situation(
            components=list(COMPONENTS.all(unit)),
            people=_by_role(people, at),
            procedures=list(PROCEDURES.all(unit)),
            training=training_in(unit),
            thresholds=[*known, *(Thresholds(metric) for metric in metrics if metric not in named)],
            duty=duty,
            window=window,
        )
        return terms, readiness(approach, terms, situation, at)


def _by_role(people: tuple[Person, ...], at: Instant) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for person in people:
        for role in person.roles if person.is_active(at) else ():
            found.setdefault(role, []).append(person.id)
    return found


def _listed(people: tuple[Person, ...]) -> str:
    return "\n".join(sorted(f"{person.id} {' '.join(sorted(person.roles))}" for person in people))


_READINESS: Aggregate[ReadinessJudged] = Aggregate(
    "readiness of", "readiness", readiness_stream, fold_readiness, lambda _: None
)
