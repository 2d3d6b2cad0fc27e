"""Defects of what may go on at once, and of transactions that are shared."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from threading import Lock

from svcdelivery.errors import Busy
from svcdelivery.storage.protocol import Capability
from tests.storage.mutants.kinds import IN_VAIN_SECONDS, Changed, MemoryMutant, Mutant, SqlAlchemyMutant, mutant

MUTANTS: list[Mutant] = []


class Saying(MemoryMutant):
    """Says that it offers more."""

    says: Capability
    busy_seconds = IN_VAIN_SECONDS

    @property
    def capabilities(self):
        return super().capabilities | {self.says}


@mutant(MUTANTS, "writers_of_other_tenants_do_not_wait")
class OneLock(Saying):
    """It says that writers of different tenants do not wait for one another, and has one lock for all."""

    says = Capability.PARALLEL_TENANTS


class LockEach(Saying):
    """A sound store in memory in which each tenant has a lock of its own."""

    says = Capability.PARALLEL_TENANTS

    def __init__(self, folder=None):
        super().__init__(folder)
        self._writer = _NoLock()
        self.locks = {}

    def lock(self, tenant):
        return self.locks.setdefault(tenant, Lock())

    @contextmanager
    def unit(self, tenant, *, write=True):
        lock = self.lock(tenant) if write else _NoLock()
        if not lock.acquire(timeout=self.busy_seconds):
            raise Busy
        try:
            with super().unit(tenant, write=write) as unit:
                yield unit
        finally:
            lock.release()


class _NoLock:
    def acquire(self, timeout=-1):
        return True

    def release(self):
        pass


@mutant(MUTANTS, "writers_of_other_tenants_do_not_wait")
class LockOfTheNew(LockEach):
    """A tenant gets a lock of its own with its first commit; before, it has that of all new tenants."""

    def lock(self, tenant):
        return super().lock(tenant if tenant in self._tenants else "")


@mutant(MUTANTS, "workers_that_claim_do_not_wait")
class ClaimsTakeTurns(Saying):
    """It says that workers that claim wait for nobody, and lets them wait like any writer."""

    says = Capability.PARALLEL_CLAIMS


@mutant(MUTANTS, "joined_units_count_when_the_caller_commits", "joined_units_are_undone_with_the_caller")
class JoinedCommits(SqlAlchemyMutant):
    """A joined unit commits, and with it whatever the caller has done so far."""

    def joined(self, connection):
        store = super().joined(connection)

        @contextmanager
        def unit(tenant, *, write=True):
            with store.unit(tenant, write=write) as unit:
                yield unit
            if write:
                connection.exec_driver_sql("COMMIT")

        return Changed(store, unit=unit)


@mutant(
    MUTANTS,
    "joined_units_count_when_the_caller_commits",
    "joined_units_are_undone_with_the_caller",
    "a_joined_unit_that_raises_is_undone_alone",
)
class JoinedApart(SqlAlchemyMutant):
    """A joined store is the store itself, whose units are transactions of their own."""

    busy_seconds = IN_VAIN_SECONDS

    def joined(self, connection):
        return self


@mutant(MUTANTS, "a_joined_unit_that_raises_is_undone_alone")
class JoinedWithoutSavepoint(SqlAlchemyMutant):
    """A joined unit that raises leaves what it wrote to the caller's transaction."""

    def joined(self, connection):
        return super().joined(_NoSavepoint(connection))


class _NoSavepoint:
    def __init__(self, connection):
        self._connection = connection

    def begin_nested(self):
        return nullcontext()

    def __getattr__(self, name):
        return getattr(self._connection, name)


@mutant(MUTANTS, "a_store_has_what_its_capabilities_are_asked_by", also="shared")
class NothingToJoin(Saying):
    """It says that its units can be part of the caller's transaction, and has no way to say of which."""

    says = Capability.SHARED_TRANSACTION
