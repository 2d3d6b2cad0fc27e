"""Authorization: denied unless allowed, every reason in its place, nothing told to outsiders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AgreementRecord,
    AgreementStatusChanged,
    CoveredService,
    RevisionRegistered,
    Term,
    Who,
    fold_agreement,
)
from svcdelivery.agreement.lifecycle import AgreementStatus
from svcdelivery.errors import InvalidValueError, NaiveTimeError, WrongTypeError
from svcdelivery.facts import NewFact, history
from svcdelivery.identity import Actor, ActorKind
from svcdelivery.security import (
    PRECEDENCE,
    AccessRequest,
    Decided,
    OpenDirectory,
    Person,
    StaticDirectory,
    decide,
    decide_internal,
)
from svcdelivery.testing.strategies import identifiers
from svcdelivery.timeline import from_micros, to_micros
from tests.desk.world import revision

SINCE = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 3, 11, 8, tzinfo=UTC)
ANN = Person(id="ann", roles={"employee"}, customer="acme")
BOB = Person(id="bob", roles={"agent"})
ACTIONS = (
    "receive", "accept", "reject", "assign", "start", "put_on_hold", "resume", "fulfill", "resolve", "close", "reopen",
    "cancel", "post", "change_priority", "answer_survey", "shred",
)  # fmt: skip


def record(*revisions: Any, agreed: bool = True) -> AgreementRecord:
    bodies: list[Any] = [RevisionRegistered(r, r.digest) for r in revisions or (revision(),)]
    bodies += [AgreementStatusChanged(action="agree", status=AgreementStatus.AGREED)] if agreed else []
    entries = [NewFact(body=b, actor=Actor.staff("olga"), occurred_at=SINCE) for b in bodies]
    folded = fold_agreement(history("agreement:acme-1", entries))
    assert folded is not None
    return folded


AGREED = record()


def asked(**rest: Any) -> AccessRequest:
    """What is allowed, but for what is said otherwise."""
    usual = {
        "actor": Actor.staff("bob"), "action": "start", "at": NOW, "service": "email", "agreement": AGREED,
        "person": BOB, "requester": ANN, "item": "request:1",
    }  # fmt: skip
    return AccessRequest(**{**usual, **rest})


def end_user(id: str = "ann") -> dict[str, Any]:
    return {"actor": Actor.end_user(id), "person": ANN}


class TestReasons:
    def test_the_usual_is_allowed_for_a_reason_too(self) -> None:
        """Staff who deliver, a requester on their own work."""
        assert decide(asked()).reason == "entitled"
        own = decide(asked(**end_user(), action="receive"))
        assert (own.allowed, own.reason, own.reasons, own.revision) == (True, "own_work", (), 1)

    @pytest.mark.parametrize(
        ("reason", "said"),
        [
            ("unknown_actor", {"person": None}),
            ("unknown_action", {"action": "shred"}),
            ("unknown_item", {"item_known": False, "service": None, "agreement": None}),
            ("unknown_agreement", {"agreement": None}),
            ("actor_inactive", {"person": evolve(BOB, active=False)}),
            ("agreement_not_in_force", {"agreement": record(agreed=False)}),
            ("agreement_not_in_force", {"at": datetime(2023, 1, 1, tzinfo=UTC)}),
            ("service_not_in_agreement", {"service": "coffee"}),
            ("service_not_in_agreement", {"service": None}),
            ("service_not_approved", {"service": "fax"}),
            ("not_own_work", {"actor": Actor.end_user("eve"), "action": "cancel"}),
            ("not_own_work", {"actor": Actor.customer("globex"), "action": "cancel"}),
            ("not_own_work", {**end_user(), "action": "cancel", "requester": None}),
            ("role_not_permitted", {**end_user(), "action": "fulfill"}),
            ("role_not_permitted", {"actor": Actor.supplier("bob"), "action": "close"}),
            ("role_not_permitted", {"actor": Actor.system("bob"), "action": "fulfill"}),
            ("no_entitlement", {"person": evolve(BOB, roles=())}),
            ("no_entitlement", {"action": "receive", "service": "laptop", "requester": evolve(ANN, roles=())}),
            ("no_entitlement", {"action": "receive", "requester": None}),
            ("no_entitlement", {"action": "receive", "requester": evolve(ANN, active=False)}),
            ("no_entitlement", {"action": "receive", "requester": evolve(ANN, customer="globex")}),
        ],
    )
    def test_each_can_be_reached(self, reason: str, said: dict[str, Any]) -> None:
        """By one thing that is wrong."""
        decision = decide(asked(**said))
        assert not decision.allowed
        assert reason in decision.reasons

    def test_when_several_fail_the_first_of_the_order_is_primary_and_all_are_named(self) -> None:
        """What is unknown ends the matter; all else is judged to the end."""
        decision = decide(asked(person=None, action="shred", service="fax", actor=Actor.end_user("eve")))
        assert decision.reasons == ("unknown_actor", "unknown_action")
        decision = decide(asked(person=evolve(ANN, active=False), service="fax", actor=Actor.end_user("eve")))
        assert decision.reasons == ("actor_inactive", "service_not_approved", "not_own_work", "role_not_permitted")
        assert decision.reason == "actor_inactive"

    @given(
        kind=st.sampled_from(ActorKind),
        id=st.sampled_from(["ann", "bob", "acme", "eve"]),
        said=st.fixed_dictionaries(
            {
                "action": st.sampled_from(ACTIONS),
                "person": st.sampled_from([None, ANN, BOB, evolve(BOB, active=False)]),
                "requester": st.sampled_from([None, ANN, BOB]),
                "service": st.sampled_from(["email", "laptop", "fax", "coffee", None]),
                "agreement": st.sampled_from([AGREED, record(agreed=False), None]),
            }
        ),
    )
    def test_reasons_stand_in_their_order_and_none_means_allowed(
        self, kind: ActorKind, id: str, said: dict[str, Any]
    ) -> None:
        """Never an error, never an allowance with a failing check; the fact on record says the same."""
        decision = decide(asked(actor=Actor(kind, id), **said))
        assert list(decision.reasons) == sorted(decision.reasons, key=PRECEDENCE.index)
        assert decision.allowed == (decision.reasons == ())
        assert decision.allowed or decision.reason == decision.reasons[0]
        assert Decided.of(decision).decision(decision.actor, decision.at) == decision
        if decision.allowed:
            assert said["person"].active
            assert said["agreement"] is AGREED
            assert said["service"] in ("email", "laptop")


class TestDefaultDeny:
    def test_nothing_is_allowed_that_no_list_names(self) -> None:
        """B061: unknown actions, empty role sets, strangers, for every kind of actor."""
        for kind, action in product(ActorKind, ("shred", "", "*", "RECEIVE", "receive ")):
            assert not decide(asked(actor=Actor(kind, "bob"), action=action)).allowed
        for action in ACTIONS:
            assert not decide(asked(action=action, person=Person(id="bob"))).allowed or action == "receive"
            assert not decide(asked(action=action, person=None)).allowed

    @pytest.mark.parametrize("actor", [None, "staff:bob", 5])
    def test_nobody_is_no_actor(self, actor: Any) -> None:
        """B061: refused as a value before anything is decided."""
        with pytest.raises(WrongTypeError, match="expected an actor"):
            asked(actor=actor)

    def test_a_naive_instant_is_refused(self) -> None:
        """Windows have no zone to guess in."""
        with pytest.raises(NaiveTimeError):
            asked(at=datetime(2024, 1, 1))

    def test_only_own_people_manage_agreements_actions_and_imports(self) -> None:
        """Active staff, and the host's programs."""

        def internal(actor: Actor, person: Person | None) -> tuple[str, ...]:
            return decide_internal(actor=actor, action="import", item="x", person=person, at=from_micros(0)).reasons

        assert internal(Actor.staff("bob"), BOB) == ()
        assert internal(Actor.system("cron"), Person(id="cron")) == ()
        assert internal(Actor.end_user("ann"), ANN) == ("role_not_permitted",)
        assert internal(Actor.supplier("x"), None) == ("unknown_actor", "role_not_permitted")
        assert internal(Actor.staff("bob"), evolve(BOB, active=False)) == ("actor_inactive",)


class TestLiterals:
    @given(identifiers())
    def test_a_star_is_a_letter_like_any_other(self, id: str) -> None:
        """B069: as service, person or role it means that one thing."""
        starred = CoveredService(id="*", approved=Term(SINCE), entitled=("person:*",), delivered_by=("role:*",))
        terms = record(evolve(revision(), services=(starred,)))
        other = Person(id=id, roles={id})
        allowed = decide(asked(agreement=terms, service="*", person=other)).allowed
        assert allowed == (id == "*")
        assert decide(asked(agreement=terms, service=id)).reasons[:1] != () or id == "*"
        received = decide(asked(agreement=terms, service="*", action="receive", person=other, requester=other))
        assert received.allowed == (id == "*")

    def test_look_alikes_are_strangers(self) -> None:
        """B039: a Cyrillic letter or a decomposed one makes another id."""
        people = StaticDirectory([Person(id="admin"), Person(id="caf\u00e9")])
        assert people.person("adm\u0456n") is None
        assert people.person("cafe\u0301") is None
        assert people.person("Admin") is None
        assert people.person("admin") == Person(id="admin")
        assert OpenDirectory().person("anybody") == Person(id="anybody")

    @pytest.mark.parametrize("text", ["*", "all", "person:", "role:", "person: ", "group:x", "", "everybody:x"])
    def test_an_entitlement_has_one_of_three_forms(self, text: str) -> None:
        """Anything else is refused."""
        with pytest.raises(InvalidValueError):
            Who.from_text(text)


class TestWindows:
    @given(st.sampled_from([-1, 0, 1]))
    def test_approval_is_half_open_at_both_ends(self, micros: int) -> None:
        """Approved from the first instant on, no longer at the last."""
        start, end = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 2, tzinfo=UTC)
        service = CoveredService(
            id="email", approved=Term(start, end), entitled=("everybody",), delivered_by=("role:agent",)
        )
        terms = record(evolve(revision(), services=(service,)))

        def approved(edge: datetime) -> bool:
            at = from_micros(to_micros(edge) + micros)
            return "service_not_approved" not in decide(asked(agreement=terms, at=at)).reasons

        assert approved(start) == (micros >= 0)
        assert approved(end) == (micros < 0)

    def test_the_revision_in_force_at_the_decision_decides(self) -> None:
        """To the microsecond of its taking effect."""
        at = datetime(2024, 2, 1, tzinfo=UTC)
        first = revision()
        second = evolve(first, number=2, effective_at=at, services=())
        terms = record(first, second)
        before = decide(asked(agreement=terms, at=at - timedelta(microseconds=1)))
        after = decide(asked(agreement=terms, at=at))
        assert (before.allowed, before.revision) == (True, 1)
        assert (after.reasons, after.revision) == (("service_not_in_agreement", "no_entitlement"), 2)


def test_what_an_outsider_is_told_reveals_nothing() -> None:
    """The same two words for every reason."""
    texts = {decide(asked(**said)).public() for said in ({"person": None}, {"service": "fax"}, {"agreement": None})}
    assert texts == {"not permitted"}
    assert decide(asked()).public() == "permitted"
