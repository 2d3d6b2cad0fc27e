"""Compliance: how many clocks kept their goal, cut by measure, target, service, priority, agreement and month."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

from attrs import frozen

from svcdelivery.agreement import Period, Periods
from svcdelivery.reporting.figures import Figure
from svcdelivery.timeline import format_duration, format_instant

__all__ = ["BY", "Compliance", "MeasureCompliance", "PeriodCompliance", "Promise"]

BY = ("target", "agreement", "service", "priority", "month")
"""The cuts of each measure. The month is that of the stop in UTC, of the due instant for a clock still open."""


@frozen
class Promise:
    """What a target promises: a goal, and the share of the clocks that must keep it, perhaps in each period."""

    clause: str
    goal: timedelta | str
    share: Fraction
    periods: Periods | None = None

    @property
    def rank(self) -> tuple[bool, timedelta, str]:
        """The place among promises of one share: durations first, the shortest first, then the others by name."""
        return (False, self.goal, "") if isinstance(self.goal, timedelta) else (True, timedelta(0), self.goal)


@frozen(kw_only=True)
class PeriodCompliance:
    """What became of a share promised in one period.

    Attributes:
        figure: Met of judged: the clocks whose verdict was decided in the period. Exempted breaches stand with what was
            left out; a clock that is still open and not yet due belongs to no period yet.
        is_over: Whether the period had ended by the instant of the report: then its figures are final.
    """

    period: Period
    figure: Figure
    breached_open: int
    share_promised: Fraction
    is_over: bool

    @property
    def kept(self) -> bool | None:
        """Whether the promised share is reached, compared exactly; None without data."""
        value = self.figure.value
        return value >= self.share_promised if isinstance(value, Fraction) else None

    def to_data(self) -> dict[str, Any]:
        """Answer the line for JSON; the end of a period is exclusive, and null where it has none."""
        end = self.period.end
        return {
            **self.figure.to_data(),
            "from": format_instant(self.period.start),
            "until": None if end is None else format_instant(end),
            "is_over": self.is_over,
            "breached_open": self.breached_open,
            "kept": self.kept,
        }


@frozen(kw_only=True)
class Compliance:
    """One line of a compliance table.

    Attributes:
        of: What the line speaks of: the name of a target, service, priority, agreement, month or measure.
        figure: Met of judged.
        breached_open: Those of the breached that are still open.
        promise: What was promised, None where the line joins several promises.
        periods: Where the share is promised in periods, those anything was decided in, in order.
    """

    of: str
    figure: Figure
    breached_open: int = 0
    agreement: str = ""
    promise: Promise | None = None
    periods: tuple[PeriodCompliance, ...] = ()

    @property
    def kept(self) -> bool | None:
        """Whether the promised share was reached, compared exactly; None without promise or data.

        A share promised in periods is kept when each period that is over kept it.
        """
        if self.promise is not None and self.promise.periods is not None:
            judged = [line.kept for line in self.periods if line.is_over and line.kept is not None]
            return all(judged) if judged else None
        value = self.figure.value
        return None if self.promise is None or not isinstance(value, Fraction) else value >= self.promise.share

    def to_data(self) -> dict[str, Any]:
        """Answer the line for JSON."""
        data: dict[str, Any] = {**self.figure.to_data(), "breached_open": self.breached_open}
        if self.promise is not None:
            goal = self.promise.goal
            shown = format_duration(goal) if isinstance(goal, timedelta) else goal
            data.update(agreement=self.agreement, clause=self.promise.clause, goal=shown)
            data.update(share_promised=str(self.promise.share), kept=self.kept)
            if self.promise.periods is not None:
                data.update(promised_in=str(self.promise.periods), zone=self.promise.periods.zone)
                data.update(periods=[line.to_data() for line in self.periods])
        return data


@frozen(kw_only=True)
class MeasureCompliance:
    """One measure as a whole, and cut in each way of `BY`; the lines of a cut add up to the whole."""

    measure: str
    whole: Compliance
    cuts: tuple[tuple[str, tuple[Compliance, ...]], ...]

    def by(self, cut: str) -> tuple[Compliance, ...]:
        """Answer the lines of one cut."""
        return dict(self.cuts)[cut]

    def to_data(self) -> dict[str, Any]:
        """Answer the measure for JSON."""
        cuts = {f"by_{name}": [line.to_data() for line in lines] for name, lines in self.cuts}
        return {"measure": self.measure, "whole": self.whole.to_data(), **cuts}
