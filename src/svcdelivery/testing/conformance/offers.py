"""Scenarios of what stores may offer beyond the protocol's demands: bells, and a tenant as rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import cast

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError, StoreError
from svcdelivery.facts import STREAM, NewFact, fact_type, personal
from svcdelivery.storage.chain import verify
from svcdelivery.storage.protocol import (
    Archive,
    ArchivedUnit,
    ArchiveRow,
    ArchiveTable,
    Capability,
    Due,
    Erasing,
    Listening,
    Message,
    Query,
    Record,
)
from svcdelivery.testing.conformance.kit import (
    START,
    Lab,
    Scenario,
    expect,
    later,
    refused,
    scenario,
    texts,
    write,
)
from svcdelivery.testing.conformance.lab import ACTOR

__all__ = ["SCENARIOS"]

SCENARIOS: list[Scenario] = []


@fact_type("conformance.told/1")
@frozen(kw_only=True)
class Told:
    """The kit's own fact about people: a text of whom it names, and a note on the item."""

    by: str
    text: str = field(default="", metadata=personal(subject="by"))
    note: str = field(default="", metadata=personal(subject=STREAM))


_MOMENT_SECONDS = 0.1
_ROWS_MOST = 10_000
_RINGS_MOST = 100


@scenario(SCENARIOS, "bells", Capability.NOTIFY)
def a_bell_rings_for_commits_of_its_tenant(lab: Lab) -> None:
    """A bell rings once for what was committed since it was taken or last rang, also before anybody waits."""
    store = cast("Listening", lab.store)

    def soon() -> None:
        sleep(_MOMENT_SECONDS)
        lab.append(write("a", "2"))

    with store.listen("main") as bell:
        lab.append(write("a", "1"))
        expect(bell.wait(lab.patience_seconds), True, "whether it rang for a commit before the wait")
        wait = lab.begun(soon)
        expect(bell.wait(lab.patience_seconds), True, "whether it rang for a commit during the wait")
        wait()
        for _ in range(_RINGS_MOST):
            if not bell.wait(_MOMENT_SECONDS):
                break
        lab.append(write("a", "1"), tenant="other")
        expect(bell.wait(_MOMENT_SECONDS), False, "whether it rang for another tenant")
        with lab.unit() as unit:
            unit.timers.arm([Due(stream="a", name="t", due_at=START)])
        expect(bell.wait(lab.patience_seconds), True, "whether it rang for a wake-up")
        with lab.unit() as unit:
            unit.outbox.put([Message(id="m", topic="mail", stream="a", due_at=START)])
        expect(bell.wait(lab.patience_seconds), True, "whether it rang for a message")


@scenario(SCENARIOS, "archive", Capability.EXPORT)
def everything_of_a_tenant_can_be_written_elsewhere(lab: Lab) -> None:
    """Rows read from one tenant and written to another make it equal, byte for byte, whatever the size of the pages."""
    _fill(lab)
    with _archived(lab, "main", write=False) as archive:
        rows = {table: _all(archive, table) for table in ArchiveTable}
        expect({table: _all(archive, table, limit=1) for table in ArchiveTable}, rows, "rows in pages of one")
    with _archived(lab, "main", write=True) as archive:
        refused(
            InvalidValueError,
            lambda: archive.write(ArchiveTable.FACTS, rows[ArchiveTable.FACTS]),
            "facts that do not go on",
        )
    with _archived(lab, "copy", write=True) as archive:
        for table in ArchiveTable:
            archive.write(table, rows[table])
        expect({table: _all(archive, table) for table in ArchiveTable}, rows, "rows within the unit")
    with _archived(lab, "copy", write=False) as archive:
        copied = {table: _all(archive, table) for table in ArchiveTable}
        refused(StoreError, lambda: archive.write(ArchiveTable.MARKS, [("f", 1)]), "writing in a unit for reading")
    expect(copied, rows, "rows of the copy")
    # The links are bound to the tenant they were made for.
    expect(verify(lab.entries("copy"), "main", head=lab.head("copy")).finding, None, "what is wrong with the chain")


@scenario(SCENARIOS, "archive", Capability.EXPORT)
def a_copy_goes_on_where_the_original_ended(lab: Lab) -> None:
    """In a copy versions, positions, keys, times and fences go on, and claims of the original do not settle."""
    claim = _fill(lab)
    with _archived(lab, "main", write=False) as archive:
        rows = {table: _all(archive, table) for table in ArchiveTable}
    with _archived(lab, "copy", write=True) as archive:
        for table in ArchiveTable:
            archive.write(table, rows[table])
    again = lab.append(write("a", "x"), key="first", intent="i", tenant="copy")
    expect((again.replayed, texts(again.facts)), (True, ["1", "2", "é"]), "the receipt of a copied key")
    more = lab.append(write("a", "3", expected=2), tenant="copy", now=START).facts[0]
    expect((more.position, more.version, more.recorded_at), (5, 3, later(7)), "where the copy goes on")
    with lab.unit("copy") as unit:
        expect([r.id for r in unit.records.find(Query(kind="request", where=(("status", "new"),))).items], ["1"], "ids")
        (other, *_) = unit.timers.claim(later(9), now=later(1), until=later(20), owner="v")
        expect(other.fence > claim, True, "that fences go on")
        unit.outbox.put([Message(id="later", topic="mail", stream="a", due_at=START)])
        expect([m.id for m in unit.outbox.waiting(START)], ["é", "n", "later"], "the order of messages")


@scenario(SCENARIOS, "erasure", Capability.ERASURE)
def personal_texts_are_kept_under_a_key(lab: Lab) -> None:
    """A personal text comes back as it was, and is nowhere among the bytes that are stored."""
    told, record, message = _tell(lab)
    with lab.unit(write=False) as unit:
        expect([fact.body for fact in unit.journal.load("request:1")], told, "facts")
        expect([fact.body for fact in unit.feed.read()][: len(told)], told, "facts of the feed")
        receipt = unit.journal.receipt("told", "i")
        expect(receipt is not None and [fact.body for fact in receipt.facts], told, "facts of the receipt")
        expect(unit.records.get("request", "1"), record, "the record")
        expect(list(unit.records.find(Query(kind="request")).items), [record], "records found")
        expect(list(unit.outbox.waiting(START)), [message], "the message")
        expect(any(b"secret" in entry.payload for entry in unit.feed.entries()), False, "that a text can be read")
        if Capability.EXPORT in lab.store.capabilities:
            archive = cast("ArchivedUnit", unit).archive
            rows = [row for table in ArchiveTable for row in _all(archive, table)]
            expect("secret" in repr(rows), False, "that a text can be read among the rows")


@scenario(SCENARIOS, "erasure", Capability.ERASURE)
def what_was_erased_is_gone_and_all_else_stays(lab: Lab) -> None:
    """After an erasure the person's texts read as erased, wherever they stood; the chain and all else are as before."""
    told, record, _ = _tell(lab)
    before = lab.entries()
    cast("Erasing", lab.store).erase("main", "ann")
    with lab.unit(write=False) as unit:
        ann, _, bob = (fact.body for fact in unit.journal.load("request:1"))
        expect((ann.text, ann.by), ("[erased]", "ann"), "what was told by the person")
        expect(bob, told[2], "what was told by another")
        about = unit.journal.load("request:1")[1].body
        expect(about.note, "[erased]", "what was noted on the person's item")
        expect([fact.body.note for fact in unit.journal.load("request:2")], ["secret of another"], "another's item")
        found = unit.records.get("request", "1")
        expect(found is not None and found.data, {**record.data, "text": "[erased]"}, "the record")
        expect([m.data for m in unit.outbox.waiting(START)], [{"text": "[erased]", "n": 1}], "the message")
        report = verify(unit.feed.entries(), "main", head=unit.feed.head())
    expect((lab.entries(), report.finding), (before, None), "the entries, and what is wrong with their chain")
    lab.append(write("request:1", NewFact(body=Told(by="ann", text="secret again"), actor=ACTOR)))
    expect([f.body.text for f in lab.load("request:1")][-1], "secret again", "what is told after coming back")
    expect(lab.load("request:1")[0].body.text, "[erased]", "what was erased before")


@scenario(SCENARIOS, "erasure", Capability.ERASURE)
def people_of_other_tenants_are_others(lab: Lab) -> None:
    """An erasure ends at its tenant."""
    for tenant in ("main", "other"):
        lab.append(write("a", NewFact(body=Told(by="ann", text="secret"), actor=ACTOR)), tenant=tenant)
    cast("Erasing", lab.store).erase("main", "ann")
    expect([lab.load("a", tenant=tenant)[0].body.text for tenant in ("main", "other")], ["[erased]", "secret"], "texts")


def _tell(lab: Lab) -> tuple[list[Told], Record, Message]:
    told = [Told(by="ann", text="secret é"), Told(by="bob", note="secret note"), Told(by="bob", text="secret of bob")]
    facts = [NewFact(body=body, actor=ACTOR) for body in told]
    record = Record(
        kind="request", id="1", stream="request:1", version=3, columns=(("status", "new"),),
        data={"text": "secret é", "n": [1]}, personal=(("text", "ann"),),
    )  # fmt: skip
    data = {"text": "secret mail", "n": 1}
    message = Message(id="m", topic="mail", stream="request:1", due_at=START, data=data, personal=(("text", "ann"),))
    with lab.unit() as unit:
        unit.journal.append([write("request:1", *facts, expected=0)], key="told", intent="i", now=START)
        other = NewFact(body=Told(by="bob", note="secret of another"), actor=ACTOR)
        unit.journal.append([write("request:2", other)], key="other", intent="i", now=START)
        unit.records.put([record])
        unit.outbox.put([message])
    return told, record, message


def _fill(lab: Lab) -> int:
    lab.append(write("a", "1", "2"), write("b", "é"), key="first", intent="i", now=later(7))
    lab.append(write("b", "3"), key="second", intent="i")
    with lab.unit() as unit:
        columns = (("status", "new"), ("team", "é"))
        unit.records.put(
            [
                Record(kind="request", id="1", stream="a", version=2, columns=columns, data={"é": [1, None]}),
                Record(kind="incident", id="1", stream="b", version=2),
                Record(kind="request", id="10", stream="c", version=1),
            ]
        )
        unit.timers.arm([Due(stream=name, name=name, due_at=later(at)) for at, name in enumerate(("b", "é", "a"))])
        (claim,) = unit.timers.claim(later(5), now=later(0), until=later(9), owner="w", limit=1)
        unit.outbox.put([Message(id=id, topic="mail", stream="a", due_at=START, data=[id]) for id in ("é", "n")])
        unit.marks.put("follower", 3)
    return claim.fence


@contextmanager
def _archived(lab: Lab, tenant: str, *, write: bool) -> Iterator[Archive]:
    with lab.unit(tenant, write=write) as unit:
        yield cast("ArchivedUnit", unit).archive


def _all(archive: Archive, table: ArchiveTable, *, limit: int = 100) -> list[ArchiveRow]:
    rows: list[ArchiveRow] = []
    # A table that answers the same rows again and again comes to an end too.
    while len(rows) < _ROWS_MOST and (page := archive.read(table, after=rows[-1] if rows else None, limit=limit)):
        rows += [tuple(row) for row in page]
    return rows
