"""The names under which fact bodies are stored: ours, versioned, never import paths."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from svcdelivery.errors import InvalidValueError, NotFoundError

__all__ = ["body_of_type", "checked_name", "fact_type", "is_registered", "registered", "type_of"]

C = TypeVar("C", bound=type)

_TYPE_NAME = re.compile(r"[a-z]+(?:\.[a-z_]+)+/[1-9]\d*", re.ASCII)
_bodies: dict[str, type] = {}
_names: dict[type, str] = {}


def fact_type(name: str) -> Callable[[C], C]:
    """Register a class of fact bodies under a name of ours, such as `request.held/1`.

    The name is what storage keeps; classes may move and be renamed. The number is the version of its fields.
    """

    def register(body: C) -> C:
        taken = _bodies.setdefault(checked_name(name), body)
        if taken is not body:
            raise InvalidValueError(what="a free name for a fact type", value=name, problem=f"{taken.__name__} has it")
        _names[body] = name
        return body

    return register


def checked_name(name: str) -> str:
    """Answer the name of a fact type as it is.

    Raises:
        InvalidValueError: Not of the form `room.past_tense/1`.
    """
    if not _TYPE_NAME.fullmatch(name):
        raise InvalidValueError(what="the name of a fact type", value=name, hint="such as `request.held/1`")
    return name


def is_registered(name: str) -> bool:
    """Answer whether a class is registered under the name."""
    return name in _bodies


def registered(name: str) -> type | None:
    """Answer the class registered under the name, None when there is none."""
    return _bodies.get(name)


def type_of(body: object) -> str:
    """Answer the registered name of a body's class."""
    try:
        return _names[type(body)]
    except KeyError:
        raise NotFoundError(what="fact type of class", id=type(body).__name__) from None


def body_of_type(name: str) -> type:
    """Answer the class registered under the name."""
    try:
        return _bodies[name]
    except KeyError:
        raise NotFoundError(what="fact type", id=name) from None
