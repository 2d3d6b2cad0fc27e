"""Quality attributes in the report: what the record tells of each, and how that stands to its objective.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from attrs import frozen

from svcdelivery.agreement import AgreementRecord
from svcdelivery.errors import NotFoundError, ServiceDeliveryError, UnusableInputError
from svcdelivery.facts import Fact
from svcdelivery.quality import (
    Answer,
    Counts,
    Evaluation,
    Measurement,
    Objective,
    QualityAttribute,
    SafetyEvent,
    SafetyEventRecorded,
    ServiceRecord,
    Tasks,
    availability,
    evaluate,
)
from svcdelivery.reporting.figures import NO_DATA, shown_hours, shown_number, shown_share
from svcdelivery.reporting.items import ReportItem
from svcdelivery.system import ComponentChanged, ComponentRegistered, service_times
from svcdelivery.timeline import Instant, Interval, format_duration, format_instant, from_micros, to_micros

__all__ = ["Qualities", "QualityTally", "ServiceAvailability", "measured_by", "shown_amount"]

_NEVER = -(2**63)


@frozen(kw_only=True)
class ServiceAvailability:
    """How much one service was there of the time one agreement promised it; `agreement` is empty where none does."""

    service: str
    agreement: str
    measurement: Measurement
    outages: int

    def to_data(self) -> dict[str, Any]:
        """Answer the line for JSON."""
        return {
            "service": self.service,
            "agreement": self.agreement,
            "outages": self.outages,
            **self.measurement.to_data(),
            "shown": shown_amount(self.measurement.value, self.measurement.unit),
        }


@frozen(kw_only=True)
class Qualities:
    """Every attribute as measured of the record.

    Attributes:
        window: The time the facts cover; None where there are none, and then nothing was measured.
        services: The services that components on record serve.
    """

    window: Interval | None = None
    evaluations: tuple[Evaluation, ...] = ()
    services: tuple[ServiceAvailability, ...] = ()

    @property
    def last(self) -> Instant | None:
        """When the last thing on record happened."""
        return None if self.window is None else from_micros(to_micros(self.window.end) - 1)

    def of(self, name: str) -> Evaluation:
        """Answer one attribute by name.

        Raises:
            NotFoundError: It was not measured.
        """
        for one in self.evaluations:
            if one.attribute.name == name:
                return one
        raise NotFoundError(what="measured quality attribute", id=name)

    def to_data(self) -> dict[str, Any]:
        """Answer all of it for JSON: exact values as text, durations as ISO 8601."""
        window = self.window
        return {
            "from": None if window is None else format_instant(window.start),
            "until": None if window is None else format_instant(window.end),
            "attributes": [_evaluation(one) for one in self.evaluations],
            "services": [service.to_data() for service in self.services],
        }


def _evaluation(one: Evaluation) -> dict[str, Any]:
    attribute, measured, objective = one.attribute, one.measurement, one.objective
    return {
        "attribute": attribute.name,
        "family": attribute.family,
        "measure": measured_by(attribute),
        **measured.to_data(),
        "shown": shown_amount(measured.value, measured.unit),
        "objective": None if objective is None else _plain(objective.target),
        "higher_is_better": None if objective is None else objective.higher_is_better,
        "standing": one.standing.value if objective is not None else None,
    }


def _plain(target: Fraction | timedelta) -> str:
    return format_duration(target) if isinstance(target, timedelta) else str(target)


def measured_by(attribute: QualityAttribute) -> str:
    """Answer the name of an attribute's operational definition; its own name where it has none."""
    return attribute.name if attribute.definition is None else attribute.definition.name


def shown_amount(amount: int | Fraction | timedelta | None, unit: str) -> str:
    """Answer a measured value for reading: shares in per cent, rounded down as everywhere in a report."""
    if amount is None:
        return NO_DATA
    if isinstance(amount, timedelta):
        return shown_hours(amount, days=True) if amount >= timedelta(0) else f"-{shown_hours(-amount, days=True)}"
    return shown_share(Fraction(amount)) if unit == "share" else shown_number(Fraction(amount))


class QualityTally:
    """Keeps two numbers an item, and the few facts of components and safety; the rest is counted."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._asked, self._delivered = array("q"), array("q")
        self._begun = self._completed = self._abandoned = self._reworked = 0
        self._ever = self._came_back = 0
        self._first: Instant | None = None
        self._last: Instant | None = None
        self._components: dict[str, list[Fact[Any]]] = {}
        self._safety: list[SafetyEvent] = []

    def add(self, item: ReportItem) -> None:
        """Count one item."""
        work, delivered = item.work, item.delivered_at
        self._covers(work.received_at, work.updated_at)
        self._asked.append(to_micros(work.received_at))
        self._delivered.append(_NEVER if delivered is None else max(to_micros(delivered), self._asked[-1]))
        came_back = work.reopened > 0
        self._ever += came_back or delivered is not None
        self._came_back += came_back
        if work.status.value != "rejected":
            self._begun += 1
            self._completed += delivered is not None
            self._abandoned += work.status.value == "cancelled"
            self._reworked += came_back and delivered is not None

    def add_fact(self, fact: Fact[Any]) -> None:
        """Keep a fact of a component or of safety; any other passes by."""
        body = fact.body
        if isinstance(body, ComponentChanged | ComponentRegistered):
            self._components.setdefault(fact.stream_id, []).append(fact)
            self._covers(fact.occurred_at, fact.occurred_at)
        elif isinstance(body, SafetyEventRecorded):
            self._safety.append(SafetyEvent(fact.stream_id, body.severity))
            self._covers(fact.occurred_at, fact.occurred_at)

    def _covers(self, first: Instant, last: Instant) -> None:
        if self._first is None or first < self._first:
            self._first = first
        if self._last is None or last > self._last:
            self._last = last

    def record(self, agreements: Iterable[AgreementRecord]) -> ServiceRecord | None:
        """Answer what is on record, None where nothing is."""
        if self._first is None or self._last is None:
            return None
        # What happened last happened within the window, whose end is not a part of it.
        window = Interval(self._first, from_micros(to_micros(self._last) + 1))
        return ServiceRecord(
            window=window,
            answers=tuple(self._answers()),
            tasks=Tasks(
                begun=self._begun, completed=self._completed, abandoned=self._abandoned, reworked=self._reworked
            ),
            deliveries=Counts(self._ever, self._came_back),
            services=service_times(self._components, (record.agreement for record in agreements), window),
            safety=tuple(self._safety),
        )

    def _answers(self) -> Iterable[Answer]:
        for asked, delivered in zip(self._asked, self._delivered, strict=True):
            answered = None if delivered == _NEVER else from_micros(delivered)
            yield Answer(asked_at=from_micros(asked), answered_at=answered)

    def qualities(
        self,
        agreements: Iterable[AgreementRecord],
        attributes: Iterable[QualityAttribute],
        objectives: Mapping[str, Objective],
    ) -> Qualities:
        """Answer every attribute measured.

        Raises:
            NotFoundError: An objective for an attribute that is not among them.
            UnusableInputError: An attribute that cannot measure the record.
        """
        wanted = tuple(attributes)
        for name in objectives:
            if all(attribute.name != name for attribute in wanted):
                known = ", ".join(f"`{attribute.name}`" for attribute in wanted)
                raise NotFoundError(what="quality attribute", id=name, hint=f"one of {known}")
        record = self.record(agreements)
        if record is None:
            return Qualities()
        return Qualities(
            window=record.window,
            evaluations=tuple(_evaluated(attribute, record, objectives.get(attribute.name)) for attribute in wanted),
            services=tuple(
                ServiceAvailability(
                    service=time.service,
                    agreement=time.agreement,
                    measurement=availability(time.agreed, time.outages),
                    outages=len(time.outages),
                )
                for time in record.services
            ),
        )


def _evaluated(attribute: QualityAttribute, record: ServiceRecord, objective: Objective | None) -> Evaluation:
    try:
        found = evaluate(attribute, record, record.window, objective)
    except ServiceDeliveryError as error:
        raise error.at(attribute.name) from None
    except Exception as error:  # an attribute is code of others: whatever it raises, say whose it is
        problem = f"it raised {type(error).__name__}: {error}"
        raise UnusableInputError(source=f"quality attribute {attribute.name}", problem=problem) from error
    answered: object = found.measurement
    if not isinstance(answered, Measurement):
        problem = f"its answer of type {type(answered).__name__} is no `Measurement`"
        raise UnusableInputError(source=f"quality attribute {attribute.name}", problem=problem)
    return found
