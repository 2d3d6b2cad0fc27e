"""Values of attrs classes as plain data: their fields by name, and how values are made of them again."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, WrongTypeError
from svcdelivery.facts.leaves import Decode, Encode, Form, at, words

__all__ = ["LEFT_OUT", "UNIONS", "record_form"]

LEFT_OUT: Mapping[str, Any] = types.MappingProxyType({"plain_left_out": True})
"""Metadata of a field that came later: left out while it has its default, so that older forms stay as they are."""

UNIONS = (Union, types.UnionType)
"""The two ways to write a union of types."""

_EMPTY: tuple[Any, ...] = (None, "", (), frozenset())
_WRITTEN = object()


def record_form(kind: type, form_of: Callable[[Any], Form]) -> Form:
    """Answer the form of a class, whose fields have those that `form_of` answers."""
    hints = get_type_hints(kind)
    parts = [(a.name, a.alias, *form_of(hints[a.name])) for a in attrs.fields(kind) if a.init and a.alias]
    empty = {a.name: a.default for a in attrs.fields(kind) if a.default in _EMPTY or "plain_left_out" in a.metadata}
    # What is true is no empty default; another default is only told by comparing.
    written = [
        (name, empty.get(name, _WRITTEN), not empty.get(name), _kept_as_is(hints[name]), encode)
        for name, _, encode, _ in parts
    ]
    items_of = _all_of([name for name, *_ in parts])

    def write(value: Any) -> dict[str, Any]:
        data = {}
        name = ""
        try:
            for (name, default, is_empty, kept, encode), item in zip(written, items_of(value), strict=True):
                if item is not default and ((item and is_empty) or item != default):
                    data[name] = item if type(item) is kept else encode(item)
        except ServiceDeliveryError as error:
            raise error.at(name) from None
        return data

    return write, _reader(kind, hints, parts)


def _all_of(names: list[str]) -> Callable[[Any], Iterable[Any]]:
    """Answer what reads the fields of those names, all at once where they are many."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: [getattr(value, name) for name in names]


def _reader(kind: type, hints: Mapping[str, Any], parts: list[tuple[str, str, Encode, Decode]]) -> Decode:
    names = {name for name, *_ in parts}
    fields = {name: (alias, _kept_as_is(hints[name]), decode) for name, alias, _, decode in parts}

    def read(data: Any) -> Any:
        try:
            values = {}
            for name, item in data.items():
                alias, kept, decode = fields[name]
                values[alias] = item if type(item) is kept else decode(item)
            return kind(**values)
        except (ServiceDeliveryError, KeyError, TypeError, AttributeError):
            # Only what goes wrong is worth saying what, and the path to it.
            return read_slowly(data)

    def read_slowly(data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise WrongTypeError(expected=f"the fields of a {words(kind)}", value=data)
        if not data.keys() <= names:
            raise InvalidValueError(what=f"a field of a {words(kind)}", value=min(set(data) - names, key=str))
        try:
            values = {alias: at(name, decode, data[name]) for name, alias, _, decode in parts if name in data}
            return kind(**values)
        except TypeError as error:
            if isinstance(error, ServiceDeliveryError):
                raise
            raise WrongTypeError(expected=f"the fields of a {words(kind)}", value=str(error)) from error

    slots = _slots_to_fill(kind)
    if slots is None:
        return read
    return _filler(kind, {name: (slots[name], *fields[name][1:]) for name in fields}, read_slowly)


def _slots_to_fill(kind: type) -> dict[str, Callable[[Any, Any], None]] | None:
    """Answer how to fill each slot of a class whose constructor does nothing else; None where it does more."""
    made = attrs.fields(kind)
    if (
        hasattr(kind, "__attrs_post_init__")
        or hasattr(kind, "__attrs_pre_init__")
        or hasattr(kind, "_attrs_cached_hash")
    ):
        return None
    if any(a.validator or a.converter or not a.init or _is_made(a.default) for a in made):
        return None
    slots = {a.name: getattr(kind, a.name, None) for a in made}
    filled = {name: slot.__set__ for name, slot in slots.items() if isinstance(slot, types.MemberDescriptorType)}
    return filled if len(filled) == len(made) and not _is_own(vars(kind).get("__init__")) else None


def _filler(kind: type, slots: Mapping[str, tuple[Callable[[Any, Any], None], type, Decode]], slowly: Decode) -> Decode:
    # A good part of what reading a fact costs is a constructor that only keeps what it is given.
    defaults = [(a.name, slots[a.name][0], a.default) for a in attrs.fields(kind) if a.default is not attrs.NOTHING]
    needed = {a.name for a in attrs.fields(kind) if a.default is attrs.NOTHING}
    size, new = len(slots), object.__new__

    def read(data: Any) -> Any:
        try:
            value: Any = new(kind)
            for name, item in data.items():
                fill, kept, decode = slots[name]
                fill(value, item if type(item) is kept else decode(item))
            if len(data) < size:
                if not needed <= data.keys():
                    return slowly(data)
                for name, fill, default in defaults:
                    if name not in data:
                        fill(value, default)
        except (ServiceDeliveryError, KeyError, TypeError, AttributeError):
            return slowly(data)
        return value

    return read


def _is_own(init: Any) -> bool:
    # What attrs makes is compiled from a text it names so.
    code = getattr(init, "__code__", None)
    return code is None or not code.co_filename.startswith("<attrs generated")


def _is_made(default: object) -> bool:
    return hasattr(default, "factory") and hasattr(default, "takes_self")


def _kept_as_is(hint: Any) -> type:
    """Answer the type whose values need no form of their own in such a field; one that no value has, if none."""
    kinds = [a for a in get_args(hint) if a is not type(None)] if get_origin(hint) in UNIONS else [hint]
    return kinds[0] if len(kinds) == 1 and kinds[0] in (str, int, bool) else _Nothing


class _Nothing:
    """The type of no value."""
