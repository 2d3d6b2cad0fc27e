"""Cedar behind the authorizer port, and as a second opinion on the checker itself."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Callable
from itertools import product
from types import FunctionType
from typing import Any

import cedarpy
import pytest
from attrs import evolve

from svcdelivery.adapters.cedar import CedarAuthorizer, cedar_entities, cedar_request, cedar_schema
from svcdelivery.agreement import AgreementRecord, Term
from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import Actor
from svcdelivery.security import (
    Access,
    BreakGlass,
    CatalogueService,
    Grant,
    Involvement,
    Person,
    authorize,
    decide,
    entitled,
)
from svcdelivery.security import access as access_record
from svcdelivery.security import authorization as checker
from svcdelivery.security.rules import AccessRules
from tests.adapters.cedar_oracle import Judged, judged
from tests.security.test_authorization import ANN, asked
from tests.security.worlds import ACTIONS, INSTANTS

ANYBODY = "permit (principal, action, resource);"


def opinion(policies: str, **said: Any) -> tuple[str, ...]:
    return authorize(asked(**said), authorizer=CedarAuthorizer(policies)).reasons


class TestNarrowing:
    def test_what_cedar_permits_stays_allowed(self) -> None:
        """With the grounds of the rules."""
        decision = authorize(asked(), authorizer=CedarAuthorizer(ANYBODY))
        assert decision == decide(asked())

    def test_what_cedar_does_not_permit_is_denied(self) -> None:
        """By default, and by a prohibition."""
        assert opinion("") == ("authorizer_denied",)
        assert opinion(ANYBODY + 'forbid (principal == Person::"bob", action, resource);') == ("authorizer_denied",)
        denied = authorize(asked(), authorizer=CedarAuthorizer(""))
        assert (denied.allowed, denied.grants, denied.changes_at) == (False, (), None)

    def test_cedar_permits_nothing_the_rules_deny(self) -> None:
        """A mistake in a policy file delivers no service outside the agreement."""
        assert opinion(ANYBODY, service="coffee") == decide(asked(service="coffee")).reasons

    @pytest.mark.parametrize(
        "condition",
        [
            'principal in Role::"agent" && !(principal in Customer::"acme")',
            'resource in Customer::"acme" && resource.requester == Person::"ann"',
            'resource.agreement == Agreement::"acme-1" && resource.agreement.inForce',
            "resource.agreement.services.contains(resource.service)",
            "resource.agreement.approved.contains(resource.service)",
            'resource.hasTag("accept") && resource.getTag("accept").contains(Person::"cy")',
            'context.kind == "staff" && context.grants.contains("delivered_by role:agent") && !context.glass',
            'context.now < datetime("2024-03-11T08:00:00.001Z") && context.now >= datetime("2024-03-11T08:00:00Z")',
            "context.micros == 1710144000000000 && principal.active",
            'action in Action::"Operate" && !(action in Action::"Read")',
        ],
    )
    def test_policies_see_what_the_rules_see(self, condition: str) -> None:
        """Who, their roles and clearances, the item and its history, the agreement, and the instant."""
        guarded = condition.replace("resource.requester", "resource has requester && resource.requester")
        policy = f"permit (principal, action, resource) when {{ {guarded} }};"
        said = Involvement(agreement="acme-1", service="email", parts=frozenset({("accept", "cy")}))
        assert opinion(policy, involvement=said) == ()

    def test_an_item_still_to_be_received_is_new(self) -> None:
        """Without a requester the directory knows, too."""
        policy = 'permit (principal, action == Action::"receive", resource == Item::"new");'
        assert opinion(policy, action="receive", item="", actor=Actor.end_user("ann"), person=ANN) == ()


class TestFailingClosed:
    def test_an_error_of_a_policy_denies_though_another_permits(self) -> None:
        """Cedar skips the policy that errs, forbidding ones too."""
        overflow = "forbid (principal, action, resource) when { context.micros * 9223372036854775807 > 0 };"
        assert opinion(ANYBODY + overflow) == ("authorizer_failed",)

    def test_missing_data_open_the_bare_engine_and_not_the_adapter(self) -> None:
        """Without the agreement's record Cedar allows what a skipped policy forbids; the adapter denies."""
        forbids = (
            ANYBODY
            + "forbid (principal, action, resource) unless { resource.agreement.services.contains(resource.service) };"
        )
        request = asked()
        schema = cedarpy.Schema.from_str(cedar_schema(AccessRules().known_actions))
        lost = [entity for entity in cedar_entities(request) if entity["uid"]["type"] != "Agreement"]
        bare = cedarpy.is_authorized(cedar_request(request, decide(request)), forbids, lost, schema)
        assert bare.allowed
        assert bare.diagnostics.errors

        class Losing(CedarAuthorizer):
            """Loads the entities without the agreement."""

            def __init__(self) -> None:
                super().__init__(forbids)
                loaded = self._cedar.Entities
                entities = type("E", (), {"from_json_str": lambda _text, schema: loaded.from_json_str(_lost(), schema)})
                self._cedar = type("C", (), {"Entities": entities, "is_authorized": cedarpy.is_authorized})
                self._cedar.Decision = cedarpy.Decision

        def _lost() -> str:
            return json.dumps(lost)

        assert authorize(request, authorizer=Losing()).reasons == ("authorizer_failed",)

    def test_a_missing_schema_opens_the_bare_engine_and_the_adapter_has_always_one(self) -> None:
        """Without it Cedar knows no groups of actions, so a prohibition on a group never matches, with no error."""
        forbids = ANYBODY + 'forbid (principal, action in Action::"Operate", resource);'
        request = asked()
        entities = json.dumps(cedar_entities(request))
        bare = cedarpy.is_authorized(cedar_request(request, decide(request)), forbids, entities, None)
        assert bare.allowed
        assert not bare.diagnostics.errors
        assert opinion(forbids) == ("authorizer_denied",)

    def test_an_action_the_schema_does_not_have_denies(self) -> None:
        """As does anything else Cedar refuses to answer."""
        engine = CedarAuthorizer(ANYBODY, actions=("close",))
        assert authorize(asked(), authorizer=engine).reasons == ("authorizer_failed",)

    @pytest.mark.parametrize("answer", [None, 1, "yes", decide(asked())])
    def test_only_the_plain_truth_permits(self, answer: Any) -> None:
        """What is merely truthy has not been understood."""

        class Engine:
            def permits(self, *_: Any) -> Any:
                return answer

        assert authorize(asked(), authorizer=Engine()).reasons == ("authorizer_failed",)

    def test_whatever_an_engine_raises_denies(self) -> None:
        """An engine that is not there is no permission."""

        class Engine:
            def permits(self, *_: Any) -> bool:
                raise OSError("connection refused")

        assert authorize(asked(), authorizer=Engine()).reasons == ("authorizer_failed",)

    @pytest.mark.parametrize(
        "policies", ["permit", "permit (principal, action, resource) when { resource.sevice == 1 };", "permit ();"]
    )
    def test_policies_are_refused_when_they_are_given(self, policies: str) -> None:
        """Misspelled attributes too, in one line."""
        with pytest.raises(InvalidValueError) as refused:
            CedarAuthorizer(policies)
        assert "\n" not in str(refused.value)


# -- the second opinion ------------------------------------------------------------------------------------------------

MUTANTS: list[tuple[Any, str, str, str]] = [
    (checker, "_hard", "not person.is_active(at)", "False"),
    (checker, "_hard", "revision is None", "False"),
    (checker, "_hard", "if service is None", "if False"),
    (checker, "_hard", "(known is not None and not known.is_approved(at))", "False"),
    (checker, "_hard", "(service is not None and not service.is_approved(at))", "False"),
    (checker, "_hard", "apart is not None and", "False and"),
    (checker, "_hard", "staff and known is not None and", "False and"),
    (checker, "_hard", "not staff and", "False and"),
    (checker, "_may_see_work", "return request.is_own", "return True"),
    (checker, "_judge", "lacking and not hard", "lacking"),
    (checker, "_permission", '["role_not_permitted"]', "[]"),
    (checker, "_permission", "[missed] if missed else []", "[]"),
    (checker, "plainly_entitled", "actor.kind is not _STAFF", "False"),
    (checker, "plainly_entitled", "not person.active or", ""),
    (checker, "plainly_entitled", "start <= at < end and", "at < end and"),
    (checker, "plainly_entitled", "start <= at < end and", "start <= at <= end and"),
    (checker, "plainly_entitled", "< end and action in actions", "< end"),
    (checker, "plainly_entitled", "spans:\n        if start <= at < end", "spans:\n        if at < end"),
    (checker, "plainly_entitled", "spans:\n        if start <= at < end", "spans:\n        if start <= at <= end"),
    (checker, "plainly_entitled", "(part, id) in parts", "False"),
    (entitled, "_lacks", "roles.isdisjoint(person.roles)", "False"),
    (entitled, "_lacks", "clearance not in person.clearances", "False"),
    (entitled, "_lacks", "not person.is_active(at)", "False"),
    (entitled, "_way", "max(start, term.start)", "start"),
    (entitled, "_way", "min(end, term.until)", "end"),
    (entitled, "_way", "if action in rules.of_staff", "if True"),
    (entitled, "_way", "rules.by_duty.get(action)", "None"),
    (entitled, "_way", "None if known is None else known.clearance", "None"),
    (AccessRules, "roles_that_may", "if action in actions", ""),
    (AgreementRecord, "spans_of", "max(start, covered.approved.start)", "start"),
    (AgreementRecord, "spans_of", "min(end, until)", "end"),
    (access_record, "_span", "grant.window.until, grant.revoked_at", "grant.window.until,"),
    (access_record, "_span", "min(ends", "max(ends"),
    (Access, "_lease", "if grant.source:", "if False:"),
    (Access, "_lease", "or source.source", ""),
    (Access, "_lease", "(source.agreement, source.service)", "(grant.agreement, source.service)"),
    (Access, "_lease", "(source.agreement, source.service)", "(source.agreement, grant.service)"),
    (Access, "_lease", "max(start, since)", "start"),
    (Access, "_lease", "min(end, until)", "end"),
    (Access, "_lease", "actions & permitted", "actions"),
    (checker, "_is", "who.id in person.roles", "True"),
    (checker, "_broken_glass", "request.actor.kind is not _STAFF", "False"),
    (Grant, "failing", "self.revoked_at <= at", "self.revoked_at < at"),
    (Grant, "failing", "window.until <= at", "window.until < at"),
    (Grant, "failing", "at < window.start", "at <= window.start"),
    (Grant, "failing", "self.revoked_at is not None and", "False and"),
    (Access, "failing", "failing is not None", "False"),
    (Access, "failing", "action not in grant.actions", "False"),
    (Access, "failing", "if grant.source else", "if False else"),
    (Access, "_delegated", "source is not None and source.source", "False"),
    (Access, "_delegated", "action not in source.actions", "False"),
    (Access, "_delegated", "(grant.agreement, grant.service)", "(source.agreement, grant.service)"),
    (Access, "_delegated", "(grant.agreement, grant.service)", "(grant.agreement, source.service)"),
    (Access, "_delegated", "source.failing(at) is None", "True"),
    (Access, "glass", "self.rules.break_glass_roles.isdisjoint(roles)", "False"),
    (BreakGlass, "holds", "bool(self.ground.strip())", "True"),
    (BreakGlass, "holds", 'self.authorized_by not in {"", self.holder}', "True"),
    (BreakGlass, "holds", "at in self.window", "True"),
    (Involvement, "had_part", "return True", "continue"),
    (Involvement, "had_part", "(part, person) in had", "(part, person) not in had"),
    (Person, "is_active", "any(", "all("),
    (Person, "is_active", "return self.active and", "return"),
    (CatalogueService, "is_approved", "any(", "all("),
    (AccessRules, "permits", "any(", "all("),
    (AccessRules, "permits", "kind is _STAFF and", ""),
    (Term, "__contains__", "self.start <= at", "self.start < at"),
    (Term, "__contains__", "at < until", "at <= until"),
]


def mutant(function: Any, old: str, new: str) -> Callable[..., Any]:
    """Answer the function with one place of its text changed."""
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(old) == 1, f"`{old}` stands {source.count(old)} times in {function.__qualname__}"
    made: dict[str, Any] = {}
    exec(compile(source.replace(old, new), "mutant", "exec", dont_inherit=False), function.__globals__, made)  # type: ignore[arg-type]
    (planted,) = (value for value in made.values() if isinstance(value, FunctionType))
    return planted


def explained(access: Access) -> bool:
    """Answer whether every grant that does not permit fails for a reason, and no other: leases say the same."""
    for (holder, agreement, service), grants in access.by_key.items():
        for action, at in product(ACTIONS, INSTANTS):
            holds = any(access.failing(grant, action, at) is None for grant in grants)
            lease, leased = access.leases.get((agreement, service), {}).get(holder), False
            while lease is not None:
                (start, end, actions), lease = lease
                leased = leased or (start <= at < end and action in actions)
            if leased != holds:
                return False
    return True


def fresh(judgements: list[Judged]) -> None:
    """Let agreements forget what they worked out."""
    for one in judgements:
        if one.request.agreement is not None:
            one.request.agreement.deliverable.clear()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def second_opinion() -> list[Judged]:
    """Cedar is asked once; every mutant is held against the same answers."""
    return list(judged(16_000, seed=7))


@pytest.mark.xdist_group("second opinion")
class TestSecondOpinion:
    def test_checker_and_policies_agree_on_random_worlds(self, second_opinion: list[Judged]) -> None:
        """A seeded slice; `make differential` asks a hundred thousand times."""
        assert [one.request for one in second_opinion if one.errors or not one.agrees] == []
        assert 0.1 < sum(one.allowed for one in second_opinion) / len(second_opinion) < 0.9

    @pytest.mark.parametrize("planted", MUTANTS, ids=[f"{m[1]}: {m[2]} -> {m[3]}" for m in MUTANTS])
    def test_a_planted_mistake_is_found(
        self, monkeypatch: pytest.MonkeyPatch, second_opinion: list[Judged], planted: tuple[Any, str, str, str]
    ) -> None:
        """A check dropped, `<` for `<=`, all for any: each shows in the same requests."""
        home, name, old, new = planted
        monkeypatch.setattr(home, name, mutant(getattr(home, name), old, new))
        # What records work out when they are made or first asked is worked out again, by the mutant.
        fresh(second_opinion)
        made = {id(one.access): evolve(one.access) for one in second_opinion}
        try:
            assert any(not evolve(one, access=made[id(one.access)]).agrees for one in second_opinion) or not all(
                map(explained, made.values())
            )
        finally:
            fresh(second_opinion)

    def test_a_grant_permits_where_nothing_of_it_fails(self, second_opinion: list[Judged]) -> None:
        """What is told of a miss, and when a grant permits, are worked out apart and agree."""
        assert all(explained(access) for access in {id(one.access): one.access for one in second_opinion}.values())


def test_entities_say_what_is_so_at_the_instant() -> None:
    """A person who has left is not active, whatever the directory says of before."""
    gone = evolve(ANN, active=False)
    entities = {entity["uid"]["id"]: entity for entity in cedar_entities(asked(person=gone, requester=None))}
    assert entities["ann"]["attrs"]["active"] is False
    assert entities["ann"]["parents"] == [{"type": "Role", "id": "employee"}, {"type": "Customer", "id": "acme"}]
    assert cedar_entities(asked(agreement=None, service=None))[-2]["attrs"]["inForce"] is False
