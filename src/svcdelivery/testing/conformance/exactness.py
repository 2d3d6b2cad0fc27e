"""Scenarios of bytes: what is stored comes back exactly, and the chain finds every change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from hashlib import sha256

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import NewFact, canonical_bytes
from svcdelivery.identity import Actor
from svcdelivery.storage.chain import entries_of, genesis, verify
from svcdelivery.storage.protocol import Entry, Head, Record
from svcdelivery.testing.conformance.kit import (
    START,
    Lab,
    Noted,
    Scenario,
    expect,
    later,
    note,
    refused,
    scenario,
    texts,
    write,
)
from svcdelivery.timeline import to_micros

__all__ = ["SCENARIOS"]

SCENARIOS: list[Scenario] = []

TEXTS = (
    "e\u0301",  # decomposed
    "\u00e9",  # composed: another text
    "İıſßẞ",
    "日本語 🧑‍💻 \U0010ffff",
    "\u202eright to left",
    "null\u0000inside",
    "line\r\nends\t",
    "\ufeffmark",
    "",
    " blank at both ends ",
    "' OR 1=1 --",
    "%_\\",
    "x" * 100_000,
)


@scenario(SCENARIOS, "bytes")
def texts_come_back_code_point_by_code_point(lab: Lab) -> None:
    """Texts in bodies are kept as they are: nothing is normalized, trimmed, folded or cut off."""
    lab.append(write("a", *TEXTS))
    expect(texts(lab.load("a")), list(TEXTS), "texts of bodies")


@scenario(SCENARIOS, "bytes")
def names_are_compared_code_point_by_code_point(lab: Lab) -> None:
    """Streams, keys, actors and tenants that merely look alike are different."""
    alike = ["\u00e9", "e\u0301", "E\u0301", "é ".strip() + "x", "A", "a", "ß", "ss", "1", "01"]
    for name in alike:
        fact = NewFact(body=Noted(text=name), actor=Actor.staff(name))
        receipt = lab.append(write(name, fact, expected=0), key=name, intent=name)
        expect(receipt.replayed, False, f"`replayed` of the key {name!r}")
        lab.append(write("a", name, expected=0), tenant=f"t-{name}")
    for name in alike:
        (found,) = lab.load(name)
        expect((found.stream, found.actor), (name, Actor.staff(name)), "stream and actor")
    expect(sorted(lab.store.tenants()), sorted(["main", *(f"t-{name}" for name in alike)]), "tenants")


@scenario(SCENARIOS, "bytes")
def names_that_are_none_are_refused(lab: Lab) -> None:
    """A stream has a name, of printable characters; half a surrogate pair is none."""
    for name in ("", "a\n", "a\x00b", "\ud800", "x" * 501):
        refused(InvalidValueError, partial(lab.append, write(name, "1")), f"the stream {name[:5]!r}")
    refused(InvalidValueError, lambda: lab.append(write("a", "1", "\ud800")), "a text with half a surrogate pair")
    expect(lab.feed(), [], "facts")


@scenario(SCENARIOS, "bytes")
def bodies_come_back_equal(lab: Lab) -> None:
    """A body is rebuilt with every field: numbers, flags, instants, durations, named texts with one known missing."""
    body = Noted(
        text="t",
        number=2**62,
        flag=True,
        at=later(1),
        took=timedelta(days=3, microseconds=1),
        names=(("z", "1"), ("a", None), ("é", "")),
    )
    lab.append(write("a", NewFact(body=body, actor=Actor.customer("acme: north"), occurred_at=later(2))))
    (fact,) = lab.load("a")
    expect(
        (fact.body.took, fact.body.number, fact.body.flag, fact.body.at), (body.took, 2**62, True, body.at), "fields"
    )
    expect(sorted(fact.body.names), sorted(body.names), "named texts")
    expect(fact.actor, Actor.customer("acme: north"), "the actor")


@scenario(SCENARIOS, "bytes")
def payloads_are_the_canonical_bytes(lab: Lab) -> None:
    """What is stored and hashed is the canonical form of the body, byte for byte."""
    bodies = [Noted(text=text, names=(("b", text), ("a", None))) for text in TEXTS]
    lab.append(write("a", *(NewFact(body=body, actor=Actor.staff("é"), occurred_at=later(3)) for body in bodies)))
    for body, entry in zip(bodies, lab.entries(), strict=True):
        expect(entry.payload, canonical_bytes(body), "the payload")
        expect(type(entry.payload), bytes, "its type")
        expect((entry.type, entry.actor, entry.stream), ("conformance.noted/1", "staff:é", "a"), "the texts beside it")
        expect((entry.occurred_us, entry.recorded_us), (to_micros(later(3)), to_micros(START)), "the times beside it")


@scenario(SCENARIOS, "bytes")
def data_of_records_come_back_equal(lab: Lab) -> None:
    """The plain data of a record come back equal, keys and texts exactly; changing what was given changes nothing."""
    data = {
        "é": "e\u0301",
        "list": [1, None, True, {"deep": [[]]}],
        "": "",
        "big": 2**53 + 1,
        "at": "2026-01-01T00:00:00Z",
    }
    data |= {"none": None, "flag": False, "zero": 0}
    kept = {**data, "list": [1, None, True, {"deep": [[]]}]}
    with lab.unit() as unit:
        unit.records.put([Record(kind="request", id="1", stream="a", version=1, data=data)])
        data["list"].append("later")  # type: ignore[attr-defined]
        record = unit.records.get("request", "1")
        expect(record is not None and record.data, kept, "data within the unit")
    with lab.unit(write=False) as unit:
        record = unit.records.get("request", "1")
    expect(record is not None and record.data, kept, "data after the commit")


@scenario(SCENARIOS, "chain")
def the_chain_is_sound(lab: Lab) -> None:
    """Every fact is linked to the one before it, from the tenant's first on, and the head carries the last link."""
    expect(lab.head().hash, genesis("main"), "the hash of an empty journal")
    _fill(lab)
    for tenant in ("main", "other"):
        report = verify(lab.entries(tenant), tenant, head=lab.head(tenant))
        expect(report.finding, None, "what is wrong with the chain")
        expect(report.checked, lab.head(tenant).position, "entries checked")
    with lab.unit(write=False) as unit:
        report = verify(entries_of(unit.feed, page=2), "main", head=unit.feed.head())
    expect(report.sound, True, "that the chain is sound when read in pages")


@scenario(SCENARIOS, "chain")
def the_chain_can_be_checked_from_a_head_kept_before(lab: Lab) -> None:
    """A head kept elsewhere is where a later check may begin, and what the log must still run through."""
    _fill(lab)
    kept = lab.head()
    lab.append(write("a", "more"), write("z", "more"))
    with lab.unit(write=False) as unit:
        report = verify(entries_of(unit.feed, kept.position), "main", start=kept, head=unit.feed.head())
    expect((report.finding, report.checked), (None, 2), "the finding and the entries checked")
    other = Head(position=kept.position, recorded_at=None, hash=sha256(b"rewritten").digest())
    report = verify(lab.entries()[kept.position :], "main", start=other)
    expect(report.finding is not None and report.finding.position, kept.position + 1, "where a rewritten log breaks")


@scenario(SCENARIOS, "chain")
def every_change_of_one_byte_is_found(lab: Lab) -> None:
    """Changing any one byte of any stored field of any entry is found, at that entry."""
    _fill(lab)
    entries, head = lab.entries(), lab.head()
    for index, entry in enumerate(entries):
        for changed in _changed(entry):
            report = verify([*entries[:index], changed, *entries[index + 1 :]], "main", head=head)
            expect(report.finding is not None, True, f"that the change of {entry} to {changed} is found")
            expect(report.finding is not None and report.finding.position, index + 1, "the place that is named")


def _changed(entry: Entry) -> Iterator[Entry]:
    for name in ("stream", "type", "actor"):
        text = getattr(entry, name)
        for place in range(len(text)):
            yield entry._replace(**{name: text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]})
    for name in ("payload", "hash"):
        stored = getattr(entry, name)
        for place in range(len(stored)):
            yield entry._replace(**{name: stored[:place] + bytes([stored[place] ^ 1]) + stored[place + 1 :]})
    for name in ("position", "version", "occurred_us", "recorded_us"):
        for bit in (0, 8, 40):
            yield entry._replace(**{name: getattr(entry, name) ^ (1 << bit)})
    # A byte that moves from one field into its neighbor leaves their joined text as it is.
    yield entry._replace(stream=entry.stream[:-1], type=entry.stream[-1] + entry.type)
    yield entry._replace(type=entry.type + entry.actor[0], actor=entry.actor[1:])


def _fill(lab: Lab) -> None:
    lab.append(write("a", "1", note("é", at=later(-5))), write("b", "2"), now=later(1))
    lab.append(write("a", "1"), tenant="other")
    lab.append(write("b", "3"), now=later(2))
