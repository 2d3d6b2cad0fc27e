"""What an import brings: items observed in another system's log, and the fact that says where they came from."""

from __future__ import annotations

from attrs import frozen

from svcdelivery.facts import Attributes, NewFact, fact_type
from svcdelivery.work.facts import Observed

__all__ = ["Imported", "ImportedItem", "import_stream"]


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
