"""Defects of wake-ups and their claims."""

from __future__ import annotations

from attrs import evolve

from svcdelivery.storage.memory.state import Timer
from svcdelivery.storage.sqlite.schema import SQL
from tests.storage.mutants.kinds import MemoryMutant, Mutant, SqliteMutant, changed, mutant, swap

MUTANTS: list[Mutant] = []


@mutant(MUTANTS, "wake_ups_are_due_at_their_instant")
class DueExclusive(SqliteMutant):
    """What is due exactly at the instant is not due yet."""

    sql = evolve(SQL, due=swap(SQL.due, "due_us <= ?", "due_us < ?"))


@mutant(MUTANTS, "claims_come_earliest_first_and_limited", also="rollback threads durable faults")
class ClaimExclusive(SqliteMutant):
    """What is due exactly at the instant cannot be claimed yet."""

    sql = evolve(SQL, timers=evolve(SQL.timers, free=swap(SQL.timers.free, "due_us <= ?", "due_us < ?")))


@mutant(MUTANTS, "wake_ups_are_due_at_their_instant")
class DueByName(SqliteMutant):
    """What is due comes by stream, not by instant, so that the limit leaves out the earliest."""

    sql = evolve(SQL, due=swap(SQL.due, "ORDER BY due_us, stream, name", "ORDER BY stream, name"))


@mutant(MUTANTS, "wake_ups_are_due_at_their_instant")
class DueTiesByChance(SqliteMutant):
    """What is due at one instant comes in any order."""

    sql = evolve(SQL, due=swap(SQL.due, "ORDER BY due_us, stream, name", "ORDER BY due_us, stream DESC, name"))


@mutant(MUTANTS, "wake_ups_are_due_at_their_instant")
class NextDueOfAllTenants(SqliteMutant):
    """The earliest instant is that of all tenants."""

    sql = evolve(SQL, next_due=swap(SQL.next_due, "tenant = ?", "(tenant = ? OR 1)"))


@mutant(MUTANTS, "arming_replaces_and_disarms", also="claims")
class DisarmingForgotten(MemoryMutant):
    """`due_at=None` changes nothing."""

    def changed(self, unit, tenant):
        def arm(timers):
            unit.timers.arm([due for due in timers if due.due_at is not None])

        return changed(unit, timers={"arm": arm})


@mutant(MUTANTS, "arming_replaces_and_disarms", also="claims faults")
class FirstArmingStays(SqliteMutant):
    """A wake-up that is armed already is not moved."""

    sql = evolve(SQL, arm=SQL.arm.partition(" DO UPDATE")[0] + " DO NOTHING")


@mutant(MUTANTS, "arming_replaces_and_disarms", also="claims")
class LastOfACallWins(MemoryMutant):
    """Of several changes to one wake-up in one call, disarming wins, whatever comes last."""

    def changed(self, unit, tenant):
        def arm(timers):
            unit.timers.arm(sorted(timers, key=lambda due: due.due_at is None))

        return changed(unit, timers={"arm": arm})


@mutant(MUTANTS, "what_was_armed_anew_is_not_settled_by_an_old_claim")
class ClaimsOutliveMoving(SqliteMutant):
    """Moving a wake-up leaves its claim, so that an old worker settles the new one."""

    sql = evolve(SQL, arm=swap(SQL.arm, ", fence = NULL, owner = NULL, until_us = NULL", ""))


@mutant(MUTANTS, "what_was_armed_anew_is_not_settled_by_an_old_claim")
class ArmingAnewFrees(SqliteMutant):
    """Arming the same instant again takes the wake-up from its worker."""

    sql = evolve(SQL, arm=SQL.arm.partition(" WHERE t.due_us")[0])


@mutant(MUTANTS, "fences_grow", also="archive")
class FencesReused(MemoryMutant):
    """Every claim has the same fence."""

    def changed(self, unit, tenant):
        def claim(upto, *, now, until, owner, limit=100):
            claims = unit.timers.claim(upto, now=now, until=until, owner=owner, limit=limit)
            armed = unit.journal._rows.changing_timers() if claims else {}
            for each in claims:
                key = (each.due.stream, each.due.name)
                armed[key] = evolve(armed[key], fence=1)
            return tuple(evolve(each, fence=1) for each in claims)

        return changed(unit, timers={"claim": claim})


@mutant(MUTANTS, "fences_grow", also="archive")
class FencesOfTheWakeUp(MemoryMutant):
    """Each wake-up counts its own fences, and begins anew when it was disarmed."""

    def changed(self, unit, tenant):
        work = unit.journal._rows

        def claim(upto, *, now, until, owner, limit=100):
            before = {key: timer.fence or 0 for key, timer in work.timers.items()}
            claims = unit.timers.claim(upto, now=now, until=until, owner=owner, limit=limit)
            counted = []
            for each in claims:
                key = (each.due.stream, each.due.name)
                armed = work.changing_timers()
                armed[key] = Timer(armed[key].due_us, before[key] + 1, armed[key].until_us)
                counted.append(evolve(each, fence=before[key] + 1))
            return tuple(counted)

        return changed(unit, timers={"claim": claim})


@mutant(MUTANTS, "a_stalled_worker_cannot_settle", also="threads durable")
class StaleClaimsSettle(SqliteMutant):
    """Whoever once had a claim settles the wake-up."""

    sql = evolve(SQL, timers=evolve(SQL.timers, settle=swap(SQL.timers.settle, "AND fence = ?", "AND ? > 0")))


@mutant(MUTANTS, "a_stalled_worker_cannot_settle")
class OwnersInsteadOfFences(SqliteMutant):
    """A claim settles when the owner has the same name, be it the worker that was restarted since."""

    def changed(self, unit, tenant):
        connection = unit._made[0]

        def settle(claim):
            where = (unit._made[1], claim.due.stream, claim.due.name)
            asked = "SELECT fence, owner FROM timers WHERE tenant = ? AND stream = ? AND name = ?"
            found = connection.row(asked, where)
            same = found and found[1] == claim.owner
            return unit.timers.settle(evolve(claim, fence=found[0]) if same else claim)

        return changed(unit, timers={"settle": settle})


@mutant(MUTANTS, "what_is_claimed_is_not_lent_twice")
class LeasesIgnored(SqliteMutant):
    """What one worker holds is lent to the next."""

    sql = evolve(SQL, timers=evolve(SQL.timers, free=swap(SQL.timers.free, "until_us IS NULL OR", "1 OR")))


@mutant(MUTANTS, "what_is_claimed_is_not_lent_twice", also="threads durable")
class LeasesEndLate(SqliteMutant):
    """A lease still holds at the instant at which it ends."""

    sql = evolve(SQL, timers=evolve(SQL.timers, free=swap(SQL.timers.free, "until_us <= ?", "until_us < ?")))


@mutant(MUTANTS, "what_is_claimed_is_not_lent_twice", also="threads durable")
class LeasesForEver(SqliteMutant):
    """A lease does not end: what a dead worker held is lost."""

    sql = evolve(SQL, timers=evolve(SQL.timers, free=swap(SQL.timers.free, "OR until_us <= ?", "OR ? < 0")))


@mutant(MUTANTS, "claims_come_earliest_first_and_limited")
class LatestClaimedFirst(SqliteMutant):
    """What is due last is lent first."""

    sql = evolve(
        SQL, timers=evolve(SQL.timers, free=swap(SQL.timers.free, "ORDER BY due_us,", "ORDER BY due_us DESC,"))
    )


@mutant(MUTANTS, "claims_come_earliest_first_and_limited", also="archive")
class ClaimLimitIgnored(MemoryMutant):
    """A worker gets all there is."""

    def changed(self, unit, tenant):
        def claim(upto, *, now, until, owner, limit=100):
            return unit.timers.claim(upto, now=now, until=until, owner=owner, limit=100)

        return changed(unit, timers={"claim": claim})


@mutant(MUTANTS, "claims_come_earliest_first_and_limited")
class NeverAheadOfNow(MemoryMutant):
    """What is asked for ahead of now is not lent."""

    def changed(self, unit, tenant):
        def claim(upto, *, now, until, owner, limit=100):
            return unit.timers.claim(min(upto, now), now=now, until=until, owner=owner, limit=limit)

        return changed(unit, timers={"claim": claim})


@mutant(MUTANTS, "settling_disarms_once")
class SettlingDisarmsNothing(MemoryMutant):
    """A settled wake-up stays armed, and comes again when the lease ends."""

    def changed(self, unit, tenant):
        def settle(claim):
            held = unit.journal._rows.timers.get((claim.due.stream, claim.due.name))
            return held is not None and held.fence == claim.fence

        return changed(unit, timers={"settle": settle})


@mutant(MUTANTS, "settling_disarms_once")
class SettlingAlwaysSucceeds(MemoryMutant):
    """Settling says yes, whatever there was to settle."""

    def changed(self, unit, tenant):
        return changed(unit, timers={"settle": lambda claim: bool(unit.timers.settle(claim) or True)})
