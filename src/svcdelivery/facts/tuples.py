"""Values keep what they were given: a list becomes a tuple, which nobody changes underfoot and which can be hashed."""

from __future__ import annotations

from typing import Any

from attrs import Attribute

from svcdelivery.errors import WrongTypeError

__all__ = ["keeping_tuples"]


def keeping_tuples(_kind: type, fields: list[Attribute[Any]]) -> list[Attribute[Any]]:
    """Give each field that holds a tuple of any length a converter to one, as the `field_transformer` of a class.

    A lone text is refused: its letters are hardly meant.
    """
    return [
        field.evolve(converter=_to_tuple) if field.init and field.converter is None and _is_tuple(field.type) else field
        for field in fields
    ]


def _is_tuple(hint: object) -> bool:
    text = str(hint)
    return text.startswith("tuple[") and text.endswith(", ...]")


def _to_tuple(given: Any) -> Any:
    if isinstance(given, str):
        raise WrongTypeError(expected="a list", value=given)
    return tuple(given)
