"""Defects of what stores offer beyond the protocol's demands."""

from __future__ import annotations

from contextlib import contextmanager

from svcdelivery.storage.erasure import ErasableStore
from svcdelivery.storage.memory import MemoryKeyRing, MemoryStore
from svcdelivery.storage.protocol import ArchiveTable
from tests.storage.mutants.kinds import Changed, MemoryMutant, Mutant, changed, mutant

MUTANTS: list[Mutant] = []


@mutant(MUTANTS, "a_bell_rings_for_commits_of_its_tenant")
class BellOfFacts(MemoryMutant):
    """The bell rings for facts alone, so that workers sleep over wake-ups."""

    def _ring(self, tenant):
        position = self._tenants[tenant].state.tail.position
        if position != self.rang.get(tenant, 0):
            self.rang[tenant] = position
            super()._ring(tenant)

    def __init__(self, folder=None):
        super().__init__(folder)
        self.rang = {}


@mutant(MUTANTS, "a_bell_rings_for_commits_of_its_tenant")
class BellWhileWaiting(MemoryMutant):
    """The bell is heard only by who is waiting at that moment."""

    @contextmanager
    def listen(self, tenant):
        with super().listen(tenant) as bell:

            def wait(seconds):
                bell._heard = bell._commits.get(tenant, 0)
                return bell.wait(min(seconds, 0.2))

            yield Changed(bell, wait=wait)


@mutant(MUTANTS, "a_bell_rings_for_commits_of_its_tenant")
class BellOfAllTenants(MemoryMutant):
    """The bell rings for every tenant, and wakes everybody."""

    def _ring(self, tenant):
        for each in list(self._tenants):
            super()._ring(each)


class Archived(MemoryMutant):
    """Writes its archive another way."""

    def write(self, archive, table, rows):
        archive.write(table, rows)

    def changed(self, unit, tenant):
        return changed(unit, archive={"write": lambda table, rows: self.write(unit.archive, table, rows)})


@mutant(MUTANTS, "everything_of_a_tenant_can_be_written_elsewhere")
class MarksNotCopied(Archived):
    """An archive is restored without the followers' marks, so they handle everything again."""

    def write(self, archive, table, rows):
        archive.write(table, [] if table is ArchiveTable.MARKS else rows)


@mutant(MUTANTS, "a_copy_goes_on_where_the_original_ended")
class FenceNotCopied(Archived):
    """Fences begin anew in a copy."""

    def write(self, archive, table, rows):
        archive.write(table, [] if table is ArchiveTable.FENCE else rows)


@mutant(MUTANTS, "everything_of_a_tenant_can_be_written_elsewhere")
class ArchivePagesWithGaps(MemoryMutant):
    """A page of an archive leaves out the row behind the one given."""

    def changed(self, unit, tenant):
        def read(table, *, after=None, limit=1000):
            rows = unit.archive.read(table, after=after, limit=limit)
            return rows if after is None else rows[1:]

        return changed(unit, archive={"read": read})


class Erasing(ErasableStore):
    """Around a store in memory."""

    def __init__(self, folder=None, keys=None):
        super().__init__(MemoryStore(), keys or MemoryKeyRing())


@mutant(MUTANTS, "people_of_other_tenants_are_others")
class PersonKeysShared(Erasing):
    """A person has one key for all tenants."""

    def __init__(self, folder=None):
        super().__init__(keys=_OneTenant())


class _OneTenant(MemoryKeyRing):
    def key(self, tenant, subject, *, create=False):
        return super().key("all", subject, create=create)

    def forget(self, tenant, subject):
        return super().forget("all", subject)


@mutant(MUTANTS, "what_was_erased_is_gone_and_all_else_stays")
class KeysHidden(Erasing):
    """An erasure marks the key as gone and keeps it."""

    def __init__(self, folder=None):
        super().__init__(keys=_Hiding())


class _Hiding(MemoryKeyRing):
    def forget(self, tenant, subject):
        return (tenant, subject) in self._keys


@mutant(MUTANTS, "personal_texts_are_kept_under_a_key")
class MessagesInTheClear(Erasing):
    """Messages are kept as they were put, personal texts and all."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            yield changed(unit, outbox={"put": unit.outbox._inner.put})
