"""Thresholds at the desk: set with a reason, proposed from history, accepted or refused by a person.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 2
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import threshold_row
from svcdelivery.desk.command.shelf import rows_of
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, to_fraction
from svcdelivery.identity import Actor, identifier
from svcdelivery.storage.protocol import Unit
from svcdelivery.system import (
    Side,
    Threshold,
    Thresholds,
    accept_proposal,
    fold_thresholds,
    propose,
    refuse_proposal,
    revise,
    threshold_stream,
)
from svcdelivery.timeline import Instant, format_instant, to_instant

__all__ = ["ThresholdDesk", "thresholds_in"]


class ThresholdDesk:
    """Which values count as too much or too little, of each metric, and since when."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, metric: str) -> Thresholds:
        """Answer the thresholds of a metric; its `at` answers the one an instant is judged by.

        Raises:
            NotFoundError: None was ever set or proposed.
        """
        with self._engine.read_unit() as unit:
            found = _fold(metric)(unit.journal.load(threshold_stream(metric)))
        if found is None:
            raise NotFoundError(what="threshold of metric", id=metric)
        return found

    def all(self) -> tuple[Thresholds, ...]:
        """Answer the thresholds of every metric, by its name."""
        with self._engine.read_unit() as unit:
            return thresholds_in(unit)

    def revise(
        self, threshold: Threshold, *, reason: str, effective_at: datetime | None = None, by: Actor, key: str
    ) -> Outcome[Thresholds]:
        """Set a threshold from an instant on, by default from now.

        Raises:
            InvalidValueError: No reason, or an instant gone by that is judged by another one already.
        """
        since = None if effective_at is None else to_instant(effective_at)
        said = {"threshold": threshold, "reason": reason, "effective_at": since}
        ask = Ask(action="revise", id=threshold.metric, by=by, key=key, said=said)
        return self._act(
            ask, lambda known, now: revise(threshold, reason=reason, effective_at=_since(known, since, now))
        )

    def propose(
        self,
        metric: str,
        values: Sequence[Fraction | int],
        *,
        clear_share: Fraction,
        percent: int = 99,
        side: Side = Side.ABOVE,
        by: Actor,
        key: str,
    ) -> Outcome[Thresholds]:
        """Propose the threshold past which values such as these seldom are; nothing holds before somebody accepts it.

        Args:
            values: What was measured, such as that of a month.
            clear_share: Where it is good again, as a share of the threshold.
            percent: How many of a hundred values are good; their percentile by nearest rank is the threshold.

        Raises:
            InvalidValueError: No values, or a percentile that is not over 0 and at most 100.
        """
        listed = " ".join(str(to_fraction(value)) for value in values)
        said = {"values": listed, "clear_share": str(clear_share), "percent": percent, "side": side.value}
        ask = Ask(action="propose", id=metric, by=by, key=key, said=said)
        body = propose(metric, values, percent=percent, side=side, clear_share=clear_share)
        return self._act(ask, lambda _known, _now: body)

    def accept(
        self,
        metric: str,
        proposal: str,
        *,
        reason: str,
        effective_at: datetime | None = None,
        by: Actor,
        key: str,
    ) -> Outcome[Thresholds]:
        """Make a proposal the threshold from an instant on, by default from now.

        Raises:
            NotFoundError: No such proposal is open.
            InvalidValueError: As of `revise`.
        """
        since = None if effective_at is None else to_instant(effective_at)
        said = {"proposal": proposal, "reason": reason, "effective_at": since}
        ask = Ask(action="accept", id=metric, by=by, key=key, said=said)

        def make(known: Thresholds, now: Instant) -> Any:
            return accept_proposal(known, proposal, reason=reason, effective_at=_since(known, since, now))

        return self._act(ask, make)

    def refuse(self, metric: str, proposal: str, *, reason: str, by: Actor, key: str) -> Outcome[Thresholds]:
        """Turn a proposal down.

        Raises:
            NotFoundError: No such proposal is open.
            InvalidValueError: No reason.
        """
        ask = Ask(action="refuse", id=metric, by=by, key=key, said={"proposal": proposal, "reason": reason})
        return self._act(ask, lambda known, _now: refuse_proposal(known, proposal, reason=reason))

    def _act(self, ask: Ask, make: Callable[[Thresholds, Instant], Any]) -> Outcome[Thresholds]:
        metric = identifier(ask.id, "the name of a metric")

        def said(known: Thresholds | None, _unit: Unit, now: Instant) -> Said[Thresholds]:
            return Said((make(known or Thresholds(metric), now),))

        aggregate = Aggregate("threshold of metric", "threshold", threshold_stream, _fold(metric), threshold_row)
        return act(self._engine, aggregate, ask, said, creates=True)


def thresholds_in(unit: Unit) -> tuple[Thresholds, ...]:
    """Answer the thresholds on record of every metric, by its name."""
    streams = [(row.id, row.stream) for row in rows_of(unit, "threshold")]
    return tuple(fold_thresholds(metric, unit.journal.load(stream)) for metric, stream in streams)


def _fold(metric: str) -> Callable[[Iterable[Fact[Any]]], Thresholds | None]:
    def fold(facts: Iterable[Fact[Any]]) -> Thresholds | None:
        found = fold_thresholds(metric, facts)
        return found if found.version else None

    return fold


def _since(known: Thresholds, wanted: Instant | None, now: Instant) -> Instant:
    """Answer from when a threshold shall hold; what was judged by another one stays so."""
    if wanted is None or wanted >= now:
        return wanted or now
    if known.at(now) is None and all(since > now for since, _ in known.versions):
        return wanted
    raise InvalidValueError(
        what="an instant from which a threshold can hold",
        value=format_instant(wanted),
        path="effective_at",
        problem="what was measured since is judged by another one",
        hint=f"{format_instant(now)} or later",
    )
