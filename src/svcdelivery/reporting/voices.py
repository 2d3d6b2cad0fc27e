"""What requesters were told and what they said: status updates and satisfaction.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractices 8 and 9
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from svcdelivery.communication import StatusUpdateDue, StatusUpdateMissed, StatusUpdatesEnded
from svcdelivery.facts import Fact
from svcdelivery.identity import ActorKind
from svcdelivery.reporting.definitions import (
    INVITATION_DELAY,
    MEAN_SCORE,
    RESPONSE_RATE,
    SATISFIED,
    UPDATES_IN_TIME,
)
from svcdelivery.reporting.figures import Figure, mean, nearest_rank, share
from svcdelivery.satisfaction import Survey, is_satisfied
from svcdelivery.timeline import Instant
from svcdelivery.timeline.instant import duration_micros
from svcdelivery.work import Audience, MessagePosted

__all__ = ["Satisfaction", "SatisfactionTally", "UpdateTally", "updates_of"]

_TOLD, _MISSED = "told in time", "missed"
_ENDED, _REPLACED, _OPEN = "not due before the work ended", "replaced by other terms", "not yet due"


def updates_of(facts: Sequence[Fact[Any]], now: Instant) -> Iterable[str]:
    """Answer what became of each status update an item's facts call for, in their order."""
    standing: Instant | None = None
    for fact in facts:
        body, at = fact.body, fact.occurred_at
        if isinstance(body, MessagePosted):
            told = body.audience is Audience.REQUESTER and fact.actor.kind is ActorKind.STAFF
            if told and standing is not None:
                yield _TOLD if at <= standing else _MISSED
                standing = None
        elif isinstance(body, StatusUpdateDue):
            if standing is not None:
                yield _REPLACED if at <= standing else _MISSED
            standing = body.due_at
        elif isinstance(body, StatusUpdateMissed):
            if standing is not None:
                yield _MISSED
            standing = None
        elif isinstance(body, StatusUpdatesEnded):
            if standing is not None:
                yield _ENDED if at <= standing else _MISSED
            standing = None
    if standing is not None:
        yield _OPEN if now <= standing else _MISSED


class UpdateTally:
    """Counts status updates."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._outcomes: Counter[str] = Counter()

    def add(self, facts: Sequence[Fact[Any]]) -> None:
        """Count those of one item."""
        self._outcomes.update(updates_of(facts, self._now))

    def figure(self) -> Figure:
        """Answer told in time of fallen due."""
        found = self._outcomes
        left_out = [(reason, found[reason]) for reason in (_ENDED, _REPLACED, _OPEN)]
        return share(
            "status updates in time",
            found[_TOLD],
            found[_TOLD] + found[_MISSED],
            of=UPDATES_IN_TIME,
            excluded=left_out,
        )


@frozen(kw_only=True)
class Satisfaction:
    """What surveys say, never without how many said it.

    Attributes:
        means: The mean score, one a scale: scores of two scales are not added up.
        scores: Scale, score and how many gave it; scores nobody gave stand here too.
        latency: From delivery to invitation.
    """

    response: Figure
    satisfied: Figure
    means: tuple[Figure, ...]
    scores: tuple[tuple[int, int, int], ...]
    latency: tuple[Figure, ...]

    def to_data(self) -> dict[str, Any]:
        """Answer the summary for JSON."""
        return {
            "response": self.response.to_data(),
            "satisfied": self.satisfied.to_data(),
            "mean": [figure.to_data() for figure in self.means],
            "scores": [{"scale": scale, "score": score, "answers": n} for scale, score, n in self.scores],
            "invitation_latency": [figure.to_data() for figure in self.latency],
        }


class SatisfactionTally:
    """Counts invitations and answers."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._statuses: Counter[str] = Counter()
        self._scores: Counter[tuple[int, int]] = Counter()
        self._latencies = array("q")

    def add(self, survey: Survey) -> None:
        """Count one invitation."""
        status = survey.status(self._now)
        self._statuses[status] += 1
        if status == "answered" and survey.score is not None:
            self._scores[survey.scale, survey.score] += 1
        if survey.latency is not None:
            self._latencies.append(duration_micros(survey.latency))

    def satisfaction(self) -> Satisfaction:
        """Answer the summary."""
        found = self._statuses
        answered = found["answered"]
        withdrawn = [("withdrawn by a reopening", found["withdrawn"])]
        unanswered = [("not answered yet", found["open"]), ("expired without answer", found["expired"]), *withdrawn]
        latencies = sorted(self._latencies)
        return Satisfaction(
            response=share(
                "response rate",
                answered,
                answered + found["open"] + found["expired"],
                of=RESPONSE_RATE,
                excluded=withdrawn,
            ),
            satisfied=share(
                "satisfied",
                sum(number for (scale, score), number in self._scores.items() if is_satisfied(score, scale)),
                answered,
                of=SATISFIED,
                excluded=unanswered,
            ),
            means=tuple(self._mean(scale, unanswered) for scale in self._scales),
            scores=tuple((scale, n, self._scores[scale, n]) for scale in self._scales for n in range(1, scale + 1)),
            latency=tuple(nearest_rank(f"invitation delay, p{p}", latencies, p, of=INVITATION_DELAY) for p in (50, 99)),
        )

    @property
    def _scales(self) -> list[int]:
        return sorted({scale for scale, _ in self._scores})

    def _mean(self, scale: int, unanswered: list[tuple[str, int]]) -> Figure:
        given = [(score, number) for (of, score), number in self._scores.items() if of == scale]
        total, answers = sum(score * number for score, number in given), sum(number for _, number in given)
        return mean(f"mean score of {scale}", total, answers, of=MEAN_SCORE, excluded=unanswered)
