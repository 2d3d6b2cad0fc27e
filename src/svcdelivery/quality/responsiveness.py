"""Responsiveness: how soon the service answers, counting those that have not been answered yet.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.errors import EmptyIntervalError, InvalidDurationError
from svcdelivery.quality.measurement import Measurement, checked_percent, share_of
from svcdelivery.timeline import Instant, Interval, format_duration, to_instant

__all__ = ["Answer", "apdex", "littles_law", "percentile", "throughput", "within_target"]


@frozen(kw_only=True)
class Answer:
    """Something that was asked for, and when it was answered; None while it is not.

    Raises:
        EmptyIntervalError: Answered before it was asked.
    """

    asked_at: Instant = field(converter=to_instant)
    answered_at: Instant | None = field(default=None, converter=optional(to_instant))

    def __attrs_post_init__(self) -> None:
        if self.answered_at is not None and self.answered_at < self.asked_at:
            raise EmptyIntervalError(start=self.asked_at, end=self.answered_at)

    def waited(self, at: Instant) -> timedelta:
        """Answer the wall time until the answer, or until the instant while there is none."""
        until = at if self.answered_at is None or self.answered_at > at else self.answered_at
        return datetime.__sub__(until, self.asked_at)

    def is_answered(self, at: Instant) -> bool:
        """Answer whether it was answered by the instant."""
        return self.answered_at is not None and self.answered_at <= at


def _asked(answers: Iterable[Answer], at: Instant) -> list[Answer]:
    return [answer for answer in answers if answer.asked_at <= at]


def _positive(duration: timedelta, path: str) -> timedelta:
    if duration <= timedelta(0):
        raise InvalidDurationError(value=format_duration(duration), path=path, problem="it must be longer than nothing")
    return duration


def within_target(answers: Iterable[Answer], target: timedelta, now: datetime) -> Measurement:
    """Answer the share answered within the target.

    What is still open and already too late is a miss: to leave it out would praise what was never answered. What is
    still open and in time is not judged.
    """
    at = to_instant(now)
    asked = _asked(answers, at)
    met = sum(answer.is_answered(at) and answer.waited(at) <= target for answer in asked)
    missed = sum(answer.waited(at) > target for answer in asked)
    return share_of(
        "answered within target",
        ("within target", met),
        ("judged", met + missed),
        convention="wall time from asking to answer; unanswered ones past the target count as missed",
        excluded=[("unanswered, still in time", len(asked) - met - missed)],
        ranged=True,
    )


def percentile(answers: Iterable[Answer], percent: int, now: datetime) -> Measurement:
    """Answer a percentile of the waits by nearest rank: one of the waits themselves.

    Raises:
        InvalidValueError: A percentile that is not over 0 and at most 100.
        WrongTypeError: One that is no whole number.
    """
    checked_percent(percent)
    at = to_instant(now)
    asked = _asked(answers, at)
    waits = sorted(answer.waited(at) for answer in asked if answer.is_answered(at))
    rank = -(-percent * len(waits) // 100)
    unanswered = len(asked) - len(waits)
    return Measurement(
        name=f"wait, p{percent}",
        value=waits[rank - 1] if waits else None,
        unit="duration",
        inputs=(("rank", rank), ("answered", len(waits))),
        excluded=(("unanswered", unanswered),) if unanswered else (),
        convention="wall time from asking to answer, nearest rank",
    )


def apdex(answers: Iterable[Answer], target: timedelta, now: datetime) -> Measurement:
    """Answer the Apdex: those within the target, and half of those within four times the target, of all judged.

    Source:
        Apdex Alliance, Application Performance Index technical specification 1.1
    """
    at = to_instant(now)
    target = _positive(target, "target")
    asked = _asked(answers, at)
    waits = [(answer.waited(at), answer.is_answered(at)) for answer in asked]
    satisfied = sum(done and wait <= target for wait, done in waits)
    tolerating = sum(done and target < wait <= 4 * target for wait, done in waits)
    frustrated = sum(wait > 4 * target for wait, _ in waits)
    judged = satisfied + tolerating + frustrated
    undecided = len(asked) - judged
    return Measurement(
        name="Apdex",
        value=(satisfied + Fraction(tolerating, 2)) / judged if judged else None,
        unit="index",
        inputs=(("satisfied", satisfied), ("tolerating", tolerating), ("frustrated", frustrated)),
        excluded=(("unanswered, not yet frustrated", undecided),) if undecided else (),
        convention="satisfied up to the target, tolerating up to four times it; unanswered ones beyond are frustrated",
    )


def throughput(answers: Iterable[Answer], window: Interval) -> Measurement:
    """Answer how many were answered for each hour of the window."""
    answered = sum(answer.answered_at is not None and answer.answered_at in window for answer in answers)
    hours = Fraction(window.duration // timedelta(microseconds=1), 3_600_000_000)
    return Measurement(
        name="throughput",
        value=answered / hours,
        unit="answers an hour",
        inputs=(("answered", answered), ("window", window.duration)),
        convention="answers given in the window, by its wall time",
    )


def littles_law(answers: Iterable[Answer], window: Interval) -> Measurement:
    """Answer how far the mean number waiting is from arrivals an hour times the mean wait.

    Over a window that begins and ends with nobody waiting the two are equal; a difference says how much of the window's
    waiting belongs to those who came before it or leave after it.
    """
    inside = [a for a in answers if a.asked_at < window.end and (a.answered_at or window.end) > window.start]
    waiting = sum((_overlap(answer, window) for answer in inside), timedelta(0))
    arrived = [answer for answer in inside if answer.asked_at in window]
    waits = sum((answer.waited(window.end) for answer in arrived), timedelta(0))
    return Measurement(
        name="Little's law, difference",
        value=Fraction((waiting - waits) // timedelta(microseconds=1), window.duration // timedelta(microseconds=1)),
        unit="waiting",
        inputs=(("waiting time in the window", waiting), ("waits of arrivals", waits), ("arrivals", len(arrived))),
        convention="mean number waiting less arrival rate times mean wait, both over the window",
    )


def _overlap(answer: Answer, window: Interval) -> timedelta:
    start = max(answer.asked_at, window.start)
    end = min(answer.answered_at or window.end, window.end)
    return datetime.__sub__(end, start)
