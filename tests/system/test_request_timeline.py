"""The timeline of a single request: its spans leave no gap, and every sum over them is the time that has passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import Backing, PartyKind
from svcdelivery.clock import Holder, HolderKind
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import NewFact, history
from svcdelivery.lifecycle import Phase
from svcdelivery.system.monitoring import AbsenceDetector, RequestTimeline, Sample, Samples, TimeUse, timeline_of
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.timeline import Instant, from_micros, to_micros
from svcdelivery.work import (
    Assigned,
    Audience,
    Closed,
    MessagePosted,
    Observed,
    PriorityChanged,
    PutOnHold,
    Reopened,
    Resolved,
    Resumed,
    Started,
    trace_of,
)
from tests.clock.worlds import BOB, HOUR, agreement, incident, local, target

MINUTE = timedelta(minutes=1)
CABLE = target(
    "resolution", name="cable", backing=Backing(name="cable-co", party=PartyKind.SUPPLIER, hold_reasons=["supplier"])
)
WORLD = agreement(target(), CABLE)
TOLD = incident(
    "2026-03-27T09:00",
    ("2026-03-27T09:30", Assigned(team="desk", assignee="bob")),
    ("2026-03-27T09:40", Started()),
    ("2026-03-27T09:45", MessagePosted(audience=Audience.REQUESTER, text="on it")),
    ("2026-03-27T10:00", PutOnHold(reason="customer")),
    ("2026-03-27T12:00", Resumed()),
    ("2026-03-27T12:30", PriorityChanged(priority="P1")),
    ("2026-03-27T13:00", Assigned(team="network")),
    ("2026-03-27T13:30", PutOnHold(reason="supplier")),
    ("2026-03-27T14:00", Resumed()),
    ("2026-03-27T15:00", Resolved()),
    ("2026-03-27T17:00", Closed()),
)


def read(until: str = "2026-03-30T09:00", **more: object) -> RequestTimeline:
    return timeline_of(TOLD, local(until), agreement=WORLD, **more)  # type: ignore[arg-type]


def parts(of: tuple) -> dict[str, timedelta]:
    return {part.of: part.duration for part in of}


class TestSpans:
    def test_a_worked_incident(self) -> None:
        """Queue, work and waits of one day, worked out by hand; what happens after the end is no part of it."""
        found = read()
        assert (found.item, found.elapsed, found.is_open) == ("incident:I1", 8 * HOUR, False)
        assert found.until == local("2026-03-27T17:00")
        assert [(span.use.value, span.cause, span.team, span.duration // MINUTE) for span in found.spans] == [
            ("queue", "recorded", "", 30),
            ("queue", "assigned", "desk", 10),
            ("work", "in progress", "desk", 20),
            ("wait", "customer", "desk", 120),
            ("work", "in progress", "desk", 60),
            ("work", "in progress", "network", 30),
            ("wait", "supplier", "network", 30),
            ("work", "in progress", "network", 60),
            ("delivered", "resolved", "network", 120),
        ]
        assert [span.actor for span in found.spans[:2]] == ["end_user:ann", "staff:bob"]
        assert found.spans[1].assignee == "bob"
        assert len(found.events) == len(TOLD)

    def test_its_sums_by_use_cause_team_and_holder(self) -> None:
        """The same day, added up four ways."""
        found = read()
        assert parts(found.by_use) == {
            "queue": 40 * MINUTE,
            "work": 170 * MINUTE,
            "wait": 150 * MINUTE,
            "delivered": 2 * HOUR,
        }
        assert parts(found.by_cause)["wait: customer"] == 2 * HOUR
        assert parts(found.by_team) == {"none": 30 * MINUTE, "desk": 210 * MINUTE, "network": 4 * HOUR}
        assert parts(found.by_holder) == {
            "nobody": 150 * MINUTE, "team desk": 90 * MINUTE, "customer acme": 2 * HOUR, "team network": 90 * MINUTE,
            "supplier cable-co": 30 * MINUTE,
        }  # fmt: skip
        assert [part.share for part in found.by_team] == [Fraction(1, 2), Fraction(7, 16), Fraction(1, 16)]

    def test_what_happens_at_one_instant_counts_as_the_last_of_it(self) -> None:
        """Assigned, begun and held in one second: the time that follows is a wait."""
        at = "2026-03-27T10:00"
        told = incident(
            "2026-03-27T09:00", (at, Assigned(team="desk")), (at, Started()), (at, PutOnHold(reason="customer"))
        )
        found = timeline_of(told, local("2026-03-27T11:00"))
        assert [(span.use, span.duration) for span in found.spans] == [(TimeUse.QUEUE, HOUR), (TimeUse.WAIT, HOUR)]
        assert found.spans[1].holder == Holder(HolderKind.CUSTOMER, "acme")

    def test_a_reopening_after_the_end_makes_the_closed_time_a_part_of_it(self) -> None:
        """Closed for two hours, then reopened: nothing is lost between."""
        told = incident(
            "2026-03-27T09:00",
            ("2026-03-27T10:00", Assigned(team="desk")),
            ("2026-03-27T10:00", Started()),
            ("2026-03-27T11:00", Resolved()),
            ("2026-03-27T12:00", Closed()),
            ("2026-03-27T14:00", Reopened(ground="again")),
        )
        found = timeline_of(told, local("2026-03-27T15:00"))
        assert [(span.use.value, span.duration // HOUR) for span in found.spans] == [
            ("queue", 1), ("work", 1), ("delivered", 1), ("closed", 2), ("work", 1),
        ]  # fmt: skip
        assert timeline_of(told, local("2026-03-27T13:00")).elapsed == 3 * HOUR

    def test_another_systems_log_has_one_too(self) -> None:
        """Rows that repeat a status, or change other columns, cut nothing; closed again is no later end."""
        rows = [
            ("10:00", "in_progress"),
            ("11:00", "in_progress"),
            ("12:00", "on_hold"),
            ("13:00", "closed"),
            ("15:00", "closed"),
        ]
        told = history(
            "incident:I7",
            [
                NewFact(
                    body=Observed(
                        kind="incident",
                        status=status,
                        hold_reason="customer" if status == "on_hold" else None,
                        received_at=local("2026-03-27T09:00"),
                        attributes=(("n", at),),
                    ),
                    actor=BOB,
                    occurred_at=local(f"2026-03-27T{at}"),
                )
                for at, status in rows
            ],
        )
        found = timeline_of(told, local("2026-03-28T09:00"))
        assert [(span.use.value, span.duration // HOUR) for span in found.spans] == [
            ("queue", 1),
            ("work", 2),
            ("wait", 1),
        ]
        assert found.until == local("2026-03-27T13:00")

    def test_before_its_receipt_there_is_none(self) -> None:
        with pytest.raises(InvalidValueError):
            read("2026-03-27T08:00")
        assert read("2026-03-27T09:00").spans == ()


class TestLaws:
    @settings(max_examples=150)
    @given(stories())
    def test_the_spans_tile_the_time_and_every_sum_is_the_whole(self, story: Story) -> None:
        """From the receipt to the end, or to the instant: no gap, no overlap, no empty span, nothing lost by a cut."""
        now = max(story.now, story.facts[0].occurred_at)
        found = timeline_of(story.facts, now, agreement=story.agreement)
        assert tiles(found)
        for cut in (found.by_use, found.by_cause, found.by_team, found.by_holder):
            assert sum((part.duration for part in cut), timedelta(0)) == found.elapsed
            assert sum(part.spans for part in cut) == len(found.spans)
            assert sum(part.share or 0 for part in cut) == (1 if found.elapsed else 0)
        # Two that touch differ in something that time goes into.
        for one, other in pairwise(found.spans):
            assert (one.status, one.cause, one.team, one.assignee) != (
                other.status,
                other.cause,
                other.team,
                other.assignee,
            )

    @settings(max_examples=100)
    @given(stories(), st.randoms(use_true_random=False))
    def test_it_says_how_the_item_stood_at_every_instant(self, story: Story, random: object) -> None:
        """Held against the facts themselves, in the middle of each span; and the order they come in is nothing."""
        now = max(story.now, story.facts[0].occurred_at)
        found = timeline_of(story.facts, now)
        shuffled = list(story.facts)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert timeline_of(shuffled, now) == found
        for span in found.spans:
            middle = (to_micros(span.start) + to_micros(span.end)) // 2
            stands = [step.stands for step in trace_of(story.facts).steps if step.micros <= middle][-1]  # type: ignore[union-attr]
            assert (span.status, span.team) == (stands.status, stands.team or "")
            assert (span.use is TimeUse.WAIT) == (stands.phase is Phase.HELD)

    @settings(max_examples=100)
    @given(stories(), st.integers(0, 10**12))
    def test_read_later_the_past_stays_as_it_was(self, story: Story, later: int) -> None:
        """All spans but the last are final; the last may have gone on."""
        now = max(story.now, story.facts[0].occurred_at)
        early, late = (timeline_of(story.facts, at) for at in (now, from_micros(to_micros(now) + later)))
        if early.is_open and early.spans:
            assert late.spans[: len(early.spans) - 1] == early.spans[:-1]
            assert late.spans[len(early.spans) - 1].end >= early.spans[-1].end or late.until < early.until


def tiles(found: RequestTimeline) -> bool:
    if not found.spans:
        return found.elapsed == timedelta(0)
    ends: Iterator[tuple[Instant, Instant]] = ((one.end, other.start) for one, other in pairwise(found.spans))
    return (
        found.spans[0].start == found.opened_at
        and found.spans[-1].end == found.until
        and all(end == start for end, start in ends)
        and all(span.start < span.end for span in found.spans)
    )


class TestProbes:
    @settings(max_examples=60)
    @given(st.lists(st.integers(-60, 600), max_size=40))
    def test_each_sample_stands_at_exactly_one_span(self, minutes: list[int]) -> None:
        """Those before the receipt and after the end at none."""
        start = local("2026-03-27T09:00")
        known = Samples(
            Sample(id=f"s{n}", probe=f"p{n % 2}", at=datetime.__add__(start, minute * MINUTE), value=minute)
            for n, minute in enumerate(minutes)
        )
        found = read(samples=known)
        inside = [one for probe in known.probes for one in known.series(probe).between(found.opened_at, found.until)]
        assert sum(probe.samples for span in found.spans for probe in span.probes) == len(inside)
        for span in found.spans:
            assert [probe.probe for probe in span.probes] == list(known.probes)
            for probe in span.probes:
                values = [one.value for one in known.series(probe.probe).between(span.start, span.end)]
                assert (probe.least, probe.greatest) == (min(values, default=None), max(values, default=None))

    def test_only_the_probes_asked_for_and_the_alerts_meanwhile(self) -> None:
        """Silent from 10:10 on: the alert stands at the spans it lasted in."""
        start = local("2026-03-27T10:00")
        known = Samples(
            Sample(id=f"{probe}{n}", probe=probe, at=datetime.__add__(start, n * MINUTE), value=n)
            for n in range(11)
            for probe in ("web", "db")
        )
        alerts = AbsenceDetector(longest=3 * HOUR).alerts("web", known.series("web"), local("2026-03-27T18:00"))
        found = read(samples=known, probes=["web"], alerts=alerts)
        assert str(found.spans[3].probes[0]) == "11 samples, 0 to 10, last 10"
        assert [len(span.alerts) for span in found.spans] == [0, 0, 0, 0, 0, 1, 1, 1, 1]
        assert "web: 11 samples, 0 to 10, last 10" in str(found)


class TestForms:
    def test_text_names_the_whole_its_parts_and_each_span(self) -> None:
        lines = str(read(zone="Europe/Berlin")).splitlines()
        assert (
            lines[0]
            == "incident:I1: 8:00:00 since Fri 2026-03-27 09:00:00, over Fri 2026-03-27 17:00:00 (Europe/Berlin)"
        )
        assert lines[1] == "  by use: queue 0:40:00; work 2:50:00; wait 2:30:00; delivered 2:00:00"
        assert lines[4] == "  Fri 2026-03-27 09:00:00      0:30:00  queue      recorded (end_user:ann)"
        assert len(lines) == 4 + 9

    def test_json_adds_up_too(self) -> None:
        data = read().to_data()
        assert data["format"] == "svcdelivery.timeline/1"
        assert (data["elapsed"], data["is_open"], len(data["spans"])) == ("PT8H", False, 9)
        assert data["by_team"][0] == {"of": "network", "duration": "PT4H", "spans": 4, "share": "1/2"}
        assert data["events"][0] == {
            "at": "2026-03-27T08:00:00.000000Z",
            "what": "incident.recorded/1",
            "actor": "end_user:ann",
        }
