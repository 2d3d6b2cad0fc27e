"""Defects of messages and marks."""

from __future__ import annotations

from attrs import evolve

from svcdelivery.storage.sqlite.schema import SQL
from tests.storage.mutants.kinds import MemoryMutant, Mutant, SqliteMutant, changed, mutant, swap

MUTANTS: list[Mutant] = []


@mutant(MUTANTS, "a_message_waits_once")
class MessagesReplaced(SqliteMutant):
    """A message put again takes the place of the one that waits."""

    sql = evolve(
        SQL,
        add_message=swap(SQL.add_message, "DO NOTHING", "DO UPDATE SET data = excluded.data, due_us = excluded.due_us"),
    )


@mutant(MUTANTS, "a_message_waits_once")
class MessageIdsUsedUp(MemoryMutant):
    """The id of a message that was delivered is not free again."""

    def __init__(self, folder=None):
        super().__init__(folder)
        self.delivered = set()

    def changed(self, unit, tenant):
        def settle(parcel):
            self.delivered.add((tenant, parcel.message.id))
            return unit.outbox.settle(parcel)

        def put(messages):
            unit.outbox.put([one for one in messages if (tenant, one.id) not in self.delivered])

        return changed(unit, outbox={"settle": settle, "put": put})


@mutant(MUTANTS, "messages_come_back_equal_and_in_order", also="faults archive")
class MessagesById(SqliteMutant):
    """Messages of one instant come by id, not as they were put."""

    sql = evolve(SQL, waiting=swap(SQL.waiting, "ORDER BY due_us, number", "ORDER BY due_us, id"))


@mutant(MUTANTS, "messages_come_back_equal_and_in_order")
class MessagesAsPut(SqliteMutant):
    """Messages come as they were put, whatever their instants."""

    sql = evolve(SQL, waiting=swap(SQL.waiting, "ORDER BY due_us, number", "ORDER BY number"))


@mutant(MUTANTS, "messages_come_back_equal_and_in_order", also="snapshots threads archive")
class MessagesDueExclusive(SqliteMutant):
    """A message due exactly at the instant waits on."""

    sql = evolve(SQL, waiting=swap(SQL.waiting, "due_us <= ?", "due_us < ?"))


@mutant(MUTANTS, "a_message_is_lent_to_one_worker")
class ParcelsLentTwice(SqliteMutant):
    """What one worker is delivering is lent to the next."""

    sql = evolve(SQL, messages=evolve(SQL.messages, free=swap(SQL.messages.free, "until_us IS NULL OR", "1 OR")))


@mutant(MUTANTS, "a_message_is_lent_to_one_worker")
class StaleParcelsSettle(SqliteMutant):
    """Whoever once had a parcel settles it."""

    sql = evolve(SQL, messages=evolve(SQL.messages, settle=swap(SQL.messages.settle, "AND fence = ?", "AND ? > 0")))


@mutant(MUTANTS, "a_message_is_lent_to_one_worker")
class StaleParcelsDeferred(SqliteMutant):
    """Whoever once had a parcel may give it back."""

    sql = evolve(SQL, defer=swap(SQL.defer, "AND fence = ?", "AND ? > 0"))


@mutant(MUTANTS, "a_message_is_lent_to_one_worker")
class AttemptsUncounted(SqliteMutant):
    """Every attempt is the first."""

    sql = evolve(SQL, messages=evolve(SQL.messages, lend=swap(SQL.messages.lend, ", attempts = m.attempts + 1", "")))


@mutant(MUTANTS, "a_deferred_message_is_tried_again_then")
class AttemptsForgotten(SqliteMutant):
    """A message that is given back counts its attempts anew."""

    sql = evolve(SQL, defer=swap(SQL.defer, "fence = NULL", "attempts = 0, fence = NULL"))


@mutant(MUTANTS, "a_deferred_message_is_tried_again_then")
class DeferringKeepsTheLease(SqliteMutant):
    """A message that is given back stays lent until the lease ends."""

    sql = evolve(SQL, defer=swap(SQL.defer, ", fence = NULL, owner = NULL, until_us = NULL", ""))


@mutant(MUTANTS, "a_deferred_message_is_tried_again_then")
class DeferringForgetsTheInstant(MemoryMutant):
    """A message that is given back is due at once."""

    def changed(self, unit, tenant):
        def defer(parcel, due_at):
            return unit.outbox.defer(parcel, parcel.message.due_at)

        return changed(unit, outbox={"defer": defer})


@mutant(MUTANTS, "workers_ask_for_their_topics")
class TopicsIgnored(MemoryMutant):
    """A worker gets messages of every topic."""

    def changed(self, unit, tenant):
        def claim(upto, *, now, until, owner, topics=(), limit=100):
            return unit.outbox.claim(upto, now=now, until=until, owner=owner, limit=limit)

        return changed(unit, outbox={"claim": claim})


@mutant(MUTANTS, "workers_ask_for_their_topics")
class TopicsAfterLimit(MemoryMutant):
    """Topics are picked out of those due first, so that a worker with a small limit gets none."""

    def changed(self, unit, tenant):
        def waiting(upto, *, topics=(), limit=100):
            found = unit.outbox.waiting(upto, limit=limit)
            return tuple(one for one in found if not topics or one.topic in topics)

        return changed(unit, outbox={"waiting": waiting})


@mutant(MUTANTS, "data_of_messages_are_kept_as_they_were")
class MessagesByReference(MemoryMutant):
    """Messages are kept as the caller's own objects, and change when the caller changes them."""

    def __init__(self, folder=None):
        super().__init__(folder)
        self.given = {}

    def changed(self, unit, tenant):
        def put(messages):
            waiting = {letter.row[0] for letter in unit.journal._rows.letters.values()}
            self.given.update({(tenant, one.id): one.data for one in reversed(messages) if one.id not in waiting})
            unit.outbox.put(messages)

        def waiting(upto, *, topics=(), limit=100):
            found = unit.outbox.waiting(upto, topics=topics, limit=limit)
            return tuple(evolve(one, data=self.given.get((tenant, one.id), one.data)) for one in found)

        return changed(unit, outbox={"put": put, "waiting": waiting})


@mutant(MUTANTS, "marks_are_kept_per_follower")
class MarksOnlyForward(MemoryMutant):
    """A mark does not go back."""

    def changed(self, unit, tenant):
        def put(follower, position):
            unit.marks.put(follower, max(position, unit.marks.get(follower)) if position >= 0 else position)

        return changed(unit, marks={"put": put})


@mutant(MUTANTS, "marks_are_kept_per_follower")
class MarksWithoutCase(MemoryMutant):
    """Followers are told apart without regard to case."""

    def changed(self, unit, tenant):
        members = {"get": lambda follower: unit.marks.get(follower.lower())}
        return changed(
            unit, marks={"put": lambda follower, position: unit.marks.put(follower.lower(), position), **members}
        )


@mutant(MUTANTS, "marks_are_kept_per_follower")
class MarksSharedByTenants(SqliteMutant):
    """A follower has one mark for all tenants."""

    sql = evolve(SQL, mark=swap(SQL.mark, "tenant = ?", "(tenant = ? OR 1)"))


@mutant(MUTANTS, "marks_lie_within_the_journal", also="faults")
class MarksUnchecked(MemoryMutant):
    """A mark may lie past the end, and skip what is written next."""

    def changed(self, unit, tenant):
        def put(follower, position):
            end = unit.feed.head().position
            unit.marks.put(follower, min(position, end) if position > 0 else position)

        return changed(unit, marks={"put": put})
