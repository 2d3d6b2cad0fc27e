"""Service credits of a report: for each agreement what is owed, by period and target, as known at its instant."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from operator import itemgetter
from typing import Any

from attrs import frozen

from svcdelivery.agreement import AgreementRevision, CreditLine, CreditTally, Reached
from svcdelivery.agreement.credit import added
from svcdelivery.clock import missed_by
from svcdelivery.reporting.compliance import MeasureCompliance
from svcdelivery.reporting.items import ReportItem

__all__ = ["AgreementCredits", "CreditsTally"]


@frozen(kw_only=True)
class AgreementCredits:
    """What is owed under one revision, whose caps hold for its own credits."""

    agreement: str
    revision: int
    currency: str
    lines: tuple[CreditLine, ...]

    @property
    def amount(self) -> Decimal:
        """All of it."""
        return added(line.amount for line in self.lines)

    def to_data(self) -> dict[str, Any]:
        """Answer it for JSON; money is decimal text."""
        return {
            "agreement": self.agreement,
            "revision": self.revision,
            "currency": self.currency,
            "amount": f"{self.amount:f}",
            "is_final": all(line.is_final for line in self.lines),
            "lines": [line.to_data() for line in self.lines],
        }


class CreditsTally:
    """Adds credits up, a sum for each period and target."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, int], tuple[AgreementRevision, CreditTally]] = {}

    def add(self, item: ReportItem) -> None:
        """Count the breaches of one item."""
        for reading in item.readings:
            terms = reading.revision
            if terms is None or terms.credits is None:
                continue
            tally = self._of(terms)
            breach = missed_by(item.stream, reading)
            if breach is not None:
                tally.add(breach)

    def _of(self, terms: AgreementRevision) -> CreditTally:
        key = (terms.agreement, terms.number)
        if key not in self._tallies:
            self._tallies[key] = (terms, CreditTally(terms))
        return self._tallies[key][1]

    def credits(self, measures: Iterable[MeasureCompliance]) -> tuple[AgreementCredits, ...]:
        """Answer what is owed for the breaches added and for the shares that were not reached.

        A share that two revisions promise alike is one share, settled by the later of them.
        """
        shares: dict[tuple[str, int], list[Reached]] = {}
        for agreement, reached in _reached(measures):
            numbers = [
                number
                for (id, number), (terms, _) in self._tallies.items()
                if id == agreement and any(target.name == reached.target for target in terms.targets)
            ]
            if numbers:
                shares.setdefault((agreement, max(numbers)), []).append(reached)
        return tuple(
            AgreementCredits(
                agreement=id,
                revision=number,
                currency=terms.credits.currency if terms.credits is not None else "",
                lines=tally.lines(shares.get((id, number), ())),
            )
            for (id, number), (terms, tally) in sorted(self._tallies.items(), key=itemgetter(0))
        )


def _reached(measures: Iterable[MeasureCompliance]) -> Iterable[tuple[str, Reached]]:
    for measure in measures:
        for line in measure.by("target"):
            for part in line.periods:
                yield (
                    line.agreement,
                    Reached(
                        target=line.of,
                        period=part.period,
                        met=part.figure.numerator,
                        judged=part.figure.denominator,
                        is_over=part.is_over,
                    ),
                )
