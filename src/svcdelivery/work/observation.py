"""What an import brings: items observed in another system's log, and the fact that says where they came from."""

from __future__ import annotations

from attrs import fields, frozen

from svcdelivery.facts import Attributes, NewFact, fact_type
from svcdelivery.identity import Actor
from svcdelivery.timeline import Instant
from svcdelivery.work.facts import Observed

__all__ = ["Imported", "ImportedItem", "import_stream", "observation"]


def import_stream(source: str) -> str:
    """Answer the name of the stream that holds an import's own facts."""
    return f"import:{source}"


@frozen(kw_only=True)
class ImportedItem:
    """One item of a foreign log with its observations in the log's order; each has its `occurred_at`."""

    kind: str
    id: str
    facts: tuple[NewFact[Observed], ...]


@fact_type("work.imported/1")
@frozen(kw_only=True)
class Imported:
    """A foreign log was taken in, whole.

    Attributes:
        source: What `Observed.source` names: the first 12 digits of the digest.
        digest: The SHA-256 of the file as it was, compressed or not.
        columns: The source's columns in their order.
        findings: Each kind of irregularity with how often it was met.
    """

    source: str
    name: str
    digest: str
    profile: str
    columns: tuple[str, ...]
    rows: int
    items: int
    findings: Attributes = ()


_new = object.__new__
_fill_body, _fill_actor, _fill_occurred_at = (getattr(NewFact, slot.name).__set__ for slot in fields(NewFact))
(
    _fill_kind, _fill_status, _fill_source_status, _fill_hold_reason, _fill_fields, _fill_attributes,
    _fill_received_at, _fill_source, _fill_row,
) = (getattr(Observed, slot.name).__set__ for slot in fields(Observed))  # fmt: skip


# Positional, for it runs once a row of a log.
def observation(  # noqa: PLR0917
    kind: str,
    status: str,
    source_status: str,
    hold_reason: str | None,
    fields: Attributes,
    attributes: Attributes,
    received_at: Instant | None,
    source: str,
    row: int,
    actor: Actor,
    occurred_at: Instant,
) -> NewFact[Observed]:
    """Answer the new fact of an observation, of values that are known to be right: in half the time.

    Both classes check nothing, and convert nothing but times that are no instants, so filling slots is all there is.
    """
    body, fact = _new(Observed), _new(NewFact)
    _fill_kind(body, kind)
    _fill_status(body, status)
    _fill_source_status(body, source_status)
    _fill_hold_reason(body, hold_reason)
    _fill_fields(body, fields)
    _fill_attributes(body, attributes)
    _fill_received_at(body, received_at)
    _fill_source(body, source)
    _fill_row(body, row)
    _fill_body(fact, body)
    _fill_actor(fact, actor)
    _fill_occurred_at(fact, occurred_at)
    return fact
