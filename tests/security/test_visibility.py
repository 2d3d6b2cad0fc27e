"""Which items somebody may see or act on: by index, and the same as one by one."""

from __future__ import annotations

from random import Random
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.identity import Actor
from svcdelivery.security import AccessRequest, IndexedWork, Involvement, WorkIndex, decide, may
from tests.security.worlds import ACTIONS, INSTANTS, World, draw_world


def draw_items(random: Random, world: World) -> list[IndexedWork]:
    return [
        IndexedWork(
            f"request:{number}",
            random.choice([*(record.id for record in world.agreements), "gone"]),
            random.choice(["s0", "s1", "s2", "s9"]),
            random.choice(world.people).id,
            frozenset(
                (part, random.choice(world.people).id) for part in ("accept", "approve") if random.random() < 0.3
            ),
        )
        for number in range(40)
    ]


def one_by_one(world: World, items: list[IndexedWork], actor: Actor, action: str, at: Any) -> set[str]:
    people = {person.id: person for person in world.people}
    agreements = {record.id: record for record in world.agreements}

    def request(item: IndexedWork) -> AccessRequest:
        parts = item.parts | {("requester", item.requester)}
        return AccessRequest(
            actor=actor, action=action, at=at, service=item.service, agreement=agreements.get(item.agreement),
            person=people.get(actor.id), requester=people[item.requester], item=item.stream,
            involvement=Involvement(agreement=item.agreement, service=item.service, parts=parts),
        )  # fmt: skip

    return {item.stream for item in items if decide(request(item), world.access).allowed}


@given(st.integers(0, 100_000))
def test_the_list_is_what_asking_of_each_item_would_give(seed: int) -> None:
    """For staff, end users, customers and strangers, before and after items change."""
    random = Random(seed)
    world = draw_world(random)
    items = draw_items(random, world)
    index = WorkIndex(items)
    changed = [evolve(item, requester="p0", service="s1") for item in items[:10]]
    for item in changed:
        index.put(item)
    items = [*changed, *items[10:]]
    people = {person.id: person for person in world.people}
    agreements = {record.id: record for record in world.agreements}
    for actor in (Actor.staff("p1"), Actor.end_user("p0"), Actor.customer("acme"), Actor.staff("nobody")):
        action, at = random.choice(ACTIONS), random.choice(INSTANTS)
        found = may(
            action, actor=actor, person=people.get(actor.id), at=at, index=index, agreements=agreements,
            access=world.access,
        )  # fmt: skip
        assert len(found) == len(set(found))
        assert set(found) == one_by_one(world, items, actor, action, at)


def test_one_decision_is_made_for_each_agreement_and_service() -> None:
    """However many items there are."""
    world = draw_world(Random(1))
    items = [IndexedWork(f"request:{n}", "A0", f"s{n % 2}", "p0") for n in range(1000)]
    asked: list[AccessRequest] = []

    def authorize(request: AccessRequest) -> Any:
        asked.append(request)
        return decide(request, world.access)

    index = WorkIndex(items)
    agreements = {record.id: record for record in world.agreements}
    may("view", actor=Actor.staff("p1"), person=world.people[1], at=INSTANTS[1], index=index, agreements=agreements,
        access=world.access, authorize=authorize)  # fmt: skip
    assert len(asked) == 2
    assert len(index) == 1000
