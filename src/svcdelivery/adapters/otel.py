"""OpenTelemetry: timelines and clocks as spans, facts and measures as metrics. Needs the extra `otel`.

Only the interface of OpenTelemetry is used; where things go is for the host to set up.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from svcdelivery.clock import ClockPhase, ClockReading, Verdict
from svcdelivery.errors import ExtraMissingError
from svcdelivery.facts import Fact, type_of
from svcdelivery.reporting import MeasuredValue
from svcdelivery.system.monitoring import RequestTimeline, TimelineSpan
from svcdelivery.timeline import Instant, to_micros

try:
    from opentelemetry import metrics, trace
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, Status, StatusCode, TracerProvider
except ModuleNotFoundError:
    raise ExtraMissingError(extra="otel", feature="telemetry") from None

__all__ = ["Telemetry"]

_SCOPE = "svcdelivery"
_ZERO = timedelta(0)

Attributes = Mapping[str, str | int | float | bool]


class Telemetry:
    """Tells an OpenTelemetry provider what happened to items, and what was measured.

    Names of people are left out: an actor is told by kind. What was told before is told again when asked again, so tell
    each item once it is over, and each fact once, for instance along a `Mark` of the feed.

    Args:
        tracer_provider: By default that of the process.
        meter_provider: Likewise.
    """

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        self._tracer = trace.get_tracer(_SCOPE, tracer_provider=tracer_provider)
        meter = metrics.get_meter(_SCOPE, meter_provider=meter_provider)
        self._facts = meter.create_counter("svcdelivery.facts", unit="{fact}", description="facts recorded")
        self._elapsed = meter.create_histogram(
            "svcdelivery.clock.elapsed",
            unit="s",
            description="counted time of clocks that stopped, as the goal counts it",
        )
        self._breaches = meter.create_counter(
            "svcdelivery.clock.breaches", unit="{clock}", description="clocks read as breached and not exempted"
        )
        self._measures = meter.create_gauge(
            "svcdelivery.measure", description="measures of a report, as their definitions say; times in seconds"
        )

    def tell_item(self, timeline: RequestTimeline, readings: Iterable[ClockReading] = ()) -> None:
        """Tell where the time of an item went, as a span with one below it for each stretch and each started clock.

        A span of an item that is still open ends at the instant of the reading, and says so.
        """
        kind, _, id = timeline.item.partition(":")
        root = self._tracer.start_span(
            f"svcdelivery.{kind}",
            start_time=_nanos(timeline.opened_at),
            attributes={
                "svcdelivery.item.kind": kind,
                "svcdelivery.item.id": id,
                "svcdelivery.item.open": timeline.is_open,
            },
        )
        within = trace.set_span_in_context(root)
        for span in timeline.spans:
            told = self._tracer.start_span(
                f"svcdelivery.{span.use.value}",
                context=within,
                start_time=_nanos(span.start),
                attributes=_of_span(span),
            )
            told.end(end_time=_nanos(span.end))
        for reading in readings:
            if reading.started_at is not None:
                clock = self._tracer.start_span(
                    "svcdelivery.clock",
                    context=within,
                    start_time=_nanos(reading.started_at),
                    attributes=_of_clock(reading),
                )
                _end_clock(clock, reading)
        for event in timeline.events:
            actor = {"svcdelivery.actor.kind": event.actor.partition(":")[0]}
            root.add_event(event.what, attributes=actor, timestamp=_nanos(event.at))
        root.end(end_time=_nanos(timeline.until))

    def tell_readings(self, readings: Iterable[ClockReading]) -> None:
        """Count the clocks of an item that is over: how long each took, and those that were breached."""
        for reading in readings:
            attributes = {"svcdelivery.measure": reading.measure, "svcdelivery.target": reading.target}
            if reading.phase is ClockPhase.STOPPED and reading.elapsed is not None:
                verdict = {"svcdelivery.verdict": reading.verdict.value}
                self._elapsed.record(reading.elapsed.total_seconds(), {**attributes, **verdict})
            if reading.verdict is Verdict.BREACHED and reading.exempted_by is None:
                self._breaches.add(1, attributes)

    def tell_facts(self, facts: Iterable[Fact[Any]]) -> None:
        """Count facts by their type and the kind of their actor."""
        for fact in facts:
            told = {"svcdelivery.fact.type": type_of(fact.body), "svcdelivery.actor.kind": fact.actor.kind.value}
            self._facts.add(1, told)

    def tell_measures(self, values: Iterable[MeasuredValue]) -> None:
        """Set the measures of a report, each by its name and what it speaks of; those without data are not told."""
        for value in values:
            if value.actual is not None:
                told = {
                    "svcdelivery.measure.name": value.definition.name,
                    "svcdelivery.measure.of": value.of,
                    "svcdelivery.measure.unit": value.unit,
                }
                self._measures.set(_number(value.actual), told)


def _nanos(at: Instant) -> int:
    return to_micros(at) * 1000


def _number(value: int | Fraction | timedelta | Decimal) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _of_span(span: TimelineSpan) -> Attributes:
    named = {
        "svcdelivery.use": span.use.value,
        "svcdelivery.cause": span.cause,
        "svcdelivery.status": span.status,
        "svcdelivery.team": span.team,
        "svcdelivery.holder.kind": span.holder.kind.value,
        "svcdelivery.actor.kind": span.actor.partition(":")[0],
    }
    told: dict[str, str | int | float | bool] = {name: text for name, text in named.items() if text}
    for probe in span.probes:
        told[f"svcdelivery.probe.{probe.probe}.samples"] = probe.samples
        if probe.least is not None and probe.greatest is not None:
            told[f"svcdelivery.probe.{probe.probe}.least"] = float(probe.least)
            told[f"svcdelivery.probe.{probe.probe}.greatest"] = float(probe.greatest)
    return told


def _of_clock(reading: ClockReading) -> Attributes:
    told: dict[str, str | int | float | bool] = {
        "svcdelivery.measure": reading.measure,
        "svcdelivery.target": reading.target,
        "svcdelivery.cycle": reading.cycle,
        "svcdelivery.phase": reading.phase.value,
        "svcdelivery.verdict": reading.verdict.value,
        "svcdelivery.exempted": reading.exempted_by is not None,
    }
    for name, time in (("elapsed", reading.elapsed), ("allowed", reading.allowed), ("overdue", reading.overdue)):
        if time is not None and (name != "overdue" or time > _ZERO):
            told[f"svcdelivery.{name}"] = time.total_seconds()
    return told


def _end_clock(clock: Span, reading: ClockReading) -> None:
    if reading.due_at is not None:
        clock.add_event("svcdelivery.due", timestamp=_nanos(reading.due_at))
    if reading.verdict is Verdict.BREACHED and reading.exempted_by is None:
        clock.set_attribute("error.type", "breached")
        clock.set_status(Status(StatusCode.ERROR, reading.headline))
    clock.end(end_time=_nanos(reading.stopped_at or reading.at))
