"""The delivery approach at the desk: registered by version, and held against agreement and procedures on record.

Source:
    CMMI-SVC 1.3 SD SP 2.1 and SP 3.2
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import APPROACHES, PROCEDURES
from svcdelivery.errors import InvalidValueError, NotFoundError, Problem
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.storage.protocol import Unit
from svcdelivery.system import ApproachRegistered, DeliveryApproach, approach_stream, fold_approaches
from svcdelivery.timeline import Instant, to_instant

__all__ = ["ApproachDesk", "approach_in"]


class ApproachDesk:
    """How the services of each agreement are delivered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def register(self, approach: DeliveryApproach, *, by: Actor, key: str) -> Outcome[DeliveryApproach]:
        """Put an approach, or its new version, on record; one that is there already is left as it is.

        Raises:
            InvalidValueError: The version is not above the latest on record.
            NotFoundError: Its agreement is not on record.
        """
        said = {"digest": approach.digest}
        ask = Ask(action="register", id=approach.agreement, by=by, key=key, said=said)

        def make(known: DeliveryApproach | None, unit: Unit, _now: Instant) -> Said[DeliveryApproach]:
            if self._engine.agreement(unit, approach.agreement) is None:
                raise NotFoundError(what="agreement", id=approach.agreement)
            versions = fold_approaches(unit.journal.load(approach_stream(approach.agreement)))
            if any(one.digest == approach.digest for one in versions):
                return Said(())
            if known is not None and approach.version <= known.version:
                hint = f"above {known.version}"
                raise InvalidValueError(what="a new version", value=approach.version, path="version", hint=hint)
            return Said((ApproachRegistered(approach),))

        return act(self._engine, _APPROACH, ask, make, creates=True)

    def get(self, agreement: str) -> DeliveryApproach:
        """Answer the version of an agreement's approach to work by now.

        Raises:
            NotFoundError: None is on record.
        """
        with self._engine.read_unit() as unit:
            return approach_in(unit, agreement)

    def validate(self, agreement: str, *, at: datetime | None = None) -> tuple[Problem, ...]:
        """Answer every place at which an approach does not fit what is on record: its agreement, and procedures.

        Raises:
            NotFoundError: No such approach, or its agreement has no revision in force.
        """
        with self._engine.read_unit() as unit:
            when = to_instant(at or self._engine.now(unit))
            approach, terms = approach_in(unit, agreement), self._engine.terms(unit, agreement, when)
            procedures = list(PROCEDURES.all(unit))
        return approach.validate(terms, procedures)


def approach_in(unit: Unit, agreement: str) -> DeliveryApproach:
    """Answer the approach on record; raises as `ApproachDesk.get` does."""
    return APPROACHES.get(unit, agreement)


def _latest(facts: Iterable[Fact[Any]]) -> DeliveryApproach | None:
    found = fold_approaches(facts)
    return found[-1] if found else None


_APPROACH: Aggregate[DeliveryApproach] = Aggregate("approach", "approach", approach_stream, _latest, APPROACHES.row)
