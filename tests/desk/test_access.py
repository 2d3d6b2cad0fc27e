"""Access at the desk: rules, grants, delegation and broken glass on record, lists, reviews, decisions made again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import CoveredService, ServiceAgreement, Term
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import InvalidValueError, NotFoundError, NotPermittedError
from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.security import AccessRules, Decided, Person, RoleActions, SeparationOfDuties, StaticDirectory
from svcdelivery.work import Fulfilled, ImportedItem
from tests.desk.world import ANN, BOB, MONDAY, OLGA, World, keys, revision

PEOPLE = [
    Person(id="ann", customer="acme", roles={"employee"}),
    Person(id="bob", roles={"agent"}),
    Person(id="cy", roles={"manager"}),
    Person(id="dan"),
    Person(id="olga", roles={"owner"}),
]
CY, DAN = Actor.staff("cy"), Actor.staff("dan")
ACTIONS = ("accept", "start", "fulfill", "view")
SINCE = MONDAY - timedelta(days=30)
RULES = AccessRules(
    break_glass_roles={"manager"},
    access_roles={"owner"},
    grant_length_most=timedelta(days=90),
    duties=(SeparationOfDuties("fulfill", {"accept"}),),
)


@pytest.fixture
def desk(world: World) -> Any:
    """A desk under rules, with a service that only grants entitle to."""
    services = (
        CoveredService(id="email", approved=Term(SINCE), entitled=("everybody",), delivered_by=("role:agent",)),
        CoveredService(id="vpn", approved=Term(SINCE), entitled=("everybody",)),
    )
    made = ServiceDesk(world.store, time=world.time, tenant="secure", directory=StaticDirectory(PEOPLE))
    made.agreements.register(ServiceAgreement.of(revision(services=services)), by=OLGA, key=next(keys))
    made.access.set_rules(RULES, by=OLGA, key=next(keys))
    return made


def requested(desk: Any, service: str = "vpn") -> str:
    done = desk.requests.receive(customer="acme", service=service, requester="ann", by=ANN, key=next(keys))
    return str(done.record.id)


def granted(desk: Any, id: str = "g1", *, holder: str = "dan", by: Actor = OLGA, **said: Any) -> Any:
    usual = {
        "agreement": "acme-1", "service": "vpn", "actions": ACTIONS, "until": desk_time(desk) + timedelta(days=10),
        "ground": "shift", "key": next(keys),
    }  # fmt: skip
    return desk.access.grant(id, holder=holder, by=by, **{**usual, **said})


def desk_time(desk: Any) -> Any:
    return desk.access._engine.time.now()


class TestGranting:
    def test_a_grant_lets_its_holder_deliver_until_it_ends_or_is_revoked(self, desk: Any, world: World) -> None:
        """Every decision names it."""
        id = requested(desk)
        with pytest.raises(NotPermittedError):
            desk.requests.accept(id, by=DAN, key=next(keys))
        key = next(keys)
        done = granted(desk, key=key)
        assert done.record.by_id["g1"].granted_by == "olga"
        assert granted(desk, key=key).replayed
        assert desk.requests.accept(id, by=DAN, key=next(keys)).decision.grants == ("g1",)
        desk.access.revoke("g1", ground="no longer", by=OLGA, key=next(keys))
        with pytest.raises(NotPermittedError) as refused:
            desk.requests.start(id, by=DAN, key=next(keys))
        assert refused.value.reasons == ("entitlement_revoked",)

    def test_what_cannot_be_meant_is_refused(self, desk: Any) -> None:
        """Nothing of it comes on record."""
        granted(desk)
        before = desk.access.get()
        with pytest.raises(InvalidValueError):
            granted(desk)  # the id is taken
        with pytest.raises(InvalidValueError):
            granted(desk, "g2", holder="olga")
        with pytest.raises(InvalidValueError):
            granted(desk, "g2", until=desk_time(desk) + timedelta(days=91))
        with pytest.raises(InvalidValueError):
            granted(desk, "g2", until=None)
        with pytest.raises(NotFoundError):
            desk.access.revoke("g9", ground="x", by=OLGA, key=next(keys))
        assert desk.access.get() == before

    def test_only_the_roles_the_rules_name_manage_access(self, desk: Any) -> None:
        """The denial is on record, like any other."""
        with pytest.raises(NotPermittedError):
            granted(desk, by=BOB)
        with pytest.raises(NotPermittedError):
            desk.access.set_rules(AccessRules(), by=ANN, key=next(keys))

    def test_one_may_pass_on_less_than_one_has_and_only_once(self, desk: Any) -> None:
        """Never wider, never longer, no further."""
        desk.access.set_rules(evolve(RULES, access_roles=()), by=OLGA, key=next(keys))
        granted(desk, holder="bob", until=desk_time(desk) + timedelta(days=2))
        later = desk_time(desk) + timedelta(days=1)

        def passed(source: str = "g1", *, by: Actor = BOB, id: str = "g2", **said: Any) -> Any:
            usual = {"to": "dan", "actions": ("fulfill",), "until": later, "ground": "lunch"}
            return desk.access.delegate(source, id=id, by=by, key=next(keys), **{**usual, **said})

        assert passed().record.by_id["g2"].source == "g1"
        wrong: list[dict[str, Any]] = [
            {"by": CY}, {"actions": ("reject",)}, {"until": later + timedelta(days=2)}, {"source": "g2", "by": DAN},
            {"id": "g1"},
        ]  # fmt: skip
        for said in wrong:
            with pytest.raises(InvalidValueError):
                passed(**{"id": "g3", **said})
        with pytest.raises(NotFoundError):
            passed("g9", id="g3")
        desk.access.revoke("g1", ground="left", by=OLGA, key=next(keys))
        with pytest.raises(InvalidValueError, match="does not hold"):
            passed(id="g3")


class TestBrokenGlass:
    def test_its_use_is_to_be_reviewed_by_somebody_else(self, desk: Any) -> None:
        """Until then the review is owed."""
        id = requested(desk)
        until = desk_time(desk) + timedelta(hours=2)
        said = {"holder": "cy", "incident": "incident:7", "until": until, "key": next(keys)}
        desk.access.break_glass("b1", ground="vpn is down", by=OLGA, **said)
        assert desk.access.reviews_due() == ()
        done = desk.requests.accept(id, by=CY, key=next(keys))
        assert (done.decision.reason, done.decision.obligations) == ("break_glass", ("post_review",))
        (due,) = desk.access.reviews_due()
        assert (due.opening, due.holder, due.review_by - due.used_at) == ("b1", "cy", timedelta(hours=24))
        desk.access.set_rules(evolve(RULES, access_roles={"owner", "manager"}), by=OLGA, key=next(keys))
        with pytest.raises(InvalidValueError, match="somebody other than its holder"):
            desk.access.review_break_glass("b1", conclusion="fine", by=CY, key=next(keys))
        desk.access.review_break_glass("b1", conclusion="in order", by=OLGA, key=next(keys))
        assert desk.access.reviews_due() == ()

    def test_what_cannot_be_meant_is_refused(self, desk: Any) -> None:
        """No ground, authorized by the holder, an id twice, a review of nothing."""
        until = desk_time(desk) + timedelta(hours=2)

        def broken(id: str = "b1", holder: str = "cy", ground: str = "outage") -> Any:
            return desk.access.break_glass(
                id, holder=holder, incident="i", ground=ground, until=until, by=OLGA, key=next(keys)
            )

        broken()
        for said in ({}, {"id": "b2", "holder": "olga"}, {"id": "b2", "ground": " "}):
            with pytest.raises(InvalidValueError):
                broken(**said)
        with pytest.raises(NotFoundError):
            desk.access.review_break_glass("b9", conclusion="x", by=OLGA, key=next(keys))
        with pytest.raises(InvalidValueError):
            desk.access.review_break_glass("b1", conclusion=" ", by=OLGA, key=next(keys))


class TestDuties:
    def test_who_accepts_does_not_fulfill(self, desk: Any) -> None:
        """Over the whole history of the item."""
        id = requested(desk, "email")
        desk.requests.accept(id, by=BOB, key=next(keys))
        desk.requests.start(id, by=BOB, key=next(keys))
        with pytest.raises(NotPermittedError) as refused:
            desk.requests.fulfill(id, by=BOB, key=next(keys))
        assert refused.value.reasons == ("separation_of_duties",)
        granted(desk, holder="dan", service="email")
        assert desk.requests.fulfill(id, by=DAN, key=next(keys)).decision.allowed


class TestEngine:
    def test_a_plugged_engine_narrows_and_its_denial_is_on_record(self, desk: Any, world: World) -> None:
        """It is not asked of what the rules deny."""
        asked = []

        class Engine:
            def permits(self, request: Any, decision: Any) -> bool:
                asked.append(request.action)
                return request.action != "fulfill"

        strict = ServiceDesk(
            world.store, time=world.time, tenant="secure", directory=StaticDirectory(PEOPLE), authorizer=Engine()
        )
        id = requested(strict, "email")
        strict.requests.accept(id, by=BOB, key=next(keys))
        granted(strict, holder="dan", service="email")
        with pytest.raises(NotPermittedError):
            strict.requests.start(id, by=CY, key=next(keys))
        strict.requests.start(id, by=BOB, key=next(keys))
        with pytest.raises(NotPermittedError) as refused:
            strict.requests.fulfill(id, by=DAN, key=next(keys))
        assert refused.value.reasons == ("authorizer_denied",)
        assert asked == ["receive", "accept", "start", "fulfill"]
        assert strict.access.may("fulfill", actor=DAN) == []
        assert desk.access.may("fulfill", actor=DAN) == [f"request:{id}"]


class TestLists:
    def test_what_one_may_see_follows_the_record(self, desk: Any) -> None:
        """End users their own work, staff what they are entitled to, nobody what they are not."""
        one, other = requested(desk, "vpn"), requested(desk, "email")
        assert desk.access.may("view", actor=ANN) == [f"request:{one}", f"request:{other}"]
        assert desk.access.may("view", actor=BOB) == [f"request:{other}"]
        assert desk.access.may("view", actor=DAN) == []
        granted(desk)
        assert desk.access.may("view", actor=DAN) == [f"request:{one}"]
        third = requested(desk, "vpn")
        assert desk.access.may("view", actor=DAN) == [f"request:{one}", f"request:{third}"]
        desk.requests.accept(one, by=DAN, key=next(keys))
        assert desk.access.may("fulfill", actor=DAN) == [f"request:{third}"]


class TestReview:
    def test_a_review_can_be_made_as_of_another_day(self, desk: Any, world: World) -> None:
        """What was on record then, looked at as it was then."""
        before = world.time.now()
        world.time.advance(days=1)
        granted(desk, until=desk_time(desk) + timedelta(days=89))
        world.time.advance(days=60)
        kinds = [finding.kind.value for finding in desk.access.review(people=PEOPLE, idle=timedelta(days=30))]
        assert kinds == ["unused_grant", *["single_authority", "conflicting_duties"] * 2]
        earlier = desk.access.review(people=PEOPLE, at=before)
        assert [(f.kind.value, f.subject) for f in earlier] == [
            ("single_authority", "acme-1/email"), ("conflicting_duties", "acme-1/email"),
            ("nobody_may_deliver", "acme-1/vpn"),
        ]  # fmt: skip
        assert (len(desk.access.get().grants), len(desk.access.get(at=before).grants)) == (1, 0)


class TestAgain:
    def test_yesterdays_decision_made_again_is_yesterdays_answer(self, desk: Any, world: World) -> None:
        """Though the grant is gone, the rules are others, the agreement is suspended and the person has left."""
        id = requested(desk)
        granted(desk)
        done = desk.requests.accept(id, by=DAN, key=next(keys))
        with pytest.raises(NotPermittedError):
            desk.requests.start(id, by=BOB, key=next(keys))
        world.time.advance(days=1)
        desk.access.revoke("g1", ground="no longer", by=OLGA, key=next(keys))
        desk.access.set_rules(AccessRules(kinds=(RoleActions("staff", ("view",)),)), by=OLGA, key=next(keys))
        desk.agreements.suspend("acme-1", ground="unpaid", by=OLGA, key=next(keys))
        nobody = ServiceDesk(world.store, time=world.time, tenant="secure", directory=StaticDirectory([]))
        with world.store.unit("secure", write=False) as unit:
            decided = [fact for fact in unit.feed.read(0) if isinstance(fact.body, Decided)]
        for fact in decided:
            found = nobody.access.recompute(fact.position)
            assert found.agrees
            assert found.again == found.logged
        assert nobody.access.recompute(done.facts[0].position).logged == done.decision
        with pytest.raises(NotFoundError):
            nobody.access.recompute(decided[0].position + 1)


def test_an_import_brings_observations_and_nothing_that_needs_a_decision(desk: Any) -> None:
    """A delivery cannot be smuggled in."""
    fact = NewFact(body=Fulfilled(), actor=BOB, occurred_at=MONDAY)
    with pytest.raises(InvalidValueError, match="observations alone"):
        desk.imports.record(
            [ImportedItem(kind="request", id="x", facts=(fact,))], source="log", describe=lambda *_: None, by=OLGA,
            key=next(keys),
        )  # fmt: skip
