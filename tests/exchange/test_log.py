"""Logs come in whole: a fact a row, only what changed, and every irregularity as a finding."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from attrs import evolve, fields
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcdelivery.errors import UnusableInputError
from svcdelivery.exchange.findings import EXAMPLES_MOST, counts_by_code
from svcdelivery.exchange.log import read_log
from svcdelivery.exchange.source_file import SourceFile
from svcdelivery.exchange.table import table_rows
from svcdelivery.facts import NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline import from_micros, parse_instant
from svcdelivery.work import ImportedItem, Observed, fold_work, observation, observed_rows
from tests.exchange.logs import HEADER, PROFILE, findings_of, imported, log_file

WHOLE = (
    "I-1,1/3/2026 08:00,1/3/2026 08:00,0,New,P3,?,?,first",
    "I-1,1/3/2026 08:00,1/3/2026 08:05,1,Assigned,P3,net,?,first",
    "I-1,1/3/2026 08:00,1/3/2026 09:00,2,Work,P2,net,?,first",
    "I-1,1/3/2026 08:00,1/3/2026 09:30,3,Wait,P2,net,?,?",
    "I-1,1/3/2026 08:00,1/3/2026 10:00,4,Work,P2,net,?,?",
    "I-1,1/3/2026 08:00,1/3/2026 11:00,5,Done,P2,net,1/3/2026 11:00,?",
    "I-1,1/3/2026 08:00,4/3/2026 11:00,6,Closed,P2,net,1/3/2026 11:00,?",
)
"""A life without anything irregular."""


def rows_of(path: Path) -> list[dict[str, str | None]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{name: None if cell == "?" else cell for name, cell in row.items()} for row in csv.DictReader(file)]


class TestFacts:
    def test_each_row_is_one_fact_in_the_order_of_the_file(self, tmp_path: Path) -> None:
        """Nothing is dropped, doubled or put elsewhere."""
        log, (item,) = imported(log_file(tmp_path, *WHOLE))
        assert [fact.body.row for fact in item.facts] == [2, 3, 4, 5, 6, 7, 8]
        assert (log.rows, log.items, log.columns) == (7, 1, tuple(HEADER.split(",")))
        assert log.findings == ()

    def test_a_fact_holds_what_changed_since_the_row_before(self, tmp_path: Path) -> None:
        """The first holds all columns; later ones those alone that differ, None where a value went missing."""
        _, (item,) = imported(log_file(tmp_path, *WHOLE))
        first, assigned, *_ = item.facts
        assert dict(first.body.attributes)["group"] is None
        assert len(first.body.attributes) == len(HEADER.split(","))
        assert dict(assigned.body.attributes) == {
            "updated": "1/3/2026 08:05", "version": "1", "state": "Assigned", "group": "net",
        }  # fmt: skip
        assert ("note", None) in item.facts[3].body.attributes

    def test_our_own_fields_follow_their_columns(self, tmp_path: Path) -> None:
        """Constants stand on the first fact, and a field on each fact that changes it."""
        _, (item,) = imported(log_file(tmp_path, *WHOLE))
        assert [fact.body.fields for fact in item.facts[:4]] == [
            (("customer", "acme"), ("priority", "P3")), (("team", "net"),), (("priority", "P2"),), (),
        ]  # fmt: skip

    def test_statuses_and_holds_are_told_in_our_words_beside_theirs(self, tmp_path: Path) -> None:
        """Both words are kept."""
        _, (item,) = imported(log_file(tmp_path, *WHOLE))
        wait = item.facts[3].body
        assert (wait.status, wait.hold_reason, wait.source_status) == ("on_hold", "customer", "Wait")

    def test_the_receipt_stands_on_the_first_fact(self, tmp_path: Path) -> None:
        """It may lie before the first update the log holds."""
        _, (item,) = imported(log_file(tmp_path, "I-1,1/3/2026 08:00,2/3/2026 08:00,0,New,P3,?,?,x", *WHOLE[1:2]))
        assert item.facts[0].body.received_at == parse_instant("2026-03-01T08:00:00Z")
        assert item.facts[0].occurred_at == parse_instant("2026-03-02T08:00:00Z")
        assert item.facts[1].body.received_at is None

    def test_the_import_is_the_actor_unless_a_column_names_one(self, tmp_path: Path) -> None:
        """Who did what is not made up."""
        path = log_file(tmp_path, *WHOLE)
        _, (item,) = imported(path)
        assert {fact.actor for fact in item.facts} == {Actor.system("import")}
        _, (item,) = imported(path, evolve(PROFILE, actor="note"))
        assert [fact.actor for fact in item.facts[2:4]] == [Actor.staff("first"), Actor.system("import")]

    def test_the_record_folds_to_the_last_row(self, tmp_path: Path) -> None:
        """What replay makes of the facts is what the log says in the end."""
        _, (item,) = imported(log_file(tmp_path, *WHOLE))
        record = fold_work(history("incident:I-1", item.facts))
        assert record is not None
        assert (record.phase, record.priority, record.team, record.customer) == (Phase.CLOSED, "P2", "net", "acme")
        assert record.done_at == parse_instant("2026-03-01T11:00:00Z")

    def test_a_log_sorted_by_time_gives_the_same_items(self, tmp_path: Path) -> None:
        """Rows of one item need not stand together; that they do not is told."""
        other = [row.replace("I-1", "I-2") for row in WHOLE]
        mixed = [row for pair in zip(WHOLE, other, strict=True) for row in pair]
        log, items = imported(log_file(tmp_path, *mixed))
        _, together = imported(log_file(tmp_path, *WHOLE, *other, name="together.csv"))
        assert [[f.body.attributes for f in i.facts] for i in items] == [
            [f.body.attributes for f in i.facts] for i in together
        ]
        assert counts_by_code(log.findings) == (("scattered_item", "2"),)

    def test_iterating_again_gives_the_same_again(self, tmp_path: Path) -> None:
        """A failed transaction can be tried again."""
        log = read_log(log_file(tmp_path, *WHOLE), PROFILE)
        assert list(log) == list(log)

    def test_a_file_that_changes_between_check_and_import_is_refused(self, tmp_path: Path) -> None:
        """The digest on every fact is that of the bytes it came from."""
        path = log_file(tmp_path, *WHOLE)
        log = read_log(path, PROFILE)
        log_file(tmp_path, *WHOLE, WHOLE[-1])
        with pytest.raises(UnusableInputError, match="changed while it was read"):
            list(log)

    def test_gzip_is_told_by_content_and_the_digest_is_of_the_bytes_on_disk(self, tmp_path: Path) -> None:
        """The name of a file says nothing."""
        plain = log_file(tmp_path, *WHOLE)
        packed = tmp_path / "packed.csv"
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        first, second = read_log(plain, PROFILE), read_log(packed, PROFILE)
        assert first.digest != second.digest
        assert [f.body.attributes for i in first for f in i.facts] == [
            f.body.attributes for i in second for f in i.facts
        ]
        assert second.source == second.digest[:12]
        assert next(iter(second)).facts[0].body.source == second.source

    def test_a_byte_order_mark_and_cells_over_several_lines_are_read(self, tmp_path: Path) -> None:
        """Spreadsheets write both; a row counts from the line it begins on."""
        path = log_file(tmp_path, WHOLE[0].replace("first", '"two\r\nlines"'), WHOLE[1])
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        _, (item,) = imported(path)
        assert dict(item.facts[0].body.attributes)["note"] == "two\r\nlines"
        assert [fact.body.row for fact in item.facts] == [2, 4]

    def test_progress_ends_at_all_rows(self, tmp_path: Path) -> None:
        """The last word is that everything is done."""
        told: list[tuple[int, int]] = []
        list(read_log(log_file(tmp_path, *WHOLE), PROFILE, progress=lambda done, of: told.append((done, of))))
        assert told == [(7, 7)]

    def test_the_fact_of_the_import_counts_rows_items_and_findings(self, tmp_path: Path) -> None:
        """An import says of itself where it came from and what was odd."""
        log, _ = imported(log_file(tmp_path, *WHOLE[:3]))
        fact = log.imported()
        assert (fact.name, fact.rows, fact.items, fact.profile) == ("log.csv", 3, 1, "test")
        assert fact.findings == (("missing_end", "1"),)
        assert fact.digest.startswith(fact.source)


class TestFindings:
    def test_an_illegal_jump_names_both_words(self, tmp_path: Path) -> None:
        """Set as observed, and told."""
        found = findings_of(tmp_path, *WHOLE[:2], WHOLE[6])
        assert found["illegal_jump"].message == "`Assigned` to `Closed` is no single move of the incident lifecycle"
        assert str(found["illegal_jump"].examples[0]) == (
            "line 4, item `I-1`: `Assigned` to `Closed`, which mean assigned and closed"
        )

    def test_an_update_without_a_change_of_status_is_no_jump(self, tmp_path: Path) -> None:
        """A row is an update, not a move."""
        assert set(findings_of(tmp_path, WHOLE[0], WHOLE[0].replace("08:00,0", "08:01,1"))) == {"missing_end"}

    def test_a_tie_keeps_the_order_of_the_file(self, tmp_path: Path) -> None:
        """Two updates in one minute are told apart by their lines alone."""
        found = findings_of(tmp_path, WHOLE[0], WHOLE[1].replace("08:05", "08:00"), *WHOLE[2:])
        assert found.keys() == {"tie"}
        assert found["tie"].examples[0].row == 3

    def test_a_backward_time_is_kept_as_told(self, tmp_path: Path) -> None:
        """The fact has the time of its row."""
        rows = [*WHOLE[:3], WHOLE[3].replace("09:30", "08:30"), *WHOLE[4:]]
        found = findings_of(tmp_path, *rows)
        assert found.keys() == {"backward_time"}
        _, (item,) = imported(log_file(tmp_path, *rows))
        assert item.facts[3].occurred_at == parse_instant("2026-03-01T08:30:00Z")

    @pytest.mark.parametrize(
        ("version", "code"),
        [
            ("3", "counter_gap"),
            ("1", "counter_repeat"),
            ("0", "counter_back"),
            ("x", "no_counter"),
            ("²", "no_counter"),
        ],
    )
    def test_a_counter_tells_of_updates_the_log_does_not_hold(self, tmp_path: Path, version: str, code: str) -> None:
        """Gaps, repeats, steps back and texts that are no numbers are different things."""
        found = findings_of(tmp_path, *WHOLE[:2], WHOLE[2].replace("09:00,2", f"09:00,{version}"))
        assert code in found

    def test_a_counter_that_begins_late_is_told_once(self, tmp_path: Path) -> None:
        """The first updates are missing."""
        assert findings_of(tmp_path, WHOLE[0].replace("08:00,0", "08:00,1"), WHOLE[1].replace(",1,", ",2,")).keys() == {
            "counter_start", "missing_end",
        }  # fmt: skip

    def test_an_item_that_begins_past_new_is_told(self, tmp_path: Path) -> None:
        """What came before is not in the log, and not made up."""
        found = findings_of(tmp_path, WHOLE[2].replace("09:00,2", "09:00,0"))
        assert found["late_start"].message == "items that begin at `Work`; what came before is not in the log"

    def test_an_item_without_an_end_is_told(self, tmp_path: Path) -> None:
        """It stays open."""
        assert findings_of(tmp_path, *WHOLE[:6])["missing_end"].examples[0].what == "the last status is `Done`"

    def test_reopening_and_updates_after_the_end_are_told(self, tmp_path: Path) -> None:
        """Both are possible, and worth a look."""
        again = [WHOLE[6].replace("4/3/2026 11:00,6", f"{5 + n}/3/2026 11:00,{7 + n}") for n in range(3)]
        found = findings_of(
            tmp_path, *WHOLE, again[0], again[1].replace("Closed", "Work"), again[2].replace("Closed", "Done")
        )
        assert found["update_after_end"].message == "updates after the end: `Closed` to `Closed`"
        assert found["reopened"].message == "work that was done is taken up again: `Closed` to `Work`"

    def test_a_text_that_is_no_status_keeps_the_one_before(self, tmp_path: Path) -> None:
        """The row is kept with its own word; at the beginning the item is new."""
        rows = WHOLE[0].replace("New", "-100"), WHOLE[1], WHOLE[2], WHOLE[3], WHOLE[4].replace("Work", "-100")
        assert findings_of(tmp_path, *rows)["irregular_status"].count == 2
        _, (item,) = imported(log_file(tmp_path, *rows))
        first, last = item.facts[0].body, item.facts[4].body
        assert (first.status, first.source_status) == ("recorded", "-100")
        assert (last.status, last.hold_reason) == ("on_hold", "customer")

    def test_a_value_from_the_future_is_told_once_an_item(self, tmp_path: Path) -> None:
        """A solution known before the work is done was copied back; it stays an attribute."""
        rows = [row.replace(",?,", ",4/3/2026 11:00,") if ",?,first" in row else row for row in WHOLE]
        found = findings_of(tmp_path, *rows)
        assert found["looked_ahead"].count == 1
        assert found["looked_ahead"].message == "items with a value in `solved` before they are resolved"
        assert found["changed_look_ahead"].examples[0].what == "`4/3/2026 11:00` becomes `?`"

    def test_an_update_from_before_the_receipt_is_told(self, tmp_path: Path) -> None:
        """Both times are kept."""
        found = findings_of(tmp_path, *(row.replace("I-1,1/3/2026 08:00", "I-1,1/3/2026 08:02") for row in WHOLE))
        assert found["update_before_receipt"].count == 1

    def test_a_receipt_that_changes_or_is_missing_is_told(self, tmp_path: Path) -> None:
        """The first one counts; without one, the first update does."""
        found = findings_of(tmp_path, WHOLE[0], WHOLE[1].replace("I-1,1/3/2026 08:00", "I-1,1/3/2026 07:00"))
        assert found["changed_receipt"].examples[0].what == (
            "`1/3/2026 08:00` becomes `1/3/2026 07:00`; the first one counts"
        )
        assert "missing_receipt" in findings_of(tmp_path, WHOLE[0].replace("I-1,1/3/2026 08:00", "I-1,?"))

    def test_a_wall_time_that_is_no_single_instant_is_told(self, tmp_path: Path) -> None:
        """One rule decides, and the log is told to be unclear."""
        profile = evolve(PROFILE, zone="Europe/Paris")
        spring = "I-1,29/3/2026 02:30,29/3/2026 04:00,0,New,P3,?,?,x"
        autumn = "I-2,1/3/2026 08:00,25/10/2026 02:30,0,New,P3,?,?,x"
        log, items = imported(log_file(tmp_path, spring, autumn), profile)
        assert [f.count for f in log.findings if f.code == "doubtful_time"] == [1, 1]
        assert items[0].facts[0].body.received_at == parse_instant("2026-03-29T01:00:00Z")
        assert items[1].facts[0].occurred_at == parse_instant("2026-10-25T00:30:00Z")

    def test_blank_lines_are_told_and_hold_no_update(self, tmp_path: Path) -> None:
        """They are skipped by name."""
        assert findings_of(tmp_path, WHOLE[0], "", *WHOLE[1:])["blank_line"].examples[0].row == 3

    def test_an_example_stays_on_one_line_whatever_a_cell_holds(self, tmp_path: Path) -> None:
        """A log cannot write lines of its own into a report, nor drive a terminal."""
        found = findings_of(tmp_path, WHOLE[0].replace(",?,first", ',"\x1b[2J\nforged line",first'))
        assert found["looked_ahead"].examples[0].what == "`\\x1b[2J\\nforged line`, while it is `New`"

    def test_a_finding_keeps_few_examples_of_different_items(self, tmp_path: Path) -> None:
        """The count is whole."""
        rows = [f"I-{n},1/3/2026 08:00,1/3/2026 08:00,{v},New,P3,?,?,x" for n in range(9) for v in range(3)]
        tie = findings_of(tmp_path, *rows)["tie"]
        assert (tie.count, len(tie.examples)) == (18, EXAMPLES_MOST)
        assert len({example.item for example in tie.examples}) == EXAMPLES_MOST


cells = st.sampled_from(
    ["?", "", "I-1", "I-2", "1/3/2026 08:00", "New", "Done", "-100", "0", "7", 'a "b"', "c,d", "e\nf", "ü"]
)
rows = st.builds(
    lambda id, opened, updated, version, state, rest: [id, opened, updated, version, state, *rest],
    st.sampled_from(["I-1", "I-2", "I-3"]),
    st.sampled_from(["1/3/2026 08:00", "?"]),
    st.builds("{}/3/2026 {:02}:00".format, st.integers(1, 28), st.integers(0, 23)),
    st.integers(0, 9).map(str),
    st.sampled_from(["New", "Assigned", "Work", "Wait", "Done", "Closed", "-100"]),
    st.lists(cells, min_size=4, max_size=4),
)


def csv_text(table: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER.split(","), *table])
    return text.getvalue()


class TestAnyLog:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(rows, min_size=1, max_size=20))
    def test_the_facts_give_back_every_row_of_the_file(self, tmp_path: Path, table: list[list[str]]) -> None:
        """An import loses nothing, whatever the order of the rows."""
        path = tmp_path / "log.csv"
        path.write_text(csv_text(table), encoding="utf-8", newline="")
        log, items = imported(path)
        seen = {fact.body.row: row for item in items for fact, row in observed_rows(item.facts)}
        assert [seen[line] for line in sorted(seen)] == rows_of(path)
        assert log.rows == sum(len(item.facts) for item in items) == len(table)
        assert [item.id for item in items] == list(dict.fromkeys(i.id for i in items))
        for item in items:
            assert fold_work(history(f"incident:{item.id}", item.facts)) is not None

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.one_of(
            st.text().map(lambda text: text.encode("utf-8", "surrogatepass")),
            st.binary(max_size=200),
            st.lists(st.lists(cells, min_size=8, max_size=10), max_size=4).map(lambda table: csv_text(table).encode()),
            st.text(alphabet='",\r\n?I-1/3:0New ', max_size=80).map(lambda text: f"{HEADER}\n{text}".encode()),
            st.binary(max_size=60).map(lambda tail: gzip.compress(csv_text([]).encode())[:-3] + tail),
        )
    )
    def test_any_bytes_give_items_or_one_clear_line(self, tmp_path: Path, content: bytes) -> None:
        """Nothing else comes out of a bad file."""
        path = tmp_path / "log.csv"
        path.write_bytes(content)
        refused = ""
        items: list[ImportedItem] = []
        try:
            _, items = imported(path)
        except UnusableInputError as error:
            refused = str(error)
        assert bool(items) is not bool(refused)
        assert "\n" not in refused


def quoted_cell(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\r\n') else cell


class TestBlocks:
    """A log is read a block of lines at a time, most of which need no CSV reader."""

    @given(
        cells=st.lists(
            st.sampled_from(["", "x", "é", "a, b", 'say "so"', "two\nlines", "\r", "x" * 9_000]), max_size=60
        ),
        end=st.sampled_from(["\n", "\r\n", "\r"]),
        blank=st.sampled_from(["", "\n"]),
    )
    @settings(max_examples=60, deadline=None)
    def test_rows_are_those_the_csv_module_reads(
        self, cells: list[str], end: str, blank: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """Whatever stands in the cells and between the lines; each row with the line it begins on."""
        path = tmp_path_factory.mktemp("blocks") / "table.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            table = [("id", "a", "b"), *((str(number), cell, "-" * 900) for number, cell in enumerate(cells))]
            file.writelines(",".join(map(quoted_cell, row)) + end for row in table)
            file.write(blank)
        with path.open(encoding="utf-8", newline="") as file:
            reader, due = csv.reader(file, strict=True), []
            lines = [0]
            for row in reader:
                due.append((lines[-1] + 1, row))
                lines.append(reader.line_num)
        for wanted in (None, ["a"]):
            with table_rows(SourceFile(path), ["id"], wanted=wanted) as (_, rows):
                read = [told for lines, some in rows for told in zip(lines, some, strict=True)]
            told = 3 if wanted is None else 2
            assert [(line, row[:told]) for line, row in read] == [(line, row[:told]) for line, row in due[1:]]


def test_an_observation_is_what_the_constructors_make() -> None:
    """Both ways of making one are equal, field by field."""
    actor, at = Actor.staff("ann"), from_micros(0)
    values = ("incident", "on_hold", "Wait", "customer", (("team", "a"),), (("state", None),), at, "abc", 7)
    made = observation(*values, actor, at)
    names = [field.name for field in fields(Observed)]
    body = Observed(**dict(zip(names, values, strict=True)))
    assert made == NewFact(body=body, actor=actor, occurred_at=at)
    assert hash(made) == hash(NewFact(body=body, actor=actor, occurred_at=at))
