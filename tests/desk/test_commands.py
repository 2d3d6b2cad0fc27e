"""Every command at the desk: what it leads to, what it refuses, and that a refusal leaves the work as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import AgreementStatus, NamedHours, ServiceAgreement, Term
from svcdelivery.communication import StatusUpdateDue, StatusUpdatesEnded
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import (
    AgreementConflictError,
    AgreementNotFoundError,
    InvalidValueError,
    NotFoundError,
    NotPermittedError,
    ServiceDeliveryError,
    TransitionRefusedError,
    WrongTypeError,
)
from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.improvement import ActionStatus
from svcdelivery.satisfaction import SurveyAnswered, SurveyInvited, SurveyWithdrawn
from svcdelivery.security import SECURITY_STREAM, Decided
from svcdelivery.service_hours import ServiceHours
from svcdelivery.storage.protocol import Store
from svcdelivery.work import (
    Fulfilled,
    ImportedItem,
    IncidentStatus,
    Observed,
    PutOnHold,
    RequestReceived,
    RequestStatus,
    Resolved,
)
from tests.desk.world import ANN, BOB, EVE, MONDAY, OLGA, World, keys, revision, snapshot

S, I = RequestStatus, IncidentStatus  # noqa: E741
PORTAL = Actor.system("portal")
CARL = Actor.staff("carl")


def denials(store: Store) -> list[Decided]:
    with store.unit("main", write=False) as unit:
        return [f.body for f in unit.journal.load(SECURITY_STREAM) if not f.body.allowed]


class TestRequests:
    def test_one_goes_its_whole_way(self, world: World) -> None:
        """Each command answers the record as it then is, and row and timers follow."""
        desk = world.desk.requests
        done = desk.receive(
            customer="acme", service="email", requester="ann", impact="high", urgency="high", by=ANN, key=next(keys)
        )
        id = done.record.id
        seen = [done.record.status]
        steps: list[Callable[[], Any]] = [
            lambda: desk.accept(id, note="ours", by=BOB, key=next(keys)),
            lambda: desk.assign(id, team="field", assignee="bob", by=BOB, key=next(keys)),
            lambda: desk.start(id, by=BOB, key=next(keys)),
            lambda: desk.put_on_hold(id, reason="customer", note="which size?", by=BOB, key=next(keys)),
            lambda: desk.resume(id, by=BOB, key=next(keys)),
            lambda: desk.change_priority(id, priority="P2", ground="calm", by=BOB, key=next(keys)),
            lambda: desk.fulfill(id, outcome="done", by=BOB, key=next(keys)),
            lambda: desk.reopen(id, ground="not quite", by=ANN, key=next(keys)),
            lambda: desk.fulfill(id, by=BOB, key=next(keys)),
            lambda: desk.close(id, by=PORTAL, key=next(keys)),
        ]
        for step in steps:
            world.time.advance(minutes=10)
            outcome = step()
            assert outcome.record == desk.get(id)
            assert outcome.decision.allowed
            assert not outcome.replayed
            assert {fact.occurred_at for fact in outcome.facts} == {world.time.now()}
            world.check(f"request:{id}")
            seen.append(outcome.record.status)
        assert seen == [
            S.RECEIVED, S.ACCEPTED, S.ACCEPTED, S.IN_PROGRESS, S.ON_HOLD, S.IN_PROGRESS, S.IN_PROGRESS, S.FULFILLED,
            S.IN_PROGRESS, S.FULFILLED, S.CLOSED,
        ]  # fmt: skip
        record = desk.get(id)
        assert (record.priority, record.team, record.assignee, record.reopened) == ("P2", "field", "bob", 1)
        assert done.record.priority == "P1"

    def test_one_may_be_rejected_or_cancelled(self, world: World) -> None:
        """Both endings are final, and end the duty to tell the status."""
        desk = world.desk.requests
        for end in (
            lambda id: desk.reject(id, ground="not ours", by=BOB, key=next(keys)),
            lambda id: desk.cancel(id, ground="no longer", by=ANN, key=next(keys)),
        ):
            id = world.request()
            outcome = end(id)
            assert any(isinstance(fact.body, StatusUpdatesEnded) for fact in outcome.facts)
            assert snapshot(world.store, f"request:{id}").timers == ()
            with pytest.raises(TransitionRefusedError, match="possible from there: none"):
                desk.reopen(id, ground="please", by=ANN, key=next(keys))

    def test_they_are_found_by_their_columns(self, world: World) -> None:
        """In the order of ids, page by page."""
        ids = sorted(world.request(id=f"R{n}") for n in range(5))
        world.desk.requests.accept("R3", by=BOB, key=next(keys))
        page = world.desk.requests.find(status="received", limit=3)
        rest = world.desk.requests.find(status="received", after=page.next)
        assert [r.id for r in (*page.items, *rest.items)] == [id for id in ids if id != "R3"]
        assert [r.id for r in world.desk.requests.find(phase="active").items] == ["R3"]
        with pytest.raises(InvalidValueError, match="one of `status`"):
            world.desk.requests.find(**{"id; --": "x"})
        with pytest.raises(NotFoundError):
            world.desk.requests.get("nobody")


class TestIncidents:
    def test_one_goes_its_whole_way(self, world: World) -> None:
        """Recorded, assigned, worked on, held, resolved, reopened, closed."""
        desk = world.desk.incidents
        id = world.incident(priority="P1")
        for step in (
            lambda: desk.assign(id, team="desk", by=BOB, key=next(keys)),
            lambda: desk.put_on_hold(id, reason="supplier", by=BOB, key=next(keys)),
            lambda: desk.resume(id, by=BOB, key=next(keys)),
            lambda: desk.post(id, text="on it", by=BOB, key=next(keys)),
            lambda: desk.post(id, text="hm", internal=True, by=BOB, key=next(keys)),
            lambda: desk.resolve(id, outcome="restarted", by=BOB, key=next(keys)),
            lambda: desk.close(id, by=BOB, key=next(keys)),
            lambda: desk.reopen(id, ground="again", by=ANN, key=next(keys)),
            lambda: desk.cancel(id, by=BOB, key=next(keys)),
        ):
            world.time.advance(minutes=7)
            assert step().record == desk.get(id)
            world.check(f"incident:{id}")
        assert desk.get(id).status is I.CANCELLED
        phases = {reading.measure: reading.phase.value for reading in desk.readings(id)}
        assert phases == {"first_response": "stopped", "resolution": "cancelled"}

    def test_readings_are_of_now_or_of_any_other_moment(self, world: World) -> None:
        """The same facts, read at another instant."""
        id = world.started_incident()
        world.time.advance(hours=1)
        now = next(r for r in world.desk.incidents.readings(id) if r.measure == "resolution")
        before = next(r for r in world.desk.incidents.readings(id, now=MONDAY) if r.measure == "resolution")
        assert (now.elapsed, before.elapsed) == (timedelta(hours=1), timedelta(0))
        with pytest.raises(NotFoundError):
            world.desk.incidents.readings("nobody")


class TestDuties:
    def test_the_survey_goes_out_with_the_delivery_itself(self, world: World) -> None:
        """Invitation and delivery stand in one receipt, at one instant."""
        id = world.started_request()
        outcome = world.desk.requests.fulfill(id, by=BOB, key=next(keys))
        kinds = [type(fact.body) for fact in outcome.facts]
        assert kinds.index(SurveyInvited) > kinds.index(Fulfilled)
        invited = next(fact for fact in outcome.facts if isinstance(fact.body, SurveyInvited))
        assert (invited.occurred_at, invited.body.requester) == (world.time.now(), "ann")

    def test_the_status_update_stands_beside_the_fact_that_causes_it(self, world: World) -> None:
        """Owed from the receipt, and again from each message of staff to the requester."""
        received = world.desk.incidents.receive(
            customer="acme", service="email", requester="ann", by=ANN, key=next(keys)
        )
        (due,) = [fact.body for fact in received.facts if isinstance(fact.body, StatusUpdateDue)]
        assert due.due_at == datetime(2024, 3, 11, 13, tzinfo=UTC)
        world.time.advance(hours=2)
        told = world.desk.incidents.post(received.record.id, text="soon", by=BOB, key=next(keys))
        (next_due,) = [fact.body for fact in told.facts if isinstance(fact.body, StatusUpdateDue)]
        assert next_due.due_at == datetime(2024, 3, 11, 15, tzinfo=UTC)

    def test_the_requester_answers_once_and_only_while_the_invitation_stands(self, world: World) -> None:
        """Off the scale, twice, by another or after a reopening it is refused."""
        id = world.started_request()
        outcome = world.desk.requests.fulfill(id, by=BOB, key=next(keys))
        token = next(fact.body.token for fact in outcome.facts if isinstance(fact.body, SurveyInvited))
        ask = world.desk.requests.answer_survey
        with pytest.raises(InvalidValueError, match="1 to 5"):
            ask(id, token=token, score=6, by=ANN, key=next(keys))
        with pytest.raises(NotFoundError):
            ask(id, token="another", score=5, by=ANN, key=next(keys))
        with pytest.raises(NotPermittedError):
            ask(id, token=token, score=1, by=EVE, key=next(keys))
        answered = ask(id, token=token, score=5, comment="quick", by=ANN, key=next(keys))
        assert any(isinstance(fact.body, SurveyAnswered) for fact in answered.facts)
        with pytest.raises(TransitionRefusedError, match="answered"):
            ask(id, token=token, score=4, by=ANN, key=next(keys))

    def test_a_reopening_withdraws_the_open_invitation(self, world: World) -> None:
        """What it asked about turned out not to be done."""
        id = world.started_incident()
        outcome = world.desk.incidents.resolve(id, by=BOB, key=next(keys))
        token = next(fact.body.token for fact in outcome.facts if isinstance(fact.body, SurveyInvited))
        again = world.desk.incidents.reopen(id, ground="still", by=ANN, key=next(keys))
        assert SurveyWithdrawn(token=token) in [fact.body for fact in again.facts]
        with pytest.raises(TransitionRefusedError, match="withdrawn"):
            world.desk.incidents.answer_survey(id, token=token, score=3, by=ANN, key=next(keys))

    def test_hours_whose_holiday_list_ends_keep_nobody_from_reporting_trouble(self, store: Store) -> None:
        """Where the next update cannot be counted in open time it is owed by the clock: rather early than never."""
        ending = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-17:00"]}, covered_years=(2024, 2024))
        world = World(store, terms=evolve(revision(), hours=(NamedHours("office", ending),)))
        world.time.at = datetime(2025, 1, 7, 9, tzinfo=UTC)
        outcome = world.desk.incidents.receive(
            customer="acme", service="email", requester="ann", by=ANN, key=next(keys)
        )
        (due,) = [fact.body for fact in outcome.facts if isinstance(fact.body, StatusUpdateDue)]
        assert due.due_at == datetime(2025, 1, 7, 13, tzinfo=UTC)
        assert all(reading.findings for reading in outcome.readings)
        world.time.advance(days=2)
        assert world.desk.watch.run().updates_missed == 1


class TestRefusals:
    def test_a_refused_command_leaves_stream_record_and_timers_as_they_were(self, world: World) -> None:
        """Bad values, wrong statuses and denials alike."""
        id = world.started_incident()
        stream, desk = f"incident:{id}", world.desk.incidents
        before = snapshot(world.store, stream)
        world.time.advance(hours=1)
        refused: list[tuple[type[ServiceDeliveryError], Callable[[str], Any]]] = [
            (TransitionRefusedError, lambda key: desk.close(id, by=BOB, key=key)),
            (TransitionRefusedError, lambda key: desk.start(id, by=BOB, key=key)),
            (TransitionRefusedError, lambda key: desk.reopen(id, ground="x", by=BOB, key=key)),
            (InvalidValueError, lambda key: desk.put_on_hold(id, reason="weather", by=BOB, key=key)),
            (InvalidValueError, lambda key: desk.change_priority(id, priority="p1", by=BOB, key=key)),
            (InvalidValueError, lambda key: desk.change_priority(id, impact="high", by=BOB, key=key)),
            (InvalidValueError, lambda key: desk.change_priority(id, by=BOB, key=key)),
            (InvalidValueError, lambda key: desk.assign(id, team=" ", by=BOB, key=key)),
            (InvalidValueError, lambda key: desk.post(id, text="x", internal=True, by=ANN, key=key)),
            (NotPermittedError, lambda key: desk.resolve(id, by=ANN, key=key)),
            (NotPermittedError, lambda key: desk.cancel(id, by=EVE, key=key)),
            (NotPermittedError, lambda key: desk.resolve(id, by=CARL, key=key)),
        ]
        for kind, command in refused:
            with pytest.raises(kind) as caught:
                command(next(keys))
            assert "\n" not in str(caught.value)
            assert snapshot(world.store, stream) == before

    def test_a_refusal_names_the_moves_that_are_possible(self, world: World) -> None:
        """B053: closing what was never worked on tells what may be done instead."""
        id = world.request()
        with pytest.raises(TransitionRefusedError) as caught:
            world.desk.requests.close(id, by=BOB, key=next(keys))
        assert caught.value.possible == ("accept", "reject", "assign", "change_priority", "cancel")
        assert str(caught.value).endswith("possible from there: accept, reject, assign, change_priority, cancel")

    @pytest.mark.parametrize(
        ("said", "kind"),
        [
            ({"summary": "\ud800"}, InvalidValueError),
            ({"summary": 5}, WrongTypeError),
            ({"summary": 4.5}, WrongTypeError),
            ({"summary": ["a"]}, WrongTypeError),
            ({"service": None}, WrongTypeError),
            ({"customer": "  "}, InvalidValueError),
            ({"requester": "x" * 300}, InvalidValueError),
            ({"priority": "P1 "}, InvalidValueError),
            ({"priority": "Critical"}, InvalidValueError),
            ({"impact": "high"}, InvalidValueError),
            ({"impact": "high", "urgency": "odd"}, InvalidValueError),
            ({"id": "two\nlines"}, InvalidValueError),
            ({"by": None}, WrongTypeError),
            ({"by": "ann"}, WrongTypeError),
            ({"key": ""}, InvalidValueError),
            ({"key": None}, WrongTypeError),
        ],
    )
    def test_bad_values_are_refused_in_our_own_words(
        self, world: World, said: dict[str, Any], kind: type[ServiceDeliveryError]
    ) -> None:
        """B029, B037, B043, B061: typed, one line, and nothing of it is kept."""
        usual = {"customer": "acme", "service": "email", "requester": "ann", "by": ANN, "key": next(keys)}
        with pytest.raises(kind) as caught:
            world.desk.incidents.receive(**{**usual, **said})
        assert "\n" not in str(caught.value)
        assert world.desk.incidents.find().items == ()

    def test_a_score_that_is_no_whole_number_is_refused(self, world: World) -> None:
        """B029: neither a float nor a bool is taken for a number."""
        id = world.started_request()
        outcome = world.desk.requests.fulfill(id, by=BOB, key=next(keys))
        token = next(fact.body.token for fact in outcome.facts if isinstance(fact.body, SurveyInvited))
        for score in (4.5, True, "5"):
            with pytest.raises(WrongTypeError):
                world.desk.requests.answer_survey(id, token=token, score=score, by=ANN, key=next(keys))  # type: ignore[arg-type]

    def test_to_outsiders_unknown_and_forbidden_read_alike(self, world: World) -> None:
        """Nothing tells whether the item exists; staff are told."""
        id = world.started_request()
        texts = set()
        for asked in (id, "no-such-item"):
            for by in (EVE, Actor.end_user("nobody"), Actor.supplier("bob"), Actor.customer("globex")):
                with pytest.raises(NotPermittedError) as caught:
                    world.desk.requests.cancel(asked, by=by, key=next(keys))
                texts.add(str(caught.value))
        assert texts == {"not permitted"}
        with pytest.raises(NotFoundError):
            world.desk.requests.cancel("no-such-item", by=BOB, key=next(keys))

    def test_to_outsiders_agreements_and_actions_are_as_closed(self, world: World) -> None:
        """An agreement's terms and its existence are nobody else's business."""
        other = ServiceAgreement.of(evolve(revision(), reason="other terms"))
        asked: list[Callable[[str], Any]] = [
            lambda key: world.desk.agreements.register(other, by=EVE, key=key),
            lambda key: world.desk.agreements.suspend("acme-1", ground="x", by=EVE, key=key),
            lambda key: world.desk.agreements.suspend("nothing", ground="x", by=EVE, key=key),
            lambda key: world.desk.actions.waive("nothing", ground="x", by=EVE, key=key),
        ]
        for command in asked:
            with pytest.raises(NotPermittedError) as caught:
                command(next(keys))
            assert str(caught.value) == "not permitted"
        assert len(denials(world.store)) == len(asked)

    def test_a_denial_is_put_on_record_and_raised_again_on_a_retry(self, world: World) -> None:
        """Committed to the stream `security` under the command's key; a retry adds nothing."""
        id, key = world.started_request(), next(keys)
        for _ in range(3):
            with pytest.raises(NotPermittedError) as caught:
                world.desk.requests.fulfill(id, by=OLGA, key=key)
            assert caught.value.reasons == ("no_entitlement",)
        (denied,) = denials(world.store)
        assert (denied.action, denied.reason, denied.item) == ("fulfill", "no_entitlement", f"request:{id}")

    def test_a_service_not_approved_or_not_entitled_is_not_received(self, world: World) -> None:
        """SP 3.2: only approved services, only to those the agreement entitles."""
        usual = {"customer": "acme", "requester": "ann", "by": ANN}
        for said, reason in (
            ({"service": "fax"}, "service_not_approved"),
            ({"service": "*"}, "service_not_in_agreement"),
            ({"service": "laptop", "requester": "dora", "by": Actor.end_user("dora")}, "no_entitlement"),
            ({"service": "email", "requester": "eve", "by": EVE}, "no_entitlement"),
            ({"service": "email", "requester": "ann", "by": EVE}, "not_own_work"),
            ({"service": "email", "customer": "nobody"}, "unknown_agreement"),
        ):
            with pytest.raises(NotPermittedError) as caught:
                world.desk.requests.receive(**{**usual, **said, "key": next(keys)})
            assert caught.value.reasons[0] == reason
        assert world.desk.requests.find().items == ()


class TestReopening:
    def test_the_last_instant_of_the_window_still_belongs_to_it(self, store: Store) -> None:
        """Reopened exactly fourteen days after it was done, refused one microsecond later."""
        for late, allowed in ((timedelta(0), True), (timedelta(microseconds=1), False)):
            world = World(store)
            id = world.started_incident()
            done = world.desk.incidents.resolve(id, by=BOB, key=next(keys)).record.done_at
            world.time.at = datetime.__add__(done, timedelta(days=14) + late)
            if allowed:
                world.desk.incidents.reopen(id, ground="again", by=ANN, key=next(keys))
            else:
                with pytest.raises(TransitionRefusedError, match="needs reopening window open"):
                    world.desk.incidents.reopen(id, ground="again", by=ANN, key=next(keys))


class TestAgreements:
    def test_registering_the_same_document_again_changes_nothing(self, world: World) -> None:
        """An equal digest is a no-op; other terms under the same number are refused."""
        before = world.desk.agreements.get("acme-1")
        same = world.desk.agreements.register(ServiceAgreement.of(revision()), by=OLGA, key=next(keys))
        assert same.record == before
        with pytest.raises(AgreementConflictError, match="revision 1"):
            world.desk.agreements.register(
                ServiceAgreement.of(evolve(revision(), reason="new")), by=OLGA, key=next(keys)
            )

    def test_it_moves_through_its_own_lifecycle(self, world: World) -> None:
        """Draft, review, agreed, suspended, reinstated, terminated; a wrong move is refused."""
        desk, by = world.desk.agreements, OLGA
        draft = ServiceAgreement.of(revision("other", customer="globex"))
        desk.register(draft, agreed=False, by=by, key=next(keys))
        moves = [
            (lambda: desk.submit("other", by=by, key=next(keys)), AgreementStatus.IN_REVIEW),
            (lambda: desk.send_back("other", ground="typo", by=by, key=next(keys)), AgreementStatus.DRAFT),
            (lambda: desk.agree("other", by=by, key=next(keys)), AgreementStatus.AGREED),
            (lambda: desk.suspend("other", ground="unpaid", by=by, key=next(keys)), AgreementStatus.SUSPENDED),
            (lambda: desk.reinstate("other", by=by, key=next(keys)), AgreementStatus.AGREED),
            (lambda: desk.terminate("other", ground="over", by=by, key=next(keys)), AgreementStatus.TERMINATED),
        ]
        for move, status in moves:
            assert move().record.status is status
        with pytest.raises(TransitionRefusedError):
            desk.agree("other", by=by, key=next(keys))
        with pytest.raises(NotFoundError):
            desk.agree("nothing", by=by, key=next(keys))

    def test_a_suspended_agreement_takes_no_new_work(self, world: World) -> None:
        """Nor work on what is open, until it is reinstated."""
        id = world.started_request()
        world.desk.agreements.suspend("acme-1", ground="unpaid", by=OLGA, key=next(keys))
        for command in (
            world.request,
            lambda: world.desk.requests.fulfill(id, by=BOB, key=next(keys)),
        ):
            with pytest.raises(NotPermittedError) as caught:
                command()
            assert caught.value.reasons == ("agreement_not_in_force",)
        world.desk.agreements.reinstate("acme-1", by=OLGA, key=next(keys))
        world.desk.requests.fulfill(id, by=BOB, key=next(keys))

    def test_two_agreements_that_cover_the_same_are_a_refusal_that_names_them(self, world: World) -> None:
        """The desk does not choose for the customer."""
        world.desk.agreements.register(ServiceAgreement.of(revision("acme-2")), by=OLGA, key=next(keys))
        with pytest.raises(AgreementNotFoundError) as caught:
            world.request()
        assert caught.value.candidates == ("acme-1", "acme-2")

    def test_permission_follows_the_revision_in_force_promises_the_one_pinned(self, world: World) -> None:
        """Amended while work is open: its due time stays, and who may deliver it is decided by the new terms."""
        id = world.started_incident()
        due = next(r for r in world.desk.incidents.readings(id) if r.measure == "resolution").due_at
        at = datetime(2024, 3, 11, 9, tzinfo=UTC)
        first = revision()
        services = tuple(evolve(s, delivered_by=("role:owner",)) for s in first.services)
        targets = tuple(evolve(t, goal=evolve(t.goal, duration=timedelta(minutes=5))) for t in first.targets)
        second = evolve(first, number=2, effective_at=at, services=services, targets=targets)
        world.desk.agreements.register(ServiceAgreement.of(first, second), by=OLGA, key=next(keys))
        world.desk.incidents.post(id, text="still allowed", by=BOB, key=next(keys))
        world.time.at = at
        with pytest.raises(NotPermittedError):
            world.desk.incidents.resolve(id, by=BOB, key=next(keys))
        assert next(r for r in world.desk.incidents.readings(id) if r.measure == "resolution").due_at == due
        outcome = world.desk.incidents.resolve(id, by=OLGA, key=next(keys))
        assert outcome.decision.revision == 2
        assert outcome.record.revision == 1

    def test_past_its_term_an_agreement_has_expired(self, store: Store) -> None:
        """At the very end of the term, half open as every interval."""
        since, until = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 12, tzinfo=UTC)
        world = World(store, terms=revision(term=Term(since, until)))
        world.time.at = datetime(2024, 3, 11, 23, 59, 59, 999_999, tzinfo=UTC)
        world.request()
        world.time.at = until
        with pytest.raises(NotPermittedError):
            world.request()


class TestActions:
    def test_a_corrective_action_is_done_and_proved_or_waived(self, world: World) -> None:
        """One that proves ineffective is open again; a waiver names who answers for it."""
        for end in ("verify", "waive"):
            world.incident()
            world.time.advance(days=3)
            world.desk.watch.run()
            action = next(a for a in world.desk.actions.find(status="raised").items if a.target == "resolution")
            desk, by = world.desk.actions, BOB
            with pytest.raises(TransitionRefusedError):
                desk.verify(action.id, effective=True, evidence="none", by=by, key=next(keys))
            with pytest.raises(InvalidValueError):
                desk.implement(action.id, steps="  ", by=by, key=next(keys))
            if end == "waive":
                waived = desk.waive(
                    action.id, ground="too dear", until=world.time.now().add(days=30), by=by, key=next(keys)
                )
                assert (waived.record.status, waived.record.waived_by) == (ActionStatus.WAIVED, "staff:bob")
            else:
                desk.implement(action.id, steps="more staff", by=by, key=next(keys))
                desk.verify(action.id, effective=False, evidence="again late", by=by, key=next(keys))
                desk.implement(action.id, steps="even more staff", by=by, key=next(keys))
                proved = desk.verify(action.id, effective=True, evidence="a month on time", by=by, key=next(keys))
                assert (proved.record.status, proved.record.found_ineffective) == (ActionStatus.EFFECTIVE, 1)
                assert proved.record == desk.get(action.id)
        with pytest.raises(NotFoundError):
            world.desk.actions.get("nothing")
        with pytest.raises(NotFoundError):
            world.desk.actions.waive("nothing", ground="x", by=BOB, key=next(keys))


class TestImportedWork:
    def test_a_command_on_an_observed_item_goes_by_the_terms_in_force_at_its_receipt(self, world: World) -> None:
        """No revision was pinned when another system took it in; the desk can go on with it all the same."""
        observed = Observed(
            kind="incident", status="in_progress", source="abc", row=2,
            fields=(("agreement", "acme-1"), ("customer", "acme"), ("requester", "ann"), ("service", "email")),
        )  # fmt: skip
        item = ImportedItem(
            kind="incident", id="INC1", facts=(NewFact(body=observed, actor=PORTAL, occurred_at=MONDAY),)
        )
        self._import(world.desk, item)
        outcome = world.desk.incidents.resolve("INC1", by=BOB, key=next(keys))
        assert outcome.record.status is I.RESOLVED
        assert Resolved in [type(fact.body) for fact in outcome.facts]

    def test_a_command_on_an_observed_item_without_agreement_is_denied(self, world: World) -> None:
        """Nothing entitles anybody."""
        observed = Observed(kind="request", status="received", source="abc", row=2)
        item = ImportedItem(kind="request", id="R1", facts=(NewFact(body=observed, actor=PORTAL, occurred_at=MONDAY),))
        self._import(world.desk, item)
        with pytest.raises(NotPermittedError):
            world.desk.requests.accept("R1", by=BOB, key=next(keys))

    @staticmethod
    def _import(desk: ServiceDesk, item: ImportedItem) -> None:
        from svcdelivery.work import Imported

        desk.imports.record(
            [item],
            source="abc",
            describe=lambda items, rows: Imported(
                source="abc", name="log.csv", digest="d", profile="p", columns=(), rows=rows, items=items
            ),
            by=PORTAL,
            key=next(keys),
        )


def test_every_receipt_begins_with_the_decision_it_rests_on(world: World) -> None:
    """No work without a decision on record before it."""
    id = world.started_request()
    outcome = world.desk.requests.put_on_hold(id, reason="customer", by=BOB, key=next(keys))
    assert [type(fact.body) for fact in outcome.facts][:2] == [Decided, PutOnHold]
    assert isinstance(world.desk.requests.facts(id)[0].body, RequestReceived)
