"""What a draft would have changed, as values: verdicts, how each target fared, and what would be owed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import frozen

from svcdelivery.agreement import CreditLine
from svcdelivery.agreement.credit import added
from svcdelivery.timeline import Instant, format_instant

__all__ = ["NO_CLOCK", "SIMULATION_FORMAT", "Simulation", "TargetOutcome", "UnderTerms", "VerdictChange"]

SIMULATION_FORMAT = "svcdelivery.simulation/1"
"""The name of the JSON form."""

NO_CLOCK = "no clock"
"""What stands for a verdict where no target applies."""


@frozen(kw_only=True)
class VerdictChange:
    """A clock whose verdict would be another one.

    Attributes:
        before: `met`, `breached`, `open`, `none`, or `no clock` where no target applied; `after` likewise.
    """

    item: str
    measure: str
    cycle: int
    before: str
    after: str
    target_before: str = ""
    target_after: str = ""
    due_before: Instant | None = None
    due_after: Instant | None = None

    def to_data(self) -> dict[str, Any]:
        """Answer the change for JSON."""
        return {
            "item": self.item,
            "measure": self.measure,
            "cycle": self.cycle,
            "before": _side_data(self.before, self.target_before, self.due_before),
            "after": _side_data(self.after, self.target_after, self.due_after),
        }


def _side_data(verdict: str, target: str, due_at: Instant | None) -> dict[str, Any]:
    return {"verdict": verdict, "target": target, "due_at": None if due_at is None else format_instant(due_at)}


@frozen(kw_only=True)
class TargetOutcome:
    """How one target fared under one of the two.

    Attributes:
        met, judged: Clocks that met their goal, of all judged; one still open past its due instant counts as breached.
        exempted: Breaches that were excused; they are not judged.
        periods_kept, periods_judged: Of the periods that are over, where the share is promised in periods.
    """

    target: str
    met: int = 0
    judged: int = 0
    exempted: int = 0
    share_promised: Fraction = Fraction(1)
    periods_kept: int | None = None
    periods_judged: int | None = None

    @property
    def share(self) -> Fraction | None:
        """Met of judged; None where nothing was."""
        return Fraction(self.met, self.judged) if self.judged else None

    @property
    def kept(self) -> bool | None:
        """Whether the promise was kept: over all, or in each period that is over; None without data."""
        if self.periods_judged is not None:
            return self.periods_kept == self.periods_judged if self.periods_judged else None
        return None if self.share is None else self.share >= self.share_promised

    def to_data(self) -> dict[str, Any]:
        """Answer the outcome for JSON; shares are fractions."""
        return {
            "target": self.target,
            "met": self.met,
            "judged": self.judged,
            "exempted": self.exempted,
            "share": None if self.share is None else str(self.share),
            "share_promised": str(self.share_promised),
            "periods_kept": self.periods_kept,
            "periods_judged": self.periods_judged,
            "kept": self.kept,
        }


@frozen(kw_only=True)
class UnderTerms:
    """What one of the two came to: an outcome for each target, by name, and the credits that would be owed.

    Attributes:
        currencies: Those credits were agreed in, each with nothing of it.
    """

    targets: tuple[TargetOutcome, ...] = ()
    credits: tuple[CreditLine, ...] = ()
    currencies: tuple[tuple[str, Decimal], ...] = ()

    def outcome(self, target: str) -> TargetOutcome | None:
        """Answer how a target fared, None where it judged nothing."""
        return next((outcome for outcome in self.targets if outcome.target == target), None)

    def owed(self, target: str | None = None) -> tuple[tuple[str, Decimal], ...]:
        """Answer what is owed for a target, or for all, in each currency; empty where no credits were agreed on."""
        sums = dict(self.currencies) if target is None else {}
        for line in self.credits:
            if target in (None, line.target):
                sums[line.currency] = added((sums.get(line.currency, Decimal(0)), line.amount))
        return tuple(sorted(sums.items()))

    def to_data(self) -> dict[str, Any]:
        """Answer it for JSON; money is decimal text."""
        return {
            "targets": [outcome.to_data() for outcome in self.targets],
            "credits": [line.to_data() for line in self.credits],
            "owed": {currency: f"{amount:f}" for currency, amount in self.owed()},
        }


@frozen(kw_only=True)
class Simulation:
    """What a draft would have changed.

    Attributes:
        items: Histories with at least one fact by then.
        clocks: Clocks compared, those that exist under one of the two alone included.
        changed: How many verdicts change, by what they were and what they become.
        changes: The changes themselves, in the order of the histories; of very many the first ones.
    """

    now: Instant
    items: int
    clocks: int
    changed: tuple[tuple[str, str, int], ...]
    changes: tuple[VerdictChange, ...]
    before: UnderTerms
    after: UnderTerms

    @property
    def changed_count(self) -> int:
        """How many verdicts change, all of them."""
        return sum(number for _, _, number in self.changed)

    def to_data(self) -> dict[str, Any]:
        """Answer the simulation for JSON."""
        return {
            "format": SIMULATION_FORMAT,
            "now": format_instant(self.now),
            "items": self.items,
            "clocks": self.clocks,
            "changed_count": self.changed_count,
            "changed": [{"before": before, "after": after, "clocks": n} for before, after, n in self.changed],
            "changes": [change.to_data() for change in self.changes],
            "before": self.before.to_data(),
            "after": self.after.to_data(),
        }
