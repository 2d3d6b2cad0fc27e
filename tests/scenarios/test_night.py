"""One P1 incident out of hours, from the page nobody answers to the corrective action that does not help."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import define

from svcdelivery.clock import BreachNoticed
from svcdelivery.communication import StatusUpdateDue, StatusUpdateMissed
from svcdelivery.escalation import EscalationFired, TargetsResolved
from svcdelivery.escalation.notices import Outgoing
from svcdelivery.improvement import ActionStatus, CorrectiveActionVerified
from svcdelivery.satisfaction import SurveyAnswered, SurveyInvited, SurveyReminded
from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.protocol import Store
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.notifier import RecordingNotifier
from svcdelivery.work import MessagePosted, Resolved
from tests.scenarios.night import INCIDENT, PROBLEM, START, Night
from tests.scenarios.restarts import FileProvider, Switch, look, tell_whole

SEED = 20240312


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new, empty store."""
    if request.param == "postgres":
        url, schema = request.getfixturevalue("postgres_url"), f"night_{os.getpid()}"
        made: Store = PostgresStore(url, schema=schema)
    else:
        made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "night.db", durability="normal")
    yield made
    made.close()
    if request.param == "postgres":
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())


def minutes(at: datetime) -> float:
    """Answer how many minutes after two o'clock."""
    return timedelta.total_seconds(datetime.__sub__(at, START)) / 60


def test_a_night_at_the_desk(store: Store) -> None:
    provider = RecordingNotifier(channel="pager")
    night = Night(store, provider)
    night.tell()
    facts = night.desk.incidents.facts(INCIDENT)

    # Paged up three levels, each after its wait, until somebody took it on.
    fired = [(minutes(body.due_at), body.key.rpartition("|")[2]) for body in night.facts(EscalationFired)]
    assert fired == [
        (5, "role:on_call"), (15, "role:duty_manager"), (25, "role:director"),
        (62, "remind1"), (72, "release"), (77, "role:on_call"), (87, "role:duty_manager"),
    ]  # fmt: skip
    assert [body.recipients for body in night.facts(TargetsResolved)] == [
        (name,) for name in ("bob", "dan", "dora", "bob", "bob", "bob", "dan")
    ]
    pages = [sent.address for key, sent in provider.accepted.items() if "|page@" in key]
    assert pages == ["bob", "dan", "dora", "bob", "bob", "bob", "dan"]

    # The customers were told on cadence while the major incident lasted, and the one miss went to the owner.
    told = [minutes(fact.occurred_at) for fact in facts if isinstance(fact.body, MessagePosted)]
    assert told == [43, 94, 118, 131]
    missed = [(body.audience, minutes(body.due_at)) for body in night.facts(StatusUpdateMissed)]
    assert missed[:2] == [("requester", 73), ("customers", 73)]
    assert [body.due_at for body in night.facts(StatusUpdateDue) if minutes(body.due_at) == 103] != []
    heard = [sent.text for sent in provider.accepted.values() if sent.address == "acme-news"]
    assert heard == [f"We are working on it ({number})." for number in (1, 2, 3, 4)]

    # Resolved around a known error; asked at once, reminded, and rated low in the morning.
    (resolved,) = night.facts(Resolved)
    assert resolved.workaround_of == f"problem:{PROBLEM}"
    (invited,) = [fact for fact in facts if isinstance(fact.body, SurveyInvited)]
    (done,) = [fact for fact in facts if isinstance(fact.body, Resolved)]
    assert invited.occurred_at == done.occurred_at
    assert len(night.facts(SurveyReminded)) == 1
    assert [(body.score, body.comment) for body in night.facts(SurveyAnswered)] == [(1, "a whole night")]
    asked = [sent.subject for key, sent in provider.accepted.items() if key.startswith("survey|")]
    assert asked == ["How was it? incident INC-1"] * 2
    assert night.facts(BreachNoticed) == []

    # The low rating called for an action; it was done, did not help, and is open again.
    action = night.action
    assert (action.item, action.owner, action.steps) == (f"incident:{INCIDENT}", "dan", "an alert at 80 %")
    assert (action.status, action.found_ineffective) == (ActionStatus.RAISED, 1)
    (found,) = [f.body for f in night.desk.actions.facts(action.id) if isinstance(f.body, CorrectiveActionVerified)]
    assert not found.effective

    # Nothing was told twice, nothing waits, and the journal is whole.
    assert provider.repeats == 0
    assert night.desk.incidents.get(INCIDENT).status.value == "closed"
    assert night.desk.problems.get(PROBLEM).on_workaround == ()
    with store.unit("main", write=False) as unit:
        assert unit.outbox.next_due() is None
        assert verify(entries_of(unit.feed), "main", head=unit.feed.head()).sound


def test_told_again_from_the_beginning_nothing_happens(store: Store) -> None:
    """Every step is known by its key."""
    provider = RecordingNotifier(channel="pager")
    Night(store, provider).tell()
    with store.unit("main", write=False) as unit:
        head = unit.feed.head()
    attempts = dict(provider.attempts)
    Night(store, provider).tell()
    with store.unit("main", write=False) as unit:
        assert unit.feed.head() == head
    assert provider.attempts == attempts


class TestRestarts:
    """`make restarts` does the same 200 times on each engine."""

    def _run(self, *options: str, **named: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.scenarios.restarts", "--seed", str(SEED), *options]
        return subprocess.run(
            command, env={**os.environ, **named}, capture_output=True, text=True, check=False, timeout=900
        )

    def test_a_store_that_puts_messages_apart_from_their_facts_is_found_out(self) -> None:
        """Killed in between, it loses what there was to tell."""
        done = self._run("--apart", "--runs", "2")
        assert done.returncode == 1, done.stdout + done.stderr
        assert "lost: incident:INC-1|" in done.stdout

    @pytest.mark.parametrize(("engine", "runs"), [("sqlite", 12), ("postgres", 5)])
    def test_whenever_its_processes_are_killed_nothing_is_lost_and_nothing_taken_twice(
        self, engine: str, runs: int, request: pytest.FixtureRequest
    ) -> None:
        """In a process of its own, which forks; the seed tells which run to repeat."""
        named = {"SVCDELIVERY_TEST_PG": request.getfixturevalue("postgres_url")} if engine == "postgres" else {}
        done = self._run("--engine", engine, "--runs", str(runs), **named)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{engine}: {runs} runs" in done.stdout
        assert "0 runs with flaws" in done.stdout

    def test_what_must_not_be_is_found_out(self, tmp_path: Path) -> None:
        """A provider that loses a notice, one that is given other words under a known key, and a message left over."""

        @define
        class Losing(FileProvider):
            def send(self, notice: Outgoing) -> None:
                if "role:director" not in notice.key:
                    super().send(notice)

        @define
        class Garbling(FileProvider):
            def send(self, notice: Outgoing) -> None:
                super().send(notice)
                super().send(Outgoing(key=notice.key, address=notice.address, text="other words"))

        found: dict[str, Any] = {}
        for kind in (FileProvider, Losing, Garbling):
            folder = tmp_path / kind.__name__
            folder.mkdir()

            def place(folder: Path = folder) -> Store:
                return SqliteStore(folder / "night.db", durability="normal")

            tell_whole(place(), kind(folder / "log", Switch()))
            found[kind.__name__] = look(place, folder / "log", 0)
        assert found["FileProvider"].flaws == ()
        assert found["Losing"].flaws == ("one recorded as delivered never reached the provider",)
        assert found["Garbling"].flaws == ("a key was given again with another text",)
        assert found["Garbling"].repeats == len(found["Garbling"].taken)
