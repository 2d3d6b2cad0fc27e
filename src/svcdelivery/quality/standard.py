"""The attributes every report measures, of each of the six families the practice names, from the record alone.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

from svcdelivery.quality.attribute import QualityAttribute
from svcdelivery.quality.availability import (
    availability,
    exact_time,
    mean_time_between_failures,
    mean_time_to_restore,
)
from svcdelivery.quality.capacity import load, peak_in_hand
from svcdelivery.quality.definition import MeasureDefinition
from svcdelivery.quality.measurement import Amount, Measurement, mean_time
from svcdelivery.quality.people import abandonment, completion, harm_rate, near_miss_ratio, rework
from svcdelivery.quality.record import ServiceRecord
from svcdelivery.quality.reliability import reliability
from svcdelivery.quality.responsiveness import percentile, throughput
from svcdelivery.timeline import Interval

__all__ = ["STANDARD_ATTRIBUTES"]

_MICRO = timedelta(microseconds=1)
_HOURS = timedelta(hours=1000)
_RECEIVED = ("request.received/1", "incident.recorded/1", "work.observed/1")
_DELIVERED = ("request.fulfilled/1", "incident.resolved/1", "work.closed/1", "work.reopened/1", "work.corrected/1")
_ITEMS = (*_RECEIVED, *_DELIVERED)
_ENDED = (*_ITEMS, "work.cancelled/1", "work.rejected/1")
_COMPONENTS = ("component.registered/1", "component.changed/1")
_AGREED = (*_COMPONENTS, "agreement.revision_registered/1", "agreement.exclusion_authorized/1")


def _micros(amount: Amount) -> Fraction:
    return Fraction(amount // _MICRO) if isinstance(amount, timedelta) else Fraction(amount)


def _availability(record: ServiceRecord, _window: Interval) -> Measurement:
    """Answer the availability of all services together: each weighs as much as it was promised."""
    measured = [availability(time.agreed, time.outages) for time in record.services]
    agreed = sum((_micros(one.input("agreed service time")) for one in measured), Fraction(0))
    lost = sum((_micros(one.input("downtime")) for one in measured), Fraction(0))
    excluded = sum((time.agreed.excluded for time in record.services), timedelta(0))
    return Measurement(
        name="availability",
        value=1 - lost / agreed if agreed else None,
        unit="share",
        inputs=(
            ("services", len(measured)),
            ("agreed service time", exact_time(agreed)),
            ("downtime", exact_time(lost)),
        ),
        excluded=(("agreed exclusions", excluded),) if excluded else (),
        convention="agreed service time less outages, of the agreed service time, all services added up; outages that "
        "still last are cut at the end of the window",
    )


def _to_restore(record: ServiceRecord, window: Interval) -> Measurement:
    # An outage of several services is one failure.
    return mean_time_to_restore(window, {one.id: one for time in record.services for one in time.outages}.values())


def _between_failures(record: ServiceRecord, _window: Interval) -> Measurement:
    measured = [mean_time_between_failures(time.agreed, time.outages) for time in record.services]
    uptime = sum((_micros(one.input("uptime")) for one in measured), Fraction(0))
    failures = sum(int(_micros(one.input("failures"))) for one in measured)
    return mean_time(
        "mean time between failures",
        int(uptime) * _MICRO,
        ("failures", failures),
        of="uptime",
        convention="agreed service time without outage for each outage that began in the window, all services added up",
    )


def _reliability(record: ServiceRecord, _window: Interval) -> Measurement:
    return reliability(record.deliveries)


def _waits(percent: int) -> Callable[[ServiceRecord, Interval], Measurement]:
    def measure(record: ServiceRecord, window: Interval) -> Measurement:
        return percentile(record.answers, percent, window.end)

    return measure


def _harm(record: ServiceRecord, window: Interval) -> Measurement:
    return harm_rate(record.safety, window.duration, per=_HOURS)


def _attribute(
    family: str,
    name: str,
    measure: Callable[[ServiceRecord, Interval], Measurement],
    *,
    question: str,
    formula: str,
    unit: str,
    sources: tuple[str, ...],
    excludes: str = "nothing",
) -> QualityAttribute:
    definition = MeasureDefinition(
        name=name.replace(" ", "_").replace(",", ""),
        question=question,
        formula=formula,
        unit=unit,
        sources=sources,
        excludes=excludes,
        convention="stands beside each value",
    )
    return QualityAttribute(name=name, family=family, measure=measure, definition=definition)


STANDARD_ATTRIBUTES: tuple[QualityAttribute, ...] = (
    _attribute(
        "availability",
        "availability",
        _availability,
        question="How much of the time it was promised for was the service there?",
        formula="1 - downtime / agreed service time",
        unit="share",
        sources=_AGREED,
        excludes="time that the agreement excludes",
    ),
    _attribute(
        "availability",
        "time to restore",
        _to_restore,
        question="How long did it take until a service that failed was there again?",
        formula="time to restore / restored outages",
        unit="duration",
        sources=_COMPONENTS,
        excludes="outages that still last",
    ),
    _attribute(
        "reliability",
        "time between failures",
        _between_failures,
        question="How long does the service run until it fails?",
        formula="uptime / failures",
        unit="duration",
        sources=_AGREED,
        excludes="time that the agreement excludes",
    ),
    _attribute(
        "reliability",
        "deliveries that held",
        _reliability,
        question="How many deliveries did not have to be done again?",
        formula="delivered and never reopened / ever delivered",
        unit="share",
        sources=_ITEMS,
        excludes="what was never delivered",
    ),
    _attribute(
        "responsiveness",
        "wait for delivery, p50",
        _waits(50),
        question="How long does one in two wait at most until the delivery?",
        formula="smallest wait with half of all waits at or below it",
        unit="duration",
        sources=_ITEMS,
        excludes="what is not delivered yet",
    ),
    _attribute(
        "responsiveness",
        "wait for delivery, p90",
        _waits(90),
        question="How long do nine in ten wait at most until the delivery?",
        formula="smallest wait with nine tenths of all waits at or below it",
        unit="duration",
        sources=_ITEMS,
        excludes="what is not delivered yet",
    ),
    _attribute(
        "responsiveness",
        "throughput",
        lambda record, window: throughput(record.answers, window),
        question="How much is delivered in an hour?",
        formula="delivered / hours of the window",
        unit="deliveries an hour",
        sources=_ITEMS,
    ),
    _attribute(
        "capacity",
        "load",
        lambda record, window: load(record.answers, window),
        question="Does more come in than goes out?",
        formula="received / delivered",
        unit="received per delivery",
        sources=_ITEMS,
    ),
    _attribute(
        "capacity",
        "peak in hand",
        lambda record, window: peak_in_hand(record.answers, window),
        question="How much had to be handled at once?",
        formula="greatest number received and not delivered yet",
        unit="items",
        sources=_ITEMS,
    ),
    _attribute(
        "usability",
        "task completion",
        lambda record, _: completion(record.tasks),
        question="Do people get done what they came for?",
        formula="delivered / (delivered + cancelled)",
        unit="share",
        sources=_ENDED,
        excludes="what is still under way, and what was rejected",
    ),
    _attribute(
        "usability",
        "abandonment",
        lambda record, _: abandonment(record.tasks),
        question="How many give up?",
        formula="cancelled / (delivered + cancelled)",
        unit="share",
        sources=_ENDED,
        excludes="what is still under way, and what was rejected",
    ),
    _attribute(
        "usability",
        "rework",
        lambda record, _: rework(record.tasks),
        question="How often did people have to come back?",
        formula="delivered after a reopening / delivered",
        unit="share",
        sources=_ITEMS,
        excludes="what is not delivered",
    ),
    _attribute(
        "safety",
        "harm rate",
        _harm,
        question="Does anybody come to harm?",
        formula="harmful events / hours of the window, times 1,000",
        unit="events per 1,000 hours",
        sources=("safety.event_recorded/1",),
        excludes="near misses",
    ),
    _attribute(
        "safety",
        "near misses",
        lambda record, _: near_miss_ratio(record.safety),
        question="Do people report what nearly went wrong?",
        formula="near misses / harmful events",
        unit="per harmful event",
        sources=("safety.event_recorded/1",),
    ),
)
"""What the record alone can say of capacity, availability, responsiveness, usability, reliability and safety."""
