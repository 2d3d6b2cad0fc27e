"""Stores and tenants moved from the command line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import psycopg
import pytest

from svcdelivery.cli.main import main
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.storage.transfer import tenant_digests
from svcdelivery.testing.conformance.kit import START, write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store of two tenants, and the commands run in it."""
    monkeypatch.chdir(tmp_path)
    with SqliteStore("s.db") as store:
        for tenant in ("main", "other"):
            with store.unit(tenant) as unit:
                unit.journal.append([write("a", tenant, "é")], key="k", intent="i", now=START)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Answer exit code, standard output and standard error of one command."""
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def digests(path: str) -> dict[str, dict[str, str]]:
    """Answer what every tenant of a store holds."""
    with SqliteStore(path, create=False) as store:
        return {tenant: tenant_digests(store, tenant) for tenant in store.tenants()}


class TestMoving:
    @pytest.mark.parametrize("name", ["main.jsonl", "main.arrow"])
    def test_what_was_exported_can_be_imported(self, folder: Path, capsys: pytest.CaptureFixture[str], name: str):
        assert run(capsys, "export", "s.db", name) == (0, "", "")
        code, out, _ = run(capsys, "import", name, "copy.db")
        assert (code, out.startswith("main: 2 facts, 1 keys; head ")) == (0, True)
        assert digests("copy.db") == {"main": digests("s.db")["main"]}
        code, out, _ = run(capsys, "import", "--json", name, "sqlite:///third.db")
        assert json.loads(out)[0]["rows"]["facts"] == 2
        assert [path.name for path in sorted(folder.iterdir())] == ["copy.db", name, "s.db", "third.db"]

    def test_an_export_can_go_to_standard_output(self, folder: Path, capfdbinary: pytest.CaptureFixture[bytes]):
        assert main(["export", "s.db", "-", "--tenant", "other"]) == 0
        out, _ = capfdbinary.readouterr()
        assert json.loads(out.splitlines()[0])["tenant"] == "other"
        assert "é".encode() in out

    def test_all_tenants_are_copied_and_proved_equal(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        code, out, _ = run(capsys, "copy", "s.db", "copy.db")
        assert (code, out.count("\n")) == (0, 2)
        assert digests("copy.db") == digests("s.db")
        code, _, err = run(capsys, "copy", "s.db", "copy.db", "--tenant", "main")
        assert (code, err) == (
            2,
            "svcdelivery: `main`: it has facts of the tenant already (a store without the tenant)\n",
        )

    def test_to_postgresql_and_back(self, folder: Path, capsys: pytest.CaptureFixture[str], postgres_url: str):
        try:
            assert run(capsys, "migrate", postgres_url, "--plan")[1].count("CREATE TABLE") == 8
            assert run(capsys, "copy", "s.db", postgres_url)[0] == 0
            assert run(capsys, "migrate", postgres_url)[1] == "up to date\n"
            assert run(capsys, "verify", postgres_url)[1].count("all sound") == 2
            assert run(capsys, "backup", postgres_url, "back.db")[0] == 0
            assert digests("back.db") == digests("s.db")
        finally:
            with psycopg.connect(postgres_url, autocommit=True) as raw:
                raw.execute("DROP SCHEMA IF EXISTS svcdelivery CASCADE")

    def test_a_backup_is_made_while_others_write(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        before = digests("s.db")
        with SqliteStore("s.db") as store, store.unit("main") as unit:
            unit.journal.append([write("a", "later")], key="later", intent="i", now=START)
            unit.feed.read()
            assert run(capsys, "backup", "s.db", "back.db") == (0, "", "")
        assert digests("back.db") == before
        assert digests("s.db") != before
        assert not list(folder.glob("back.db-*"))

    def test_an_older_store_is_migrated(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        raw = sqlite3.connect("s.db")
        raw.execute("DROP TABLE marks")
        raw.execute("DROP TABLE messages")
        raw.execute("DELETE FROM schema_versions WHERE number = 2")
        raw.commit()
        raw.close()
        code, out, _ = run(capsys, "migrate", "s.db", "--plan")
        assert (code, "CREATE TABLE marks" in out) == (0, True)
        code, out, _ = run(capsys, "migrate", "s.db")
        assert (code, out.startswith("-- 2: outbox and marks; SHA-256 ")) == (0, True)
        assert run(capsys, "migrate", "s.db")[1] == "up to date\n"


class TestRefusals:
    """One line, exit code 2, and nothing is left behind."""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["export", "none.db", "x.jsonl"], "there is no such store"),
            (["export", "s.db", "x.csv"], "its name does not say what it is"),
            (["export", "s.db", "x.jsonl", "--tenant", "nobody"], "unknown tenant `nobody`"),
            (["export", "s.db", "there.jsonl"], "there is something already"),
            (["import", "none.jsonl", "x.db"], "`none.jsonl`: no such file"),
            (["import", "there.jsonl", "x.db"], "it is no export of a tenant"),
            (["import", "there.txt", "x.db"], "its name does not say what it is"),
            (["copy", "none.db", "x.db"], "there is no such store"),
            (["copy", "s.db", "x.db", "--tenant", "nobody"], "unknown tenant `nobody`"),
            (["backup", "s.db", "there.jsonl"], "there is something already"),
            (["migrate", "memory:"], "it has no schema"),
        ],
    )
    def test_it_is_said_in_one_line(self, folder: Path, capsys: pytest.CaptureFixture[str], arguments, said: str):
        (folder / "there.jsonl").write_text("{}\n")
        code, out, err = run(capsys, *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert said in err
        assert {path.name for path in folder.iterdir()} <= {"s.db", "there.jsonl", "x.db"}
        assert (folder / "there.jsonl").read_text() == "{}\n"

    def test_what_is_there_may_be_replaced_when_told(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        assert run(capsys, "export", "s.db", "x.jsonl")[0] == 0
        first = (folder / "x.jsonl").read_bytes()
        assert run(capsys, "export", "s.db", "x.jsonl", "--replace")[0] == 0
        assert (folder / "x.jsonl").read_bytes() == first
        assert run(capsys, "backup", "s.db", "b.db")[0] == run(capsys, "backup", "s.db", "b.db", "--replace")[0] == 0
