"""Scenarios of wake-ups: arming, due times, claims and their fences."""

from __future__ import annotations

from svcdelivery.errors import InvalidValueError
from svcdelivery.storage.protocol import Claim, Due, Unit
from svcdelivery.testing.conformance.kit import Lab, Scenario, expect, later, refused, scenario
from svcdelivery.timeline import Instant

__all__ = ["SCENARIOS"]

SCENARIOS: list[Scenario] = []


def _due(stream: str, name: str, micros: int | None) -> Due:
    return Due(stream=stream, name=name, due_at=None if micros is None else later(micros))


def _names(dues: object) -> list[str]:
    return [f"{due.stream}/{due.name}" for due in dues]  # type: ignore[attr-defined]


def _claim(
    unit: Unit, *, now: int, until: int, owner: str = "w", upto: Instant | None = None, limit: int = 100
) -> list[Claim]:
    claims = unit.timers.claim(upto or later(now), now=later(now), until=later(until), owner=owner, limit=limit)
    return list(claims)


@scenario(SCENARIOS, "timers")
def wake_ups_are_due_at_their_instant(lab: Lab) -> None:
    """`due` answers what is due by the instant, that one included, earliest first."""
    with lab.unit() as unit:
        unit.timers.arm([_due("b", "t", 5), _due("a", "t", 7), _due("a", "u", 5), _due("c", "t", 6)])
        expect(_names(unit.timers.due(later(4))), [], "due a microsecond before")
        expect(_names(unit.timers.due(later(5))), ["a/u", "b/t"], "due on the instant")
        expect(_names(unit.timers.due(later(6))), ["a/u", "b/t", "c/t"], "due a microsecond after")
        expect(_names(unit.timers.due(later(9), limit=3)), ["a/u", "b/t", "c/t"], "the three earliest")
        expect(unit.timers.next_due(), later(5), "the earliest instant")
        expect(unit.timers.due(later(7))[-1], _due("a", "t", 7), "a wake-up as it was armed")
    with lab.unit("other", write=False) as unit:
        expect(_names(unit.timers.due(later(99))), [], "due in another tenant")
        expect(unit.timers.next_due(), None, "the earliest instant of another tenant")


@scenario(SCENARIOS, "timers")
def arming_replaces_and_disarms(lab: Lab) -> None:
    """A name is armed once in its stream: arming moves it, `due_at=None` disarms it, armed or not."""
    with lab.unit() as unit:
        unit.timers.arm([_due("a", "t", 5), _due("a", "u", 6), _due("b", "t", 7)])
        unit.timers.arm([_due("a", "t", 9), _due("b", "t", None), _due("b", "never", None)])
        expect(list(unit.timers.of("a")), [_due("a", "t", 9), _due("a", "u", 6)], "wake-ups of the stream, by name")
        expect(list(unit.timers.of("b")), [], "wake-ups of a stream without any")
    with lab.unit() as unit:
        unit.timers.arm([_due("a", "t", None), _due("a", "t", 3), _due("a", "u", 3), _due("a", "u", None)])
        expect(list(unit.timers.of("a")), [_due("a", "t", 3)], "wake-ups armed and disarmed in one call")
        expect(unit.timers.next_due(), later(3), "the earliest instant")


@scenario(SCENARIOS, "claims")
def what_is_claimed_is_not_lent_twice(lab: Lab) -> None:
    """A claim holds until its instant, not beyond: then another worker may have the wake-up."""
    with lab.unit() as unit:
        unit.timers.arm([_due("a", "t", 0), _due("a", "u", 1)])
    with lab.unit() as unit:
        (claim,) = _claim(unit, now=0, until=10)
        expect((claim.due, claim.owner, claim.until), (_due("a", "t", 0), "w", later(10)), "the claim")
    with lab.unit() as unit:
        expect(_names(c.due for c in _claim(unit, now=9, until=20, owner="v")), ["a/u"], "free before the lease ends")
    with lab.unit() as unit:
        expect(_names(c.due for c in _claim(unit, now=10, until=20, owner="v")), ["a/t"], "free when the lease ends")
        expect(_names(unit.timers.due(later(10))), ["a/t", "a/u"], "due, claimed or not")


@scenario(SCENARIOS, "claims")
def claims_come_earliest_first_and_limited(lab: Lab) -> None:
    """`claim` lends at most `limit`, earliest first, of what is due by the instant, that one included."""
    with lab.unit() as unit:
        unit.timers.arm([_due("a", "x", 3), _due("a", "y", 1), _due("a", "z", 2), _due("a", "w", 4)])
        expect(_names(c.due for c in _claim(unit, now=3, until=9, limit=2)), ["a/y", "a/z"], "the two earliest")
        expect(_names(c.due for c in _claim(unit, now=3, until=9)), ["a/x"], "the rest by then")
        expect(_names(c.due for c in _claim(unit, now=3, until=9, upto=later(4))), ["a/w"], "ahead of now, when asked")
        refused(InvalidValueError, lambda: _claim(unit, now=3, until=3), "a lease that ends at once")


@scenario(SCENARIOS, "claims")
def fences_grow(lab: Lab) -> None:
    """A later claim has a higher fence than any before it, also when the wake-up was settled or disarmed between."""
    fences = []
    for turn in range(5):
        with lab.unit() as unit:
            if turn != 1:
                unit.timers.arm([_due("a", "t", None), _due("a", "t", turn)])
            (claim,) = _claim(unit, now=turn * 10, until=turn * 10 + 10)
            fences.append(claim.fence)
            if turn == 2:
                expect(unit.timers.settle(claim), True, "settling")
    expect(fences, sorted(set(fences)), "fences in the order of the claims")


@scenario(SCENARIOS, "claims")
def settling_disarms_once(lab: Lab) -> None:
    """A claim settles once, and then the wake-up is gone; an expired lease settles while nobody else claimed it."""
    with lab.unit() as unit:
        unit.timers.arm([_due("a", "t", 0)])
        (claim,) = _claim(unit, now=0, until=1)
    with lab.unit() as unit:
        expect(unit.timers.settle(claim), True, "settling the claim")
        expect(unit.timers.settle(claim), False, "settling it again")
        expect(list(unit.timers.of("a")), [], "wake-ups left")
    with lab.unit() as unit:
        expect(_claim(unit, now=100, until=200), [], "claims of what was settled")


@scenario(SCENARIOS, "claims")
def a_stalled_worker_cannot_settle(lab: Lab) -> None:
    """When a later claim holds the wake-up, the earlier one does not settle, and changes nothing."""
    with lab.unit() as unit:
        unit.timers.arm([_due("a", "t", 0)])
        (stalled,) = _claim(unit, now=0, until=5)
    with lab.unit() as unit:
        (holder,) = _claim(unit, now=5, until=9, owner="v")
    with lab.unit() as unit:
        expect(unit.timers.settle(stalled), False, "settling the earlier claim")
    with lab.unit() as unit:
        (again,) = _claim(unit, now=9, until=12, owner="v")
        expect(unit.timers.settle(holder), False, "settling the earlier claim of a worker that was started anew")
        expect(unit.timers.settle(again), True, "settling the latest claim")


@scenario(SCENARIOS, "claims")
def what_was_armed_anew_is_not_settled_by_an_old_claim(lab: Lab) -> None:
    """Moving a wake-up, or disarming and arming it, takes it away from its claim; arming the same instant does not."""
    with lab.unit() as unit:
        unit.timers.arm([_due("a", "moved", 0), _due("a", "again", 0), _due("a", "same", 0)])
        claims = {claim.due.name: claim for claim in _claim(unit, now=0, until=5)}
    with lab.unit() as unit:
        unit.timers.arm([_due("a", "moved", 3), _due("a", "again", None), _due("a", "again", 0), _due("a", "same", 0)])
        free = _names(c.due for c in _claim(unit, now=1, until=2, owner="v"))
        expect(free, ["a/again"], "what others may claim after arming anew")
        settled = {name: unit.timers.settle(claim) for name, claim in claims.items()}
        expect(settled, {"moved": False, "again": False, "same": True}, "what the first claims settle")
        expect(_names(unit.timers.of("a")), ["a/again", "a/moved"], "wake-ups left")
