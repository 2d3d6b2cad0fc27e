"""A case for laws of clocks: a story, the reader under test, and ways to tell the story otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import asdict, evolve, frozen
from hypothesis import strategies as st

from svcdelivery.agreement import AgreementRevision, ServiceAgreement, ServiceLevelTarget
from svcdelivery.clock import ClockPhase, ClockReading
from svcdelivery.facts import Fact, NewFact, history, known_at
from svcdelivery.identity import Actor
from svcdelivery.testing.laws.law import Draw
from svcdelivery.testing.strategies.courses import Story
from svcdelivery.timeline import Instant, from_micros, to_micros
from svcdelivery.work import REQUEST, Accepted, Assigned, Started, Step, trace_of

__all__ = ["Case", "Key", "Read", "insert", "stretches"]

Read = Callable[[ServiceAgreement, tuple[Fact[Any], ...], datetime], Iterable[ClockReading]]
"""Answers the clocks of an item, as `read_clocks` does."""

Key = tuple[str, int]
"""A clock of an item: its measure and its cycle."""

_STAFF = Actor.staff("bob")


@frozen
class Case:
    """A story and what reads its clocks."""

    story: Story
    read: Read

    def readings(self, now: datetime | None = None) -> dict[Key, ClockReading]:
        """Answer the clocks at an instant, by default the story's own."""
        story = self.story
        found = self.read(story.agreement, story.facts, story.now if now is None else now)
        return {(reading.measure, reading.cycle): reading for reading in found}

    def told(self, story: Story) -> Case:
        """Answer the case with another story."""
        return Case(story, self.read)

    def under(self, terms: AgreementRevision) -> Case:
        """Answer the case under other terms."""
        return Case(evolve(self.story, agreement=ServiceAgreement.of(terms)), self.read)

    def left_alone(self) -> Case:
        """Answer the case with nothing happening after it is read."""
        return self.told(self.story.with_facts(known_at(self.story.facts, self.story.now)))

    def target(self, reading: ClockReading) -> ServiceLevelTarget:
        """Answer the target a reading follows."""
        return next(target for target in self.story.revision.targets if target.name == reading.target)

    def targets_of(self, measure: str) -> Iterator[ServiceLevelTarget]:
        """Answer all targets of a measure."""
        return (target for target in self.story.revision.targets if target.measure == measure)

    def hears(self, measure: str, *signals: str) -> bool:
        """Answer whether a measure waits for one of the signals, in whatever part of it."""
        return not _texts_in(asdict(self.story.revision.measure(measure))).isdisjoint(signals)

    # -- instants ------------------------------------------------------------------------------------------------------

    def instant(self, draw: Draw, label: str) -> Instant:
        """Draw an instant from the receipt until the story is read, now and then that of a fact."""
        start, end = to_micros(self.story.facts[0].occurred_at), to_micros(self.story.now)
        marks = [fact.occurred_at for fact in self.story.facts if fact.occurred_at <= self.story.now]
        anywhere = st.integers(start, max(start, end)).map(from_micros)
        return draw(st.one_of(st.sampled_from(marks), anywhere) if marks else anywhere, label)

    def standing(self, at: Instant) -> Step:
        """Answer the item's last step by an instant, its receipt at the least."""
        return [step for step, since, _ in stretches(self.story, empty=True) if since <= to_micros(at)][-1]

    def at_work(self, draw: Draw) -> tuple[Case, int, int]:
        """Draw a stretch in which work is in progress, with the case; a story without one is given one."""
        case = self
        found = [(since, until) for step, since, until in stretches(self.story) if step.status == "in_progress"]
        if not found:
            story = self.story
            begin = [Accepted(), Started()] if story.kind is REQUEST else [Assigned(team="desk"), Started()]
            received = story.with_facts(story.facts[:1])
            case = self.told(insert(received, received.facts[0].occurred_at, *begin))
            found = [(s, u) for step, s, u in stretches(case.story) if step.status == "in_progress"]
        since, until = draw(st.sampled_from(found), "in progress (epoch microseconds)")
        return case, since, until


def stretches(story: Story, *, empty: bool = False) -> list[tuple[Step, int, int]]:
    """Answer how the item stood from when to when, until the story is read; the last stretch may be empty."""
    trace = trace_of(story.facts)
    now = to_micros(story.now)
    steps = [step for step in trace.steps if step.micros <= now] if trace is not None else []
    ends = [step.micros for step in steps[1:]] + [now]
    found = [(step, step.micros, end) for step, end in zip(steps, ends, strict=False)]
    return [one for one in found if empty or one[1] < one[2] or one is found[-1]]


def insert(story: Story, at: Instant, *bodies: Any) -> Story:
    """Answer the story with more facts of one instant, recorded after those of that instant."""
    entries = [NewFact(body=fact.body, actor=fact.actor, occurred_at=fact.occurred_at) for fact in story.facts]
    index = sum(fact.occurred_at <= at for fact in story.facts)
    entries[index:index] = [NewFact(body=body, actor=_STAFF, occurred_at=at) for body in bodies]
    return story.with_facts(history(story.facts[0].stream, entries))


def running(readings: dict[Key, ClockReading]) -> Iterator[tuple[Key, ClockReading]]:
    """Answer the clocks that run."""
    return ((key, reading) for key, reading in readings.items() if reading.phase is ClockPhase.RUNNING)


def clipped(reading: ClockReading, until: Instant) -> timedelta:
    """Answer the counted time of a reading's spans before an instant."""
    from svcdelivery.clock import SpanKind

    counted = [span for span in reading.explanation.spans if span.kind is SpanKind.COUNTED and span.start < until]
    return sum((datetime.__sub__(min(span.end, until), span.start) for span in counted), timedelta(0))


def _texts_in(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    parts: Sequence[Any] = ()
    if isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        parts = list(value)
    return {text for part in parts for text in _texts_in(part)}
