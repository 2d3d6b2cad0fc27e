"""What the desk asks of a store: one transaction over journal, records, timers and outbox. Adapters implement this.

Times come from the caller: no adapter reads a clock. Positions are contiguous per tenant, from 1; versions per stream,
from 1. Facts, record rows, timers, messages, marks and the command key of one unit commit together or not at all.
"""

from __future__ import annotations

from svcdelivery.storage.protocol.parts import Archive, Feed, Journal, Marks, Outbox, Records, Timers, Unit
from svcdelivery.storage.protocol.store import ArchivedUnit, Bell, Erasing, KeyRing, Listening, Sharing, Store
from svcdelivery.storage.protocol.values import (
    PROTOCOL,
    RECORD_COLUMNS,
    ArchiveRow,
    ArchiveTable,
    Capability,
    Claim,
    Due,
    Entry,
    Head,
    Message,
    Page,
    Parcel,
    Query,
    Receipt,
    Record,
    Write,
    tenant_id,
)

__all__ = [
    "PROTOCOL",
    "RECORD_COLUMNS",
    "Archive",
    "ArchiveRow",
    "ArchivedUnit",
    "Bell",
    "Capability",
    "Claim",
    "Due",
    "Entry",
    "Erasing",
    "Feed",
    "Head",
    "Journal",
    "KeyRing",
    "Listening",
    "Marks",
    "Message",
    "Outbox",
    "Page",
    "Parcel",
    "Query",
    "Receipt",
    "Record",
    "Records",
    "Sharing",
    "Store",
    "ArchiveTable",
    "Timers",
    "Unit",
    "Write",
    "tenant_id",
]
