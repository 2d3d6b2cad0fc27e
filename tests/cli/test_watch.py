"""`svcdelivery watch` as a person meets it: what it does, prints and refuses, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer

import pytest
from attrs import evolve

from svcdelivery.adapters.system_time import SystemTime
from svcdelivery.agreement import ServiceAgreement, Term
from svcdelivery.cli.main import main
from svcdelivery.clock import BreachNoticed
from svcdelivery.desk import ServiceDesk
from svcdelivery.escalation.notices import OneChannel
from svcdelivery.storage.protocol import Due
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.timeline import to_instant
from tests.desk.test_escalating import level, policy
from tests.desk.world import ANN, BOB, DIRECTORY, OLGA, HeldTime, keys, revision

SETTINGS = """\
svcdelivery: 1
watch:
  channel: mail
  suffix: "@example.org"
  smtp: {host: 127.0.0.1, port: 2525, from: desk@example.org, security: none}
  roles: {agent: [bob, olga]}
  teams: {desk: bob}
  managers: {bob: olga}
"""


FRIDAY = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store in which an incident of four days ago has not been touched; the machine's clock stands on a Friday."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(SystemTime, "now", lambda _self: to_instant(FRIDAY))
    return neglected(tmp_path)


def neglected(folder: Path) -> Path:
    path = folder / "desk.db"
    with SqliteStore(path) as opened:
        time = HeldTime(SystemTime().now() - timedelta(days=4))
        desk = ServiceDesk(opened, time=time, directory=DIRECTORY, contacts=OneChannel("console"))
        since = datetime(2024, 1, 1, tzinfo=UTC)
        terms = evolve(revision(), escalation=(policy("page", level("role:agent")),), term=Term(since))
        desk.agreements.register(ServiceAgreement.of(terms), by=OLGA, key=next(keys))
        desk.incidents.receive(id="I1", customer="acme", service="email", requester="ann", by=ANN, key=next(keys))
    return path


def breaches(path: Path) -> int:
    with SqliteStore(path) as opened, opened.unit("main", write=False) as unit:
        return sum(isinstance(fact.body, BreachNoticed) for fact in unit.journal.load("incident:I1"))


def test_once_sees_to_what_is_due_and_ends(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Breaches are noticed, the page is printed, and the next time there is nothing to do."""
    assert main(["watch", str(store), "--once"]) == 0
    out = capsys.readouterr().out
    assert "2 breaches" in out
    assert "1 escalations" in out
    assert "2 notices delivered" in out
    assert "agent: incident I1" in out
    assert breaches(store) == 2
    assert main(["watch", str(store), "--once"]) == 0
    assert capsys.readouterr().out == "in all: nothing was due\n"


def test_json_is_a_line_a_round_and_the_total(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pages go to the error stream then."""
    assert main(["watch", str(store), "--once", "--json"]) == 0
    captured = capsys.readouterr()
    first, _, rest = captured.out.partition("\n")
    assert json.loads(first)["counts"]["breaches"] == 2
    assert json.loads(rest)["total"]["breaches"] == 2
    assert "incident I1" in captured.err


def test_what_cannot_be_handled_is_told_and_is_a_finding(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest is done all the same."""
    with SqliteStore(store) as opened, opened.unit("main") as unit:
        unit.timers.arm([Due(stream="comet:1", name="tail", due_at=to_instant(datetime(2024, 1, 1, tzinfo=UTC)))])
    assert main(["watch", str(store), "--once", "--notify", "none"]) == 1
    out = capsys.readouterr().out
    assert "comet:1 tail: unknown wake-up `tail`; again at" in out
    assert breaches(store) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.db"], "missing.db"),
        (["desk.db", "--limit", "0"], "--limit"),
        (["desk.db", "--owner", " "], "the owner of a claim"),
        (["desk.db", "--notify", "pigeon"], "pigeon"),
        (["desk.db", "--settings", "none.yaml"], "none.yaml"),
        (["desk.db", "--settings", "wrong.yaml"], "wrong.yaml:2:"),
        (["desk.db", "--tenant", " "], "a tenant"),
        (["gopher://x"], "gopher"),
    ],
)
def test_wrong_use_is_a_line_and_exit_code_2(
    store: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Nothing is done."""
    Path("wrong.yaml").write_text("svcdelivery: 1\nwatch: {chanel: mail}\n")
    assert main(["watch", *arguments, "--once"]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert breaches(store) == 0


def test_settings_say_whom_roles_mean_and_how_people_are_told(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail server that is not there: the notices wait, and the exit code says so."""
    monkeypatch.setenv("SVCDELIVERY_SMTP_PASSWORD", "unused")
    Path("watch.yaml").write_text(SETTINGS)
    assert main(["watch", str(store), "--once", "--settings", "watch.yaml"]) == 1
    out = capsys.readouterr().out
    assert "to bob by mail: ConnectionRefusedError" in out
    assert "to olga by mail: ConnectionRefusedError" in out
    with SqliteStore(store) as opened, opened.unit("main", write=False) as unit:
        waiting = unit.outbox.waiting(SystemTime().now() + timedelta(days=1))
    addresses = {message.data["address"] for message in waiting if message.data["kind"] == "page"}
    assert addresses == {"bob@example.org", "olga@example.org", "service desk@example.org"}


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "svcdelivery.cli", "watch", *arguments]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    # Whoever waits for a line that never comes is told after a while that there will be none.
    guard = Timer(300, process.kill)
    guard.start()
    try:
        yield process
    finally:
        guard.cancel()
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_goes_on_until_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    """It sees to what was due, then to what somebody else commits, and ends cleanly; the clock is the machine's."""
    store = neglected(tmp_path)
    with running(str(store), "--poll", "0.1") as process:
        assert process.stdout is not None
        seen = ""
        while "wake-ups" not in seen:
            seen = process.stdout.readline()
            assert seen, process.communicate()
        with SqliteStore(store) as opened:
            desk = ServiceDesk(opened, time=SystemTime(), directory=DIRECTORY, contacts=OneChannel("console"))
            desk.incidents.escalate("I1", by=BOB, key=next(keys))
        while "escalations" not in seen or "breaches" in seen:
            seen = process.stdout.readline()
            assert seen
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert "in all: " in out
        assert err == ""
