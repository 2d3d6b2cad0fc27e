"""Credits of very many breaches, added up: a sum for each target and period, and no breach is kept."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from operator import itemgetter
from typing import Any

from attrs import define, evolve, frozen

from svcdelivery.agreement.credit import added
from svcdelivery.agreement.period import Period
from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.agreement.settlement import NOTHING, Caps, Missed, Reached, draft_of, zero
from svcdelivery.timeline import Instant

__all__ = ["CreditLine", "CreditTally"]


@frozen(kw_only=True)
class CreditLine:
    """The credits of one target in one period, together.

    Attributes:
        credits: How many brought anything, before the caps.
        earned, amount: As of `Credit`, added up.
    """

    target: str
    period: str
    credits: int
    earned: Decimal
    amount: Decimal
    currency: str
    is_final: bool = True

    def to_data(self) -> dict[str, Any]:
        """Answer the line for JSON; money is decimal text."""
        return {
            "target": self.target,
            "period": self.period,
            "credits": self.credits,
            "earned": f"{self.earned:f}",
            "amount": f"{self.amount:f}",
            "currency": self.currency,
            "is_final": self.is_final,
        }


@define
class _Sum:
    period: Period
    credits: int = 0
    earned: Decimal = NOTHING
    is_final: bool = True


class CreditTally:
    """Adds up the credits of very many breaches; it keeps a sum for each target and period, and no breach.

    Its lines add up to what `credits_of` answers of the same breaches and shares, each of them given once.
    """

    def __init__(self, revision: AgreementRevision) -> None:
        self._revision = revision
        self._sums: dict[tuple[Instant, int], _Sum] = {}

    @property
    def nothing(self) -> tuple[str, Decimal]:
        """The currency, and none of it, to its smallest unit."""
        terms = self._revision.credits
        return ("", NOTHING) if terms is None else (terms.currency, zero(terms))

    def add(self, event: Missed | Reached) -> None:
        """Count one breach or one share."""
        draft = draft_of(self._revision, event)
        if draft is None:
            return
        found = self._sums.setdefault((draft.period.start, draft.index), _Sum(draft.period))
        found.credits += bool(draft.credit.earned)
        found.earned = added((found.earned, draft.credit.earned))
        found.is_final = found.is_final and draft.credit.is_final

    def lines(self, reached: Iterable[Reached] = ()) -> tuple[CreditLine, ...]:
        """Answer a line for each period and target that anything was counted for, in the order they are settled.

        Args:
            reached: Shares to settle with what was added; they are not kept, so the answer may be asked for again.
        """
        terms = self._revision.credits
        if terms is None:
            return ()
        whole = CreditTally(self._revision)
        whole._sums = {key: evolve(found) for key, found in self._sums.items()}
        for share in reached:
            whole.add(share)
        caps, lines = Caps(terms), []
        for (_, index), found in sorted(whole._sums.items(), key=itemgetter(0)):
            target, label = self._revision.targets[index], found.period.label
            granted, _ = caps.grant(label, target, found.earned)
            lines.append(
                CreditLine(
                    target=target.name,
                    period=label,
                    credits=found.credits,
                    earned=found.earned,
                    amount=granted,
                    currency=terms.currency,
                    is_final=found.is_final,
                )
            )
        return tuple(lines)
