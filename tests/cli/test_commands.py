"""The command line as a person meets it: what it prints, where, and which exit code it ends with."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import svcdelivery
from svcdelivery.cli.main import main
from svcdelivery.desk import ServiceDesk
from svcdelivery.identity import Actor
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.system.monitoring import Sample
from svcdelivery.testing import HeldTime

AGREEMENT = """\
svcdelivery: 1
agreement: {id: shop, customer: shop}
zone: Europe/Berlin
term: {from: 2026-01-01}
service_hours: {office: {open: {mon-fri: ["09:00-17:00"]}}}
services: {web: {approved: {from: 2026-01-01}, entitled: [everybody], delivered_by: [everybody]}}
targets: {resolution: {measure: resolution, within: PT4H, hours: office, pause_on: [customer]}}
"""

FIVE_MISTAKES = """\
svcdelivery: 1
agreement: {id: shop, custommer: shop}
zone: Europe/Berlim
term: {from: 2026-01-01}
service_hours: {office: {open: {mon-fri: ["09:00-12:00", "11:00-17:00"]}}}
services: {web: {}}
targets: {resolution: {measure: resolution, within: 4 hours, hours: office}}
"""

LOG = """\
number,incident_state,sys_updated_at,opened_at,priority,sys_mod_count
INC1,New,5/1/2026 09:00,5/1/2026 09:00,3 - Moderate,0
INC1,Active,5/1/2026 10:00,5/1/2026 09:00,3 - Moderate,1
INC1,Resolved,5/1/2026 16:00,5/1/2026 09:00,3 - Moderate,2
INC1,Closed,6/1/2026 09:00,5/1/2026 09:00,3 - Moderate,3
"""

PROFILE = """\
name: small
kind: incident
times: "%d/%m/%Y %H:%M"
zone: Europe/Berlin
columns: {id: number, updated_at: sys_updated_at, status: incident_state, received_at: opened_at}
statuses: {New: recorded, Active: in_progress, Resolved: resolved, Closed: closed}
constants: {service: web}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, and the commands run in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Answer exit code, standard output and standard error of one command."""
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


class TestWrongUse:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["nonsense"],
            ["check"],
            ["explain", "missing.db", "X"],
            ["verify", "missing.db"],
            ["report", "missing.db"],
            ["verify", "postgresql://localhost/x"],
            ["vectors", "missing.json"],
            ["check", "missing.yaml"],
            ["check", "."],
            ["demo", "--seed", "many"],
            ["replay", "missing.csv", "--profile", "servicenow", "--store", "s.db"],
            ["replay", ".", "--profile", "servicenow", "--store", "s.db"],
        ],
        ids=" ".join,
    )
    def test_wrong_use_is_one_line_and_exit_code_2(
        self, folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
    ) -> None:
        """Nothing is printed but one line that says what is wrong, and nothing is left behind."""
        code, out, err = run(capsys, *arguments)
        assert code == 2
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("svcdelivery: ")
        assert list(folder.iterdir()) == []

    def test_an_empty_name_is_no_folder(self, replayed: Path) -> None:
        """Nothing is written to the folder one happens to stand in."""
        before = sorted(replayed.iterdir())
        replay = ["replay", "log.csv", "--profile", "small.yaml", "--store", "new.db"]
        for command in (["report", "s.db"], ["demo"], replay):
            assert main([*command, "--out", ""]) == 2
        assert sorted(replayed.iterdir()) == before

    def test_that_there_is_no_place_is_said_before_a_log_is_read(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The log that is named here is not there either, which would be told last."""
        for store, problem in (("none/log.db", "there is no folder"), ("postgresql://host/db", "writes a SQLite file")):
            assert main(["replay", "missing.csv", "--profile", "servicenow", "--store", store]) == 2
            assert problem in capsys.readouterr().err

    def test_the_tenant_of_a_report_is_one_that_is_there(
        self, replayed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A slip of the pen gives no empty report."""
        capsys.readouterr()
        code, _, err = run(capsys, "report", "s.db", "--tenant", "mian", "--out", "mistaken")
        assert (code, err) == (2, "svcdelivery: unknown tenant `mian` (one of `main`)\n")
        assert not (replayed / "mistaken").exists()

    def test_a_store_that_is_not_there_is_not_planned_for(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """One line, and no statements before it."""
        code, out, err = run(capsys, "migrate", "none.db")
        assert (code, out, err.count("\n")) == (2, "", 1)

    def test_a_reader_that_has_seen_enough_is_no_finding(self, replayed: Path) -> None:
        """`svcdelivery explain ... | head -1`: the rest is not written, nobody complains, and the code is 0."""
        command = [sys.executable, "-m", "svcdelivery.cli", "explain", "s.db", "INC1"]
        here = {**os.environ, "PYTHONPATH": str(Path(svcdelivery.__file__).parents[1])}
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=here, timeout=120, check=False)
        finally:
            os.close(writing)
        assert (done.returncode, done.stderr) == (0, b"")

    def test_without_a_command_the_help_is_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A person who types the name alone learns what there is."""
        code, out, _ = run(capsys)
        assert code == 2
        for name in ("check", "demo", "doctor", "explain", "replay", "report", "vectors", "verify"):
            assert name in out

    def test_control_characters_do_not_reach_the_terminal(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """B041: a forged line or an escape sequence in a name stays visible text on one line."""
        code, _, err = run(capsys, "check", "\x1b[2Jx\r\n[ERROR] forged")
        assert code == 2
        assert "\x1b" not in err
        assert err.count("\n") == 1


class TestCheck:
    def test_a_good_agreement_ends_with_0(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """No mistake, exit code 0."""
        (folder / "shop.yaml").write_text(AGREEMENT, encoding="utf-8")
        code, out, err = run(capsys, "check", "shop.yaml")
        assert (code, err) == (0, "")
        assert "0 mistakes" in out

    def test_five_mistakes_are_five_lines_with_their_places(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """All mistakes at once, each as file:line:column: CODE path: message (hint); exit code 1."""
        (folder / "bad.yaml").write_text(FIVE_MISTAKES, encoding="utf-8")
        code, out, _ = run(capsys, "check", "bad.yaml")
        lines = [line for line in out.splitlines() if line.startswith("bad.yaml:")]
        assert code == 1
        places = [tuple(map(int, line.split(":")[1:3])) for line in lines]
        # customer misspelt (and so missing), zone, overlap, duration.
        assert {line for line, _ in places} == {2, 3, 5, 7}
        assert len(lines) == 5
        assert places == sorted(places)

    def test_procedures_and_approaches_are_checked_with_their_agreement(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What a document says by itself, and whether the approach fits what is given with it."""
        (folder / "shop.yaml").write_text(AGREEMENT, encoding="utf-8")
        (folder / "way.yaml").write_text(
            "svcdelivery: 1\napproach: {agreement: shop}\nroles: [clerk]\nservices: {fax: {role: clerk}}\n"
        )
        (folder / "restart.yaml").write_text("svcdelivery: 1\nprocedure: {id: restart, title: Restart}\nsteps: []\n")
        code, out, _ = run(capsys, "check", "shop.yaml", "way.yaml", "restart.yaml")
        assert code == 1
        assert "way.yaml:4:12: SVC-D014 services.fax: unknown service `fax`" in out
        assert "restart.yaml:3:8: SVC-D013 steps: there is no step" in out

    @pytest.mark.parametrize("name", ["agreement", "approach", "procedure"])
    def test_the_forms_are_printed_as_json_schema(self, capsys: pytest.CaptureFixture[str], name: str) -> None:
        """An editor completes documents by it."""
        code, out, _ = run(capsys, "schema", name)
        assert code == 0
        assert name in json.loads(out)["properties"]

    def test_problems_come_as_json_too(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Programs read the same problems, field by field."""
        (folder / "bad.yaml").write_text(FIVE_MISTAKES, encoding="utf-8")
        code, out, _ = run(capsys, "check", "--json", "bad.yaml")
        assert code == 1
        assert {problem["line"] for problem in json.loads(out)} == {2, 3, 5, 7}


@pytest.fixture
def replayed(folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with a store that a replay wrote."""
    (folder / "shop.yaml").write_text(AGREEMENT, encoding="utf-8")
    (folder / "small.yaml").write_text(PROFILE, encoding="utf-8")
    (folder / "log.csv").write_text(LOG, encoding="utf-8")
    code = main(
        ["replay", "log.csv", "--profile", "small.yaml", "--agreement", "shop.yaml", "--store", "s.db", "--out", "out"]
    )
    assert code == 0, capsys.readouterr().err
    return folder


class TestReplay:
    def test_it_says_what_it_took_in_and_where_the_report_lies(
        self, replayed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Rows, items, irregularities, figures with their counts, and where to look next."""
        out = capsys.readouterr().out
        assert "4 rows of 1 items" in out
        assert "no single move" in out
        assert "0 of 1" in out
        assert (replayed / "out" / "performance.html").exists()

    def test_a_breach_gets_a_corrective_action(self, replayed: Path) -> None:
        """One action a breach, in the report's fourth work product."""
        rows = (replayed / "out" / "corrective-actions.csv").read_text(encoding="utf-8").splitlines()
        assert len(rows) == 2
        assert "raised" in rows[1]

    def test_a_waiver_stands_in_its_place(self, replayed: Path) -> None:
        """--waive names the ground, and the figure still says how many were waived."""
        code = main([
            "replay", "log.csv", "--profile", "small.yaml", "--agreement", "shop.yaml", "--store", "w.db",
            "--out", "waived", "--waive", "before our time",
        ])  # fmt: skip
        assert code == 0
        assert "before our time" in (replayed / "waived" / "corrective-actions.csv").read_text(encoding="utf-8")

    def test_a_store_that_is_there_stays_as_it_is(self, replayed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A second replay into the same file is refused, and changes nothing."""
        before = (replayed / "s.db").read_bytes()
        code, _, err = run(capsys, "replay", "log.csv", "--profile", "small.yaml", "--store", "s.db")
        assert code == 2
        assert "s.db" in err
        assert (replayed / "s.db").read_bytes() == before

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("cut.csv.gz", gzip.compress(LOG.encode())[:60]),
            ("empty.csv", b""),
            ("headers.csv", LOG.replace("incident_state", "state").encode()),
            ("doubled.csv", LOG.replace("priority", "number").encode()),
            ("status.csv", LOG.replace("Active", "Dreaming").encode()),
            ("time.csv", LOG.replace("5/1/2026 10:00", "31/2/2026 10:00").encode()),
            ("latin.csv", LOG.replace("Moderate", "Modér").encode("latin-1")),
        ],
        ids=["cut", "empty", "headers", "doubled", "status", "time", "latin"],
    )
    def test_an_unusable_log_is_one_line_and_leaves_nothing(
        self, replayed: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes
    ) -> None:
        """One clear line, exit code 2, no store and no report."""
        (replayed / name).write_bytes(content)
        capsys.readouterr()
        before = sorted(replayed.iterdir())
        code, out, err = run(
            capsys, "replay", name, "--profile", "small.yaml", "--agreement", "shop.yaml", "--store", "n.db",
            "--out", "new",
        )  # fmt: skip
        assert code == 2
        assert out == ""
        assert err.count("\n") == 1
        assert name in err
        assert sorted(replayed.iterdir()) == before

    def test_an_agreement_with_mistakes_stops_it(self, replayed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Terms that cannot be read judge nothing: every mistake in a line, exit code 2."""
        (replayed / "bad.yaml").write_text(FIVE_MISTAKES, encoding="utf-8")
        capsys.readouterr()
        code, out, err = run(
            capsys, "replay", "log.csv", "--profile", "small.yaml", "--agreement", "bad.yaml", "--store", "n.db"
        )
        assert (code, out, err.count("\n")) == (2, "", 5)
        assert not (replayed / "n.db").exists()


class TestExplain:
    def test_every_span_is_told(self, replayed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The verdict, the terms, and the spans that were counted."""
        capsys.readouterr()
        code, out, _ = run(capsys, "explain", "s.db", "INC1")
        assert code == 0
        assert "resolution BREACHED: 7:00:00 of 4:00:00 used, 3:00:00 too late" in out
        assert "shop revision 1" in out
        assert "counted" in out

    def test_a_reading_of_an_earlier_instant_knows_nothing_later(
        self, replayed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """--at reads the clocks as they stood."""
        capsys.readouterr()
        code, out, _ = run(capsys, "explain", "s.db", "INC1", "--at", "2026-01-05T10:00:00Z", "--json")
        (reading,) = json.loads(out)
        assert code == 0
        assert (reading["verdict"], reading["elapsed"]) == ("open", "PT2H")

    def test_before_its_receipt_an_item_has_no_clock(self, replayed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """It says so, instead of blaming the agreement."""
        capsys.readouterr()
        code, out, _ = run(capsys, "explain", "s.db", "INC1", "--at", "2026-01-02T00:00:00Z")
        assert (code, out) == (0, "no clock: it was received 2026-01-05T08:00:00.000000Z, after that instant\n")

    def test_the_timeline_says_where_the_time_of_the_item_went(
        self, replayed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """One hour in the queue, six of work, seventeen until it was closed: as text, as JSON, as a page."""
        capsys.readouterr()
        code, out, _ = run(capsys, "explain", "s.db", "INC1", "--timeline")
        assert code == 0
        assert "by use: queue 1:00:00; work 6:00:00; delivered 17:00:00" in out
        _, out, _ = run(capsys, "explain", "s.db", "INC1", "--timeline", "--json")
        assert json.loads(out)["elapsed"] == "P1D"
        _, out, _ = run(capsys, "explain", "s.db", "INC1", "--timeline", "--format", "html")
        assert out.startswith("<!DOCTYPE html>")
        code, _, err = run(capsys, "explain", "s.db", "INC1", "--timeline", "--target", "resolution")
        assert code == 2
        assert "--timeline" in err
        assert run(capsys, "explain", "s.db", "INC1", "--probe", "web")[0] == 2

    def test_the_timeline_shows_what_the_desk_measured_meanwhile(
        self, replayed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Two samples on record, one of them while it was worked on."""
        at = [datetime(2026, 1, 5, hour, 30, tzinfo=UTC) for hour in (7, 12)]
        store = SqliteStore("s.db")
        told = [Sample(id=f"s{n}", probe="web", at=moment, value=n) for n, moment in enumerate(at)]
        desk = ServiceDesk(store, time=HeldTime(datetime(2026, 12, 1, tzinfo=UTC)))
        desk.monitoring.record(told, by=Actor.system("probe"), key="told")
        store.close()
        capsys.readouterr()
        code, out, _ = run(capsys, "explain", "s.db", "INC1", "--timeline", "--probe", "web", "--json")
        assert code == 0
        counted = [span["probes"][0]["samples"] for span in json.loads(out)["spans"]]
        assert counted == [0, 1, 0]

    def test_an_unknown_item_or_target_is_one_line(self, replayed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """What is not there is said, and for targets what is."""
        capsys.readouterr()
        assert run(capsys, "explain", "s.db", "INC9")[0] == 2
        code, _, err = run(capsys, "explain", "s.db", "INC1", "--target", "closure")
        assert code == 2
        assert "`resolution`" in err


class TestVerify:
    def test_a_sound_store_ends_with_0(self, replayed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Every entry matches, and the head can be noted elsewhere."""
        capsys.readouterr()
        code, out, _ = run(capsys, "verify", "s.db")
        assert code == 0
        assert "all sound; head " in out

    def test_an_edited_entry_is_named(self, replayed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """One changed byte of one old payload: exit code 1, and which entry it is."""
        connection = sqlite3.connect(replayed / "s.db")
        with connection:
            connection.execute("UPDATE facts SET payload = replace(payload, 'Active', 'active') WHERE position = 5")
        connection.close()
        capsys.readouterr()
        code, out, _ = run(capsys, "verify", "s.db")
        assert code == 1
        assert "5" in out

    def test_a_cut_off_end_is_found_by_what_was_noted_elsewhere(
        self, replayed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The head was set back along with the end: the store by itself looks sound."""
        code, _, _ = run(capsys, "verify", "s.db", "--note", "heads.jsonl")
        assert code == 0
        assert run(capsys, "verify", "s.db", "--checkpoints", "heads.jsonl")[0] == 0
        connection = sqlite3.connect(replayed / "s.db")
        with connection:
            last, hash, recorded = connection.execute(
                "SELECT position, hash, recorded_us FROM facts ORDER BY position DESC LIMIT 1 OFFSET 3"
            ).fetchone()
            connection.execute("DELETE FROM facts WHERE position > ?", (last,))
            connection.execute("UPDATE tenants SET position = ?, hash = ?, recorded_us = ?", (last, hash, recorded))
        connection.close()
        assert run(capsys, "verify", "s.db")[0] == 0
        code, out, _ = run(capsys, "verify", "s.db", "--checkpoints", "heads.jsonl")
        assert code == 1
        assert f"the chain ends at {last}, but an entry {last + 3} was noted" in out
        # What is not sound is not noted.
        before = (replayed / "heads.jsonl").read_bytes()
        assert run(capsys, "verify", "s.db", "--checkpoints", "heads.jsonl", "--note", "heads.jsonl")[0] == 1
        assert (replayed / "heads.jsonl").read_bytes() == before

    @pytest.mark.parametrize("text", ["", "nonsense\n", "{}\n"])
    def test_unusable_checkpoints_end_with_2(
        self, replayed: Path, capsys: pytest.CaptureFixture[str], text: str
    ) -> None:
        """One line that names the file."""
        (replayed / "heads.jsonl").write_text(text)
        code, _, told = run(capsys, "verify", "s.db", "--checkpoints", "heads.jsonl")
        assert code == 2
        assert told.count("\n") == 1
        assert "heads.jsonl" in told
        assert run(capsys, "verify", "s.db", "--checkpoints", "nowhere.jsonl")[0] == 2


class TestReport:
    def test_a_report_can_be_written_again_and_is_the_same(
        self, replayed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A report is a function of the store: the one a replay writes and one written later agree byte for byte."""
        assert main(["report", "s.db", "--out", "again"]) == 0
        for name in ("services-delivered.csv", "corrective-actions.csv", "service-log.jsonl", "satisfaction.csv"):
            assert (replayed / "again" / name).read_bytes() == (replayed / "out" / name).read_bytes()
        capsys.readouterr()

    def test_measures_and_objectives(self, replayed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """One option writes the measures with their definitions, one says what is asked of an attribute."""
        capsys.readouterr()
        asked = ("--objective", "wait for delivery, p50<=PT8H", "--objective", "task completion>=99.5%")
        code, _, _ = run(capsys, "report", "s.db", "--out", "rep", "--measures", "m.json", *asked)
        assert code == 0
        values = {one["measure"]: one for one in json.loads(Path("m.json").read_text(encoding="utf-8"))["values"]}
        assert (values["wait_for_delivery_p50"]["planned"], values["task_completion"]["planned"]) == ("PT8H", "199/200")
        assert "✗ missed" not in Path("rep/performance.html").read_text(encoding="utf-8")
        for wrong in ("availability", "availability>=much", "load<=1%x", "unheard of>=1", "load>=1/0"):
            code, _, err = run(capsys, "report", "s.db", "--out", "rep2", "--objective", wrong)
            assert (code, err.count("\n")) == (2, 1)
        assert run(capsys, "report", "s.db", "--out", "rep2", "--measures", "m.txt")[0] == 2

    def test_the_end_before_the_start_is_refused(self, replayed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A time that is no instant is one line."""
        capsys.readouterr()
        code, _, err = run(capsys, "report", "s.db", "--at", "yesterday")
        assert code == 2
        assert err.count("\n") == 1


class TestDoctor:
    def test_it_names_versions_and_extras(self, capsys: pytest.CaptureFixture[str]) -> None:
        """What is installed, in which edition, for a report of trouble."""
        code, out, _ = run(capsys, "doctor", "--json")
        facts = json.loads(out)
        assert code == 0
        assert facts["core"]["attrs"]
        assert "yaml" in facts["extras"]


def test_a_missing_extra_is_one_line_that_names_it(tmp_path: Path) -> None:
    """Without click the command line says what to install instead of showing a traceback."""
    hidden = tmp_path / "click.py"
    hidden.write_text("raise ImportError('hidden')\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    found = subprocess.run(
        [sys.executable, "-m", "svcdelivery.cli", "doctor"],
        capture_output=True, text=True, env=environment, check=False, timeout=300,
    )  # fmt: skip
    assert found.returncode == 2
    assert found.stderr == "svcdelivery: the command line needs the extra `cli`: pip install 'svcdelivery[cli]'\n"
