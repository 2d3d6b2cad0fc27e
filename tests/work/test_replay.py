"""Replay: the record facts tell, the steps clocks read, and observations of another system's log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.desk.command.rows import work_row, work_shelf
from svcdelivery.errors import IntegrityError, InvalidValueError, ServiceDeliveryError
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import Phase
from svcdelivery.storage.codec import decode_plain, encode_plain
from svcdelivery.storage.protocol import Record
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.timeline import from_micros, to_instant
from svcdelivery.work import (
    INCIDENT,
    REQUEST,
    Accepted,
    Closed,
    Observed,
    PutOnHold,
    RequestReceived,
    Started,
    fold_work,
    kind_named,
    kind_of_stream,
    observed_rows,
    trace_of,
)

IMPORT = Actor.system("import")
RECEIVED = RequestReceived(customer="acme", service="email", requester="ann", agreement="a", revision=1)


def observed(*rows: dict[str, Any], kind: str = "incident") -> tuple[Fact[Any], ...]:
    entries = []
    for number, row in enumerate(rows):
        at = row.pop("at", number)
        body = Observed(**{"kind": kind, "source": "abc", "row": number + 2, **row})
        entries.append(NewFact(body=body, actor=IMPORT, occurred_at=from_micros(at * 60_000_000)))
    return history(f"{kind}:X", entries)


class TestFolding:
    @given(stories())
    def test_every_prefix_of_a_history_tells_a_record(self, story: Story) -> None:
        """Each with its own version, and the status the lifecycle's table leads to."""
        status = story.kind.table.initial
        for upto, fact in enumerate(story.facts, start=1):
            action = fact.body.action
            if action not in ("receive", "post"):
                status = story.kind.table.target(status, action, lambda _: True)
            record = fold_work(story.facts[:upto])
            assert record is not None
            assert record.status is status
            assert (record.version, record.updated_at) == (upto, fact.occurred_at)
            assert record.phase is story.kind.table.phase(status)
            assert (record.hold_reason is not None) == (record.phase is Phase.HELD)
            assert record.received_at == story.facts[0].occurred_at

    @given(stories())
    def test_the_row_gives_back_the_record(self, story: Story) -> None:
        """Through the text storage keeps."""
        record = fold_work(story.facts)
        assert record is not None
        row = work_row(story.kind, record)
        stored = Record(kind=row.kind, id=row.id, stream=row.stream, version=row.version,
                        data=decode_plain(encode_plain(row.data)))  # fmt: skip
        assert work_shelf(story.kind).record_of(stored) == record
        assert dict(row.columns)["status"] == record.status.value

    @given(stories())
    def test_done_and_closed_are_kept_until_the_work_is_reopened(self, story: Story) -> None:
        """The instants belong to the last time it was done."""
        record = fold_work(story.facts)
        assert record is not None
        if record.phase is Phase.DONE:
            assert record.done_at is not None
        if record.phase.is_open:
            assert record.done_at is None
            assert record.closed_at is None
        reopenings = sum(fact.body.action == "reopen" for fact in story.facts)
        assert record.reopened == reopenings

    def test_no_facts_tell_nothing(self) -> None:
        """Neither a record nor steps."""
        assert fold_work(()) is None
        assert trace_of(()) is None

    def test_a_stream_that_does_not_begin_with_its_receipt_is_damaged(self) -> None:
        """The position is named."""
        facts = history("request:X", [NewFact(body=Started(), actor=IMPORT, occurred_at=from_micros(0))])
        for read in (fold_work, trace_of):
            with pytest.raises(IntegrityError, match="entry 1: `request:X` does not begin with its receipt"):
                read(facts)

    def test_a_move_the_lifecycle_does_not_have_is_damage(self) -> None:
        """What we recorded was allowed; anything else did not come from us."""
        facts = history("request:X", [
            NewFact(body=RECEIVED, actor=IMPORT, occurred_at=from_micros(0)),
            NewFact(body=Closed(), actor=IMPORT, occurred_at=from_micros(1)),
        ])  # fmt: skip
        with pytest.raises(IntegrityError, match="entry 2: `request:X` cannot close while received"):
            fold_work(facts)

    def test_facts_of_other_rooms_pass_by(self) -> None:
        """They make the record newer and change nothing else."""
        facts = history("request:X", [
            NewFact(body=RECEIVED, actor=IMPORT, occurred_at=from_micros(0)),
            NewFact(body="an invitation", actor=IMPORT, occurred_at=from_micros(1)),
        ])  # fmt: skip
        record = fold_work(facts)
        assert record is not None
        assert (record.version, record.status.value) == (2, "received")


class TestSteps:
    @given(stories(), st.data())
    def test_the_order_of_recording_does_not_matter_to_steps(self, story: Story, data: st.DataObject) -> None:
        """As long as facts of one instant keep theirs, which their positions tell."""
        shuffled = data.draw(st.permutations(story.facts))
        one, two = trace_of(story.facts), trace_of(shuffled)
        assert one is not None
        assert two is not None
        assert [s.fact for s in one.steps] == [s.fact for s in two.steps] == list(story.facts)
        assert [(s.at, s.status, s.signals, s.priority) for s in one.steps] == [
            (s.at, s.status, s.signals, s.priority) for s in two.steps
        ]
        assert two.record == fold_work(story.facts)

    @given(stories())
    def test_each_step_stands_as_the_record_of_its_prefix(self, story: Story) -> None:
        """Status, phase, hold reason, service and priority."""
        trace = trace_of(story.facts)
        assert trace is not None
        assert trace.kind is story.kind
        for upto, step in enumerate(trace.steps, start=1):
            record = fold_work(story.facts[:upto])
            assert record is not None
            assert (step.status, step.phase, step.hold_reason, step.service, step.priority) == (
                record.status.value, record.phase, record.hold_reason, record.service, record.priority,
            )  # fmt: skip

    def test_a_fact_recorded_late_takes_its_place_in_time(self) -> None:
        """The record goes by position, the steps by instant."""
        facts = history("request:X", [
            NewFact(body=RECEIVED, actor=IMPORT, occurred_at=from_micros(0)),
            NewFact(body=Accepted(), actor=IMPORT, occurred_at=from_micros(5)),
            NewFact(body=PutOnHold(reason="customer"), actor=IMPORT, occurred_at=from_micros(9)),
            NewFact(body="a note from between", actor=IMPORT, occurred_at=from_micros(7)),
        ])  # fmt: skip
        trace = trace_of(facts)
        assert trace is not None
        assert [step.fact.position for step in trace.steps] == [1, 2, 4, 3]
        assert trace.record == fold_work(facts)


class TestObservations:
    def test_a_jump_no_lifecycle_allows_is_kept_as_observed(self) -> None:
        """Recorded, then closed, then open again: nothing is invented in between."""
        facts = observed({"status": "recorded"}, {"status": "closed"}, {"status": "in_progress"}, {"status": "closed"})
        seen = [fold_work(facts[:n]) for n in range(1, 5)]
        assert [r.status.value for r in seen if r] == ["recorded", "closed", "in_progress", "closed"]
        assert [r.reopened for r in seen if r] == [0, 0, 1, 1]
        assert all(r.observed for r in seen if r)

    def test_the_receipt_the_source_names_comes_before_the_first_update(self) -> None:
        """Clocks start at it, and no step lies before the one it follows."""
        at = datetime(1969, 12, 31, 23, tzinfo=UTC)
        facts = observed({"status": "assigned", "received_at": to_instant(at)}, {"status": "resolved"})
        trace = trace_of(facts)
        assert trace is not None
        assert [step.at for step in trace.steps] == [at, from_micros(0), from_micros(60_000_000)]
        assert [step.signals for step in trace.steps] == [("received",), ("assigned",), ("resolved",)]
        late = observed({"status": "assigned", "received_at": from_micros(10**12)}, {"status": "resolved"})
        trace = trace_of(late)
        assert trace is not None
        assert [step.at for step in trace.steps] == [from_micros(10**12)] * 3

    def test_the_columns_of_each_row_are_put_together_again(self) -> None:
        """Only changes are kept; a value that went missing is known to be missing."""
        rows = [{"a": "1", "b": "x"}, {"a": "1", "b": None}, {"a": "2", "b": None, "c": "new"}]
        before: dict[str, str | None] = {}
        facts = []
        for row in rows:
            facts.append({"status": "recorded", "attributes": tuple(set(row.items()) - set(before.items()))})
            before = row
        stored = observed(*facts)
        assert [seen for _, seen in observed_rows(stored)] == rows
        assert [len(fact.body.attributes) for fact in stored] == [2, 1, 2]
        record = fold_work(stored)
        assert record is not None
        assert dict(record.attributes) == rows[-1]

    @given(
        st.lists(st.dictionaries(st.sampled_from("zabc"), st.sampled_from(["1", "2", None])), min_size=1, max_size=5)
    )
    def test_the_row_of_an_observed_item_gives_back_its_record_too(self, rows: list[dict[str, str | None]]) -> None:
        """Also where a later row brings a column the first did not have."""
        facts = observed(*[{"status": "recorded", "attributes": tuple(row.items())} for row in rows])
        record = fold_work(facts)
        assert record is not None
        row = work_row(INCIDENT, record)
        stored = Record(kind=row.kind, id=row.id, stream=row.stream, version=row.version,
                        data=decode_plain(encode_plain(row.data)))  # fmt: skip
        assert work_shelf(INCIDENT).record_of(stored) == record

    def test_a_status_that_is_none_of_ours_is_refused(self) -> None:
        """By name, with those that are."""
        with pytest.raises(InvalidValueError, match="one of `recorded`"):
            fold_work(observed({"status": "frozen"}))
        with pytest.raises(ServiceDeliveryError):
            fold_work(observed({"status": "recorded"}, kind="problem"))


def test_kinds_are_known_by_name_and_by_stream() -> None:
    """And nothing else is a kind of work."""
    assert kind_named("request") is REQUEST
    assert kind_of_stream("incident:4711:a") is INCIDENT
    assert kind_of_stream("agreement:acme") is None
    with pytest.raises(InvalidValueError):
        kind_named("ticket")
