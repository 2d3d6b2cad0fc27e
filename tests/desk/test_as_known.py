"""A reading as known at an instant never changes, whatever is put on record later."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import AppliesToOpen, OnAmendment, OpenClocks, ServiceAgreement, Within
from svcdelivery.clock import ClockReading
from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.timeline import Instant
from svcdelivery.work import HappenedAt, Mistaken, WasOnHold
from tests.desk.world import ANN, BOB, MONDAY, OFFICE, OLGA, World, keys, revision

Shown = tuple[tuple[ClockReading, str], ...]


def later(at: datetime, **parts: float) -> Instant:
    return datetime.__add__(at, timedelta(**parts))


class Course:
    """One incident, and what people do to it and to its agreement."""

    def __init__(self, data: st.DataObject) -> None:
        self.world, self.draw = World(MemoryStore()), data.draw
        self.id = self.world.started_incident()
        self.known: list[tuple[Instant, Instant, Shown]] = []
        self.number = 1

    def shown(self, now: Instant, known_at: Instant | None = None) -> Shown:
        readings = self.world.desk.incidents.readings(self.id, now=now, known_at=known_at)
        return tuple((reading, str(reading.explanation)) for reading in readings)

    def look(self) -> None:
        """Keep what the clocks show now, and what they would show in two days if nothing happened."""
        now = self.world.time.now()
        for at in (now, later(now, days=2)):
            self.known.append((now, at, self.shown(at)))
        self.world.time.advance(minutes=self.draw(st.sampled_from([1, 45, 300, 2000])))

    # -- what may happen -----------------------------------------------------------------------------------------------

    def work(self) -> None:
        desk, id = self.world.desk.incidents, self.id
        moves: list[Callable[[], object]] = [
            lambda: desk.put_on_hold(id, reason="customer", by=BOB, key=next(keys)),
            lambda: desk.resume(id, by=BOB, key=next(keys)),
            lambda: desk.change_priority(id, priority="P1", by=BOB, key=next(keys)),
            lambda: desk.resolve(id, by=BOB, key=next(keys)),
            lambda: desk.reopen(id, ground="again", by=ANN, key=next(keys)),
            lambda: desk.post(id, text="hello", by=BOB, key=next(keys)),
        ]
        self.draw(st.sampled_from(moves))()

    def correct(self) -> None:
        facts, now = self.world.desk.incidents.facts(self.id), self.world.time.now()
        version = self.draw(st.integers(1, len(facts)))
        back = self.draw(st.integers(-600, 600))
        what = self.draw(st.sampled_from([
            Mistaken(version), HappenedAt(version, later(facts[version - 1].occurred_at, minutes=back)),
            WasOnHold("customer", later(now, minutes=-abs(back) - 1), now),
        ]))  # fmt: skip
        self.world.desk.incidents.correct(self.id, what, ground="so it was", by=BOB, key=next(keys))

    def amend(self) -> None:
        self.number += 1
        first, since = revision(), later(MONDAY, minutes=self.draw(st.integers(-300, 6000)))
        hours = OFFICE.changed_from("2024-03-12", {"mon-sun": "06:00-10:00"}) if self.draw(st.booleans()) else OFFICE
        amended = evolve(
            first,
            number=self.number,
            effective_at=max(since, self.latest()),
            targets=tuple(evolve(t, goal=Within(timedelta(hours=self.draw(st.integers(0, 9))))) for t in first.targets),
            hours=(evolve(first.hours[0], hours=hours),),
            applies_to_open=AppliesToOpen(self.draw(st.sampled_from(OnAmendment))),
        )
        self.world.desk.agreements.register(ServiceAgreement.of(amended), by=OLGA, key=next(keys))

    def latest(self) -> Instant:
        return self.world.desk.agreements.get("acme-1").agreement.revisions[-1].effective_at

    def suspend(self) -> None:
        how = self.draw(st.sampled_from(OpenClocks))
        self.world.desk.agreements.suspend("acme-1", ground="unpaid", open_clocks=how, by=OLGA, key=next(keys))

    def reinstate(self) -> None:
        self.world.desk.agreements.reinstate("acme-1", by=OLGA, key=next(keys))

    def watch(self) -> None:
        self.world.desk.watch.run()


STEPS = (Course.work, Course.work, Course.correct, Course.correct, Course.amend, Course.suspend, Course.reinstate)


@settings(max_examples=100)
@given(st.lists(st.sampled_from((*STEPS, Course.watch)), min_size=1, max_size=12), st.data())
def test_what_is_recorded_later_changes_no_reading_as_known_before(
    steps: list[Callable[[Course], None]], data: st.DataObject
) -> None:
    """Work, corrections, amendments and suspensions: each earlier reading comes again, explanation included."""
    course = Course(data)
    course.look()
    for step in steps:
        # What may not be done there is refused, and changes nothing either.
        with suppress(ServiceDeliveryError):
            step(course)
        course.look()
    for known_at, now, shown in course.known:
        assert course.shown(now, known_at) == shown
