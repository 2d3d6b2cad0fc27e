"""Thresholds: which value counts as too much or too little, since when, and who said so for which reason.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 2
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from fractions import Fraction
from typing import Any

from attrs import define, field, frozen

from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, fact_type, in_words, to_fraction
from svcdelivery.identity import identifier
from svcdelivery.quality.measurement import checked_percent
from svcdelivery.timeline import Instant, to_instant

__all__ = [
    "Side",
    "Threshold",
    "ThresholdProposalRefused",
    "ThresholdProposed",
    "ThresholdRevised",
    "Thresholds",
    "accept_proposal",
    "fold_thresholds",
    "propose",
    "refuse_proposal",
    "revise",
    "threshold_stream",
]


class Side(Enum):
    """On which side of a threshold a value is bad."""

    ABOVE = "above"
    BELOW = "below"


@frozen(kw_only=True)
class Threshold:
    """A threshold in one version.

    Attributes:
        clear: Where it is good again; apart from `value` so that a value that hovers raises no alarm each time.
    """

    metric: str = field(converter=identifier)
    value: Fraction = field(converter=to_fraction)
    clear: Fraction = field(converter=to_fraction)
    side: Side = field(default=Side.ABOVE, converter=Side)

    def __attrs_post_init__(self) -> None:
        wrong = self.clear > self.value if self.side is Side.ABOVE else self.clear < self.value
        if wrong:
            hint = f"at most {self.value}" if self.side is Side.ABOVE else f"at least {self.value}"
            raise InvalidValueError(what="where it is good again", value=self.clear, path="clear", hint=hint)

    def is_bad(self, value: Fraction | int) -> bool:
        """Answer whether a value is past the threshold; at the threshold it is not."""
        return value > self.value if self.side is Side.ABOVE else value < self.value

    def is_clear(self, value: Fraction | int) -> bool:
        """Answer whether a value is good again."""
        return value <= self.clear if self.side is Side.ABOVE else value >= self.clear


def threshold_stream(metric: str) -> str:
    """Answer the name of the stream that holds a metric's thresholds."""
    return f"threshold:{metric}"


@fact_type("threshold.revised/1")
@frozen(kw_only=True)
class ThresholdRevised:
    """A threshold holds from an instant on; the author is the fact's actor.

    Attributes:
        effective_at: From when what is measured is judged by it.
        proposal: The proposal it comes from, if any.
    """

    metric: str
    value: Fraction
    clear: Fraction
    side: Side
    reason: str
    effective_at: Instant = field(converter=to_instant)
    proposal: str = ""


@fact_type("threshold.proposed/1")
@frozen(kw_only=True)
class ThresholdProposed:
    """A value was worked out from what was measured; a person decides whether it becomes a threshold.

    Attributes:
        method: How it was worked out, by name.
        samples: From how many values.
    """

    proposal: str
    metric: str
    value: Fraction
    clear: Fraction
    side: Side
    method: str
    samples: int


@fact_type("threshold.proposal_refused/1")
@frozen(kw_only=True)
class ThresholdProposalRefused:
    """A person decided against a proposal."""

    proposal: str
    reason: str


@define
class Thresholds:
    """The thresholds of one metric as their facts tell them: versions by the instant they hold from, and proposals."""

    metric: str
    versions: tuple[tuple[Instant, Threshold], ...] = ()
    open_proposals: tuple[ThresholdProposed, ...] = ()
    version: int = 0

    def at(self, instant: datetime) -> Threshold | None:
        """Answer the threshold that what was measured at the instant is judged by, None before the first."""
        when = to_instant(instant)
        found = None
        for since, threshold in self.versions:
            if since <= when:
                found = threshold
        return found


def fold_thresholds(metric: str, facts: Iterable[Fact[Any]]) -> Thresholds:
    """Answer the thresholds a metric's facts tell. Of two that hold from one instant the later recorded counts."""
    versions: list[tuple[Instant, Threshold]] = []
    proposals: dict[str, ThresholdProposed] = {}
    version = 0
    for fact in facts:
        version = fact.version
        match fact.body:
            case ThresholdRevised() as body:
                threshold = Threshold(metric=body.metric, value=body.value, clear=body.clear, side=body.side)
                versions.append((body.effective_at, threshold))
                proposals.pop(body.proposal, None)
            case ThresholdProposed() as body:
                proposals[body.proposal] = body
            case ThresholdProposalRefused(proposal=proposal):
                proposals.pop(proposal, None)
            case _:  # what else may be said about a metric
                pass
    versions.sort(key=lambda entry: entry[0])
    return Thresholds(
        metric=metric, versions=tuple(versions), open_proposals=tuple(proposals.values()), version=version
    )


def revise(threshold: Threshold, *, reason: str, effective_at: datetime, proposal: str = "") -> ThresholdRevised:
    """Answer the fact that a threshold holds from an instant on.

    Raises:
        InvalidValueError: No reason.
    """
    in_words(reason, "reason", what="a reason")
    return ThresholdRevised(
        metric=threshold.metric,
        value=threshold.value,
        clear=threshold.clear,
        side=threshold.side,
        reason=reason,
        effective_at=to_instant(effective_at),
        proposal=proposal,
    )


def propose(
    metric: str, values: Sequence[Fraction | int], *, percent: int = 99, side: Side = Side.ABOVE, clear_share: Fraction
) -> ThresholdProposed:
    """Answer a threshold worked out from values: their percentile by nearest rank, so that so many are good.

    Args:
        clear_share: Where it is good again, as a share of the threshold.

    Raises:
        InvalidValueError: No values, or a percentile that is not over 0 and at most 100.
        WrongTypeError: A percentile that is no whole number.
    """
    if not values:
        raise InvalidValueError(what="a history", value=metric, path="values", problem="it is empty")
    checked_percent(percent)
    ordered = sorted(values, reverse=side is Side.BELOW)
    value = Fraction(ordered[-(-percent * len(ordered) // 100) - 1])
    threshold = Threshold(metric=metric, value=value, clear=value * clear_share, side=side)
    return ThresholdProposed(
        proposal=f"{metric}/nearest_rank/{percent}/{len(ordered)}/{value}",
        metric=metric,
        value=threshold.value,
        clear=threshold.clear,
        side=side,
        method=f"{percent}th percentile by nearest rank",
        samples=len(ordered),
    )


def accept_proposal(known: Thresholds, proposal: str, *, reason: str, effective_at: datetime) -> ThresholdRevised:
    """Answer the fact that a proposal becomes the threshold.

    Raises:
        NotFoundError: No such proposal is open.
        InvalidValueError: No reason.
    """
    body = _open(known, proposal)
    threshold = Threshold(metric=body.metric, value=body.value, clear=body.clear, side=body.side)
    return revise(threshold, reason=reason, effective_at=effective_at, proposal=proposal)


def refuse_proposal(known: Thresholds, proposal: str, *, reason: str) -> ThresholdProposalRefused:
    """Answer the fact that a proposal is turned down; raises as `accept_proposal` does."""
    _open(known, proposal)
    in_words(reason, "reason", what="a reason")
    return ThresholdProposalRefused(proposal=proposal, reason=reason)


def _open(known: Thresholds, proposal: str) -> ThresholdProposed:
    for body in known.open_proposals:
        if body.proposal == proposal:
            return body
    raise NotFoundError(what=f"open proposal for `{known.metric}`", id=proposal)
