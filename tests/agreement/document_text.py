"""A short agreement document to change in tests."""

from __future__ import annotations

__all__ = ["DOCUMENT", "changed"]

DOCUMENT = """\
svcdelivery: 1
agreement: {id: acme-2026, customer: acme, provider: northwind, effective: 2026-01-01, author: "staff:olga"}
zone: Europe/Paris
term: {from: 2026-01-01, until: 2027-01-01}
service_hours:
  office:
    open: {mon-fri: ["08:30-12:30", "13:30-17:30"]}
    closed: [2026-05-01, "2026-12-24 12:00-24:00"]
    covers: 2026-2027
  always: {open: always}
priorities:
  ranked: [P1, P2]
  matrix: {high: {high: P1, low: P2}}
hold_reasons: [customer, supplier]
services:
  email: {name: E-mail, approved: {from: 2026-01-01}, entitled: [everybody], delivered_by: ["role:agent"]}
targets:
  p1-resolution:
    measure: resolution
    kind: incident
    service: email
    priority: P1
    within: PT8H
    hours: office
    pause_on: [customer]
    boundary: close
    promised: 95
    clause: "4.2"
updates: [{every: PT2H, priority: P1, hours: office}]
satisfaction: {scale: 5, expires: P14D}
reopening_window: P14D
"""


def changed(*changes: tuple[str, str]) -> str:
    """Answer the document with texts replaced; each must stand in it."""
    text = DOCUMENT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
