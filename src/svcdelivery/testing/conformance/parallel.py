"""Scenarios of what may go on at once: writers of several tenants, and workers that claim.

Each holds units open on threads of their own and looks whether another comes through meanwhile. Nothing depends on who
is faster: a store that lets nobody wait is done when it is done, and one that does not is waited for no longer than the
kit is patient.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from svcdelivery.storage.chain import verify
from svcdelivery.storage.protocol import Capability, Claim, Due, Message, Parcel, Query, Record, Unit
from svcdelivery.testing.conformance.kit import START, Lab, Scenario, expect, later, scenario, texts, write

__all__ = ["SCENARIOS"]

SCENARIOS: list[Scenario] = []
_NAMES = "tuvw"


@scenario(SCENARIOS, "parallel", Capability.PARALLEL_TENANTS)
def writers_of_other_tenants_do_not_wait(lab: Lab) -> None:
    """While a unit of one tenant is open and has written, one of another begins, writes all there is, and commits."""
    # The first unit of a tenant, which finds nothing of it, and one more.
    for number in (1, 2):
        told = [str(each) for each in range(1, number + 1)]
        with lab.held(partial(_write_all, number), "a writer", tenant="one"):
            with lab.held(partial(_write_all, number), "a writer of another tenant", tenant="two"):
                pass
            expect(texts(lab.load("a", tenant="two")), told, "facts of the tenant whose writer did not wait")
            expect(texts(lab.load("a", tenant="one")), told[:-1], "facts seen of the unit that is open")
        expect(texts(lab.load("a", tenant="one")), told, "facts of the unit that was open")
    for tenant in ("one", "two"):
        expect(verify(lab.entries(tenant), tenant, head=lab.head(tenant)).finding, None, "what is wrong with the chain")
        with lab.unit(tenant, write=False) as unit:
            expect([row.version for row in unit.records.find(Query(kind="request")).items], [2], "versions of records")
            expect([timer.name for timer in unit.timers.of("a")], ["t1", "t2"], "wake-ups")
            expect([message.id for message in unit.outbox.waiting(later(9))], ["m1", "m2"], "messages")
            expect(unit.marks.get("f"), 2, "the mark")


def _write_all(number: int, unit: Unit) -> None:
    writes = [write("a", str(number), expected=number - 1)]
    unit.journal.append(writes, key=f"k{number}", intent="i", now=later(number))
    unit.records.put([Record(kind="request", id="1", stream="a", version=number)])
    unit.timers.arm([Due(stream="a", name=f"t{number}", due_at=later(number))])
    unit.outbox.put([Message(id=f"m{number}", topic="mail", stream="a", due_at=later(number))])
    unit.marks.put("f", number)
    now, until = later(number * 10), later(number * 10 + 5)
    claims = unit.timers.claim(later(9), now=now, until=until, owner="w")
    parcels = unit.outbox.claim(later(9), now=now, until=until, owner="w")
    expect((len(claims), len(parcels)), (number, number), "how many wake-ups and messages are lent")
    # What was kept back until somebody asks is written now.
    expect(len(unit.feed.read()), number, "facts")


@scenario(SCENARIOS, "parallel", Capability.PARALLEL_CLAIMS)
def workers_that_claim_do_not_wait(lab: Lab) -> None:
    """While a writer and other workers have units open, a worker is lent what is free, and nothing another was lent."""
    with lab.unit() as unit:
        unit.timers.arm([Due(stream="a", name=name, due_at=later(at)) for at, name in enumerate(_NAMES)])
        unit.outbox.put(
            [Message(id=name, topic="mail", stream="a", due_at=later(at)) for at, name in enumerate(_NAMES)]
        )
    claims: dict[str, tuple[Claim, ...]] = {}
    parcels: dict[str, tuple[Parcel, ...]] = {}

    def worker(owner: str) -> Callable[[Unit], None]:
        def claim(unit: Unit) -> None:
            now, until = later(20), later(30)
            claims[owner] = tuple(unit.timers.claim(later(9), now=now, until=until, owner=owner, limit=2))
            parcels[owner] = tuple(unit.outbox.claim(later(9), now=now, until=until, owner=owner, limit=2))

        return claim

    with (
        lab.held(_write_besides, "a writer"),
        lab.held(worker("one"), "a worker that claims beside a writer"),
        lab.held(worker("two"), "a worker that claims beside another"),
        lab.held(worker("three"), "a worker for whom nothing is left"),
    ):
        pass
    lent = {owner: [one.due.name for one in claims[owner]] for owner in claims}
    expect(lent, {"one": ["t", "u"], "two": ["v", "w"], "three": []}, "wake-ups that each was lent")
    lent = {owner: [one.message.id for one in parcels[owner]] for owner in parcels}
    expect(lent, {"one": ["t", "u"], "two": ["v", "w"], "three": []}, "messages that each was lent")
    with lab.unit() as unit:
        for worker_claims in claims.values():
            expect([unit.timers.settle(one) for one in worker_claims], [True] * len(worker_claims), "settled wake-ups")
        for worker_parcels in parcels.values():
            expect([unit.outbox.settle(one) for one in worker_parcels], [True] * len(worker_parcels), "messages")
        expect([timer.name for timer in unit.timers.of("b")], ["x"], "wake-ups of the writer")
    expect(texts(lab.load("b")), ["1"], "facts of the writer")


def _write_besides(unit: Unit) -> None:
    unit.journal.append([write("b", "1", expected=0)], key="k", intent="i", now=START)
    unit.records.put([Record(kind="request", id="1", stream="b", version=1)])
    unit.timers.arm([Due(stream="b", name="x", due_at=later(15))])
    unit.outbox.put([Message(id="x", topic="mail", stream="b", due_at=later(15))])
    expect(len(unit.feed.read()), 1, "facts")
