"""Defects of units: what commits, what rolls back, who sees what, and what is left behind."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count

from attrs import evolve

from svcdelivery.errors import StoreError
from svcdelivery.storage.memory.state import Home
from tests.storage.mutants.kinds import IN_VAIN_SECONDS, MemoryMutant, Mutant, mutant

MUTANTS: list[Mutant] = []


@mutant(MUTANTS, "writers_take_turns", "commands_retried_through_faults_apply_once", also="positions bytes")
class AcknowledgementsLost(MemoryMutant):
    """Every tenth commit is said to have taken place and did not."""

    def __init__(self, folder=None):
        super().__init__(folder)
        self.numbers = count(1)

    @contextmanager
    def unit(self, tenant, *, write=True):
        work = None
        with super().unit(tenant, write=write) as unit:
            yield unit
            work = unit.journal._rows
            if write and not next(self.numbers) % 10:
                work.commit = lambda: None


class OutsideTheTransaction(MemoryMutant):
    """Writes one kind of rows at once, on a connection of its own."""

    part = ""

    def kept(self, work):
        return getattr(work, self.part)

    @contextmanager
    def unit(self, tenant, *, write=True):
        work = None
        try:
            with super().unit(tenant, write=write) as unit:
                work = unit.journal._rows
                yield unit
        except BaseException:
            if write and work is not None:
                home = self._tenants.setdefault(tenant, Home(work.base))
                home.state = evolve(home.state, **{self.part: self.kept(work)})
            raise


@mutant(MUTANTS, "a_unit_that_raises_leaves_nothing", also="faults")
class RecordsOutside(OutsideTheTransaction):
    """Records are not rolled back with their unit."""

    part = "records"


@mutant(MUTANTS, "a_unit_that_raises_leaves_nothing", also="faults")
class WakeUpsOutside(OutsideTheTransaction):
    """Wake-ups, and their claims, are not rolled back with their unit."""

    part = "timers"


@mutant(MUTANTS, "a_mark_is_undone_with_its_unit", also="faults")
class MarksOutside(OutsideTheTransaction):
    """Marks are not part of the transaction."""

    part = "marks"


@mutant(MUTANTS, "messages_commit_with_their_facts_or_not_at_all", also="faults")
class MessagesOutside(OutsideTheTransaction):
    """Messages go to a queue of their own, and are sent although their facts were rolled back."""

    part = "letters"


@mutant(MUTANTS, "a_fault_at_any_call_leaves_nothing")
class MessagesLostOnRollback(OutsideTheTransaction):
    """A rollback empties the outbox, those messages too that waited before."""

    part = "letters"

    def kept(self, work):
        return {}


@mutant(MUTANTS, "a_unit_that_raises_leaves_nothing", also="keys positions outbox marks faults")
class CommittedAnyway(MemoryMutant):
    """A unit commits whether or not its block raises."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        raised = None
        with super().unit(tenant, write=write) as unit:
            try:
                yield unit
            except BaseException as error:  # noqa: BLE001  it is raised again behind the commit
                raised = error
        if raised:
            raise raised


@mutant(MUTANTS, "an_error_comes_through_as_it_is", also="keys positions rollback units bytes outbox marks")
class ErrorsSwallowed(MemoryMutant):
    """A unit rolls back and says nothing of the error."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        try:
            with super().unit(tenant, write=write) as unit:
                yield unit
        except ValueError:
            pass


@mutant(MUTANTS, "an_error_comes_through_as_it_is", also="keys positions rollback units bytes outbox marks")
class ErrorsWrapped(MemoryMutant):
    """Whatever the block raises becomes an error of the store."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        try:
            with super().unit(tenant, write=write) as unit:
                yield unit
        except StoreError:
            raise
        except Exception as error:
            raise StoreError(problem=str(error)) from error


@mutant(MUTANTS, "nothing_stays_locked_after_a_fault", "a_fault_at_any_call_leaves_nothing")
class LockedAfterCancelling(MemoryMutant):
    """`except Exception: rollback` lets through what is no Exception, and keeps the lock."""

    busy_seconds = IN_VAIN_SECONDS

    @contextmanager
    def unit(self, tenant, *, write=True):
        try:
            with super().unit(tenant, write=write) as unit:
                yield unit
        except Exception:
            raise
        except BaseException:
            if write:
                self._writer.acquire(blocking=False)
            raise


@mutant(MUTANTS, "nothing_stays_locked_after_a_fault")
class ConnectionsLeaked(MemoryMutant):
    """A unit that fails never gives its connection back, and there are twenty."""

    def __init__(self, folder=None):
        super().__init__(folder)
        self.connections = 20

    @contextmanager
    def unit(self, tenant, *, write=True):
        if not self.connections:
            raise StoreError(problem="no connection is left")
        try:
            with super().unit(tenant, write=write) as unit:
                yield unit
        except BaseException:
            self.connections -= 1
            raise


@mutant(MUTANTS, "units_opened_for_reading_do_not_write", also="archive")
class ReadersWrite(MemoryMutant):
    """`write=False` is taken for a hint."""

    def changed(self, unit, tenant):
        unit.journal._gate._writable = True
        return unit


@mutant(MUTANTS, "a_unit_that_ended_is_of_no_use")
class EndedUnitsGoOn(MemoryMutant):
    """A unit can be read and written past its block."""

    def changed(self, unit, tenant):
        gate = unit.journal._gate
        unit.journal._gate = type(gate)(writable=True)
        return unit


@mutant(MUTANTS, "a_closed_store_opens_no_units")
class ClosedStoresOpen(MemoryMutant):
    """A closed store goes on."""

    def close(self):
        pass


@mutant(MUTANTS, "tenants_have_names")
class AnyTenant(MemoryMutant):
    """Any text is the name of a tenant."""

    def unit(self, tenant, *, write=True):
        return super().unit(tenant.strip() or "main", write=write)


@mutant(MUTANTS, "a_writer_who_waited_sees_what_was_written_meanwhile")
class WritersTogether(MemoryMutant):
    """Two writers may read the same end of the journal, and the one who commits last wins."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=False) as unit:
            if write:
                unit.journal._gate._writable = True
            yield unit
            if write:
                with self._writer:
                    home = self._tenants.setdefault(tenant, unit.journal._rows._home)
                    unit.journal._rows._home = home
                    unit.journal._rows.commit()
                self._ring(tenant)
