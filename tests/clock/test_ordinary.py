"""What is read off an outline, held against the walk from step to step: every field and every explanation alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import asdict, evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.clock import BreachExempted, ClockReading, read_clocks, read_outline, read_trace, read_under
from svcdelivery.clock.basis import Postponed
from svcdelivery.clock.clocks import revision_of
from svcdelivery.clock.walked import walked_clocks
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.testing.strategies import Story, goals, revisions, stories
from svcdelivery.timeline import Instant, to_micros
from svcdelivery.work import (
    INCIDENT,
    Assigned,
    Audience,
    Closed,
    Corrected,
    HappenedAt,
    MessagePosted,
    Observed,
    PutOnHold,
    Resolved,
    Resumed,
    Started,
    fold_work,
    observed_work,
    outline_of,
    outline_of_steps,
    trace_of,
)
from svcdelivery.work.links import Absorbed
from tests.clock.worlds import ANN, BOB, agreement, incident, local, target


@frozen
class _Signaled:
    """A fact of another room, with a signal that none of ours gives off."""

    signals = ("rated",)


@frozen
class _Odd:
    """A fact whose signals are its own to say."""

    signals: tuple[str, ...]


_OTHERS: st.SearchStrategy[Any] = st.sampled_from([
    BreachExempted(target="resolution", ground="agreed"),
    _Signaled(),
    _Odd(signals=("closed", "received")),
    Absorbed(item="incident:7", received_at=datetime(2019, 1, 1, tzinfo=UTC)),
])  # fmt: skip
_DURATIONS = goals(of_days=False)
_PLAIN = revisions(goal=_DURATIONS, rules=False)
_STORIES = st.one_of(
    stories(revision=_PLAIN), stories(revision=_PLAIN, minute_aligned=True), stories(), stories(others=_OTHERS)
)


def _walked(agreement: ServiceAgreement, facts: tuple[Fact[Any], ...], now: Instant) -> tuple[ClockReading, ...]:
    """Answer what the walk alone says."""
    trace = trace_of(facts)
    steps = [step for step in trace.steps if step.micros <= to_micros(now)] if trace is not None else []
    revision = revision_of(agreement, steps) if steps else None
    if trace is None or revision is None:
        return ()
    followed = agreement.followed_by(revision, now)
    return walked_clocks(revision, trace.kind, steps, now, agreement=agreement, followed=followed)


def _shown(readings: tuple[ClockReading, ...]) -> list[Any]:
    """Answer everything that can be asked of readings."""
    return [
        (
            asdict(reading, recurse=False, filter=lambda field, _: field.name not in ("_basis", "_ran")),
            (reading.overdue, reading.percent, reading.remaining, reading.breached_at, reading.is_open),
            (reading.elapsed_wall, None if reading.revision is None else reading.revision.label),
            reading.explanation,
        )
        for reading in readings
    ]


def _assert_alike(story: Story) -> None:
    expected = _shown(_walked(story.agreement, story.facts, story.now))
    assert _shown(read_clocks(story.agreement, story.facts, story.now)) == expected
    trace = trace_of(story.facts)
    assert trace is not None
    assert _shown(read_trace(story.agreement, trace, story.now)) == expected


@given(_STORIES)
def test_an_outline_says_what_the_walk_says(story: Story) -> None:
    """Whatever the terms and whatever happened; what an outline does not tell of is walked."""
    _assert_alike(story)
    trace = trace_of(story.facts)
    assert trace is not None
    under = read_under(story.revision, trace, story.now, agreement=story.agreement)
    assert _shown(under) == _shown(story.readings())


@given(_STORIES, st.randoms(use_true_random=False), st.booleans())
def test_facts_told_in_another_order_read_as_the_walk_reads_them(story: Story, random: Any, renumbered: bool) -> None:
    """Facts may be given in any order, and recorded in any."""
    facts = list(story.facts)
    random.shuffle(facts)
    if renumbered:
        facts = [evolve(fact, position=number) for number, fact in enumerate(facts, 1)]
    first = min(facts, key=lambda fact: (fact.occurred_at, fact.position))
    if hasattr(first.body, "revision"):
        _assert_alike(story.with_facts(tuple(facts)))


def _observed(story: Story, received: timedelta | None = None) -> tuple[Fact[Any], ...]:
    """Answer the same course as another system's log tells it, received so long after its first row."""
    trace = trace_of(story.facts)
    assert trace is not None
    entries = [
        NewFact(
            body=Observed(
                kind=trace.kind.name,
                status=step.status,
                hold_reason=step.hold_reason,
                fields=(("service", step.service), ("priority", step.priority), ("team", step.team)),
                attributes=(("state", step.status), ("number", "7")),
                received_at=None if received is None else trace.steps[0].at + received,
            ),
            actor=BOB,
            occurred_at=step.at,
        )
        for step in trace.steps
    ]
    return history(story.facts[0].stream, entries)


@given(_STORIES)
def test_what_was_observed_reads_as_the_walk_reads_it(story: Story) -> None:
    """The same courses as another system's log tells them."""
    _assert_alike(story.with_facts(_observed(story)))


@given(_STORIES, st.sampled_from([None, -timedelta(hours=1), timedelta(0), timedelta(minutes=1)]))
def test_observations_tell_in_one_pass_what_their_trace_tells(story: Story, received: timedelta | None) -> None:
    """Record, outline and clocks, wherever the work is ordinary and told as it happened."""
    facts = _observed(story, received)
    known, trace = observed_work(facts, story.now), trace_of(facts)
    assert trace is not None
    steps = outline_of_steps(trace.kind, trace.steps)
    is_told = [step.fact.occurred_at for step in trace.steps[1:]] == [step.at for step in trace.steps[1:]]
    assert (known is not None) == (steps is not None and is_told and facts[-1].occurred_at <= story.now)
    if known is not None and steps is not None:
        work, outline = known
        assert work == trace.record == fold_work(facts)
        assert asdict(outline, recurse=False) == asdict(steps, recurse=False)
        read = read_outline(story.agreement, facts, outline, story.now)
        assert _shown(read) == _shown(read_trace(story.agreement, trace, story.now))


@given(stories(revision=_PLAIN, others=_OTHERS))
def test_facts_and_their_steps_have_one_outline(story: Story) -> None:
    """Where the facts have one, it is that of the steps."""
    outline, trace = outline_of(story.facts, story.now), trace_of(story.facts)
    assert trace is not None
    if outline is not None:
        steps = [step for step in trace.steps if step.micros <= to_micros(story.now)]
        by_steps = outline_of_steps(trace.kind, steps)
        assert by_steps is not None
        assert asdict(outline, recurse=False) == asdict(by_steps, recurse=False)


_TARGETS = (target("acknowledgement", 1), target("resolution", 8, pause_on={"customer"}), target("closure", 24))
_COURSE = (
    ("2024-03-04T09:00", Assigned(team="desk")),
    ("2024-03-04T10:00", Started()),
    ("2024-03-04T11:00", PutOnHold(reason="customer")),
    ("2024-03-05T11:00", Resumed()),
    ("2024-03-05T16:00", Resolved()),
)
_NOW = local("2024-03-06T12:00")


def _is_read_off(facts: tuple[Fact[Any], ...]) -> list[bool]:
    """Answer for each clock whether it was read off an outline."""
    return [isinstance(r._basis, Postponed) for r in read_clocks(agreement(*_TARGETS), facts, _NOW)]


def test_ordinary_work_is_read_off_its_outline() -> None:
    """Holds, messages and facts of other rooms do not take the walk."""
    more = (
        ("2024-03-05T16:10", MessagePosted(audience=Audience.REQUESTER), ANN),
        ("2024-03-05T16:20", _Signaled()),
        ("2024-03-05T17:00", Closed()),
    )
    assert _is_read_off(incident("2024-03-04T08:00", *_COURSE, *more)) == [True, True, True]
    assert _is_read_off(incident("2024-03-04T08:00", *_COURSE[:3])) == [True, True, True]


@pytest.mark.parametrize(
    "extra",
    [
        ("2024-03-05T16:30", Started()),
        ("2024-03-05T16:30", Absorbed(item="incident:7", received_at=datetime(2019, 1, 1, tzinfo=UTC))),
        ("2024-03-05T16:30", BreachExempted(target="resolution", ground="agreed")),
    ],
)
def test_what_is_not_ordinary_is_walked(extra: tuple[str, Any]) -> None:
    """Work that is done and goes on, links, exemptions."""
    facts = incident("2024-03-04T08:00", *_COURSE, extra)
    assert _is_read_off(facts) == [False, False, False]
    _assert_alike(Story(agreement(*_TARGETS), INCIDENT, facts, _NOW))


@pytest.mark.parametrize(
    "extra",
    [
        ("2024-03-05T16:30", _Odd(signals=("rated",))),
        ("2024-03-07T16:30", Corrected(correction=HappenedAt(2, local("2024-03-04T10:30")), ground="late")),
        ("2024-03-04T09:30", Started()),
    ],
)
def test_what_its_facts_do_not_outline_its_steps_may(extra: tuple[str, Any]) -> None:
    """Signals of a fact's own, corrections to come, what is told too late: traced first, and ordinary then."""
    facts = incident("2024-03-04T08:00", *_COURSE, extra)
    assert outline_of(facts, _NOW) is None
    assert _is_read_off(facts) == [True, True, True]
    _assert_alike(Story(agreement(*_TARGETS), INCIDENT, facts, _NOW))


def test_only_observations_in_their_order_are_told_in_one_pass() -> None:
    """Work of our own, and rows that are told too late, have a trace."""
    facts = incident("2024-03-04T08:00", *_COURSE)
    assert observed_work(facts, _NOW) is None
    observed = _observed(Story(agreement(*_TARGETS), INCIDENT, facts, _NOW))
    assert observed_work(observed, _NOW) is not None
    assert observed_work((observed[0], *reversed(observed[1:])), _NOW) is None
    renumbered = tuple(evolve(fact, position=len(observed) - index) for index, fact in enumerate(observed))
    assert observed_work(renumbered, _NOW) is None


def test_work_is_done_with_the_first_row_that_says_so() -> None:
    """Rows that say it again, folded or traced or told in one pass, do not move it."""
    said = (("2024-03-05T16:10", MessagePosted(audience=Audience.REQUESTER), ANN), ("2024-03-05T17:00", _Signaled()))
    facts = _observed(Story(agreement(*_TARGETS), INCIDENT, incident("2024-03-04T08:00", *_COURSE, *said), _NOW))
    known, trace, folded = observed_work(facts, _NOW), trace_of(facts), fold_work(facts)
    assert known is not None
    assert trace is not None
    assert folded is not None
    assert folded.done_at == known[0].done_at == trace.record.done_at == local("2024-03-05T16:00")
