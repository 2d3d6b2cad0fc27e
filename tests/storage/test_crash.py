"""A slice of the durability promise: writers are killed, and what they were told is there."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.protocol import Query
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance import kit

SEED = 20_261_122
KILLS = 4

WRITER = """
import sys
from svcdelivery.errors import Busy
from svcdelivery.storage.protocol import Due, Record
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance.kit import later, write

store, name = SqliteStore(sys.argv[1]), sys.argv[2]


def command(number, key):
    with store.unit("main") as unit:
        receipt = unit.journal.append(
            [write(f"w-{name}", key), write("shared", key, key)], key=key, intent=key, now=later(number)
        )
        if not receipt.replayed:
            unit.records.put([Record(kind="w", id=key, stream=f"w-{name}", version=number + 1)])
            unit.timers.arm([Due(stream=f"w-{name}", name="next", due_at=later(number))])


for number in range(1_000_000):
    key = f"{name}-{number}"
    for _ in range(2):  # a retry after an acknowledgement that was lost
        for _ in range(100):  # a writer that cannot get in between the others asks again, as `Busy` says it may
            try:
                command(number, key)
                break
            except Busy:
                pass
    print(key, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path):
    """Every acknowledged command is there once and whole, with record and wake-up; nothing has a gap."""
    path, moments = tmp_path / "store.db", random.Random(SEED)
    SqliteStore(path).close()
    acknowledged = []
    for turn in range(KILLS):
        writers = [_start(path, f"{turn}{letter}") for letter in "ab"]
        acknowledged += [writer.stdout.readline().strip() for writer in writers]
        time.sleep(moments.uniform(0.02, 0.2))
        for writer in writers:
            writer.kill()
        for writer in writers:
            # A line that was cut off by the kill was not read by anybody.
            acknowledged += [
                line.strip() for line in writer.communicate()[0].splitlines(keepends=True) if line.endswith("\n")
            ]
    with SqliteStore(path, create=False) as store, store.unit("main", write=False) as unit:
        facts = unit.feed.read(0, limit=1_000_000)
        records = {record.id for record in unit.records.find(Query(kind="w"), limit=1_000_000).items}
        report = verify(entries_of(unit.feed), "main", head=unit.feed.head())
        wrote = {key: unit.journal.receipt(key, key) for key in acknowledged}
        streams = {fact.stream for fact in facts}
        last = {stream: unit.timers.of(stream)[0].due_at for stream in streams - {"shared"}}
    assert len(acknowledged) >= 2 * KILLS
    assert all(receipt is not None and len(receipt.facts) == 3 for receipt in wrote.values())
    assert set(acknowledged) <= records
    assert [fact.position for fact in facts] == list(range(1, len(facts) + 1))
    assert report.sound
    assert {type(fact.body) for fact in facts} == {kit.Noted}
    texts = [fact.body.text for fact in facts]
    assert {texts.count(key) for key in set(texts[-300:]) | set(texts[:300])} == {3}
    assert set(texts) == records
    for stream in streams:
        own = [fact for fact in facts if fact.stream == stream]
        assert [fact.version for fact in own] == list(range(1, len(own) + 1))
        assert stream == "shared" or last[stream].microsecond == len(own) - 1


def _start(path, name):
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True)
