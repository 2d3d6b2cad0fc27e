"""Defects of positions and of the feed."""

from __future__ import annotations

from contextlib import contextmanager

from svcdelivery.storage.chain import sealer
from tests.storage.mutants.kinds import MemoryMutant, Mutant, SqliteMutant, changed, mutant

MUTANTS: list[Mutant] = []


class Numbered(SqliteMutant):
    """Takes positions from a sequence of the database, which no rollback turns back."""

    def __init__(self, folder):
        super().__init__(folder)
        self.last = {}

    def place(self, tenant):
        return tenant

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            rows, place = unit.rows, self.place(tenant)
            if write:
                rows._tail = rows.tail._replace(position=max(rows.tail.position, self.last.get(place, 0)))
            try:
                yield unit
            finally:
                if write:
                    self.last[place] = max(self.last.get(place, 0), rows.tail.position)


@mutant(MUTANTS, "positions_are_contiguous_per_tenant", also="faults")
class SequenceAsPosition(Numbered):
    """Positions come from a sequence: what was rolled back leaves gaps."""


@mutant(MUTANTS, "positions_are_contiguous_per_tenant", also="chain faults archive")
class SequenceOfAllTenants(Numbered):
    """One sequence numbers the facts of all tenants."""

    def place(self, tenant):
        return "all"


@mutant(MUTANTS, "the_feed_is_read_in_pages")
class FeedLimitIgnored(MemoryMutant):
    """The feed answers all there is, however little was asked for."""

    def changed(self, unit, tenant):
        def read(after=0, *, limit=1000, types=()):
            return unit.feed.read(after, limit=max(limit, 1000) if limit > 0 else limit, types=types)

        return changed(unit, feed={"read": read})


@mutant(MUTANTS, "the_feed_is_read_in_pages")
class FeedFromThePosition(MemoryMutant):
    """The feed begins with the position that was read last, once more."""

    def changed(self, unit, tenant):
        def read(after=0, *, limit=1000, types=()):
            return unit.feed.read(max(after - 1, 0), limit=limit, types=types)

        return changed(unit, feed={"read": read})


@mutant(MUTANTS, "the_feed_can_be_asked_for_types")
class TypesAfterLimit(MemoryMutant):
    """Types are picked out of a page, so that pages come out short."""

    def changed(self, unit, tenant):
        def read(after=0, *, limit=1000, types=()):
            page = unit.feed.read(after, limit=limit)
            wanted = {fact.position for fact in unit.feed.read(after, limit=10_000, types=types)}
            return [fact for fact in page if fact.position in wanted]

        return changed(unit, feed={"read": read})


@mutant(MUTANTS, "pages_hold_at_least_one")
class NoLimitIsAll(MemoryMutant):
    """A limit of 0 means no limit."""

    def changed(self, unit, tenant):
        def read(after=0, *, limit=1000, types=()):
            return unit.feed.read(after, limit=limit if limit > 0 else 1000, types=types)

        return changed(unit, feed={"read": read})


@mutant(MUTANTS, "a_unit_may_append_several_times_and_reads_what_it_wrote")
class HeadOfTheBeginning(MemoryMutant):
    """The head is read once when a unit begins, and does not move with what it appends."""

    def changed(self, unit, tenant):
        head = unit.feed.head()
        return changed(unit, feed={"head": lambda: head})


@mutant(MUTANTS, "the_chain_is_sound", also="threads faults archive")
class ChainOfNoTenant(MemoryMutant):
    """The chain is not bound to its tenant."""

    def changed(self, unit, tenant):
        unit.journal._seal = sealer("everybody")
        return unit


@mutant(MUTANTS, "a_new_tenant_is_empty")
class TenantsWithoutFacts(MemoryMutant):
    """Tenants that only have a wake-up are listed too."""

    def tenants(self):
        return sorted(self._tenants)


@mutant(MUTANTS, "names_are_compared_code_point_by_code_point")
class TenantsWithoutCase(MemoryMutant):
    """Tenants are folders on a disk that knows no case."""

    def unit(self, tenant, *, write=True):
        return super().unit(tenant.lower(), write=write)
