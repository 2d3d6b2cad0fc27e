from __future__ import annotations

import csv
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.errors import ExtraMissingError, IntegrityError, NaiveTimeError, UnusableInputError
from svcdelivery.reporting import write_work_products
from svcdelivery.reporting.products import FILES
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Store
from svcdelivery.storage.sqlite import SqliteStore, build_sqlite
from svcdelivery.timeline import parse_instant
from tests.reporting.stories import BOB, OLGA, PORTAL, agreement, desk_on, tell_the_story


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    chosen = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.db")
    yield chosen
    chosen.close()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def data(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


class TestStory:
    def test_each_delivery_stands_once_with_how_often_it_was_reopened(self, store: Store, tmp_path: Path) -> None:
        """Work product 1: the final delivery counts, under its clause and revision, with who delivered it."""
        tell_the_story(store)
        written = write_work_products(store, tmp_path / "out")
        found = {row["id"]: row for row in rows(written.services_delivered)}
        assert list(found) == ["inc-1", "req-1", "inc-2"]
        late = found["inc-2"]
        assert (late["times_reopened"], late["delivered_at"]) == ("1", "2026-03-30T11:30:00.000000Z")
        assert (late["delivered_by"], late["agreement"], late["revision"]) == ("staff:bob", "acme", "1")
        assert (late["targets"], late["clauses"], late["verdicts"]) == (
            "repair; answer",
            "4.2; 4.1",
            "breached; breached",
        )
        assert late["summary"] == "'=cmd|' /C calc'!A0"
        assert written.deliveries == 3

    def test_the_service_log_is_the_journal_as_stored(self, store: Store, tmp_path: Path) -> None:
        """Work product 2: every entry with its hash, payloads byte for byte; the head stands beside it."""
        tell_the_story(store)
        written = write_work_products(store, tmp_path / "out")
        with store.unit("main", write=False) as unit:
            entries, head = unit.feed.entries(limit=10_000), unit.feed.head()
        lines = written.service_log.read_bytes().splitlines()
        assert len(lines) == len(entries) == written.entries == head.position
        for line, entry in zip(lines, entries, strict=True):
            told = json.loads(line)
            assert (told["position"], told["stream"], told["version"]) == (entry.position, entry.stream, entry.version)
            assert (told["type"], told["actor"], told["hash"]) == (entry.type, entry.actor, entry.hash.hex())
            assert b'"payload":' + entry.payload + b"," in line
        assert data(written.service_log_head)["hash"] == head.hash.hex()

    def test_every_breached_clock_has_its_action_waiver_or_nothing(self, store: Store, tmp_path: Path) -> None:
        """Work product 4."""
        tell_the_story(store)
        written = write_work_products(store, tmp_path / "out")
        found = {(row["id"], row["target"]): row["response"] for row in rows(written.corrective_actions)}
        assert found == {("inc-3", "repair"): "action", ("inc-2", "repair"): "waiver", ("inc-2", "answer"): "action"}
        waived = next(row for row in rows(written.corrective_actions) if row["response"] == "waiver")
        assert (waived["waiver_ground"], waived["waived_by"]) == ("moved to another building", "staff:olga")
        assert written.performance.breaches.answered.shown == "100 %"

    def test_breaches_nobody_noticed_are_listed_as_none_recorded(self, store: Store, tmp_path: Path) -> None:
        """The report reads the clocks itself; a watch that did not run hides nothing."""
        desk, time = desk_on(store)
        desk.incidents.receive(
            customer="acme", service="email", requester="ann", priority="low", by=PORTAL, key="r", id="late"
        )
        time.pass_(days=7)
        written = write_work_products(store, tmp_path / "out", now=time.now())
        assert [row["response"] for row in rows(written.corrective_actions)] == ["none recorded"]
        answered = written.performance.breaches.answered
        assert (answered.numerator, answered.denominator) == (0, 1)

    def test_an_action_whose_clock_reads_otherwise_now_is_listed_apart(self, store: Store, tmp_path: Path) -> None:
        """A later change of priority may leave an action without its breach; it is not dropped."""
        desk, time = desk_on(store)
        desk.incidents.receive(
            customer="acme", service="email", requester="ann", priority="high", by=PORTAL, key="r", id="one"
        )
        time.pass_(hours=3)
        desk.watch.run()
        desk.incidents.change_priority("one", priority="low", ground="not so bad", by=BOB, key="p")
        written = write_work_products(store, tmp_path / "out")
        found = [(row["target"], row["response"], row["action_status"]) for row in rows(written.corrective_actions)]
        assert found == [("answer", "action without breach", "raised")]
        assert written.performance.breaches.without_breach.value == 1

    def test_each_invitation_has_a_row_and_no_token(self, store: Store, tmp_path: Path) -> None:
        """Work product 5: the token would let a reader answer for somebody else."""
        tell_the_story(store)
        written = write_work_products(store, tmp_path / "out")
        found = rows(written.satisfaction)
        assert [(row["id"], row["status"], row["score"]) for row in found] == [
            ("inc-1", "answered", "5"),
            ("req-1", "open", ""),
            ("inc-2", "withdrawn", ""),
            ("inc-2", "open", ""),
        ]
        assert {row["invited_after"] for row in found} == {"PT0S"}
        assert "token" not in found[0]
        said = written.performance.satisfaction
        assert (said.response.numerator, said.response.denominator) == (1, 3)
        assert said.response.excluded == (("withdrawn by a reopening", 1),)

    def test_the_figures_of_the_story_are_right(self, store: Store, tmp_path: Path) -> None:
        """Counted by hand from the story."""
        tell_the_story(store)
        performance = write_work_products(store, tmp_path / "out").performance
        by_measure = {measure.measure: measure for measure in performance.measures}
        repair = by_measure["resolution"].by("target")[0]
        assert (repair.figure.numerator, repair.figure.denominator, repair.breached_open) == (2, 4, 1)
        assert repair.figure.excluded == (("cancelled", 1),)
        assert repair.kept is False
        answer = by_measure["first_response"].whole.figure
        assert (answer.numerator, answer.denominator, dict(answer.excluded)) == (1, 2, {"without a target": 3})
        counts = {figure.name: figure.value for figure in performance.flow.counts}
        assert counts == {
            "received": 5, "delivered": 3, "done, not closed": 2, "closed": 1, "cancelled": 1, "rejected": 0,
            "reopened": 1, "reopenings": 1, "major incidents": 0,
        }  # fmt: skip
        refused = performance.refusals.requests
        assert (refused.numerator, refused.denominator) == (1, 6)
        assert performance.refusals.by_service == (("vpn", 1),)

    def test_a_report_is_a_function_of_the_store(self, store: Store, tmp_path: Path) -> None:
        """Asking again gives the same bytes, in place of the old ones."""
        tell_the_story(store)
        first = write_work_products(store, tmp_path / "out")
        before = {name: (tmp_path / "out" / name).read_bytes() for name in FILES.values()}
        again = write_work_products(store, tmp_path / "out")
        assert first == again
        assert before == {name: (tmp_path / "out" / name).read_bytes() for name in FILES.values()}
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES.values())

    def test_progress_counts_up_to_its_total(self, store: Store, tmp_path: Path) -> None:
        """Two steps an entry of the journal, never backwards."""
        tell_the_story(store)
        told: list[tuple[int, int]] = []
        write_work_products(store, tmp_path / "out", progress=lambda done, total: told.append((done, total)))
        assert told == sorted(told)
        assert told[-1][0] == told[-1][1]


class TestAsOf:
    def test_a_report_as_of_an_earlier_instant_knows_nothing_later(self, store: Store, tmp_path: Path) -> None:
        """Items count as they stood then: nothing delivered, nobody asked, no action raised."""
        tell_the_story(store)
        performance = write_work_products(
            store, tmp_path / "out", now=parse_instant("2026-03-23T08:10:00Z")
        ).performance
        assert performance.flow.backlog.open.value == 5
        assert performance.whole.figure.denominator == 0
        assert performance.breaches.statuses == (("raised", 0), ("implemented", 0), ("effective", 0), ("waived", 0))
        earlier = write_work_products(store, tmp_path / "out", now=parse_instant("2026-03-20T00:00:00Z")).performance
        assert (earlier.flow.counts[0].value, earlier.later) == (0, 5)

    def test_a_time_without_zone_is_refused(self, store: Store, tmp_path: Path) -> None:
        """No zone is ever assumed."""
        with pytest.raises(NaiveTimeError):
            write_work_products(store, tmp_path / "out", now=datetime(2026, 1, 1))
        assert not (tmp_path / "out").exists()


class TestThinData:
    def test_an_empty_store_says_no_data_everywhere(self, store: Store, tmp_path: Path) -> None:
        """B103: never 0 or 100 %."""
        written = write_work_products(store, tmp_path / "out")
        assert written.performance.as_of is None
        text = written.page.read_text(encoding="utf-8")
        assert "no data" in text
        assert "100 %" not in text
        assert "0.0 %" not in text
        assert rows(written.services_delivered) == rows(written.corrective_actions) == rows(written.satisfaction) == []
        assert written.service_log.read_bytes() == b""
        assert data(written.performance_data)["compliance"]["whole"]["value"] is None

    def test_one_item_is_enough(self, store: Store, tmp_path: Path) -> None:
        """B103: one open item is judged by nothing yet, and is left out by name."""
        desk, _ = desk_on(store)
        desk.requests.receive(
            customer="acme", service="printing", requester="ann", priority="low", by=PORTAL, key="r", id="only"
        )
        figure = write_work_products(store, tmp_path / "out").performance.whole.figure
        assert (figure.shown, figure.excluded) == ("no data", (("still open, not yet due", 1),))

    def test_all_excluded_is_no_data(self, store: Store, tmp_path: Path) -> None:
        """B103: when everything is cancelled, nothing is met and nothing breached."""
        desk, _ = desk_on(store)
        for number in range(3):
            id = f"inc-{number}"
            desk.incidents.receive(
                customer="acme", service="email", requester="ann", priority="low", by=PORTAL, key=f"r{id}", id=id
            )
            desk.incidents.cancel(id, by=BOB, key=f"c{id}")
        performance = write_work_products(store, tmp_path / "out").performance
        assert performance.whole.figure.shown == "no data"
        assert performance.measures[0].by("target")[0].kept is None

    def test_a_store_with_agreements_alone_has_no_items(self, store: Store, tmp_path: Path) -> None:
        """An agreement without work is no error."""
        desk, _ = desk_on(store)
        desk.agreements.register(agreement("other"), by=OLGA, key="other")
        assert write_work_products(store, tmp_path / "out").performance.flow.counts[0].value == 0


class TestRequestDatabase:
    def test_it_names_the_store_without_naming_the_machine(self, tmp_path: Path) -> None:
        """Work product 6: the path is seen from the report, so that both may be moved together."""
        with SqliteStore(tmp_path / "desk.db") as store:
            tell_the_story(store)
            found = data(write_work_products(store, tmp_path / "out").request_database)
        assert (found["kind"], found["path"]) == ("sqlite", "../desk.db")
        assert found["items"] == {
            "incident": {"cancelled": 1, "closed": 1, "recorded": 1, "resolved": 1},
            "request": {"fulfilled": 1},
        }
        assert str(tmp_path) not in (tmp_path / "out" / "performance.html").read_text(encoding="utf-8")

    def test_a_store_that_is_still_being_built_is_named_as_it_will_be(self, tmp_path: Path) -> None:
        """A report that is written before the store has its name leads to it all the same."""
        with build_sqlite(tmp_path / "desk.db") as store:
            tell_the_story(store)
            found = data(write_work_products(store, tmp_path / "out").request_database)
        assert (found["kind"], found["path"]) == ("sqlite", "../desk.db")
        assert (tmp_path / "out" / found["path"]).exists()

    def test_a_store_in_memory_has_no_path(self, tmp_path: Path) -> None:
        """It says so instead of making one up."""
        found = data(write_work_products(MemoryStore(), tmp_path / "out").request_database)
        assert (found["kind"], found["path"]) == ("memory", None)


class TestRefusals:
    def test_a_missing_extra_is_named_before_anything_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One line that says what to install; no folder appears."""
        monkeypatch.setitem(sys.modules, "jinja2", None)
        with pytest.raises(ExtraMissingError, match=r"svcdelivery\[report\]"):
            write_work_products(MemoryStore(), tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_a_file_is_no_place_for_a_report(self, tmp_path: Path) -> None:
        """B095: one clear line."""
        (tmp_path / "out").write_text("")
        with pytest.raises(UnusableInputError, match="not a folder"):
            write_work_products(MemoryStore(), tmp_path / "out")

    @pytest.mark.parametrize("payload", [b"no JSON", b"{}", b'{"a":\n1}'])
    def test_a_damaged_journal_leaves_the_earlier_report_whole(self, tmp_path: Path, payload: bytes) -> None:
        """All or nothing: the error names the entry, and no file is touched."""
        with SqliteStore(tmp_path / "desk.db") as store:
            tell_the_story(store)
            written = write_work_products(store, tmp_path / "out")
        before = {path.name: path.read_bytes() for path in written.folder.iterdir()}
        with closing(sqlite3.connect(tmp_path / "desk.db")) as connection:
            connection.execute("UPDATE facts SET payload = ? WHERE position = 20", (payload,))
            connection.commit()
        with SqliteStore(tmp_path / "desk.db") as store, pytest.raises(IntegrityError, match="entry 20"):
            write_work_products(store, tmp_path / "out")
        assert {path.name: path.read_bytes() for path in written.folder.iterdir()} == before
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["out"]
