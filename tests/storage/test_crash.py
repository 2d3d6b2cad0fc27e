"""A slice of the durability promise in every run; `make durability` is the whole of it."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from functools import partial

import pytest

from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance.nemesis import run_nemesis
from svcdelivery.testing.postgres import postgres_programs
from tests.durability.rounds import postgres

SEED = 20_261_122

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")


@pytest.mark.parametrize("room", [None, 400_000], ids=["room", "no-room"])
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path, room):
    """Every acknowledged command is there once and whole, with all that follows from it; nothing has a gap."""
    make = partial(SqliteStore, tmp_path / "store.db")
    report = run_nemesis(make, seed=SEED, commands=400, kills=12, room_bytes=room)
    print(report)
    assert report.ok, str(report)
    assert report.acknowledged >= 400
    assert report.kills >= 12
    assert (dict(report.events).get("unknown", 0) > 0) == (room is not None)


def test_killed_servers_and_dropped_connections_lose_nothing_that_was_acknowledged():
    """What a server did before it was killed, and what a caller was not told, is found under the key."""
    if postgres_programs() is None:
        said = "no PostgreSQL programs; install them or the extra `dev`"
        (pytest.fail if os.environ.get("CI") or os.environ.get("SVCDELIVERY_CI") else pytest.skip)(said)
    with closing(postgres(SEED, 0.02)) as rounds:
        report = next(rounds).found
    assert report.ok, str(report)
    assert report.acknowledged >= 200
    assert {name for name, count in report.events if count} >= {
        "server killed", "times backends were ended", "times connections were dropped"
    }  # fmt: skip
