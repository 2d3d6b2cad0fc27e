"""Values to plain data and back: one form for storage, hash chain, digest and export, driven by the field types.

Plain data are None, bool, int, text, lists and text-keyed dicts; no floats. Instants are RFC 3339 with six digits,
durations ISO 8601, decimals and fractions text. A field whose default is empty (None, "", no elements) is left out
when it has that default, and so is one declared with `metadata=LEFT_OUT`. A value of a union of classes says which it
is under `is`, but for a class whose `plain_tag` is empty: it was there before the union, and is told by having no tag.
A class with a form of its own answers it by `to_plain_form` and is read by `from_plain_form`. Other values are built
through their constructors, so converters and validators run on everything that is read back; where a constructor has
none of these, it is not called. What could not be read back is refused when it is to be written.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from functools import cache
from hashlib import sha256
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec
from pendulum import DateTime

from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, WrongTypeError
from svcdelivery.identity import Actor
from svcdelivery.timeline import format_duration, format_instant, parse_instant, parse_signed_duration

__all__ = ["LEFT_OUT", "Attributes", "canonical_bytes", "digest", "from_plain", "reader_of", "to_plain"]

T = TypeVar("T")
Attributes = tuple[tuple[str, str | None], ...]
"""Named texts; plain form is an object, which storage sorts by name. None says that a value is known to be missing."""

LEFT_OUT: Mapping[str, Any] = types.MappingProxyType({"plain_left_out": True})
"""Metadata of a field that came later: left out while it has its default, so that older forms stay as they are."""

Encode = Callable[[Any], Any]
Decode = Callable[[Any], Any]
_Form = tuple[Encode, Decode]
_TAG = "is"
_EMPTY: tuple[Any, ...] = (None, "", (), frozenset())
_WRITTEN = object()
_encoder = msgspec.json.Encoder(order="sorted")


def to_plain(value: object) -> Any:
    """Answer the plain data of an attrs value.

    Raises:
        WrongTypeError: A value that would not be read back, such as a number where a field holds text.
    """
    kind: Any = type(value)
    return _form(kind)[0](value)


def from_plain(kind: type[T], data: Any) -> T:
    """Answer the value of that class the plain data describe.

    Raises:
        WrongTypeError: Data of another shape, with the path to it.
        InvalidValueError: A value its class refuses, with the path to it.
    """
    wanted: Any = kind
    made: T = _form(wanted)[1](data)
    return made


def reader_of(kind: Any) -> Callable[[Any], Any]:
    """Answer what makes values of a class of their plain data: `from_plain`, for whoever reads many.

    Raises:
        WrongTypeError: The class has no plain form.
    """
    return _form(kind)[1]


def canonical_bytes(value: object) -> bytes:
    """Answer the compact JSON text of a value, keys sorted, in UTF-8: equal values give equal bytes."""
    return _encoder.encode(to_plain(value))


def digest(value: object) -> str:
    """Answer the SHA-256 of a value's canonical bytes, in hexadecimal digits."""
    return sha256(canonical_bytes(value)).hexdigest()


def _same(value: Any) -> Any:
    return value


def _exactly(kind: type, named: str) -> Decode:
    def decode(data: Any) -> Any:
        if type(data) is not kind:
            raise WrongTypeError(expected=named, value=data)
        return data

    return decode


def _text(value: Any) -> Any:
    # A text of a class of its own, as other libraries have them, is written as the text it is.
    if not isinstance(value, str):
        raise WrongTypeError(expected="text", value=value)
    return value


def _from_text(named: str, read: Callable[[str], Any]) -> Decode:
    def decode(data: Any) -> Any:
        if not isinstance(data, str):
            raise WrongTypeError(expected=f"the text of {named}", value=data)
        try:
            return read(data)
        except ServiceDeliveryError:
            raise
        except (ValueError, ArithmeticError, InvalidOperation) as error:
            raise InvalidValueError(what=named, value=data) from error

    return decode


_LEAVES: dict[Any, _Form] = {
    type(None): (_same, _exactly(type(None), "nothing")),
    bool: (_exactly(bool, "true or false"), _exactly(bool, "true or false")),
    int: (_exactly(int, "a whole number"), _exactly(int, "a whole number")),
    str: (_text, _exactly(str, "text")),
    Decimal: (str, _from_text("a decimal number", Decimal)),
    Fraction: (str, _from_text("a fraction", Fraction)),
    DateTime: (format_instant, _from_text("an instant", parse_instant)),
    datetime: (format_instant, _from_text("an instant", parse_instant)),
    timedelta: (format_duration, _from_text("a duration", parse_signed_duration)),
    date: (date.isoformat, _from_text("a date", date.fromisoformat)),
    time: (time.isoformat, _from_text("a time of day", time.fromisoformat)),
    Actor: (str, _from_text("an actor", Actor.from_text)),
}


_UNIONS = (Union, types.UnionType)
_TEXTS: dict[Any, set[type]] = {str: {str}, str | None: {str, type(None)}}


@cache
def _form(hint: Any) -> _Form:
    if hint in _LEAVES:
        return _LEAVES[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in _UNIONS:
        return _union(arguments)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _pairs(arguments[0]) if _is_named(arguments[0]) else _sequence(arguments[0], tuple, list)
    if origin is tuple:
        return _fixed(arguments)
    if origin is frozenset:
        return _sequence(arguments[0], frozenset, sorted)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return (lambda value: value.value), _enum(hint)
    own_form = getattr(hint, "from_plain_form", None)
    if own_form is not None:
        return (lambda value: value.to_plain_form()), own_form
    if isinstance(hint, type) and attrs.has(hint):
        return _record(hint)
    if getattr(hint, "__supertype__", None) is not None:
        return _form(hint.__supertype__)
    raise WrongTypeError(expected="a class that has a plain form", value=hint)


def _is_named(hint: Any) -> bool:
    return get_origin(hint) is tuple and len(get_args(hint)) == 2 and get_args(hint)[0] is str


def _pairs(hint: Any) -> _Form:
    encode, decode = _form(get_args(hint)[1])
    object_of = _exactly(dict, "an object")

    def read(data: Any) -> Any:
        return tuple((key, _at(key, decode, item)) for key, item in object_of(data).items())

    if get_args(hint)[1] in _TEXTS:
        kept = _TEXTS[get_args(hint)[1]]

        def read_texts(data: Any) -> Any:
            # Texts stay as they are; only their types are looked at, all at once.
            texts = type(data) is dict and kept.issuperset(map(type, data.values()))
            return tuple(data.items()) if texts else read(data)

        def write_texts(value: Any) -> Any:
            texts = dict(value)
            if not kept.issuperset(map(type, texts.values())):
                return {key: _at(key, encode, item) for key, item in value}
            return texts

        return write_texts, read_texts
    return (lambda value: {key: encode(item) for key, item in value}), read


def _sequence(hint: Any, build: Callable[[Any], Any], order: Callable[[Any], Any]) -> _Form:
    encode, decode = _form(hint)
    list_of = _exactly(list, "a list")

    def read(data: Any) -> Any:
        return build(_at(f"[{index}]", decode, item) for index, item in enumerate(list_of(data)))

    return (lambda value: order(encode(item) for item in value)), read


def _fixed(hints: tuple[Any, ...]) -> _Form:
    forms = [_form(hint) for hint in hints]
    list_of = _exactly(list, "a list")

    def read(data: Any) -> Any:
        if len(list_of(data)) != len(forms):
            raise WrongTypeError(expected=f"a list of {len(forms)}", value=data)
        return tuple(decode(item) for (_, decode), item in zip(forms, data, strict=True))

    return (lambda value: [encode(item) for (encode, _), item in zip(forms, value, strict=True)]), read


def _enum(kind: type[Enum]) -> Decode:
    members = {member.value: member for member in kind if isinstance(member.value, str)}

    def decode(data: Any) -> Any:
        try:
            # Asking the class costs many times a look-up.
            return members[data] if type(data) is str and data in members else kind(data)
        except ValueError as error:
            accepted = ", ".join(f"`{member.value}`" for member in kind)
            raise InvalidValueError(what=f"a known {_words(kind)}", value=data, hint=f"one of {accepted}") from error

    return decode


def _union(arguments: tuple[Any, ...]) -> _Form:
    # Text and a class, or nothing and a class, are told apart by the data; two classes only by a tag.
    optional = type(None) in arguments
    kinds = [a for a in arguments if a is not type(None)]
    form = _form(kinds[0]) if len(kinds) == 1 else _tagged(tuple(kinds))
    if not optional:
        return form
    encode, decode = form
    return (
        _same if encode is _same else (lambda value: None if value is None else encode(value)),
        lambda data: None if data is None else decode(data),
    )


def _tagged(kinds: tuple[type, ...]) -> _Form:
    forms = {_tag(kind): (kind, *_form(kind)) for kind in kinds}
    untagged = "" if "" in forms else None
    tags = {kind: (tag, encode) for tag, (kind, encode, _) in forms.items()}

    def write(value: Any) -> Any:
        tag, encode = tags[type(value)]
        return {_TAG: tag, **encode(value)} if tag else encode(value)

    def read(data: Any) -> Any:
        tag = data.get(_TAG, untagged) if isinstance(data, dict) else None
        if tag not in forms:
            raise InvalidValueError(
                what="a known form", value=tag, hint="one of " + ", ".join(f"`{t}`" for t in forms if t)
            )
        return forms[tag][2]({key: item for key, item in data.items() if key != _TAG})

    return write, read


def _words(kind: type) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind.__name__).lower()


def _tag(kind: type) -> str:
    if "plain_tag" in vars(kind):
        return str(vars(kind)["plain_tag"])
    return _words(kind).replace(" ", "_")


def _kept_as_is(hint: Any) -> type:
    """Answer the type whose values need no form of their own in such a field; one that no value has, if none."""
    kinds = [a for a in get_args(hint) if a is not type(None)] if get_origin(hint) in _UNIONS else [hint]
    return kinds[0] if len(kinds) == 1 and kinds[0] in (str, int, bool) else _Nothing


class _Nothing:
    """The type of no value."""


def _record(kind: type) -> _Form:
    hints = get_type_hints(kind)
    parts = [(a.name, a.alias, *_form(hints[a.name])) for a in attrs.fields(kind) if a.init and a.alias]
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
            raise WrongTypeError(expected=f"the fields of a {_words(kind)}", value=data)
        if not data.keys() <= names:
            raise InvalidValueError(what=f"a field of a {_words(kind)}", value=min(set(data) - names, key=str))
        try:
            values = {alias: _at(name, decode, data[name]) for name, alias, _, decode in parts if name in data}
            return kind(**values)
        except TypeError as error:
            if isinstance(error, ServiceDeliveryError):
                raise
            raise WrongTypeError(expected=f"the fields of a {_words(kind)}", value=str(error)) from error

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


def _at(path: str, decode: Decode, data: Any) -> Any:
    try:
        return decode(data)
    except ServiceDeliveryError as error:
        raise error.at(path) from None
