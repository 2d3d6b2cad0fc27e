"""Whether conditions can hold at all: every fact and standing of work they can tell apart is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from math import prod

from svcdelivery.agreement.condition import (
    CLOSED_LISTS,
    MESSAGE_PARTS,
    AllOf,
    AnyOf,
    AttributeIs,
    Condition,
    Not,
    PartIs,
    Signaled,
)

__all__ = ["World", "holds_in", "worlds_of"]

World = Mapping[str, str]
"""What a fact gives off and how the work stands after it, as far as the conditions ask; empty for anything else."""

_WORLDS_MOST = 20_000
_MESSAGES = {("requester", "staff"): "staff_message", ("internal", "staff"): "internal_note"}


def worlds_of(conditions: Iterable[Condition]) -> list[World] | None:
    """Answer the worlds that conditions can tell apart; None where there are too many to try.

    A fact gives off one signal or none, only messages have an audience and a sender, and only held work a hold reason.
    """
    asked: dict[str, dict[str, None]] = {}
    for condition in conditions:
        for leaf in condition.leaves():
            match leaf:
                case Signaled(values):
                    name = "signal"
                case PartIs(name, values):
                    pass
                case AttributeIs(attribute, values):
                    name = f"attribute {attribute}"
                case _:
                    raise AssertionError(f"{leaf!r} compares nothing")
            asked.setdefault(name, {}).update(dict.fromkeys(sorted(values)))
    if asked.keys() & {"hold_reason", "phase"}:
        asked.setdefault("phase", {})["held"] = None
    if asked.keys() & set(MESSAGE_PARTS):
        for name in MESSAGE_PARTS:
            asked.setdefault(name, {}).update(dict.fromkeys(sorted(CLOSED_LISTS[name])))
        asked.setdefault("signal", {}).update(dict.fromkeys(("staff_message", "requester_message", "internal_note")))
    told = {name: [*some, *_others(name, some)] for name, some in asked.items()}
    if prod(len(some) for some in told.values()) > _WORLDS_MOST:
        return None
    every = (dict(zip(told, combination, strict=True)) for combination in product(*told.values()))
    return [world for world in every if _is_possible(world)]


def _others(name: str, given: Mapping[str, None]) -> Iterator[str]:
    """Answer what stands for every value that no condition names."""
    left = CLOSED_LISTS.get(name, frozenset()) - given.keys()
    if name in CLOSED_LISTS and name not in MESSAGE_PARTS:
        yield from sorted(left)[:1]
    else:
        yield ""


def _is_possible(world: World) -> bool:
    if world.get("hold_reason") and world["phase"] != "held":
        return False
    if "message_to" not in world:
        return True
    to, sender, signal = world["message_to"], world["message_from"], world["signal"]
    if not to or not sender:
        return not to and not sender and signal not in ("staff_message", "requester_message", "internal_note")
    return signal == ("internal_note" if to == "internal" else _MESSAGES.get((to, sender), "requester_message"))


def holds_in(condition: Condition | None) -> Callable[[World], bool]:
    """Answer the question whether a condition holds in a world; none never does."""

    def ask(world: World, at: Condition | None = condition) -> bool:
        match at:
            case None:
                return False
            case Signaled(values):
                return world["signal"] in values
            case PartIs(part, values):
                return world[part] in values
            case AttributeIs(name, values):
                return world[f"attribute {name}"] in values
            case AllOf(of):
                return all(ask(world, part) for part in of)
            case AnyOf(of):
                return any(ask(world, part) for part in of)
            case Not(of):
                return not ask(world, of)
            case _:
                raise AssertionError(f"no answer for {at!r}")

    return ask
