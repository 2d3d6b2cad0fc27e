"""Defects of times."""

from __future__ import annotations

import time

from attrs import evolve

from svcdelivery.timeline import from_micros, to_micros
from tests.storage.mutants.kinds import MemoryMutant, Mutant, changed, mutant

MUTANTS: list[Mutant] = []


class Retimed(MemoryMutant):
    """Puts instants another way before they are kept."""

    def instant(self, at):
        return at

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            timed = [evolve(write, facts=tuple(map(self.fact, write.facts))) for write in writes]
            return unit.journal.append(timed, key=key, intent=intent, now=self.instant(now))

        return changed(unit, journal={"append": append})

    def fact(self, new):
        return new if new.occurred_at is None else evolve(new, occurred_at=self.instant(new.occurred_at))


@mutant(MUTANTS, "microseconds_are_kept", also="threads bytes archive")
class Milliseconds(Retimed):
    """Instants are kept to the millisecond."""

    def instant(self, at):
        return from_micros(to_micros(at) // 1000 * 1000)


@mutant(MUTANTS, "microseconds_are_kept")
class FloatSeconds(Retimed):
    """Instants are kept as seconds in floating point."""

    def instant(self, at):
        return from_micros(int(to_micros(at) / 1e6 * 1e6))


@mutant(MUTANTS, "facts_occur_when_recorded_unless_they_say_otherwise", also="bytes")
class ZoneLost(Retimed):
    """The wall clock of the server is written without its zone, and read as UTC."""

    def fact(self, new):
        return new if new.occurred_at is None else evolve(new, occurred_at=new.occurred_at.add(hours=1))


@mutant(MUTANTS, "recorded_times_never_fall", also="threads bytes archive")
class ClockReadInside(Retimed):
    """The store reads the machine's clock instead of taking `now`."""

    def instant(self, at):
        return from_micros(time.time_ns() // 1000)

    def fact(self, new):
        return new


@mutant(MUTANTS, "facts_occur_when_recorded_unless_they_say_otherwise", also="bytes")
class OccurredWhenRecorded(Retimed):
    """The time a fact says it occurred is dropped."""

    def fact(self, new):
        return evolve(new, occurred_at=None)


@mutant(MUTANTS, "facts_occur_when_recorded_unless_they_say_otherwise", also="bytes")
class NothingOccursLater(MemoryMutant):
    """A fact said to occur after `now` is moved to `now`."""

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            def fact(new):
                late = new.occurred_at is not None and new.occurred_at > now
                return evolve(new, occurred_at=now) if late else new

            timed = [evolve(write, facts=tuple(map(fact, write.facts))) for write in writes]
            return unit.journal.append(timed, key=key, intent=intent, now=now)

        return changed(unit, journal={"append": append})


class Falling(MemoryMutant):
    """Does not look at the recorded time of the head."""

    def now(self, unit, writes, now):
        return now

    def changed(self, unit, tenant):
        work = unit.journal._rows

        def append(writes, *, key, intent, now):
            before = work.tail
            at = self.now(unit, writes, now)
            work.tail = before._replace(recorded_us=None)
            try:
                return unit.journal.append(writes, key=key, intent=intent, now=at)
            finally:
                if work.tail.position == before.position:
                    work.tail = before

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "recorded_times_never_fall", also="threads chain archive")
class RecordedAtFalls(Falling):
    """A fact is recorded at `now`, also when the clock was set back."""


@mutant(MUTANTS, "recorded_times_never_fall", also="chain")
class RecordedAtOfItsStream(Falling):
    """The recorded time does not fall within a stream, but along the positions it does."""

    def now(self, unit, writes, now):
        ends = [facts[-1].recorded_at for write in writes if (facts := unit.journal.load(write.stream))]
        return max([now, *ends])
