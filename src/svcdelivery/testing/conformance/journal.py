"""Scenarios of the journal: versions, conflicts, keys, positions and times."""

from __future__ import annotations

from functools import partial

from svcdelivery.errors import Conflict, InvalidValueError, KeyReused
from svcdelivery.facts import NewFact
from svcdelivery.storage.protocol import Due
from svcdelivery.testing.conformance.kit import (
    START,
    Lab,
    Noted,
    Scenario,
    Ticked,
    expect,
    later,
    note,
    refused,
    scenario,
    texts,
    write,
)
from svcdelivery.testing.conformance.lab import ACTOR

__all__ = ["SCENARIOS"]

SCENARIOS: list[Scenario] = []


@scenario(SCENARIOS, "versions")
def versions_run_from_one_without_a_gap(lab: Lab) -> None:
    """Versions of a stream run from 1, whatever is appended between."""
    lab.append(write("a", "1", "2", expected=0))
    lab.append(write("b", "1", expected=0))
    lab.append(write("a", "3", expected=2))
    expect([fact.version for fact in lab.load("a")], [1, 2, 3], "versions of the stream")
    expect(texts(lab.load("a")), ["1", "2", "3"], "facts in the order they were appended")


@scenario(SCENARIOS, "versions")
def load_answers_the_versions_asked_for(lab: Lab) -> None:
    """`load` answers versions past `after`, up to and with `upto`."""
    lab.append(write("a", "1", "2", "3", "4"))
    expect(texts(lab.load("a", after=1, upto=3)), ["2", "3"], "versions in (1, 3]")
    expect(texts(lab.load("a", after=3)), ["4"], "versions past 3")
    expect(texts(lab.load("a", upto=0)), [], "versions up to 0")
    expect(texts(lab.load("a", after=9)), [], "versions past the end")
    expect(texts(lab.load("a", after=2, upto=99)), ["3", "4"], "versions up to one that is not there yet")


@scenario(SCENARIOS, "versions")
def unknown_streams_are_empty(lab: Lab) -> None:
    """A stream nobody wrote is empty, not an error; neither is one of another tenant."""
    expect(lab.load("a"), [], "an unknown stream of a new tenant")
    lab.append(write("a", "1"))
    expect(lab.load("A"), [], "a stream whose name differs in case")
    expect(lab.load("a", tenant="other"), [], "the same stream of another tenant")


@scenario(SCENARIOS, "versions")
def stale_versions_are_refused(lab: Lab) -> None:
    """An append that expects another version is a Conflict with both versions, and writes nothing."""
    lab.append(write("a", "1", "2"))
    error = refused(Conflict, lambda: lab.append(write("a", "x", expected=1)), "an append that expects version 1 of 2")
    expect((error.stream, error.expected, error.actual), ("a", 1, 2), "what the Conflict says")
    refused(Conflict, lambda: lab.append(write("a", "x", expected=0)), "an append that expects a new stream")
    refused(Conflict, lambda: lab.append(write("b", "x", expected=1)), "an append that expects an old stream")
    expect(texts(lab.feed()), ["1", "2"], "all facts after refused appends")


@scenario(SCENARIOS, "versions")
def any_version_will_do_where_none_is_expected(lab: Lab) -> None:
    """Without an expected version a write is appended wherever the stream ends."""
    lab.append(write("a", "1"))
    receipt = lab.append(write("a", "2", expected=None))
    expect(receipt.facts[0].version, 2, "the version of the fact")


@scenario(SCENARIOS, "versions")
def a_write_without_facts_holds_a_version(lab: Lab) -> None:
    """A write without facts appends nothing, and its expected version is checked all the same."""
    lab.append(write("a", "1"))
    receipt = lab.append(write("a", expected=1), write("b", "1", expected=0))
    expect([fact.stream for fact in receipt.facts], ["b"], "streams written")
    refused(Conflict, lambda: lab.append(write("a", expected=0), write("b", "2")), "a stale write without facts")
    expect(texts(lab.load("b")), ["1"], "facts beside a stale write")


@scenario(SCENARIOS, "atomic")
def one_append_writes_all_streams_or_none(lab: Lab) -> None:
    """An append to several streams is refused as a whole when one of them conflicts."""
    lab.append(write("a", "1"))
    refused(
        Conflict,
        lambda: lab.append(write("b", "1", expected=0), write("a", "2", expected=0), write("c", "1")),
        "an append with one stale stream",
    )
    expect([fact.stream for fact in lab.feed()], ["a"], "streams with facts")
    receipt = lab.append(write("b", "1", expected=0), write("a", "2", expected=1))
    expect([fact.position for fact in receipt.facts], [2, 3], "positions in the order of the writes")


@scenario(SCENARIOS, "atomic")
def one_append_may_write_a_stream_twice(lab: Lab) -> None:
    """Writes of one append apply in order, each seeing the version the one before it left."""
    lab.append(write("a", "1", expected=0), write("b", "1"), write("a", "2", expected=1))
    expect(texts(lab.load("a")), ["1", "2"], "facts of the stream written twice")
    expect([fact.version for fact in lab.load("a")], [1, 2], "their versions")
    expect([fact.stream for fact in lab.feed()], ["a", "b", "a"], "streams in the order of the writes")


@scenario(SCENARIOS, "atomic")
def a_refused_append_leaves_its_unit_usable(lab: Lab) -> None:
    """A Conflict writes nothing and frees the key; the same unit may append again and commit."""
    lab.append(write("a", "1"))
    with lab.unit() as unit:
        stale = [write("b", "x"), write("a", "y", expected=0)]
        for key in ("k", "l"):
            refused(Conflict, partial(unit.journal.append, stale, key=key, intent="i", now=START), "a stale append")
        unit.journal.append([write("a", "2", expected=1), write("b", "1", expected=0)], key="k", intent="i", now=START)
    expect(texts(lab.feed()), ["1", "2", "1"], "all facts")


@scenario(SCENARIOS, "atomic")
def a_unit_may_append_several_times_and_reads_what_it_wrote(lab: Lab) -> None:
    """Appends of one unit see one another, and commit together."""
    with lab.unit() as unit:
        for number in range(1, 6):
            unit.journal.append([write("a", str(number), expected=number - 1)], key=f"k{number}", intent="i", now=START)
            expect(len(unit.journal.load("a")), number, "facts the unit sees of its stream")
            expect(len(unit.feed.read()), number, "facts the unit sees of its feed")
            expect(unit.feed.head().position, number, "where the unit sees the journal end")
            expect(unit.journal.receipt(f"k{number}", "i") is not None, True, "that the unit knows its own key")
    expect([fact.position for fact in lab.load("a")], [1, 2, 3, 4, 5], "positions after the commit")


@scenario(SCENARIOS, "keys")
def a_key_applies_once(lab: Lab) -> None:
    """The same key and intent again writes nothing and answers the first receipt, replayed."""
    first = lab.append(write("a", "1", "2", expected=0), key="k", intent="i")
    expect(first.replayed, False, "`replayed` of a first receipt")
    lab.append(write("a", "3"))
    again = lab.append(write("a", "other", expected=0), key="k", intent="i", now=later(5))
    expect(again.replayed, True, "`replayed` of a second receipt")
    expect((again.key, again.facts), (first.key, first.facts), "the receipt answered again")
    expect(texts(lab.load("a")), ["1", "2", "3"], "facts after the replay")


@scenario(SCENARIOS, "keys")
def a_key_is_asked_before_versions(lab: Lab) -> None:
    """A retry whose expected version is stale by its own first success is a replay, not a Conflict."""
    lab.append(write("a", "1", expected=0), key="k")
    expect(lab.append(write("a", "1", expected=0), key="k").replayed, True, "`replayed` of the retry")
    refused(
        KeyReused,
        lambda: lab.append(write("a", "1", expected=7), key="k", intent="another"),
        "a reused key, stale besides",
    )


@scenario(SCENARIOS, "keys")
def a_key_with_another_intent_is_refused(lab: Lab) -> None:
    """A key that was used with another intent is refused, by `append` and by `receipt`, and nothing is written."""
    lab.append(write("a", "1"), key="k", intent="one")
    error = refused(KeyReused, lambda: lab.append(write("b", "1"), key="k", intent="two"), "another intent")
    expect(error.key, "k", "the key the error names")
    with lab.unit(write=False) as unit:
        refused(KeyReused, lambda: unit.journal.receipt("k", "two"), "`receipt` with another intent")
    expect(lab.load("b"), [], "facts of the refused append")


@scenario(SCENARIOS, "keys")
def a_receipt_can_be_asked_for(lab: Lab) -> None:
    """`receipt` answers what a key wrote, None for a new one, and never takes the key."""
    with lab.unit() as unit:
        expect(unit.journal.receipt("k", "i"), None, "the receipt of a new key")
    wrote = lab.append(write("a", "1"), write("b", "2"), key="k", intent="i")
    with lab.unit(write=False) as unit:
        receipt = unit.journal.receipt("k", "i")
        expect(unit.journal.receipt("K", "i"), None, "the receipt of a key that differs in case")
    expect(receipt is not None and receipt.facts, wrote.facts, "facts of the receipt")
    expect(receipt is not None and receipt.replayed, True, "`replayed` of the receipt")


@scenario(SCENARIOS, "keys")
def keys_belong_to_their_tenant(lab: Lab) -> None:
    """The same key of another tenant is another key."""
    lab.append(write("a", "1"), key="k", intent="one")
    receipt = lab.append(write("a", "2"), key="k", intent="two", tenant="other")
    expect(receipt.replayed, False, "`replayed` of the other tenant's receipt")
    expect(texts(lab.load("a", tenant="other")), ["2"], "the other tenant's facts")


@scenario(SCENARIOS, "keys")
def keys_live_as_long_as_the_log(lab: Lab) -> None:
    """A key is remembered however much is written after it."""
    lab.append(write("a", "1"), key="first")
    for number in range(150):
        lab.append(write(f"s{number % 7}", str(number)))
    expect(lab.append(write("a", "1"), key="first").replayed, True, "`replayed` of the old key")


@scenario(SCENARIOS, "keys")
def a_key_that_wrote_no_facts_is_remembered(lab: Lab) -> None:
    """A command may find nothing to write; its key is taken all the same."""
    expect(lab.append(key="k", intent="i").facts, (), "facts of an empty append")
    again = lab.append(write("a", "1"), key="k", intent="i")
    expect((again.replayed, again.facts), (True, ()), "the receipt answered again")
    refused(KeyReused, lambda: lab.append(key="k", intent="other"), "the key with another intent")
    expect(lab.head().position, 0, "where the journal ends")


@scenario(SCENARIOS, "keys")
def a_failed_unit_frees_its_keys(lab: Lab) -> None:
    """What a unit rolled back never happened: its key is new again."""

    def fail() -> None:
        with lab.unit() as unit:
            unit.journal.append([write("a", "lost")], key="k", intent="one", now=START)
            raise InvalidValueError(what="a value", value="the unit is made to fail")

    refused(InvalidValueError, fail, "a unit that raises")
    receipt = lab.append(write("a", "1", expected=0), key="k", intent="two")
    expect(receipt.replayed, False, "`replayed` after the failed unit")
    expect(texts(lab.feed()), ["1"], "all facts")


@scenario(SCENARIOS, "keys")
def blank_keys_are_refused(lab: Lab) -> None:
    """A key is an identifier: neither empty nor blank."""
    with lab.unit() as unit:
        for key in ("", " ", "a\n"):
            append = partial(unit.journal.append, [write("a", "1")], key=key, intent="i", now=START)
            refused(InvalidValueError, append, f"the key {key!r}")
    expect(lab.feed(), [], "facts after refused keys")


@scenario(SCENARIOS, "positions")
def positions_are_contiguous_per_tenant(lab: Lab) -> None:
    """Positions run from 1 without a gap in each tenant, whatever fails or is written between."""
    lab.append(write("a", "1", "2"))
    lab.append(write("a", "1"), tenant="other")
    refused(Conflict, lambda: lab.append(write("a", "x", expected=9)), "a stale append")
    refused(InvalidValueError, partial(_append_and_fail, lab), "a unit that raises")
    lab.append(write("b", "3"))
    lab.append(write("b", "2", "3"), tenant="other")
    lab.append(key="empty")
    lab.append(write("a", "4"))
    expect([fact.position for fact in lab.feed()], [1, 2, 3, 4], "positions of the first tenant")
    expect([fact.position for fact in lab.feed("other")], [1, 2, 3], "positions of the second tenant")
    expect(texts(lab.feed()), ["1", "2", "3", "4"], "facts of the first tenant by position")
    expect((lab.head().position, lab.head("other").position), (4, 3), "where the journals end")


def _append_and_fail(lab: Lab) -> None:
    with lab.unit() as unit:
        unit.journal.append([write("a", "lost", "lost")], key="lost", intent="i", now=START)
        raise InvalidValueError(what="a value", value="the unit is made to fail")


@scenario(SCENARIOS, "positions")
def a_new_tenant_is_empty(lab: Lab) -> None:
    """A tenant without facts has head 0, no recorded time, and is not listed; one with facts is."""
    expect((lab.head().position, lab.head().recorded_at), (0, None), "the head of an empty journal")
    lab.append(tenant="keys alone")
    with lab.unit("wake-ups alone") as unit:
        unit.timers.arm([Due(stream="a", name="t", due_at=START)])
    expect(list(lab.store.tenants()), [], "tenants of a store without facts")
    lab.append(write("a", "1"), tenant="b")
    lab.append(write("a", "1"), tenant="a")
    expect(sorted(lab.store.tenants()), ["a", "b"], "tenants with facts")


@scenario(SCENARIOS, "positions")
def the_feed_is_read_in_pages(lab: Lab) -> None:
    """`read` answers at most `limit` facts past the position, so that pages join without a gap."""
    for number in range(10):
        lab.append(write(f"s{number % 3}", str(number)))
    with lab.unit(write=False) as unit:
        pages: list[list[int]] = []
        # One page more than there are: a feed that stays where it is comes to an end too.
        while len(pages) < 4 and (page := unit.feed.read(pages[-1][-1] if pages else 0, limit=4)):
            pages.append([fact.position for fact in page])
        expect(pages, [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]], "positions page by page")
        expect(list(unit.feed.read(10)), [], "what comes after the end")
        expect([e.position for e in unit.feed.entries(7, limit=2)], [8, 9], "positions of entries")


@scenario(SCENARIOS, "positions")
def the_feed_can_be_asked_for_types(lab: Lab) -> None:
    """With types, a page is filled with facts of these alone."""
    for number in range(6):
        body = Noted(text=str(number)) if number % 2 else Ticked()
        lab.append(write("a", NewFact(body=body, actor=ACTOR)))
    with lab.unit(write=False) as unit:
        of_type = partial(unit.feed.read, types=["conformance.noted/1"])
        expect([fact.position for fact in of_type(0, limit=2)], [2, 4], "facts of a type, two at most")
        expect([fact.position for fact in of_type(4, limit=2)], [6], "facts of a type past 4")
        expect(list(unit.feed.read(0, types=["conformance.other/1"])), [], "facts of a type without any")
        both = unit.feed.read(3, types={"conformance.noted/1", "conformance.ticked/1"})
        expect([fact.position for fact in both], [4, 5, 6], "facts of either type past 3")


@scenario(SCENARIOS, "positions")
def pages_hold_at_least_one(lab: Lab) -> None:
    """A limit below 1 is refused."""
    with lab.unit(write=False) as unit:
        refused(InvalidValueError, lambda: unit.feed.read(limit=0), "a page of 0 facts")
        refused(InvalidValueError, lambda: unit.feed.entries(limit=-1), "a page of -1 entries")


@scenario(SCENARIOS, "times")
def recorded_times_never_fall(lab: Lab) -> None:
    """A fact is recorded at `now`, or with the fact before it when the clock was set back."""
    lab.append(write("a", "1"), now=later(10))
    lab.append(write("b", "2"), now=later(3))
    lab.append(write("a", "3"), now=later(11))
    recorded = [fact.recorded_at for fact in lab.feed()]
    expect(recorded, [later(10), later(10), later(11)], "recorded times along the positions")
    expect(lab.head().recorded_at, later(11), "the head's recorded time")
    lab.append(write("a", "1"), now=later(1), tenant="other")
    expect(lab.head("other").recorded_at, later(1), "the recorded time of another tenant's head")


@scenario(SCENARIOS, "times")
def facts_occur_when_recorded_unless_they_say_otherwise(lab: Lab) -> None:
    """`occurred_at` is kept as given, earlier or later; left out, it is the recorded time."""
    lab.append(write("a", "first"), now=later(10))
    lab.append(write("a", "plain", note("early", at=later(2)), note("late", at=later(99))), now=later(5))
    expect([fact.occurred_at for fact in lab.load("a")], [later(10), later(10), later(2), later(99)], "occurred times")
    expect({fact.recorded_at for fact in lab.load("a")}, {later(10)}, "recorded times")


@scenario(SCENARIOS, "times")
def microseconds_are_kept(lab: Lab) -> None:
    """Instants come back to the microsecond, in UTC, also before 1970 and far ahead."""
    micros = [-1, 0, 1, 1_767_225_600_000_001, 253_402_300_799_999_999, -62_135_596_800_000_000]
    at = [later(m - 1_767_225_600_000_000) for m in micros]
    body = Noted(text="t", at=at[3])
    facts = [NewFact(body=body, actor=ACTOR, occurred_at=instant) for instant in at]
    lab.append(write("a", *facts), now=later(123_457))
    expect([fact.occurred_at for fact in lab.load("a")], at, "occurred times")
    expect(lab.load("a")[0].recorded_at, later(123_457), "the recorded time")
    expect(lab.load("a")[0].body, body, "an instant in a body")
    expect({str(fact.occurred_at.tzname()) for fact in lab.load("a")}, {"UTC"}, "zones")
