"""Conditions: what a fact must be like, or how the work must stand after it, for a clock to start, pause or stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, WrongTypeError
from svcdelivery.identity import identifier, names
from svcdelivery.lifecycle import Phase

__all__ = [
    "CLOSED_LISTS",
    "MESSAGE_PARTS",
    "PARTS",
    "STANDING_PARTS",
    "AllOf",
    "AnyOf",
    "AttributeIs",
    "Condition",
    "Not",
    "PartIs",
    "Signaled",
    "to_condition",
]

STANDING_PARTS = ("kind", "status", "phase", "hold_reason", "priority", "service", "team", "assignee")
"""How the work stands after a fact: these last until a later fact changes them."""

MESSAGE_PARTS = ("message_to", "message_from")
"""What a message says of itself, its audience and the kind of its sender: it is over with the fact."""

PARTS = (*STANDING_PARTS, *MESSAGE_PARTS)
"""What a condition may compare."""

CLOSED_LISTS: Mapping[str, frozenset[str]] = {
    "kind": frozenset({"request", "incident"}),
    "phase": frozenset(phase.value for phase in Phase),
    "message_to": frozenset({"requester", "internal"}),
    "message_from": frozenset({"staff", "end_user", "customer", "supplier", "system"}),
}
"""The parts whose values are known beforehand."""

_DEPTH_MOST = 16


class Condition:
    """What facts are asked, one after another: does it hold right after this one?

    Its plain form is that of the agreement document: a list of signals, or a mapping with one key.
    """

    __slots__ = ()

    @property
    def passes(self) -> bool:
        """Whether it may hold at a fact and no longer at the next one, though nothing about the work has changed."""
        return any(part.passes for part in self.parts)

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The conditions it is made of."""
        return ()

    def leaves(self) -> Iterator[Condition]:
        """Answer the conditions that compare something, itself or those it is made of."""
        for part in self.parts:
            yield from part.leaves()
        if not self.parts:
            yield self

    def to_plain_form(self) -> Any:
        """Answer the plain data storage keeps."""
        raise NotImplementedError

    @staticmethod
    def from_plain_form(data: Any) -> Condition:
        """Answer the condition of plain data.

        Raises:
            WrongTypeError: Data of another shape.
            InvalidValueError: A key or value that no condition has.
        """
        return _read(data, 0)


@frozen
class Signaled(Condition):
    """The fact gives off one of these signals, such as `received` or `staff_message`."""

    signals: frozenset[str] = field(converter=names)

    def __attrs_post_init__(self) -> None:
        _some(self.signals, "signals")

    @property
    def passes(self) -> bool:
        """A signal is over with its fact."""
        return True

    def to_plain_form(self) -> list[str]:
        """Answer the signals in order."""
        return sorted(self.signals)

    def __str__(self) -> str:
        return " or ".join(sorted(self.signals))


@frozen
class PartIs(Condition):
    """A part of the work, or of the message the fact is, has one of these values."""

    part: str
    values: frozenset[str] = field(converter=names)

    def __attrs_post_init__(self) -> None:
        if self.part not in PARTS:
            hint = "one of " + ", ".join(f"`{part}`" for part in PARTS)
            raise InvalidValueError(what="a part a condition compares", value=self.part, hint=hint)
        _some(self.values, self.part)
        unknown = sorted(self.values - CLOSED_LISTS.get(self.part, self.values))
        if unknown:
            hint = "one of " + ", ".join(f"`{value}`" for value in sorted(CLOSED_LISTS[self.part]))
            what = f"a known {self.part.replace('_', ' ')}"
            raise InvalidValueError(what=what, value=unknown[0], path=self.part, hint=hint)

    @property
    def passes(self) -> bool:
        """Whether it speaks of a message."""
        return self.part in MESSAGE_PARTS

    def to_plain_form(self) -> dict[str, list[str]]:
        """Answer the part and its values."""
        return {self.part: sorted(self.values)}

    def __str__(self) -> str:
        return f"{self.part.replace('_', ' ')} {' or '.join(sorted(self.values))}"


@frozen
class AttributeIs(Condition):
    """A column of the item's source, or else a field of its record such as `channel`, has one of these values."""

    name: str = field(converter=identifier)
    values: frozenset[str] = field(converter=names)

    def __attrs_post_init__(self) -> None:
        _some(self.values, self.name)

    def to_plain_form(self) -> dict[str, dict[str, list[str]]]:
        """Answer the attribute and its values."""
        return {"attribute": {self.name: sorted(self.values)}}

    def __str__(self) -> str:
        return f"`{self.name}` is {' or '.join(sorted(self.values))}"


def to_condition(value: Condition | Iterable[str]) -> Condition:
    """Answer a condition as it is, and names as the condition that one of these signals is given off."""
    return value if isinstance(value, Condition) else Signaled(value)


def _all_to_conditions(values: Iterable[Condition | Iterable[str]]) -> tuple[Condition, ...]:
    return tuple(map(to_condition, values))


@frozen
class _Joined(Condition):
    word: ClassVar[str]

    of: tuple[Condition, ...] = field(converter=_all_to_conditions)

    def __attrs_post_init__(self) -> None:
        _some(self.of, self.word)

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The conditions it joins."""
        return self.of

    def to_plain_form(self) -> dict[str, list[Any]]:
        """Answer the conditions it joins, in their order."""
        return {self.word: [part.to_plain_form() for part in self.of]}

    def __str__(self) -> str:
        between = " and " if self.word == "all" else " or "
        return f"({between.join(map(str, self.of))})"


@frozen
class AllOf(_Joined):
    """Every one of them holds."""

    word = "all"


@frozen
class AnyOf(_Joined):
    """At least one of them holds."""

    word = "any"


@frozen
class Not(Condition):
    """The other one does not hold."""

    of: Condition = field(converter=to_condition)

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The condition that must not hold."""
        return (self.of,)

    def to_plain_form(self) -> dict[str, Any]:
        """Answer the condition that must not hold."""
        return {"not": self.of.to_plain_form()}

    def __str__(self) -> str:
        return f"not {self.of}"


def _some(values: Iterable[object], named: str) -> None:
    if not values:
        raise InvalidValueError(what="a condition that can hold", value="", path=named, hint="name at least one")


def _read(data: Any, depth: int) -> Condition:
    if depth > _DEPTH_MOST:
        raise InvalidValueError(what="a condition", value="...", problem=f"it is nested over {_DEPTH_MOST} deep")
    if isinstance(data, list):
        return Signaled(_texts(data))
    if not isinstance(data, Mapping) or len(data) != 1:
        raise WrongTypeError(expected="a list of signals, or a mapping with one key", value=data)
    ((key, item),) = data.items()
    try:
        return _READERS.get(key, _read_part)(key, item, depth + 1)
    except ServiceDeliveryError as error:
        raise error.at(key) from None


def _read_part(part: str, item: Any, _depth: int) -> Condition:
    return PartIs(part, _texts(item))


def _read_attribute(_key: str, item: Any, _depth: int) -> Condition:
    if not isinstance(item, Mapping) or len(item) != 1:
        raise WrongTypeError(expected="one attribute with its values", value=item)
    ((name, values),) = item.items()
    return AttributeIs(name, _texts(values))


def _read_joined(key: str, item: Any, depth: int) -> Condition:
    if not isinstance(item, list):
        raise WrongTypeError(expected="a list of conditions", value=item)
    return {"all": AllOf, "any": AnyOf}[key](tuple(_read(part, depth) for part in item))


def _read_not(_key: str, item: Any, depth: int) -> Condition:
    return Not(_read(item, depth))


_READERS: dict[str, Callable[[str, Any, int], Condition]] = {
    "attribute": _read_attribute,
    "all": _read_joined,
    "any": _read_joined,
    "not": _read_not,
}


def _texts(data: Any) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(value, str) for value in data):
        raise WrongTypeError(expected="a list of texts", value=data)
    return data
