"""A slice of the power failures of `make durability`: what SQLite may lose is what its page says, and no more."""

from __future__ import annotations

import sqlite3
from random import Random

import pytest

from tests.durability.power_loss import outages
from tests.durability.write_order import Disk, Happened

SEED = 20_261_122


def test_at_full_nothing_that_was_acknowledged_is_lost():
    found = outages(SEED, "full", commands=110, cuts=40)
    assert (found.lost, found.flaws) == (0, [])
    assert found.cuts == 40
    assert found.early > 0
    assert found.acknowledged > 1000


def test_at_normal_the_last_commands_may_be_lost_and_never_part_of_one():
    found = outages(SEED, "normal", commands=110, cuts=20)
    assert found.flaws == []
    assert found.lost > 0


def test_a_store_that_does_not_flush_is_found_out():
    assert outages(SEED, "off", commands=60, cuts=12).lost > 0


class TestTheDisk:
    @pytest.fixture
    def disk(self):
        disk = Disk()
        for event in (
            Happened("write", "a-wal", 0, b"1" * 1024),
            Happened("sync", "a-wal"),
            Happened("names", "a-wal"),
        ):
            disk.take(event)
        return disk

    def images(self, disk):
        draw = Random(1)
        return {tuple(disk.left(draw)) for _ in range(400)}

    def test_keeps_what_was_flushed(self, disk):
        assert self.images(disk) == {(("a-wal", b"1" * 1024),)}

    def test_may_keep_any_sectors_of_what_was_not(self, disk):
        disk.take(Happened("write", "a-wal", 256, b"2" * 512))
        kept = {data for ((_, data),) in self.images(disk)}
        first, second = (256, 512), (512, 768)
        wanted = set()
        for arrived in ((), (first,), (second,), (first, second)):
            data = bytearray(b"1" * 1024)
            for start, end in arrived:
                data[start:end] = b"2" * (end - start)
            wanted.add(bytes(data))
        assert kept == wanted

    def test_may_have_a_new_file_without_its_name_and_a_deleted_one_still_there(self, disk):
        disk.take(Happened("delete", "a-wal"))
        assert self.images(disk) == {(), (("a-wal", b"1" * 1024),)}
        disk.take(Happened("write", "b-wal", 0, b"3"))
        disk.take(Happened("sync", "b-wal"))
        assert () in self.images(disk)
        disk.take(Happened("names", "b-wal"))
        assert self.images(disk) == {(("b-wal", b"3"),)}

    def test_may_leave_rubbish_where_a_file_grew(self, disk):
        disk.take(Happened("write", "a-wal", 1024, b"4" * 1024))
        longer = [data for ((_, data),) in self.images(disk) if len(data) > 1024]
        assert any(set(data[1024:1536]) - set(b"4\0") for data in longer)


def test_a_file_with_later_steps_alone_is_refused(tmp_path):
    """What a power failure may leave of a store that did not flush must not end in a bare error."""
    from svcdelivery.errors import UnusableInputError
    from svcdelivery.storage.sqlite import SqliteStore

    SqliteStore(tmp_path / "s.db").close()
    raw = sqlite3.connect(tmp_path / "s.db")
    raw.execute("DELETE FROM schema_versions")
    raw.execute("INSERT INTO schema_versions VALUES (7, 'unknown')")
    raw.commit()
    raw.close()
    with pytest.raises(UnusableInputError, match="lacks migration 1"):
        SqliteStore(tmp_path / "s.db")
