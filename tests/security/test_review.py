"""The access review: each kind of finding, and nothing where all is in order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import evolve

from svcdelivery.agreement import CoveredService, Term
from svcdelivery.facts import NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.security import (
    Access,
    AccessRules,
    CatalogueService,
    Decided,
    Person,
    RoleActions,
    SeparationOfDuties,
    decide,
    last_uses,
    review_access,
)
from svcdelivery.timeline import Instant
from tests.desk.world import revision
from tests.security.test_authorization import NOW, record
from tests.security.test_checker import DAY, SINCE, UNTIL, by_hal, grant

SERVICES = tuple(CoveredService(id=id, approved=Term(SINCE)) for id in ("email",))
TERMS = record(revision(services=SERVICES))
RULES = AccessRules(
    roles=(RoleActions("temp", ("approve",)),),
    duties=(SeparationOfDuties("fulfill", ("accept", "requester")),),
    conflicting_roles=(("temp", "agent"),),
)
HAL, IVY = Person(id="hal", roles=("temp",)), Person(id="ivy")
LONG_AGO = NOW - 200 * DAY
TWO = (grant(), grant(id="g2", holder="ivy"))
USED = {"g1": NOW - DAY, "g2": NOW - DAY}


def review(*grants: Any, rules: AccessRules = RULES, people: Any = (HAL, IVY), uses: Any = USED, **said: Any) -> Any:
    access = Access(rules=rules, grants=grants)
    agreements = said.pop("agreements", (TERMS,))
    found = review_access(access, at=NOW, agreements=agreements, people=people, uses=uses, **said)
    return [(finding.kind.value, finding.subject) for finding in found]


def test_where_all_is_in_order_nothing_is_found() -> None:
    """Two may deliver, grants end and are used; what has ended by itself is no longer looked at."""
    assert review(*TWO) == []
    over = grant(id="g3", window=Term(LONG_AGO, NOW), holder="gone")
    assert review(*TWO, over, evolve(grant(), id="g4", revoked_at=NOW)) == []


def test_each_kind_is_found() -> None:
    """By one thing that is wrong."""
    assert review(*TWO, grant(id="g3", window=Term(SINCE))) == [("endless_grant", "g3")]
    old = grant(id="g3", window=Term(LONG_AGO, UNTIL))
    assert review(*TWO, old) == [("unused_grant", "g3")]
    assert review(*TWO, old, uses={**USED, "g3": NOW - 90 * DAY}) == [("unused_grant", "g3")]
    assert review(*TWO, old, uses={**USED, "g3": NOW - 89 * DAY}) == []
    assert review(*TWO, old, uses={**USED, "g3": NOW - 30 * DAY}, idle=timedelta(days=30)) == [("unused_grant", "g3")]
    assert review(*TWO, grant(id="g3", holder="gone")) == [("holder_left", "g3")]
    left = evolve(IVY, id="kim", active=False)
    assert review(*TWO, grant(id="g3", holder="kim"), people=(HAL, IVY, left)) == [("holder_left", "g3")]
    assert review(*TWO, grant(id="g3", service="fax")) == [("service_retired", "g3")]
    assert review(*TWO, grant(id="g3", agreement="acme-2")) == [("service_retired", "g3")]
    assert review(*TWO, grant(id="g3", source="g9")) == [("dead_delegation", "g3")]
    assert review() == [("nobody_may_deliver", "acme-1/email")]
    assert review(grant()) == [("single_authority", "acme-1/email")]
    torn = evolve(HAL, roles=("temp", "agent"))
    assert review(*TWO, people=(torn, IVY)) == [("conflicting_roles", "hal")]


def test_duties_that_only_one_person_could_do_conflict() -> None:
    """The one who accepts must not fulfill, and there is nobody else."""
    both = grant(actions={"accept", "fulfill"})
    assert review(both) == [("single_authority", "acme-1/email"), ("conflicting_duties", "acme-1/email")]
    assert review(both, grant(id="g2", holder="ivy", actions={"fulfill"})) == []


def test_a_service_the_catalogue_withdrew_is_retired() -> None:
    """Nobody is asked to deliver it any more."""
    rules = evolve(RULES, catalogue=(CatalogueService(id="email", approved=(Term(SINCE, NOW),)),))
    assert review(grant(), rules=rules) == [("service_retired", "g1")]


def test_the_last_use_of_a_grant_is_read_from_the_decisions() -> None:
    """Those that it allowed."""

    def decided(at: Instant) -> NewFact[Decided]:
        access = Access(rules=RULES, grants=(grant(),))
        return NewFact(
            body=Decided.of(decide(by_hal(at=at, person=HAL), access)), actor=Actor.staff("hal"), occurred_at=at
        )

    facts = history("security", [decided(NOW), decided(NOW + DAY), decided(UNTIL)])
    assert last_uses(facts) == {"g1": NOW + DAY}
