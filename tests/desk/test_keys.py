"""Command keys: asked again, the same; asked otherwise, refused; disturbed, tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.desk import DerivedIds, Outcome, ServiceDesk
from svcdelivery.errors import Conflict, InvalidValueError, KeyReused, NotPermittedError, Unknown
from svcdelivery.satisfaction import SurveyInvited
from svcdelivery.storage.protocol import Store
from tests.desk.world import (
    ANN,
    BOB,
    DIRECTORY,
    MONDAY,
    OLGA,
    HeldTime,
    Interfering,
    LosingAcknowledgements,
    World,
    keys,
    revision,
    snapshot,
)


def positions(store: Store) -> int:
    with store.unit("main", write=False) as unit:
        return unit.feed.head().position


class TestLostAcknowledgements:
    def test_the_same_command_with_its_key_answers_the_first_outcome(self, world: World, store: Store) -> None:
        """It was committed and nobody said so; asked again, nothing is written and the answer is the first one."""
        losing = LosingAcknowledgements(store, times=0)
        desk = world.again(losing)
        world.time.advance(minutes=1)

        def lost(command: Callable[[str], Outcome[Any]]) -> Outcome[Any]:
            key = next(keys)
            losing.times = 1
            with pytest.raises(Unknown):
                command(key)
            written = positions(store)
            world.time.advance(minutes=17)
            outcome = command(key)
            assert outcome.replayed
            assert positions(store) == written
            assert command(key) == outcome
            return outcome

        requests = desk.requests
        received = lost(
            lambda key: requests.receive(customer="acme", service="email", requester="ann", by=ANN, key=key)
        )
        id = received.record.id
        for command in (
            lambda key: requests.accept(id, by=BOB, key=key),
            lambda key: requests.assign(id, team="field", by=BOB, key=key),
            lambda key: requests.start(id, by=BOB, key=key),
            lambda key: requests.put_on_hold(id, reason="customer", by=BOB, key=key),
            lambda key: requests.resume(id, by=BOB, key=key),
            lambda key: requests.post(id, text="soon", by=BOB, key=key),
            lambda key: requests.fulfill(id, by=BOB, key=key),
        ):
            delivered = lost(command)
        token = next(fact.body.token for fact in delivered.facts if isinstance(fact.body, SurveyInvited))
        lost(lambda key: requests.answer_survey(id, token=token, score=5, by=ANN, key=key))
        lost(lambda key: requests.reopen(id, ground="again", by=ANN, key=key))
        lost(lambda key: desk.agreements.suspend("acme-1", ground="unpaid", by=OLGA, key=key))
        lost(lambda key: desk.agreements.register(ServiceAgreement.of(revision("b")), by=OLGA, key=key))
        assert requests.get(id).reopened == 1

    def test_a_first_answer_and_a_repeated_one_differ_in_nothing_but_that(self, world: World) -> None:
        """Record, facts, decision and readings are those of the first call, also much later."""
        id = world.started_incident()
        world.time.advance(minutes=30)
        first = world.desk.incidents.put_on_hold(id, reason="customer", note="é\n", by=BOB, key="hold")
        world.time.advance(days=5)
        world.desk.incidents.resume(id, by=BOB, key=next(keys))
        again = world.desk.incidents.put_on_hold(id, reason="customer", note="é\n", by=BOB, key="hold")
        assert again == evolve(first, replayed=True)

    def test_a_denial_whose_acknowledgement_was_lost_is_a_denial_again(self, world: World, store: Store) -> None:
        """First nobody knows; asked again, it was denied."""
        id = world.started_request()
        desk = world.again(LosingAcknowledgements(store))
        key = next(keys)
        with pytest.raises(Unknown):
            desk.requests.fulfill(id, by=ANN, key=key)
        written = positions(store)
        with pytest.raises(NotPermittedError):
            desk.requests.fulfill(id, by=ANN, key=key)
        assert positions(store) == written


class TestReuse:
    def test_a_key_stands_for_one_command_one_caller_and_one_set_of_arguments(self, world: World) -> None:
        """Anything else under it is refused, and changes nothing."""
        id, other = world.started_request(), world.started_request()
        desk = world.desk.requests
        desk.put_on_hold(id, reason="customer", by=BOB, key="once")
        before = positions(world.store)
        for command in (
            lambda: desk.put_on_hold(id, reason="supplier", by=BOB, key="once"),
            lambda: desk.put_on_hold(id, reason="customer", note="?", by=BOB, key="once"),
            lambda: desk.put_on_hold(other, reason="customer", by=BOB, key="once"),
            lambda: desk.put_on_hold(id, reason="customer", by=OLGA, key="once"),
            lambda: desk.resume(id, by=BOB, key="once"),
            lambda: world.desk.agreements.suspend("acme-1", ground="x", by=OLGA, key="once"),
        ):
            with pytest.raises(KeyReused):
                command()
        assert positions(world.store) == before

    def test_the_instant_is_no_part_of_what_was_asked(self, world: World) -> None:
        """However late a call is repeated, it is the same call."""
        id = world.started_request()
        world.desk.requests.fulfill(id, by=BOB, key="done")
        world.time.advance(days=400)
        assert world.desk.requests.fulfill(id, by=BOB, key="done").replayed

    def test_tenants_keep_keys_of_their_own(self, world: World, store: Store) -> None:
        """What one tenant asked is nothing to another."""
        id = world.started_request()
        world.desk.requests.fulfill(id, by=BOB, key="shared")
        other = ServiceDesk(store, tenant="other", time=world.time, directory=DIRECTORY)
        other.agreements.register(ServiceAgreement.of(revision()), by=OLGA, key="shared")
        assert other.requests.find().items == ()

    def test_a_refused_command_does_not_use_its_key_up(self, world: World) -> None:
        """It left nothing behind, so the same call may be made again once it is possible."""
        id = world.request()
        with pytest.raises(Exception, match="cannot start"):
            world.desk.requests.start(id, by=BOB, key="start")
        world.desk.requests.accept(id, by=BOB, key=next(keys))
        assert not world.desk.requests.start(id, by=BOB, key="start").replayed


class TestConflicts:
    def test_a_command_that_finds_its_stream_grown_judges_again(self, world: World, store: Store) -> None:
        """Four times somebody was quicker; the fifth try writes."""
        id = world.started_incident()
        meddling = Interfering(store, f"incident:{id}", times=4)
        outcome = world.again(meddling).incidents.resolve(id, by=BOB, key=next(keys))
        assert meddling.tries == 5
        versions = [fact.version for fact in world.desk.incidents.facts(id)]
        assert versions == list(range(1, outcome.record.version + 1))
        assert outcome.record.status.value == "resolved"

    def test_after_five_it_is_given_up_and_nothing_is_written(self, world: World, store: Store) -> None:
        """The caller learns which versions clashed."""
        id = world.started_incident()
        meddling = Interfering(store, f"incident:{id}", times=99)
        with pytest.raises(Conflict, match=r"expected version \d+, found \d+"):
            world.again(meddling).incidents.resolve(id, by=BOB, key="gone")
        assert meddling.tries == 5
        assert world.desk.incidents.get(id).status.value == "in_progress"

    def test_terms_that_change_under_a_command_are_judged_anew(self, world: World, store: Store) -> None:
        """What a command relies on is fenced: the agreement's stream as well as the item's."""
        id = world.started_incident()

        class Suspending(Interfering):
            def _write(self, tenant: str) -> None:
                world.desk.agreements.suspend("acme-1", ground="meanwhile", by=OLGA, key=next(keys))

        with pytest.raises(NotPermittedError) as caught:
            world.again(Suspending(store, "", times=1)).incidents.resolve(id, by=BOB, key=next(keys))
        assert caught.value.reasons == ("agreement_not_in_force",)


class TestTime:
    def test_a_clock_set_back_does_not_make_times_fall(self, world: World) -> None:
        """Facts keep to the instant of the journal's head until the clock has caught up."""
        id = world.started_incident()
        world.time.advance(minutes=30)
        world.desk.incidents.post(id, text="one", by=BOB, key=next(keys))
        world.time.advance(hours=-3)
        outcome = world.desk.incidents.post(id, text="two", by=BOB, key=next(keys))
        facts = world.desk.incidents.facts(id)
        assert [f.occurred_at for f in facts] == sorted(f.occurred_at for f in facts)
        assert [f.recorded_at for f in facts] == sorted(f.recorded_at for f in facts)
        assert outcome.record.updated_at == datetime.__add__(MONDAY, timedelta(minutes=30))
        world.check(f"incident:{id}")

    def test_nor_does_the_watch_write_into_the_past(self, world: World) -> None:
        """A breach noticed after the clock was set back still follows what happened before."""
        id = world.started_incident()
        world.time.advance(days=2)
        world.desk.incidents.post(id, text="one", by=BOB, key=next(keys))
        world.time.advance(hours=-1)
        world.desk.watch.run()
        facts = world.desk.incidents.facts(id)
        assert len({type(f.body) for f in facts}) > 4
        assert [f.occurred_at for f in facts] == sorted(f.occurred_at for f in facts)
        world.check(f"incident:{id}")


class TestIds:
    def test_ids_are_uuids_of_version_seven_that_sort_by_time(self) -> None:
        """Without randomness: the same command at the same instant asks for the same one."""
        early, late = (DerivedIds().new(seed="s", now=datetime(2024, 1, day, tzinfo=UTC)) for day in (1, 2))
        assert early < late
        assert (early[14], early[19] in "89ab", len(early)) == ("7", True, 36)
        assert DerivedIds().new(seed="s", now=datetime(2024, 1, 1, tzinfo=UTC)) == early
        assert DerivedIds().new(seed="t", now=datetime(2024, 1, 1, tzinfo=UTC)) != early

    def test_a_conflict_does_not_change_the_id_an_item_gets(self, store: Store) -> None:
        """Asked again within the same instant, the name is the same."""
        ids = DerivedIds()
        time = HeldTime()
        assert ids.new(seed="main/request/k", now=time.now()) == ids.new(seed="main/request/k", now=time.now())

    def test_an_id_of_the_callers_own_is_kept_and_taken_once(self, world: World) -> None:
        """Two items cannot share it."""
        assert world.request(id="4711") == "4711"
        before = snapshot(world.store, "request:4711")
        with pytest.raises(InvalidValueError, match="not a free id"):
            world.request(id="4711")
        assert snapshot(world.store, "request:4711") == before
