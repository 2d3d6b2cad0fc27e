"""Defects of command keys."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count

from attrs import evolve

from svcdelivery.errors import Conflict, KeyReused
from svcdelivery.storage.protocol import Receipt
from svcdelivery.timeline import to_micros
from tests.storage.mutants.kinds import MemoryMutant, Mutant, changed, mutant

MUTANTS: list[Mutant] = []


@mutant(MUTANTS, "a_key_applies_once", also="atomic threads faults archive")
class KeysDropped(MemoryMutant):
    """Commands are not remembered at all."""

    numbers = count()

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            receipt = unit.journal.append(writes, key=f"{key}-{next(self.numbers)}" if key.strip() else key,
                                          intent=intent, now=now)  # fmt: skip
            return evolve(receipt, key=key)

        def receipt(key, intent):
            return None

        return changed(unit, journal={"append": append, "receipt": receipt})


@mutant(MUTANTS, "a_key_applies_once", also="atomic threads faults archive")
class IntentOverNow(MemoryMutant):
    """The digest of a command is taken over the time of the call too, so that no retry matches."""

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            return unit.journal.append(writes, key=key, intent=f"{intent} {to_micros(now)}", now=now)

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "a_key_with_another_intent_is_refused", also="faults")
class IntentUnchecked(MemoryMutant):
    """A key answers what it wrote, whatever it is used for."""

    def changed(self, unit, tenant):
        def intent_of(key, intent):
            found = unit.journal._rows.command(key)
            return found.intent if found else intent

        def append(writes, *, key, intent, now):
            return unit.journal.append(writes, key=key, intent=intent_of(key, intent), now=now)

        def receipt(key, intent):
            return unit.journal.receipt(key, intent_of(key, intent))

        return changed(unit, journal={"append": append, "receipt": receipt})


class Remembering(MemoryMutant):
    """Keeps receipts beside the journal, as a cache would."""

    def __init__(self, folder=None):
        super().__init__(folder)
        self.kept = {}

    def place(self, tenant, key):
        return tenant, key

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            known = self.kept.get(self.place(tenant, key))
            if known:
                if known[0] != intent:
                    raise KeyReused(key=key)
                return evolve(known[1], replayed=True)
            receipt = unit.journal.append(writes, key=key, intent=intent, now=now)
            self.keep(self.place(tenant, key), (intent, receipt))
            return receipt

        return changed(unit, journal={"append": append})

    def keep(self, place, known):
        self.kept[place] = known


@mutant(MUTANTS, "a_failed_unit_frees_its_keys", also="rollback outbox faults")
class KeysKeptAfterRollback(Remembering):
    """Receipts are cached before the commit, and stay when it does not come about."""


@mutant(MUTANTS, "keys_belong_to_their_tenant")
class KeysSharedByTenants(Remembering):
    """The table of keys has no column for the tenant."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        self.new = {}
        with super().unit(tenant, write=write) as unit:
            yield unit
        self.kept.update(self.new)

    def keep(self, place, known):
        self.new[place] = known

    def place(self, tenant, key):
        return key


@mutant(MUTANTS, "keys_live_as_long_as_the_log")
class KeysOfTheLastHundred(MemoryMutant):
    """Keys expire: only the last hundred are remembered."""

    def __init__(self, folder=None):
        super().__init__(folder)
        self.order = []

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            place = (tenant, key)
            if place in self.order[:-100]:
                return evolve(unit.journal.append(writes, key=f"{key} again", intent=intent, now=now), key=key)
            receipt = unit.journal.append(writes, key=key, intent=intent, now=now)
            if place not in self.order:
                self.order.append(place)
            return receipt

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "a_receipt_can_be_asked_for", also="bytes")
class KeysWithoutCase(MemoryMutant):
    """Keys are compared without regard to case."""

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            return evolve(unit.journal.append(writes, key=key.lower(), intent=intent, now=now), key=key)

        def receipt(key, intent):
            return unit.journal.receipt(key.lower(), intent)

        return changed(unit, journal={"append": append, "receipt": receipt})


@mutant(MUTANTS, "a_key_that_wrote_no_facts_is_remembered")
class KeysOnlyBesideFacts(MemoryMutant):
    """The key is a column of the facts, so a command that wrote none leaves no key."""

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            if not any(write.facts for write in writes):
                found = unit.journal.receipt(key, intent)
                return found or Receipt(key=key, facts=())
            return unit.journal.append(writes, key=key, intent=intent, now=now)

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "a_refused_append_leaves_its_unit_usable", also="faults")
class KeysTakenByRefusals(MemoryMutant):
    """A key is taken before the versions are looked at, and stays taken when they are stale."""

    def __init__(self, folder=None):
        super().__init__(folder)
        self.taken = set()

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            if (tenant, key) in self.taken:
                raise KeyReused(key=key)
            try:
                return unit.journal.append(writes, key=key, intent=intent, now=now)
            except Conflict:
                self.taken.add((tenant, key))
                raise

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "a_key_is_asked_before_versions", also="threads")
class VersionsBeforeKeys(MemoryMutant):
    """Versions are checked first, so that a retry meets its own first success as a conflict."""

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            for write in writes[:1]:
                actual = len(unit.journal.load(write.stream))
                if write.expected is not None and write.expected != actual:
                    raise Conflict(stream=write.stream, expected=write.expected, actual=actual)
            return unit.journal.append(writes, key=key, intent=intent, now=now)

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "a_key_applies_once", also="threads faults archive")
class ReplaysUnmarked(MemoryMutant):
    """A receipt does not say that it is a repeated one."""

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            return evolve(unit.journal.append(writes, key=key, intent=intent, now=now), replayed=False)

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "a_key_applies_once", also="faults archive")
class ReplaysOfToday(MemoryMutant):
    """A repeated receipt shows the latest facts of the stream instead of those the key wrote."""

    def changed(self, unit, tenant):
        def append(writes, *, key, intent, now):
            receipt = unit.journal.append(writes, key=key, intent=intent, now=now)
            if not receipt.replayed or not receipt.facts:
                return receipt
            latest = unit.journal.load(receipt.facts[0].stream)[-len(receipt.facts) :]
            return evolve(receipt, facts=tuple(latest))

        return changed(unit, journal={"append": append})


@mutant(MUTANTS, "a_writer_who_waited_sees_what_was_written_meanwhile")
class KeysLookedUpBeforeTheLock(MemoryMutant):
    """Whether a key is new is asked before the writer is alone, and not again."""

    numbers = count()

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=False) as before:
            known = dict(before.journal._rows.commands())
        with super().unit(tenant, write=write) as unit:
            mine = set()

            def append(writes, *, key, intent, now):
                if key in known or key in mine or not key.strip():
                    return unit.journal.append(writes, key=key, intent=intent, now=now)
                mine.add(key)
                clash = key in unit.journal._rows.commands()
                stored = f"{key}-{next(self.numbers)}" if clash else key
                return evolve(unit.journal.append(writes, key=stored, intent=intent, now=now), key=key)

            yield changed(unit, journal={"append": append})
