"""Timelines, clocks, facts and measures as OpenTelemetry has them, read back out of its own memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from svcdelivery.adapters.otel import Telemetry
from svcdelivery.clock import read_clocks
from svcdelivery.reporting import measures, write_work_products
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.system.monitoring import Sample, Samples, timeline_of
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.timeline import to_micros
from svcdelivery.work import Assigned, Closed, PutOnHold, Resolved, Resumed, Started
from tests.clock.worlds import BOB, HOUR, agreement, incident, local, target
from tests.reporting.stories import tell_the_story

WORLD = agreement(target(hours=4, pause_on=["customer"]))
TOLD = incident(
    "2026-03-27T09:00",
    ("2026-03-27T09:00", Assigned(team="desk")),
    ("2026-03-27T09:30", Started()),
    ("2026-03-27T10:00", PutOnHold(reason="customer")),
    ("2026-03-27T11:00", Resumed()),
    ("2026-03-27T16:00", Resolved()),
    ("2026-03-27T17:00", Closed()),
)
LATER = local("2026-03-30T09:00")


class Heard:
    """A host that listens, in memory."""

    def __init__(self) -> None:
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self._tracers = TracerProvider(shutdown_on_exit=False)
        self._tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self._meters = MeterProvider(metric_readers=[self._reader], shutdown_on_exit=False)
        self.telemetry = Telemetry(tracer_provider=self._tracers, meter_provider=self._meters)

    @property
    def spans(self) -> list[ReadableSpan]:
        return sorted(self._spans.get_finished_spans(), key=lambda span: (span.start_time or 0, -(span.end_time or 0)))

    def points(self, name: str) -> list[Any]:
        data: Any = self._reader.get_metrics_data()
        every = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
        return [point for metric in every if metric.name == name for point in metric.data.data_points]

    def close(self) -> None:
        self._tracers.shutdown()
        self._meters.shutdown()


@pytest.fixture
def heard() -> Iterator[Heard]:
    host = Heard()
    yield host
    host.close()


class TestSpans:
    def test_an_item_is_one_trace_with_its_stretches_and_its_clocks(self, heard: Heard) -> None:
        """To the microsecond, by use and cause, the breached clock as an error."""
        heard.telemetry.tell_item(timeline_of(TOLD, LATER, agreement=WORLD), read_clocks(WORLD, TOLD, LATER))
        root = next(span for span in heard.spans if span.parent is None)
        below = [span for span in heard.spans if span.parent is not None]
        assert root.name == "svcdelivery.incident"
        assert dict(root.attributes or {}) == {
            "svcdelivery.item.kind": "incident", "svcdelivery.item.id": "I1", "svcdelivery.item.open": False,
        }  # fmt: skip
        assert all(span.parent is not None and span.parent.span_id == root.context.span_id for span in below)
        (clock,) = [span for span in below if span.name == "svcdelivery.clock"]
        stretches = [span for span in below if span is not clock]
        assert [(s.name, (s.attributes or {})["svcdelivery.cause"]) for s in stretches] == [
            ("svcdelivery.queue", "assigned"),
            ("svcdelivery.work", "in progress"),
            ("svcdelivery.wait", "customer"),
            ("svcdelivery.work", "in progress"),
            ("svcdelivery.delivered", "resolved"),
        ]
        ends = [(s.start_time, s.end_time) for s in stretches]
        assert ends[0][0] == root.start_time == to_micros(local("2026-03-27T09:00")) * 1000
        assert ends[-1][1] == root.end_time == to_micros(local("2026-03-27T17:00")) * 1000
        attributes = clock.attributes or {}
        assert (attributes["svcdelivery.target"], attributes["svcdelivery.verdict"]) == ("resolution", "breached")
        assert (attributes["error.type"], clock.status.status_code) == ("breached", StatusCode.ERROR)
        assert [event.name for event in clock.events] == ["svcdelivery.due"]
        assert len(root.events) == len(TOLD)

    def test_nobody_is_named(self, heard: Heard) -> None:
        """Telemetry goes far: an actor is told by kind."""
        heard.telemetry.tell_item(timeline_of(TOLD, LATER, agreement=WORLD), read_clocks(WORLD, TOLD, LATER))
        heard.telemetry.tell_facts(TOLD)
        told = " ".join(span.to_json() for span in heard.spans)
        assert "staff" in told
        assert BOB.id not in told
        assert "ann" not in told

    def test_what_was_measured_meanwhile_stands_at_its_stretch(self, heard: Heard) -> None:
        latency = Samples([Sample(id="s", probe="web", at=local("2026-03-27T10:10"), value=Fraction(1, 2))])
        heard.telemetry.tell_item(timeline_of(TOLD, LATER, samples=latency))
        (wait,) = [span for span in heard.spans if span.name == "svcdelivery.wait"]
        assert (wait.attributes or {})["svcdelivery.probe.web.samples"] == 1
        assert (wait.attributes or {})["svcdelivery.probe.web.least"] == 0.5

    @settings(max_examples=40)
    @given(stories())
    def test_the_stretches_tile_the_item(self, story: Story) -> None:
        """Whatever happened, the spans below add up to the one above."""
        host = Heard()
        now = max(story.now, story.facts[0].occurred_at)
        found = timeline_of(story.facts, now, agreement=story.agreement)
        host.telemetry.tell_item(found, story.readings())
        root = next(span for span in host.spans if span.parent is None)
        stretches = [s for s in host.spans if s.parent is not None and s.name != "svcdelivery.clock"]
        told = sum((s.end_time or 0) - (s.start_time or 0) for s in stretches)
        assert (
            told == (root.end_time or 0) - (root.start_time or 0) == found.elapsed // timedelta(microseconds=1) * 1000
        )
        assert (root.attributes or {})["svcdelivery.item.open"] == found.is_open
        host.close()


class TestMetrics:
    def test_clocks_are_counted_by_target_and_verdict(self, heard: Heard) -> None:
        heard.telemetry.tell_readings(read_clocks(WORLD, TOLD, LATER))
        (elapsed,) = heard.points("svcdelivery.clock.elapsed")
        assert (elapsed.count, elapsed.sum) == (1, (5 * HOUR).total_seconds())
        assert elapsed.attributes["svcdelivery.verdict"] == "breached"
        (breaches,) = heard.points("svcdelivery.clock.breaches")
        assert (breaches.value, breaches.attributes["svcdelivery.target"]) == (1, "resolution")

    def test_facts_are_counted_by_type(self, heard: Heard) -> None:
        heard.telemetry.tell_facts(TOLD)
        heard.telemetry.tell_facts(TOLD[:1])
        counted = {
            point.attributes["svcdelivery.fact.type"]: point.value for point in heard.points("svcdelivery.facts")
        }
        assert counted["incident.recorded/1"] == 2
        assert sum(counted.values()) == len(TOLD) + 1

    def test_measures_carry_their_names(self, heard: Heard, tmp_path: Path) -> None:
        """Those with data, each as its report has it; times in seconds."""
        store = MemoryStore()
        tell_the_story(store)
        rows = measures(write_work_products(store, tmp_path / "out").performance)
        heard.telemetry.tell_measures(rows)
        told = {
            (point.attributes["svcdelivery.measure.name"], point.attributes["svcdelivery.measure.of"]): point.value
            for point in heard.points("svcdelivery.measure")
        }
        assert len(told) == sum(row.actual is not None for row in rows)
        assert told["goals_met", "target repair of acme"] == 0.5
        assert told["wait_for_delivery_p50", ""] == (1.5 * HOUR).total_seconds()
        assert ("availability", "") not in told
