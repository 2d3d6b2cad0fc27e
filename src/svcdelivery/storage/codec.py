"""Facts to stored rows and back: one encoding serves storage, hash chain and export."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import msgspec

from svcdelivery.errors import IntegrityError, InvalidValueError, NotFoundError, ServiceDeliveryError
from svcdelivery.facts import (
    Fact,
    body_of_type,
    canonical_bytes,
    from_plain,
    reader_of,
    recorded_fact,
    registered,
    type_of,
    upcasted,
)
from svcdelivery.identity import Actor
from svcdelivery.storage.protocol import Entry
from svcdelivery.timeline import from_micros, to_micros

__all__ = [
    "Row",
    "decode_body",
    "decode_plain",
    "encode_body",
    "encode_plain",
    "entry_of_row",
    "fact_of_entry",
    "fact_of_row",
    "facts_of_rows",
    "row_of_entry",
    "row_of_fact",
]

Row = tuple[int, str, int, str, int, int, str, bytes, bytes]
"""A fact as engines keep it: position, stream, version, type, occurred_us, recorded_us, actor, payload, hash."""

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder()
_actor_of = lru_cache(maxsize=4096)(Actor.from_text)
_NEVER = from_micros(0)
_HINT_TYPE = "import the module that registers it, or read with the release that wrote it"


def encode_body(body: object) -> tuple[str, bytes]:
    """Answer the registered type name of a fact's body and its payload: compact JSON, keys sorted, in UTF-8.

    Raises:
        NotFoundError: The class is registered under no name.
        InvalidValueError: A text that has no UTF-8 form.
    """
    name = type_of(body)
    try:
        return name, canonical_bytes(body)
    except UnicodeEncodeError as error:
        raise InvalidValueError(what="Unicode text", value=error.object, path=name, problem=error.reason) from error


def decode_body(type: str, payload: bytes) -> Any:
    """Answer the body a payload describes, built by its class's constructor; an earlier form is read as today's.

    Raises:
        NotFoundError: No class is registered for the type.
        IntegrityError: The payload is no JSON, or not of the form its class has.
    """
    kind = registered(type)
    try:
        data = _decoder.decode(payload)
        if kind is None:
            kind, data = _upcasted(type, data)
        return from_plain(kind, data)
    except NotFoundError:
        raise
    except (msgspec.DecodeError, ServiceDeliveryError, UnicodeDecodeError) as error:
        raise IntegrityError(problem=f"payload of `{type}`: {error}") from error


def _upcasted(type: str, data: Any) -> tuple[Any, Any]:
    try:
        today, data = upcasted(type, data)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(problem=f"payload of `{type}`, read as a later type: {error!r}") from error
    return body_of_type(today), data


def encode_plain(data: Any) -> str:
    """Answer the canonical JSON text of plain data."""
    return _encoder.encode(data).decode()


def decode_plain(text: str | bytes) -> Any:
    """Answer the plain data of a JSON text.

    Raises:
        IntegrityError: It is no JSON.
    """
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IntegrityError(problem=f"stored data are no JSON: {error}") from error


def facts_of_rows(rows: Iterable[Row]) -> tuple[Fact[Any], ...]:
    """Answer the facts of rows; raises as `fact_of_row` does."""
    facts: list[Fact[Any]] = []
    readers: dict[str, Callable[[Any], Any]] = {}
    decode = _decoder.decode
    last_us, recorded_at = None, _NEVER
    for row in rows:
        position, stream, version, type, occurred_us, recorded_us, actor, payload, _ = row
        try:
            read = readers.get(type)
            if read is None:
                # A type that is not registered raises here, and is looked into below.
                read = readers[type] = reader_of(registered(type))
            if recorded_us != last_us:
                # Facts of one command share this instant.
                recorded_at, last_us = from_micros(recorded_us), recorded_us
            occurred_at = recorded_at if occurred_us == recorded_us else from_micros(occurred_us)
            fact: Fact[Any] = recorded_fact(
                stream, version, position, occurred_at, recorded_at, _actor_of(actor), read(decode(payload))
            )
        except (ServiceDeliveryError, msgspec.DecodeError, ValueError, OverflowError, TypeError):
            fact = fact_of_row(row)
        facts.append(fact)
    return tuple(facts)


def fact_of_row(row: Row) -> Fact[Any]:
    """Answer the fact of a row, also of an earlier form.

    Raises:
        NotFoundError: No class is registered for its type.
        IntegrityError: Payload or actor are not of their form; the error names the position.
    """
    position, stream, version, type, occurred_us, recorded_us, actor, payload, _ = row
    try:
        return Fact(
            stream=stream,
            version=version,
            position=position,
            occurred_at=from_micros(occurred_us),
            recorded_at=from_micros(recorded_us),
            actor=_actor_of(actor),
            body=decode_body(type, payload),
        )
    except NotFoundError as error:
        raise NotFoundError(what=error.what, id=error.id, path=f"entry {position}", hint=_HINT_TYPE) from None
    except IntegrityError as error:
        raise IntegrityError(position=position, problem=error.problem) from error
    except (ServiceDeliveryError, OverflowError, TypeError) as error:
        raise IntegrityError(position=position, problem=str(error)) from error


def row_of_fact(fact: Fact[Any], hash: bytes) -> Row:
    """Answer the row of a fact whose link in the chain is known."""
    type, payload = encode_body(fact.body)
    occurred_us, recorded_us = to_micros(fact.occurred_at), to_micros(fact.recorded_at)
    return fact.position, fact.stream, fact.version, type, occurred_us, recorded_us, str(fact.actor), payload, hash


def entry_of_row(row: Row) -> Entry:
    """Answer the stored form of a row, as feeds give it out."""
    return Entry._make(row)


def row_of_entry(entry: Entry) -> Row:
    """Answer the row of an entry."""
    return (
        entry.position, entry.stream, entry.version, entry.type, entry.occurred_us, entry.recorded_us,
        entry.actor, entry.payload, entry.hash,
    )  # fmt: skip


def fact_of_entry(entry: Entry) -> Fact[Any]:
    """Answer the fact of an entry; raises as `fact_of_row` does."""
    return fact_of_row(row_of_entry(entry))
