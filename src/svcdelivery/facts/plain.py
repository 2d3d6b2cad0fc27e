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

from collections.abc import Callable
from enum import Enum
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar, get_args, get_origin

import attrs
import msgspec

from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.facts.leaves import LEAVES, Decode, Form, at, exactly, same, words
from svcdelivery.facts.record_form import LEFT_OUT, UNIONS, record_form

__all__ = ["LEFT_OUT", "Attributes", "canonical_bytes", "digest", "from_plain", "reader_of", "to_plain"]

T = TypeVar("T")
Attributes = tuple[tuple[str, str | None], ...]
"""Named texts; plain form is an object, which storage sorts by name. None says that a value is known to be missing."""

_TAG = "is"
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
    """Answer the compact JSON text of a value, keys sorted, in UTF-8: equal values give equal bytes.

    Decimals keep the digits they were written with: 250 and 250.00 are equal and differ here.
    """
    return _encoder.encode(to_plain(value))


def digest(value: object) -> str:
    """Answer the SHA-256 of a value's canonical bytes, in hexadecimal digits."""
    return sha256(canonical_bytes(value)).hexdigest()


_TEXTS: dict[Any, set[type]] = {str: {str}, str | None: {str, type(None)}}


@cache
def _form(hint: Any) -> Form:
    if hint in LEAVES:
        return LEAVES[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in UNIONS:
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
        return record_form(hint, _form)
    if getattr(hint, "__supertype__", None) is not None:
        return _form(hint.__supertype__)
    raise WrongTypeError(expected="a class that has a plain form", value=hint)


def _is_named(hint: Any) -> bool:
    return get_origin(hint) is tuple and len(get_args(hint)) == 2 and get_args(hint)[0] is str


def _pairs(hint: Any) -> Form:
    encode, decode = _form(get_args(hint)[1])
    object_of = exactly(dict, "an object")

    def read(data: Any) -> Any:
        return tuple((key, at(key, decode, item)) for key, item in object_of(data).items())

    if get_args(hint)[1] in _TEXTS:
        kept = _TEXTS[get_args(hint)[1]]

        def read_texts(data: Any) -> Any:
            # Texts stay as they are; only their types are looked at, all at once.
            texts = type(data) is dict and kept.issuperset(map(type, data.values()))
            return tuple(data.items()) if texts else read(data)

        def write_texts(value: Any) -> Any:
            texts = dict(value)
            if not kept.issuperset(map(type, texts.values())):
                return {key: at(key, encode, item) for key, item in value}
            return texts

        return write_texts, read_texts
    return (lambda value: {key: encode(item) for key, item in value}), read


def _sequence(hint: Any, build: Callable[[Any], Any], order: Callable[[Any], Any]) -> Form:
    encode, decode = _form(hint)
    list_of = exactly(list, "a list")

    def read(data: Any) -> Any:
        return build(at(f"[{index}]", decode, item) for index, item in enumerate(list_of(data)))

    return (lambda value: order(encode(item) for item in value)), read


def _fixed(hints: tuple[Any, ...]) -> Form:
    forms = [_form(hint) for hint in hints]
    list_of = exactly(list, "a list")

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
            raise InvalidValueError(what=f"a known {words(kind)}", value=data, hint=f"one of {accepted}") from error

    return decode


def _union(arguments: tuple[Any, ...]) -> Form:
    # Text and a class, or nothing and a class, are told apart by the data; two classes only by a tag.
    optional = type(None) in arguments
    kinds = [a for a in arguments if a is not type(None)]
    form = _form(kinds[0]) if len(kinds) == 1 else _tagged(tuple(kinds))
    if not optional:
        return form
    encode, decode = form
    return (
        same if encode is same else (lambda value: None if value is None else encode(value)),
        lambda data: None if data is None else decode(data),
    )


def _tagged(kinds: tuple[type, ...]) -> Form:
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


def _tag(kind: type) -> str:
    if "plain_tag" in vars(kind):
        return str(vars(kind)["plain_tag"])
    return words(kind).replace(" ", "_")
