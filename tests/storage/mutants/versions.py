"""Defects of versions, and of what an append writes."""

from __future__ import annotations

from contextlib import contextmanager

from attrs import evolve

from svcdelivery.errors import Conflict
from tests.storage.mutants.kinds import Changed, MemoryMutant, Mutant, changed, mutant

MUTANTS: list[Mutant] = []


class Rewritten(MemoryMutant):
    """Hands the journal other writes than it was given."""

    def rewrite(self, writes):
        raise NotImplementedError

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            return unit.journal.append(self.rewrite(writes), key=key, intent=intent, now=now)

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "stale_versions_are_refused", also="atomic positions faults")
class VersionsUnchecked(Rewritten):
    """Nobody looks at the expected version."""

    def rewrite(self, writes):
        return [evolve(write, expected=None) for write in writes]


@mutant(MUTANTS, "stale_versions_are_refused", also="atomic")
class ZeroMeansAny(Rewritten):
    """`if write.expected and ...`: 0, which asks for a new stream, is taken for no expectation."""

    def rewrite(self, writes):
        return [evolve(write, expected=write.expected or None) for write in writes]


@mutant(MUTANTS, "one_append_writes_all_streams_or_none", also="faults")
class FirstVersionChecked(Rewritten):
    """Of several streams only the first one's version is checked."""

    def rewrite(self, writes):
        return [*writes[:1], *(evolve(write, expected=None) for write in writes[1:])]


@mutant(MUTANTS, "a_write_without_facts_holds_a_version")
class EmptyWritesSkipped(Rewritten):
    """A write without facts is left out, and its version with it."""

    def rewrite(self, writes):
        return [write for write in writes if write.facts]


@mutant(MUTANTS, "one_append_may_write_a_stream_twice")
class WritesMerged(Rewritten):
    """Writes of one stream are gathered into one, which moves its facts to the front."""

    def rewrite(self, writes):
        merged = {}
        for write in writes:
            first = merged.get(write.stream)
            merged[write.stream] = evolve(first, facts=first.facts + write.facts) if first else write
        return list(merged.values())


@mutant(MUTANTS, "one_append_may_write_a_stream_twice")
class VersionsOfTheBeginning(MemoryMutant):
    """All versions of an append are compared with what was there before it."""

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            if unit.journal.receipt(key, intent) is None:
                for write in writes:
                    actual = len(unit.journal.load(write.stream))
                    if write.expected is not None and write.expected != actual:
                        raise Conflict(stream=write.stream, expected=write.expected, actual=actual)
            return unit.journal.append(writes, key=key, intent=intent, now=now)

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "a_refused_append_leaves_its_unit_usable", also="faults")
class TornAppend(MemoryMutant):
    """Streams are written one after another: those before the stale one stay written."""

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            try:
                return unit.journal.append(writes, key=key, intent=intent, now=now)
            except Conflict as error:
                names = [write.stream for write in writes]
                before = writes[: names.index(error.stream)]
                if before:
                    unit.journal.append(before, key=f"{key} torn", intent=intent, now=now)
                raise

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "a_unit_that_raises_leaves_nothing", also="keys faults")
class VersionsCountedAside(MemoryMutant):
    """Versions come from counters of the store, which a rollback leaves where they are."""

    def __init__(self, folder=None):
        super().__init__(folder)
        self.counters = {}

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            work = unit.journal._rows

            def version(stream):
                return max(work.version(stream), self.counters.get((tenant, stream), 0))

            def add(rows, key, command, tail):
                self.counters.update({(tenant, row[1]): row[2] for row in rows})
                work.add(rows, key, command, tail)

            unit.journal._rows = Changed(work, version=version, add=add)
            yield unit


@mutant(MUTANTS, "load_answers_the_versions_asked_for")
class UptoLeftOut(MemoryMutant):
    """`upto` itself is not answered."""

    def changed(self, unit, tenant):
        def load(stream, *, after=0, upto=None):
            return unit.journal.load(stream, after=after, upto=None if upto is None else upto - 1)

        return changed(unit, journal={"load": load})


@mutant(MUTANTS, "unknown_streams_are_empty", also="bytes")
class StreamsWithoutCase(MemoryMutant):
    """Streams are found without regard to case."""

    def changed(self, unit, tenant):
        def load(stream, *, after=0, upto=None):
            names = {row[1] for row in unit.journal._rows.page(0, 10_000)}
            same = [name for name in names if name.lower() == stream.lower()]
            return unit.journal.load(min(same, default=stream), after=after, upto=upto)

        return changed(unit, journal={"load": load})


@mutant(MUTANTS, "unknown_streams_are_empty", also="keys units snapshots threads")
class UnknownStreamsFail(MemoryMutant):
    """Asking for a stream nobody wrote is an error."""

    def changed(self, unit, tenant):
        def load(stream, *, after=0, upto=None):
            if not unit.journal._rows.version(stream):
                raise LookupError(stream)
            return unit.journal.load(stream, after=after, upto=upto)

        return changed(unit, journal={"load": load})
