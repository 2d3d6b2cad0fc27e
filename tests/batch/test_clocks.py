"""A table of observations against the clocks of each item: the same readings, whatever the terms and the history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    STANDARD_HOLD_REASONS,
    AgreementRevision,
    ByEndOfWorkingDay,
    DueAt,
    Measure,
    NotificationDuty,
    OnChange,
    OnReopening,
    Scope,
    ServiceAgreement,
    ServiceLevelTarget,
    Term,
    TimeKind,
    Within,
)
from svcdelivery.batch import read_clocks_query, read_clocks_table, read_singly
from svcdelivery.batch.coverage import target_obstacles
from svcdelivery.batch.readings import READINGS
from svcdelivery.clock import ClockReading, read_clocks
from svcdelivery.errors import InvalidValueError, NaiveTimeError
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import Phase
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.strategies import Story, instants, revisions, stories
from svcdelivery.timeline import Instant, from_micros, to_micros
from svcdelivery.work import INCIDENT, REQUEST, Observed, WorkKind, trace_of
from tests.clock.worlds import HOUR, agreement, local, target, terms

DAY = 86_400_000_000


def plain(reading: ClockReading) -> dict[str, Any]:
    """A reading as a row of the table."""
    row = {name: getattr(reading, name) for name in READINGS}
    words = {"phase": reading.phase.value, "verdict": reading.verdict.value}
    return {**row, **words, "findings": "; ".join(reading.findings) or None}


def table_rows(table: pa.Table) -> dict[Any, list[dict[str, Any]]]:
    """The readings of each item."""
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        found.setdefault(row.pop("item"), []).append(row)
    return found


@frozen
class Row:
    """One observation, as a test tells it."""

    item: str
    at: Instant
    status: str
    hold_reason: str | None = None
    service: str | None = None
    priority: str | None = None
    received_at: Instant | None = None
    promised: str | None = None


def table_of(rows: list[Row]) -> pa.Table:
    """The table of rows, its columns in an order of their own."""
    instant = pa.timestamp("us", "UTC")
    kinds = {"at": instant, "received_at": instant}
    names = ("status", "priority", "item", "promised", "at", "hold_reason", "received_at", "service")
    return pa.table({name: pa.array([getattr(r, name) for r in rows], kinds.get(name, pa.string())) for name in names})


def facts_told(kind: WorkKind, rows: list[Row]) -> tuple[Fact[Any], ...]:
    """The facts that the rows of one item tell, written down here once more."""
    entries = []
    for number, row in enumerate(sorted(rows, key=lambda row: row.at)):
        fields = tuple((n, v) for n, v in (("service", row.service), ("priority", row.priority)) if v is not None)
        body = Observed(
            kind=kind.name,
            status=row.status,
            hold_reason=row.hold_reason,
            fields=fields,
            attributes=() if row.promised is None else (("promised", row.promised),),
            received_at=row.received_at if number == 0 else None,
        )
        entries.append(NewFact(body=body, actor=Actor.system("log"), occurred_at=row.at))
    return history(kind.stream("any"), entries)


def expected(terms: ServiceAgreement, kind: WorkKind, rows: list[Row], now: Instant) -> dict[str, list[dict[str, Any]]]:
    """What `read_clocks` says of each item, those without a reading left out."""
    found = {}
    for item in dict.fromkeys(row.item for row in rows):
        mine = facts_told(kind, [row for row in rows if row.item == item])
        readings = [plain(reading) for reading in read_clocks(terms, mine, now)]
        if readings:
            found[item] = readings
    return found


# -- drawn logs --------------------------------------------------------------------------------------------------------

_gaps = st.one_of(st.integers(0, 3).map(lambda n: n * 60_000_000), st.integers(0, 4 * DAY), st.just(0))


@st.composite
def logs(draw: st.DrawFn) -> tuple[WorkKind, list[Row], Instant]:
    """Rows of a few items in any order, legal moves or not, and an instant to read them at."""
    kind = draw(st.sampled_from([INCIDENT, REQUEST]))
    statuses = [status.value for status in kind.table.statuses]
    rows: list[Row] = []
    for number in range(draw(st.integers(1, 4))):
        at = to_micros(draw(instants()))
        received = draw(st.sampled_from([None, None, from_micros(at - DAY), from_micros(at + 3_600_000_000)]))
        for row in range(draw(st.integers(1, 7))):
            at += draw(_gaps) if row else 0
            status = draw(st.sampled_from([*statuses, "on_hold", "on_hold", "in_progress", "in_progress"]))
            rows.append(
                Row(
                    f"I{number}",
                    from_micros(at),
                    status,
                    draw(st.sampled_from([None, *STANDARD_HOLD_REASONS])) if status == "on_hold" else None,
                    draw(st.sampled_from([None, "email", "laptop"])),
                    draw(st.sampled_from([None, None, "P1", "P2", "P3"])),
                    received,
                    draw(st.sampled_from([None, None, "2024-03-31T12:00:00+02:00"])),
                )
            )
    last = max(row.at for row in rows)
    now = draw(st.sampled_from([last, rows[0].at, from_micros(to_micros(last) + draw(_gaps))]))
    order = draw(st.permutations(range(len(rows))))
    # Rows of one instant count in the order of the table, so they keep it.
    shuffled = [rows[index] for index in order]
    return kind, shuffled, now


_BY_STATUS = {"resolution", "fulfillment", "closure"}
_AT_ONCE = {"acknowledgement", "first_response", *_BY_STATUS}
_within = st.builds(
    Within, st.integers(0, 12 * DAY).map(lambda n: timedelta(microseconds=n)), st.sampled_from(TimeKind)
)


def plain_terms() -> st.SearchStrategy[AgreementRevision]:
    """Terms all targets of which are worked out for whole columns."""
    return revisions(goal=_within, rules=False).map(
        lambda drawn: evolve(drawn, targets=tuple(t for t in drawn.targets if t.measure in _AT_ONCE))
    )


@st.composite
def any_terms(draw: st.DrawFn) -> AgreementRevision:
    """Terms with any goal and any rule, sometimes with a goal that names a column."""
    drawn = draw(revisions())
    place = draw(st.integers(0, 2 * len(drawn.targets)))
    targets = list(drawn.targets)
    if place < len(targets):
        targets[place] = evolve(targets[place], goal=DueAt("promised"), hours="office")
    return evolve(drawn, targets=tuple(targets))


class TestTables:
    def test_goals_beyond_the_calendar_are_read_alike(self) -> None:
        """Three million days on the clock on the wall end after the last year there is."""
        never = target(goal=Within(timedelta(days=3_000_000), TimeKind.WALL))
        at, now = local("2026-03-02T09:00"), local("2026-03-03T09:00")
        rows = [Row("I0", at, "recorded"), Row("I1", at, "resolved")]
        found = table_rows(read_clocks_table(agreement(never), table_of(rows), now, kind=INCIDENT.name))
        assert found == expected(agreement(never), INCIDENT, rows, now)
        assert [row["verdict"] for item in found.values() for row in item] == ["open", "met"]

    @settings(max_examples=150)
    @given(plain_terms(), logs())
    def test_every_item_has_the_readings_of_its_facts(self, drawn: AgreementRevision, log: Any) -> None:
        """Goals in service and in wall time, pauses, boundaries, priorities, in legal histories and in others."""
        kind, rows, now = log
        terms = ServiceAgreement.of(drawn)
        assert read_singly(terms) == {}
        assert table_rows(read_clocks_table(terms, table_of(rows), now, kind=kind.name)) == expected(
            terms, kind, rows, now
        )

    @given(any_terms(), logs())
    def test_what_columns_do_not_know_is_read_item_by_item(self, drawn: AgreementRevision, log: Any) -> None:
        """Any goal and any rule: one may always ask."""
        kind, rows, now = log
        terms = ServiceAgreement.of(drawn)
        assert table_rows(read_clocks_table(terms, table_of(rows), now, kind=kind.name)) == expected(
            terms, kind, rows, now
        )

    @given(stories(revision=plain_terms()))
    def test_a_history_of_ones_own_reads_alike_for_clocks_that_go_by_status(self, story: Story) -> None:
        """Resolution, fulfillment and closure of facts that were decided, not observed."""
        trace = trace_of(story.facts)
        assert trace is not None
        rows = [Row("W1", step.at, step.status, step.hold_reason, step.service, step.priority) for step in trace.steps]
        found = table_rows(read_clocks_table(story.agreement, table_of(rows), story.now, kind=story.kind.name))
        readings = [plain(r) for r in read_clocks(story.agreement, story.facts, story.now) if r.measure in _BY_STATUS]
        assert [row for row in found.get("W1", []) if row["measure"] in _BY_STATUS] == readings


def log_of(count: int) -> list[Row]:
    """So many incidents held for the customer over a weekend, every other one still open."""
    rows = []
    for number in range(count):
        start = to_micros(local("2024-03-01T10:00")) + number * 7_000_000_001
        moves = [("assigned", 0, None), ("on_hold", DAY, "customer"), ("in_progress", 4 * DAY, None)]
        for status, after, reason in moves + ([("resolved", 5 * DAY, None)] if number % 2 else []):
            at = from_micros(start + after)
            rows.append(Row(f"INC-{number}", at, status, reason, "email", ("P1", "P2", None)[number % 3]))
    return rows


TERMS = agreement(
    target(hours=4, pause_on={"customer"}),
    target(hours=2, name="urgent", scope=Scope(priorities={"P1"}), pause_on={"customer"}),
    target("closure", hours=20),
)
NOW = local("2024-03-20T12:00")


class TestSources:
    def test_a_polars_frame_and_a_query_of_duckdb_are_tables_too(self) -> None:
        """The same readings, whatever engine holds the rows; one by one the buckets make up the whole."""
        rows = log_of(40)
        table = table_of(rows)
        found = table_rows(read_clocks_table(TERMS, table, NOW))
        assert found == expected(TERMS, INCIDENT, rows, NOW)
        assert table_rows(read_clocks_table(TERMS, pl.from_arrow(table), NOW)) == found
        with duckdb.connect() as connection:
            connection.register("log", table)
            buckets = list(read_clocks_query(connection, "SELECT * FROM log", TERMS, NOW, buckets=3))
        assert sum(len(part) > 0 for part in buckets) == 3
        assert {item: some for part in buckets for item, some in table_rows(part).items()} == found

    def test_a_number_of_buckets_is_positive(self) -> None:
        with pytest.raises(InvalidValueError, match="`0` is not a number of buckets"):
            next(read_clocks_query(None, "SELECT 1", TERMS, NOW, buckets=0))

    def test_ids_may_be_numbers_or_dictionaries_and_rows_in_any_order(self) -> None:
        """Items come back in the order of their first rows, as what they were."""
        rows = log_of(6)[::-1]
        table = table_of(rows)
        number = pa.array([int(row.item[4:]) for row in rows])
        found = read_clocks_table(TERMS, table.set_column(2, "item", number), NOW)
        assert list(dict.fromkeys(found["item"].to_pylist())) == [5, 4, 3, 2, 1, 0]
        coded = read_clocks_table(TERMS, table.set_column(2, "item", table["item"].dictionary_encode()), NOW)
        assert table_rows(coded) == expected(TERMS, INCIDENT, rows, NOW)

    def test_no_rows_have_no_readings(self) -> None:
        """The columns are there all the same."""
        table = table_of(log_of(1))
        for empty in (table.slice(0, 0), table):
            found = read_clocks_table(TERMS, empty, local("2020-01-01T00:00"))
            assert len(found) == 0
            assert found.column_names == ["item", *READINGS]

    @pytest.mark.parametrize(
        ("change", "error", "told"),
        [
            pytest.param(lambda t: t.drop_columns("status"), InvalidValueError, "status: ", id="no status"),
            pytest.param(
                lambda t: t.set_column(0, "status", pa.array(["solved"] * len(t))),
                InvalidValueError,
                "`solved` is not a known status",
                id="another status",
            ),
            pytest.param(
                lambda t: t.set_column(0, "status", pa.array([None, *["resolved"] * (len(t) - 1)])),
                InvalidValueError,
                "status: `null` is not a column with a value in every row",
                id="null status",
            ),
            pytest.param(
                lambda t: t.set_column(4, "at", t["at"].cast(pa.timestamp("us"))), NaiveTimeError, "at: ", id="naive"
            ),
            pytest.param(
                lambda t: t.set_column(1, "priority", pa.array([1] * len(t))),
                InvalidValueError,
                "priority: `int64` is not a column of texts",
                id="numbers for words",
            ),
        ],
    )
    def test_a_table_that_cannot_be_read_is_refused(self, change: Any, error: type[Exception], told: str) -> None:
        with pytest.raises(error) as caught:
            read_clocks_table(TERMS, change(table_of(log_of(2))), NOW)
        assert told in str(caught.value)


class TestTerms:
    def test_each_item_follows_the_revision_in_force_at_its_receipt(self) -> None:
        """Before the first, and outside its term, there is none."""
        first = evolve(terms(target(hours=4)), term=Term(local("2024-01-01T00:00"), local("2024-03-12T00:00")))
        second = evolve(terms(target(hours=1, name="shorter"), number=2), effective_at=local("2024-03-05T00:00"))
        both = ServiceAgreement.of(evolve(first, effective_at=local("2024-02-01T00:00")), second)
        rows = [
            Row(f"I{number}", from_micros(to_micros(local("2023-12-01T09:00")) + number * 9 * DAY), "assigned")
            for number in range(14)
        ]
        found = table_rows(read_clocks_table(both, table_of(rows), NOW))
        assert found == expected(both, INCIDENT, rows, NOW)
        assert {row["target"] for some in found.values() for row in some} == {"resolution", "shorter"}

    def test_years_that_are_not_covered_are_told_as_for_one_item(self) -> None:
        """A finding, and no due instant; the other items are read at once."""
        known = ServiceHours.weekly("UTC", {"mon-fri": ["09:00-17:00"]}, covered_years=(2023, 2023))
        terms = agreement(target(hours=400), target("closure", hours=4, goal=Within(HOUR, TimeKind.WALL)), hours=known)
        rows = [
            Row(f"I{number}", from_micros(to_micros(local("2022-12-20T09:00")) + number * 25 * DAY), status)
            for number in range(16)
            for status in ("assigned", "resolved")[: 1 + number % 2]
        ]
        now = local("2023-12-28T00:00")
        found = table_rows(read_clocks_table(terms, table_of(rows), now))
        assert found == expected(terms, INCIDENT, rows, now)
        findings = {row["findings"] for some in found.values() for row in some}
        assert None in findings
        assert any(text and "lies outside the years 2023 to 2023" in text for text in findings)

    def test_who_is_told_of_security_incidents_is_nothing_against_columns(self) -> None:
        """Those clocks belong to the incidents of security, and to no target."""
        duty = NotificationDuty(name="customer", party="customer", within=Within(24 * HOUR, TimeKind.WALL))
        terms = ServiceAgreement.of(evolve(agreement(target()).revisions[0], notifications=(duty,)))
        rows = [Row("I0", local("2023-03-01T09:00"), "recorded"), Row("I0", local("2023-03-02T09:00"), "resolved")]
        now = local("2023-03-03T00:00")
        assert read_singly(terms) == {}
        assert table_rows(read_clocks_table(terms, table_of(rows), now)) == expected(terms, INCIDENT, rows, now)

    def test_every_reason_against_columns_is_told(self) -> None:
        """By revision and target."""
        measure = Measure(name="from_work", start={"started"}, stop={"resolved", "received"}, ends=Phase.CANCELLED)
        told = read_singly(
            agreement(
                target(goal=ByEndOfWorkingDay(1)),
                target("closure", on_change=OnChange.KEEP),
                target("fulfillment", on_reopening=OnReopening.RESTART),
                target("next_response"),
                target("from_work"),
                target("acknowledgement", pause_on={"customer"}),
                target("first_response", excludes={"force_majeure"}),
                measures=(measure,),
            )
        )
        assert told == {
            (1, "resolution"): ("the goal is by the end of working day 1 after the start",),
            (1, "closure"): ("a change of priority or service is not retroactive",),
            (1, "fulfillment"): ("a reopening does not resume the clock",),
            (1, "next_response"): ("the measure has cycles", "the measure does not start at the receipt"),
            (1, "from_work"): (
                "the measure does not start at the receipt",
                "the receipt stops the measure",
                "the measure ends with the phase `cancelled`",
            ),
            (1, "first_response"): ("the rule `excludes`",),
        }

    def test_a_rule_that_is_not_known_here_is_never_taken_as_absent(self) -> None:
        """Whoever adds a field to targets finds them read item by item until columns mind it."""

        @frozen(kw_only=True)
        class WithMore(ServiceLevelTarget):
            leap_seconds: bool = False

        plain_target = target()
        fields = {name: getattr(plain_target, name) for name in ("name", "measure", "goal", "hours")}
        assert target_obstacles(WithMore(**fields)) == ()
        assert target_obstacles(WithMore(**fields, leap_seconds=True)) == ("the rule `leap_seconds`",)
