"""Facts written under earlier names or forms: read as today's, while the stored bytes stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts.registry import checked_name, is_registered

__all__ = ["check_upcasts", "earlier_names", "upcast", "upcasted"]

Plain = dict[str, Any]
Upcast = Callable[[Plain], Plain]
F = TypeVar("F", bound=Upcast)

_steps: dict[str, tuple[str, Upcast]] = {}


def upcast(name: str, *, to: str) -> Callable[[F], F]:
    """Register how the plain form of a fact's body under an earlier name becomes that of a later one.

    The function is given the decoded form, which is its own to change, and answers the later one. Steps follow one
    another until a registered type is reached: whoever changes a type again adds a step and leaves the earlier ones.

    Args:
        name: What stores hold, such as `request.held/1`; no class is registered under it any more.
        to: What it is read as, such as `request.held/2`, or another name altogether.

    Raises:
        InvalidValueError: A name that is none, or that another step begins at.
    """

    def register(step: F) -> F:
        checked_name(name)
        taken = _steps.setdefault(name, (checked_name(to), step))
        if taken != (to, step):
            problem = f"it is read as `{taken[0]}` already"
            raise InvalidValueError(what="an earlier name of a fact type", value=name, problem=problem)
        return step

    return register


def upcasted(name: str, data: Any) -> tuple[str, Any]:
    """Answer today's name and plain form of what was stored under a name; as given when there is no step from it."""
    for _ in range(len(_steps)):
        if name not in _steps:
            break
        name, step = _steps[name]
        data = step(data)
    return name, data


def earlier_names(names: Collection[str]) -> Collection[str]:
    """Answer the names and all those that are read as one of them: what to look for among stored facts."""
    if not _steps:
        return names
    found = set(names)
    for _ in range(len(_steps)):
        found |= {name for name, (to, _) in _steps.items() if to in found}
    return found


def check_upcasts() -> None:
    """Make sure that every step leads to a registered type.

    Raises:
        InvalidValueError: One that leads nowhere or in a circle, or that begins at a type a class is registered for.
    """
    for start in sorted(_steps):
        if is_registered(start):
            raise _refusal(start, "a class is registered under it, so the step would never be taken")
        seen, name = {start}, _steps[start][0]
        while name in _steps and name not in seen:
            seen.add(name)
            name = _steps[name][0]
        if name in seen:
            raise _refusal(start, f"its steps go in a circle at `{name}`")
        if not is_registered(name):
            raise _refusal(start, f"its steps end at `{name}`, which no class is registered for")


def _refusal(name: str, problem: str) -> InvalidValueError:
    return InvalidValueError(what="an earlier name of a fact type", value=name, problem=problem)
