"""The checker: hard rules before grants, grants with windows and sources, broken glass, and when the answer turns."""

from __future__ import annotations

import json
import pickle
from copy import copy
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import AgreementStatus, Term
from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.facts import Fact, NewFact, from_plain, history, to_plain
from svcdelivery.identity import Actor
from svcdelivery.security import (
    HARD,
    PRECEDENCE,
    Access,
    AccessRequest,
    AccessRules,
    BreakGlass,
    BreakGlassOpened,
    BreakGlassReviewed,
    CatalogueService,
    Decided,
    Grant,
    Granted,
    Involvement,
    Person,
    Revoked,
    RoleActions,
    SeparationOfDuties,
    decide,
    fold_access,
)
from svcdelivery.security.authorization import judge_in_full
from svcdelivery.security.vocabulary import SENTENCES
from svcdelivery.testing.vectors import run_vectors
from svcdelivery.timeline import from_micros, to_micros
from tests.security.test_authorization import AGREED, NOW, asked
from tests.security.worlds import INSTANTS, draw_request, draw_world
from tests.shared_data import shared_file

DAY = timedelta(days=1)
SINCE, UNTIL = NOW - 10 * DAY, NOW + 10 * DAY
HAL = Person(id="hal", roles=("temp", "manager"))
RULES = AccessRules(
    roles=(RoleActions("temp", ("approve",)),),
    break_glass_roles=("manager",),
    conflicting_roles=(("temp", "agent"),),
    duties=(SeparationOfDuties("fulfill", ("requester", "accept")),),
)


def grant(**said: Any) -> Grant:
    usual = {
        "id": "g1", "holder": "hal", "agreement": "acme-1", "service": "email", "actions": {"start", "fulfill"},
        "window": Term(SINCE, UNTIL), "granted_by": "olga",
    }  # fmt: skip
    return Grant(**{**usual, **said})


def glass(**said: Any) -> BreakGlass:
    usual = {
        "id": "b1", "holder": "hal", "incident": "incident:7", "ground": "mail is down", "authorized_by": "olga",
        "window": Term(SINCE, UNTIL),
    }  # fmt: skip
    return BreakGlass(**{**usual, **said})


def by_hal(**said: Any) -> AccessRequest:
    return asked(**{"actor": Actor.staff("hal"), "person": HAL, **said})


def access(*grants: Grant, openings: tuple[BreakGlass, ...] = (), rules: AccessRules = RULES) -> Access:
    return Access(rules=rules, grants=grants, openings=openings)


class TestVectors:
    @pytest.mark.shared
    def test_every_shared_vector_passes(self) -> None:
        """Decisions and reason codes alike."""
        report = run_vectors(shared_file("vectors/authz.json"))
        assert report.ok, list(report.lines())
        assert report.passed == len(json.loads(shared_file("vectors/authz.json").read_text())["cases"])


class TestGrants:
    def test_a_grant_entitles_and_is_named(self) -> None:
        """Beside what the agreement itself says."""
        decision = decide(by_hal(), access(grant()))
        assert (decision.allowed, decision.reason, decision.grants) == (True, "entitled", ("g1",))
        assert decide(asked(), access(grant())).grants == ("delivered_by role:agent",)

    @pytest.mark.parametrize(
        ("reason", "grants"),
        [
            ("no_entitlement", []),
            ("no_entitlement", [grant(holder="bob")]),
            ("no_entitlement", [grant(service="laptop")]),
            ("no_entitlement", [grant(agreement="acme-2")]),
            ("entitlement_revoked", [grant(revoked_at=NOW)]),
            ("entitlement_expired", [grant(window=Term(SINCE, NOW))]),
            ("entitlement_not_started", [grant(window=Term(NOW + DAY))]),
            ("action_not_in_entitlement", [grant(actions={"fulfill"})]),
            ("delegation_source_invalid", [grant(source="g0")]),
            ("delegation_source_invalid", [grant(source="g0"), grant(id="g0", holder="bob", revoked_at=NOW)]),
            ("delegation_source_invalid", [grant(source="g0"), grant(id="g0", holder="bob", service="laptop")]),
            ("delegation_exceeds_source", [grant(source="g0"), grant(id="g0", holder="bob", actions={"close"})]),
            (
                "delegation_too_deep",
                [grant(source="g0"), grant(id="g0", holder="bob", source="g"), grant(id="g", holder="cy")],
            ),
            ("entitlement_expired", [grant(window=Term(NOW + DAY)), grant(id="g2", window=Term(SINCE, NOW))]),
        ],
    )
    def test_the_nearest_miss_is_named(self, reason: str, grants: list[Grant]) -> None:
        """Denied by default, but not without saying what was missing."""
        decision = decide(by_hal(), access(*grants))
        assert decision.reasons == (reason,)
        assert decision.explanation[0] == SENTENCES[reason]
        assert len(decision.explanation) == 1 + sum(g.holder == "hal" and g.service == "email" for g in grants[:2]) * (
            reason != "no_entitlement"
        )

    def test_what_was_delegated_holds_while_its_source_does(self) -> None:
        """Never wider, never longer, whatever it says itself."""
        source = grant(id="g0", holder="bob", window=Term(SINCE, NOW + DAY), actions={"start"})
        both = access(grant(source="g0"), source)
        assert decide(by_hal(), both).grants == ("g1",)
        assert decide(by_hal(at=NOW + DAY), both).reasons == ("delegation_source_invalid",)
        assert decide(by_hal(action="fulfill"), both).reasons == ("delegation_exceeds_source",)

    def test_nobody_answers_for_their_own_grant(self) -> None:
        """A grant needs somebody else, something to permit, and no circle."""
        for wrong in ({"granted_by": "hal"}, {"actions": ()}, {"source": "g1"}):
            with pytest.raises(InvalidValueError):
                grant(**wrong)

    @given(st.sampled_from([-1, 0, 1]))
    def test_a_grant_is_half_open_and_its_revocation_an_instant(self, micros: int) -> None:
        """To the microsecond."""

        def at(edge: datetime) -> bool:
            return decide(by_hal(at=from_micros(to_micros(edge) + micros)), access(one)).allowed

        one = grant(window=Term(SINCE, UNTIL))
        assert at(SINCE) == (micros >= 0)
        assert at(UNTIL) == (micros < 0)
        one = grant(revoked_at=NOW)
        assert at(NOW) == (micros < 0)


class TestHardRules:
    def test_who_had_another_part_may_not_go_on(self) -> None:
        """Duties are kept apart over the whole history of an item."""
        for part in (("requester", "bob"), ("accept", "bob")):
            said = Involvement(agreement="acme-1", service="email", parts=frozenset({part}))
            decision = decide(asked(action="fulfill", involvement=said), access())
            assert decision.reasons == ("separation_of_duties",)
            assert decide(asked(action="close", involvement=said), access()).allowed
        said = Involvement(agreement="acme-1", service="email", parts=frozenset({("accept", "cy")}))
        assert decide(asked(action="fulfill", involvement=said), access()).allowed

    def test_a_clearance_is_asked_of_staff_alone(self) -> None:
        """End users who ask for a service need none."""
        rules = evolve(RULES, catalogue=(CatalogueService(id="email", approved=(Term(SINCE),), clearance="hr"),))
        assert decide(asked(), access(rules=rules)).reasons == ("clearance_missing",)
        cleared = Person(id="bob", roles=("agent",), clearances=("hr",))
        assert decide(asked(person=cleared), access(rules=rules)).allowed
        own = asked(actor=Actor.end_user("ann"), action="cancel", person=Person(id="ann"))
        assert decide(own, access(rules=rules)).reason == "own_work"

    def test_the_catalogue_denies_what_it_does_not_have_or_approve(self) -> None:
        """Whatever the agreement says."""
        rules = evolve(RULES, catalogue=(CatalogueService(id="fax"),))
        assert decide(asked(), access(rules=rules)).reasons == ("unknown_service",)
        rules = evolve(RULES, catalogue=(CatalogueService(id="email", approved=(Term(SINCE, NOW),)),))
        assert decide(asked(), access(rules=rules)).reasons == ("service_not_approved",)
        assert decide(asked(at=SINCE), access(rules=rules)).allowed

    def test_people_are_active_while_the_directory_says_so(self) -> None:
        """A directory may know dates."""
        for at, active in ((SINCE - DAY, False), (SINCE, True), (NOW, False)):
            person = Person(id="bob", roles=("agent",), active_during=(Term(SINCE, NOW),))
            assert ("actor_inactive" not in decide(asked(person=person, at=at)).reasons) == active

    def test_an_item_of_another_agreement_is_no_request(self) -> None:
        """What contradicts itself is refused, not decided."""
        for other in ({"agreement": "acme-2", "service": "email"}, {"agreement": "acme-1", "service": "fax"}):
            with pytest.raises(InvalidValueError, match="the item says"):
                asked(involvement=Involvement(**other))


class TestBrokenGlass:
    def test_it_stands_in_for_role_and_grant_and_leaves_a_review(self) -> None:
        """Nothing else."""
        decision = decide(by_hal(), access(openings=(glass(),)))
        assert (decision.reason, decision.grants, decision.obligations) == ("break_glass", ("b1",), ("post_review",))
        assert decide(by_hal(), access(grant(), openings=(glass(),))).obligations == ()

    @pytest.mark.parametrize(
        "void",
        [
            glass(ground=" \t"), glass(authorized_by="hal"), glass(authorized_by=""), glass(holder="bo"),
            glass(window=Term(SINCE, NOW)), glass(window=Term(NOW + DAY)),
        ],
    )  # fmt: skip
    def test_void_glass_breaks_nothing(self, void: BreakGlass) -> None:
        """Without a ground, authorized by its holder or nobody, or outside its window."""
        assert decide(by_hal(), access(openings=(void,))).reasons == ("no_entitlement",)

    def test_only_some_roles_may_hold_it(self) -> None:
        """And only staff."""
        openings = (glass(),)
        plain = Person(id="hal", roles=("temp",))
        assert not decide(by_hal(person=plain), access(openings=openings)).allowed
        user = by_hal(actor=Actor.system("hal"), action="start")
        assert decide(user, access(openings=openings)).reasons == ("role_not_permitted",)

    @given(st.integers(0, 10_000))
    def test_it_never_lifts_a_hard_rule(self, seed: int) -> None:
        """In any world, glass for everybody changes only what was lacking of role and entitlement."""
        random = Random(seed)
        world = draw_world(random)
        everybody = evolve(
            world.access,
            rules=evolve(world.access.rules, break_glass_roles=("agent", "approver", "manager")),
            openings=tuple(glass(id=f"b-{p.id}", holder=p.id, window=Term(INSTANTS[0])) for p in world.people),
        )
        for _ in range(20):
            request = draw_request(random, world)
            before, after = decide(request, world.access), decide(request, everybody)
            assert [r for r in after.reasons if r in HARD] == [r for r in before.reasons if r in HARD]
            if after.reason == "break_glass":
                assert after.obligations == ("post_review",)


class TestWhenTheAnswerTurns:
    @settings(max_examples=60)
    @given(st.integers(0, 10_000))
    def test_it_is_the_first_instant_that_is_answered_otherwise(self, seed: int) -> None:
        """Nothing turns before it, and it turns there."""
        random = Random(seed)
        world = draw_world(random)
        for _ in range(10):
            request = draw_request(random, world)
            decision = decide(request, world.access)
            turns = decision.changes_at

            def allowed(at: datetime, request: AccessRequest = request) -> bool:
                return decide(evolve(request, at=at), world.access).allowed

            later = [at for at in INSTANTS if at > request.at]
            assert all(allowed(at) == decision.allowed for at in later if turns is None or at < turns)
            if turns is not None:
                assert turns > request.at
                assert allowed(turns) != decision.allowed
                assert allowed(from_micros(to_micros(turns) - 1)) == decision.allowed

    def test_one_who_waits_is_told_until_when(self) -> None:
        """A grant that has not begun, and then its end."""
        one = access(grant(window=Term(NOW + DAY, UNTIL)))
        assert decide(by_hal(), one).changes_at == NOW + DAY
        assert decide(by_hal(at=NOW + DAY), one).changes_at == UNTIL
        assert decide(by_hal(at=UNTIL), one).changes_at is None


class TestLaws:
    @settings(max_examples=150)
    @given(st.integers(0, 10_000))
    def test_the_short_way_comes_to_what_all_checks_come_to(self, seed: int) -> None:
        """Whatever is asked, with a catalogue or without, of what is there or not; and also what it says when asked."""
        random = Random(seed)
        world = draw_world(random)
        plain = evolve(world.access, rules=evolve(world.access.rules, catalogue=()))
        for _ in range(20):
            drawn = draw_request(random, world)
            gone = evolve(drawn, **random.choice([{"person": None}, {"agreement": None}, {"item_known": False}]))
            for request in (drawn, evolve(drawn, action="receive"), gone):
                for known in (world.access, plain):
                    decision, full = decide(request, known), judge_in_full(request, known)
                    assert decision == full
                    assert decision.explanation == full.explanation
                    assert (decision.agreement, decision.item) == (full.agreement, request.item)

    @settings(max_examples=60)
    @given(st.integers(0, 10_000))
    def test_what_was_worked_out_for_others_changes_no_answer(self, seed: int) -> None:
        """Whoever asked before, of whichever record of the agreement: a record of access keeps what it works out."""
        random = Random(seed)
        first, second = draw_world(random), draw_world(random)
        for _ in range(40):
            drawn = draw_request(random, random.choice((first, second)))
            known = random.choice((first, second)).access
            assert decide(drawn, known) == decide(drawn, evolve(known))

    def test_a_newer_record_of_the_agreement_is_read_anew(self) -> None:
        """Suspended, it is not in force, whatever was found before; and what is no service of it stays none."""
        known = access(grant())
        suspended = evolve(
            AGREED,
            agreement=evolve(
                AGREED.agreement,
                statuses=(*AGREED.statuses, evolve(AGREED.statuses[-1], status=AgreementStatus.SUSPENDED, since=NOW)),
            ),
        )
        for _ in range(2):
            assert decide(by_hal(), known).grants == ("g1",)
            assert decide(by_hal(agreement=suspended), known).reasons == ("agreement_not_in_force",)

    def test_a_grant_of_what_the_catalogue_lacks_entitles_to_nothing(self) -> None:
        """The grant was given before the service was taken off the list."""
        rules = evolve(RULES, catalogue=(CatalogueService(id="fax"),))
        assert decide(by_hal(), access(grant(), rules=rules)).reasons == ("unknown_service",)

    def test_services_nobody_has_fill_no_memory(self) -> None:
        """What is kept of answers has a bound, and goes on answering beyond it."""
        known = access(grant())
        for number in range(20_000):
            assert not decide(by_hal(service=f"s{number}"), known).allowed
        assert len(known.ways) < 17_000
        assert decide(by_hal(), known).grants == ("g1",)

    def test_a_decision_has_nothing_more_than_it_says(self) -> None:
        """What is filled in late is there from the start for whoever looks; a misspelled name is an error."""
        decision = decide(by_hal(), access(grant()))
        assert copy(decision) == decision == pickle.loads(pickle.dumps(decision))
        assert (decision.actor.id, decision.agreement) == ("hal", "acme-1")
        with pytest.raises(AttributeError, match="aktor"):
            decision.aktor  # type: ignore[attr-defined]  # noqa: B018

    @given(st.integers(0, 10_000))
    def test_reasons_are_in_order_and_the_record_says_the_same(self, seed: int) -> None:
        """An allowance has grounds if staff got it, and no failing check; every fact reads back as it was written."""
        random = Random(seed)
        world = draw_world(random)
        for _ in range(20):
            decision = decide(draw_request(random, world), world.access)
            assert list(decision.reasons) == sorted(set(decision.reasons), key=PRECEDENCE.index)
            assert decision.allowed == (not decision.reasons)
            if decision.allowed:
                assert bool(decision.grants) == (decision.actor.kind.value == "staff")
            fact = Decided.of(decision)
            assert from_plain(Decided, to_plain(fact)) == fact
            again = fact.decision(decision.actor, decision.at)
            assert (again, again.changes_at) == (decision, decision.changes_at)

    @given(st.integers(0, 10_000))
    def test_taking_leave_away_allows_nothing_new(self, seed: int) -> None:
        """Fewer grants, no glass: whatever is allowed then was allowed before."""
        random = Random(seed)
        world = draw_world(random)
        fewer = Access(rules=world.access.rules, grants=world.access.grants[::2])
        for _ in range(20):
            request = draw_request(random, world)
            kept = [g for g in fewer.grants if not g.source or g.source in fewer.by_id]
            assert (
                decide(request, world.access).allowed or not decide(request, evolve(fewer, grants=tuple(kept))).allowed
            )


class TestOnRecord:
    def facts(self, *bodies: Any, first: int = 1) -> tuple[Fact[Any], ...]:
        entries = [NewFact(body=body, actor=Actor.staff("olga"), occurred_at=NOW) for body in bodies]
        return tuple(evolve(fact, version=fact.version + first - 1) for fact in history("access", entries))

    def test_the_record_folds_to_rules_grants_and_glass(self) -> None:
        """In one go, or on top of what was folded before."""
        early = (RULES, Granted(grant()), Granted(grant(id="g2")))
        late = (
            Revoked(grant="g1"), Revoked(grant="nobody"), BreakGlassOpened(glass()),
            BreakGlassReviewed(opening="b1", conclusion="in order"),
        )  # fmt: skip
        whole = fold_access(self.facts(*early, *late))
        assert fold_access(self.facts(*late, first=4), fold_access(self.facts(*early))) == whole
        assert (whole.version, whole.rules, whole.reviewed) == (7, RULES, frozenset({"b1"}))
        assert whole.by_id["g1"].revoked_at == NOW
        assert whole.by_id["g2"].revoked_at is None
        assert fold_access((), whole) is whole

    @pytest.mark.parametrize("body", [RULES, Granted(grant(revoked_at=NOW)), BreakGlassOpened(glass())])
    def test_what_is_on_record_reads_back(self, body: Any) -> None:
        """Indexes are no part of it."""
        assert from_plain(type(body), to_plain(body)) == body

    def test_rules_that_contradict_themselves_are_refused(self) -> None:
        """A name twice, a kind of actor nobody is, a bound of nothing."""
        twice = (RoleActions("a", ("x",)), RoleActions("a", ("y",)))
        for wrong in ({"roles": twice}, {"kinds": twice}, {"conflicting_roles": (("a",),)}):
            with pytest.raises(InvalidValueError):
                AccessRules(**wrong)
        with pytest.raises(InvalidDurationError):
            AccessRules(grant_length_most=timedelta(0))

    def test_the_standard_rules_know_the_actions_of_the_desk(self) -> None:
        """And nothing else."""
        assert decide(asked(agreement=AGREED)).allowed
        assert AccessRules().permits(Actor.end_user("a").kind, ("agent",), "cancel")
        assert not AccessRules().permits(Actor.end_user("a").kind, ("staff",), "fulfill")
