"""The adapter of the how-to page: it passes the kit, keeps to its size, and survives what happens to files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from examples import file_store
from examples.file_store import FileStore
from svcdelivery.errors import Busy, IntegrityError
from svcdelivery.testing.conformance.kit import START, write
from svcdelivery.testing.conformance.suite import StoreConformance


class TestFileStore(StoreConformance):
    examples_most = 10

    def open_store(self, folder):
        return FileStore(folder)


def append(store, number):
    with store.unit("main") as unit:
        unit.journal.append([write("a", str(number))], key=f"k{number}", intent="i", now=START)


def facts(store):
    with store.unit("main", write=False) as unit:
        return [fact.body.text for fact in unit.feed.read()]


@pytest.fixture
def stored(tmp_path) -> bytes:
    store = FileStore(tmp_path)
    for number in range(3):
        append(store, number)
    store.close()
    return (tmp_path / "store.log").read_bytes()


class TestItsFile:
    def test_it_is_as_long_as_the_page_says(self):
        """At most 300 lines, all of them."""
        assert len(Path(file_store.__file__).read_text(encoding="utf-8").splitlines()) <= 300

    def test_cut_off_anywhere_it_holds_whole_units(self, stored, tmp_path):
        """What a crash leaves of the last frame was never acknowledged; the next one is written in its place."""
        log = tmp_path / "store.log"
        ends = []
        for size in range(0, len(stored) + 1, 7):
            log.write_bytes(stored[:size])
            store = FileStore(tmp_path)
            found = facts(store)
            assert found == ["0", "1", "2"][: len(found)]
            append(store, "more")
            store.close()
            again = FileStore(tmp_path)
            assert facts(again) == [*found, "more"]
            again.close()
            ends.append(len(found))
        assert ends == sorted(ends)
        assert set(ends) >= {0, 1, 2}

    def test_damage_in_the_middle_is_told(self, stored, tmp_path):
        """It is not taken for the end."""
        log = tmp_path / "store.log"
        log.write_bytes(stored[:40] + bytes([stored[40] ^ 1]) + stored[41:])
        with pytest.raises(IntegrityError, match="damaged at byte 0"):
            FileStore(tmp_path)

    def test_one_process_at_a_time_has_it_open(self, tmp_path):
        """Another is told so, and may open it later."""
        store = FileStore(tmp_path)
        with pytest.raises(Busy, match="another process"):
            FileStore(tmp_path)
        store.close()
        FileStore(tmp_path).close()

    def test_what_was_acknowledged_survives_the_process(self, tmp_path):
        """It is in the file when the block of the unit has ended, whatever becomes of the program then."""
        program = (
            "import os, pathlib, sys; from tests.storage.test_file_store import FileStore, append\n"
            "store = FileStore(pathlib.Path(sys.argv[1]))\n"
            "append(store, 1); append(store, 2); os._exit(9)"
        )
        done = subprocess.run([sys.executable, "-c", program, tmp_path], check=False, capture_output=True)
        assert (done.returncode, done.stderr) == (9, b"")
        store = FileStore(tmp_path)
        assert facts(store) == ["1", "2"]
        store.close()
