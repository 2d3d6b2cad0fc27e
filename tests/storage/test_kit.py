"""The kit has teeth: stores with one realistic defect each are caught, with a complaint about that defect."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from itertools import count
from unicodedata import normalize

import pytest
from attrs import evolve

from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Page
from svcdelivery.testing.conformance import SCENARIOS, check
from svcdelivery.timeline import from_micros, to_micros


class Changed:
    """Something of a store, with some of its methods done another way."""

    def __init__(self, inner, **methods):
        self._inner = inner
        self._methods = methods

    def __getattr__(self, name):
        return self._methods.get(name) or getattr(self._inner, name)


class Mutant(MemoryStore):
    """A sound store whose units come out changed."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            yield Changed(unit, **self.parts(unit))

    def parts(self, unit):
        raise NotImplementedError


class DroppedKeys(Mutant):
    numbers = count()

    def parts(self, unit):
        def append(writes, *, key, **rest):
            return evolve(unit.journal.append(writes, key=f"{key}-{next(self.numbers)}", **rest), key=key)

        return {"journal": Changed(unit.journal, append=append)}


class IntentOverNow(Mutant):
    def parts(self, unit):
        def append(writes, *, intent, now, **rest):
            return unit.journal.append(writes, intent=f"{intent} {to_micros(now)}", now=now, **rest)

        return {"journal": Changed(unit.journal, append=append)}


class UncheckedVersions(Mutant):
    def parts(self, unit):
        def append(writes, **rest):
            return unit.journal.append([evolve(write, expected=None) for write in writes], **rest)

        return {"journal": Changed(unit.journal, append=append)}


class FoldedUnicode(Mutant):
    def parts(self, unit):
        def append(writes, **rest):
            return unit.journal.append(
                [evolve(write, stream=normalize("NFC", write.stream)) for write in writes], **rest
            )

        return {"journal": Changed(unit.journal, append=append)}


class WholeSeconds(Mutant):
    def parts(self, unit):
        def append(writes, *, now, **rest):
            return unit.journal.append(writes, now=from_micros(to_micros(now) // 1_000_000 * 1_000_000), **rest)

        return {"journal": Changed(unit.journal, append=append)}


class TypesAfterLimit(Mutant):
    def parts(self, unit):
        def read(after=0, *, limit=1000, types=()):
            return [f for f in unit.feed.read(after, limit=limit) if not types or type(f.body).__name__ in types]

        return {"feed": Changed(unit.feed, read=read)}


class ExclusiveDue(Mutant):
    def parts(self, unit):
        def due(upto, *, limit=100):
            return [due for due in unit.timers.due(upto, limit=limit) if due.due_at < upto]

        return {"timers": Changed(unit.timers, due=due)}


class ReusedFence(Mutant):
    def parts(self, unit):
        def claim(upto, **rest):
            return tuple(evolve(claim, fence=1) for claim in unit.timers.claim(upto, **rest))

        return {"timers": Changed(unit.timers, claim=claim)}


class CaseFoldedOrder(Mutant):
    def parts(self, unit):
        def find(query, *, after=None, limit=100):
            rows = sorted(unit.records.find(query, limit=10_000).items, key=lambda record: record.id.casefold())
            rest = [record for record in rows if after is None or record.id > after]
            return Page(items=tuple(rest[:limit]), next=rest[limit - 1].id if len(rest) > limit else None)

        return {"records": Changed(unit.records, find=find)}


class LostCommit(MemoryStore):
    """Says yes, and forgets every tenth unit."""

    numbers = count(1)

    @contextmanager
    def unit(self, tenant, *, write=True):
        before = dict(self._tenants)
        with super().unit(tenant, write=write) as unit:
            yield unit
        if write and not next(self.numbers) % 10:
            self._tenants = before if tenant not in before else {**before, tenant: before[tenant]}
            self._tenants.pop(tenant, None)


MUTANTS = {
    DroppedKeys: "a_key_applies_once",
    IntentOverNow: "a_key_applies_once",
    UncheckedVersions: "stale_versions_are_refused",
    FoldedUnicode: "names_are_compared_code_point_by_code_point",
    WholeSeconds: "microseconds_are_kept",
    TypesAfterLimit: "the_feed_can_be_asked_for_types",
    ExclusiveDue: "wake_ups_are_due_at_their_instant",
    ReusedFence: "fences_grow",
    CaseFoldedOrder: "pages_come_in_code_point_order",
    LostCommit: "keys_live_as_long_as_the_log",
}


class TestKit:
    def test_a_sound_store_passes(self):
        """No false alarm; what a store does not offer is said, not counted against it."""
        report = check(lambda: MemoryStore)
        assert report.ok, str(report)
        assert str(report).splitlines()[-1] == f"{len(SCENARIOS) - 4} kept, 0 not kept, 4 not offered"

    @pytest.mark.parametrize(("mutant", "name"), MUTANTS.items(), ids=[mutant.__name__ for mutant in MUTANTS])
    def test_a_defect_is_caught(self, mutant, name):
        """The promise the defect breaks is among the broken ones, and the report says so."""
        report = check(lambda: mutant)
        broken = {result.scenario.name for result in report.results if result.offered and not result.kept}
        assert name in broken
        assert not report.ok
        assert "NOT KEPT" in str(report)

    def test_scenarios_have_names_and_promises(self):
        """Each can be told from the others and says what it is about."""
        assert len({one.name for one in SCENARIOS}) == len(SCENARIOS)
        assert all(one.promise.endswith(".") and one.topic for one in SCENARIOS)

    def test_the_core_needs_neither_pytest_nor_hypothesis(self):
        """Checked in a program of its own."""
        program = (
            "import sys, svcdelivery.testing.conformance as kit; from svcdelivery.storage.memory import MemoryStore; "
            "assert kit.check(lambda: MemoryStore).ok; assert not {'pytest', 'hypothesis'} & set(sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
