"""Work product 3, performance: every number of a report, from one pass over items and decisions.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work product 3
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from attrs import frozen

from svcdelivery.agreement import AgreementRecord
from svcdelivery.facts import Fact
from svcdelivery.improvement import CorrectiveAction
from svcdelivery.quality import STANDARD_ATTRIBUTES, Objective, QualityAttribute
from svcdelivery.reporting.breaches import Breach, Breaches, BreachTally
from svcdelivery.reporting.compliance import Compliance, MeasureCompliance
from svcdelivery.reporting.compliance_tally import ComplianceTally
from svcdelivery.reporting.credits import AgreementCredits, CreditsTally
from svcdelivery.reporting.definitions import ITEMS_WITH_TARGET
from svcdelivery.reporting.durations import Durations, DurationTally
from svcdelivery.reporting.figures import ROUNDING, Figure, share
from svcdelivery.reporting.flow import Flow, FlowTally
from svcdelivery.reporting.items import ReportItem
from svcdelivery.reporting.operations import OperationFigures, Operations, operation_figures
from svcdelivery.reporting.problems import ProblemFigures, problem_figures
from svcdelivery.reporting.qualities import Qualities, QualityTally
from svcdelivery.reporting.refusals import Refusals, RefusalTally
from svcdelivery.reporting.security import SecurityFigures, SecurityRecord, security_figures
from svcdelivery.reporting.voices import Satisfaction, SatisfactionTally, UpdateTally
from svcdelivery.satisfaction import Survey
from svcdelivery.system import fold_training
from svcdelivery.timeline import Instant, format_instant, tzdata_version
from svcdelivery.work.problem import ProblemRecord

__all__ = ["AgreementLine", "Performance", "PerformanceTally"]

_STANDING = "standing"
_NO_OBJECTIVES: Mapping[str, Objective] = MappingProxyType({})


@frozen(kw_only=True)
class AgreementLine:
    """An agreement the report speaks of, as it stood at the instant of the report."""

    id: str
    customer: str
    provider: str
    status: str
    revisions: tuple[tuple[int, Instant], ...]

    def to_data(self) -> dict[str, Any]:
        """Answer the line for JSON."""
        revisions = [{"number": number, "effective_at": format_instant(at)} for number, at in self.revisions]
        return {
            "id": self.id,
            "customer": self.customer,
            "provider": self.provider,
            "status": self.status,
            "revisions": revisions,
        }


@frozen(kw_only=True)
class Performance:
    """Every figure of a report.

    Attributes:
        as_of: The instant of the report, None for an empty journal.
        first, last: When the earliest and the latest fact of the items happened.
        measures: Compliance by measure, each cut in several ways.
        credits: What is owed, by agreement and revision; none where no credits are agreed on.
        covered: Items with at least one clock, of all items.
        unjudged: Why the others have none, and how many.
        quality: The quality attributes, measured of the record.
        operations: Components, runs, maintenance, alerts, training, thresholds and standing requests.
        later: Items the journal holds that came in after the instant of the report; they stand in no figure.
    """

    as_of: Instant | None
    first: Instant | None
    last: Instant | None
    agreements: tuple[AgreementLine, ...]
    covered: Figure
    unjudged: tuple[tuple[str, int], ...]
    later: int
    whole: Compliance
    measures: tuple[MeasureCompliance, ...]
    credits: tuple[AgreementCredits, ...]
    durations: tuple[Durations, ...]
    flow: Flow
    breaches: Breaches
    problems: ProblemFigures
    security: SecurityFigures
    updates: Figure
    satisfaction: Satisfaction
    refusals: Refusals
    quality: Qualities
    operations: OperationFigures

    def to_data(self) -> dict[str, Any]:
        """Answer everything for JSON."""
        return {
            "format": "svcdelivery.performance/1",
            "as_of": _text(self.as_of),
            "facts_from": _text(self.first),
            "facts_to": _text(self.last),
            "rounding": ROUNDING,
            "zone_data": tzdata_version(),
            "agreements": [line.to_data() for line in self.agreements],
            "covered": self.covered.to_data(),
            "without_target": dict(self.unjudged),
            "received_later": self.later,
            "compliance": {
                "whole": self.whole.to_data(),
                "measures": [measure.to_data() for measure in self.measures],
            },
            "credits": [owed.to_data() for owed in self.credits],
            "durations": [durations.to_data() for durations in self.durations],
            "flow": self.flow.to_data(),
            "breaches": self.breaches.to_data(),
            "problems": self.problems.to_data(),
            "security": self.security.to_data(),
            "status_updates": self.updates.to_data(),
            "satisfaction": self.satisfaction.to_data(),
            "refusals": self.refusals.to_data(),
            "quality": self.quality.to_data(),
            "operations": self.operations.to_data(),
        }


class PerformanceTally:
    """Adds items, breaches, surveys and decisions up; what was added is not kept."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._first: Instant | None = None
        self._last: Instant | None = None
        self._later = 0
        self._compliance = ComplianceTally()
        self._credits = CreditsTally()
        self._durations = DurationTally()
        self._flow = FlowTally(now)
        self._breaches = BreachTally(now)
        self._updates = UpdateTally(now)
        self._satisfaction = SatisfactionTally(now)
        self._refusals = RefusalTally()
        self._quality = QualityTally(now)
        self._received = self._standing = 0

    def add_item(self, item: ReportItem) -> None:
        """Count an item with its clocks and status updates."""
        self._received += 1
        self._standing += item.work.channel == _STANDING
        first, last = item.facts[0].occurred_at, item.work.updated_at
        self._first = first if self._first is None else min(first, self._first)
        self._last = last if self._last is None else max(last, self._last)
        self._compliance.add(item)
        self._credits.add(item)
        for reading in item.readings:
            self._durations.add(reading)
        self._flow.add(item)
        self._quality.add(item)
        if not item.is_only_observed:
            self._updates.add(item.facts)

    def add_later(self) -> None:
        """Count an item that came in after the instant of the report."""
        self._later += 1

    def add_breach(self, breach: Breach) -> None:
        """Count a breached clock of an item added before."""
        self._breaches.add(breach)

    def add_unmatched(self, action: CorrectiveAction) -> None:
        """Count a corrective action without a breached clock."""
        self._breaches.add_unmatched(action)

    def add_survey(self, survey: Survey) -> None:
        """Count an invitation."""
        self._satisfaction.add(survey)

    def add_fact(self, fact: Fact[Any]) -> None:
        """Count a fact of no item: a decision, or what became of a component."""
        self._refusals.add(fact)
        self._quality.add_fact(fact)

    def performance(
        self,
        agreements: tuple[AgreementRecord, ...],
        problems: tuple[ProblemRecord, ...] = (),
        security: SecurityRecord | None = None,
        operations: Operations | None = None,
        *,
        empty: bool = False,
        attributes: Iterable[QualityAttribute] = STANDARD_ATTRIBUTES,
        objectives: Mapping[str, Objective] = _NO_OBJECTIVES,
    ) -> Performance:
        """Answer every figure.

        Args:
            empty: Whether the journal is empty, so that there is no instant to speak of.
            attributes: The quality attributes to measure.
            objectives: What is asked of them, by name.

        Raises:
            NotFoundError: An objective for an attribute that is not measured.
            UnusableInputError: An attribute that cannot measure the record.
        """
        measures = self._compliance.measures()
        return Performance(
            as_of=None if empty else self._now,
            first=self._first,
            last=self._last,
            agreements=tuple(_line(record, self._now) for record in agreements),
            covered=self._covered(),
            unjudged=self._compliance.unjudged,
            later=self._later,
            whole=self._compliance.whole(),
            measures=measures,
            credits=self._credits.credits(measures),
            durations=self._durations.durations(),
            flow=self._flow.flow(),
            breaches=self._breaches.breaches(),
            problems=problem_figures(problems),
            security=security_figures(security or SecurityRecord()),
            updates=self._updates.figure(),
            satisfaction=self._satisfaction.satisfaction(),
            refusals=self._refusals.refusals(),
            quality=self._quality.qualities(agreements, attributes, objectives),
            operations=operation_figures(
                operations or Operations(now=self._now, training=fold_training(())),
                standing=self._standing,
                received=self._received,
            ),
        )

    def _covered(self) -> Figure:
        covered, left_out = self._compliance.judged_items, sum(number for _, number in self._compliance.unjudged)
        return share("items with a target", covered, covered + left_out, of=ITEMS_WITH_TARGET)


def _line(record: AgreementRecord, now: Instant) -> AgreementLine:
    status = record.status_at(now)
    return AgreementLine(
        id=record.id,
        customer=record.agreement.customer,
        provider=record.agreement.revisions[-1].provider,
        status="none yet" if status is None else status.value,
        revisions=tuple((revision.number, revision.effective_at) for revision in record.agreement.revisions),
    )


def _text(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)
