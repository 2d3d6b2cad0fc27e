"""Bad files are refused at once, by one line that says what, where and what would do."""

from __future__ import annotations

import gzip
import os
import re
import socket
from pathlib import Path

import pytest
from attrs import evolve

from svcdelivery.errors import UnusableInputError
from svcdelivery.exchange.log import read_log
from tests.exchange.logs import HEADER, PROFILE, log_file

ROW = "I-1,1/3/2026 08:00,1/3/2026 08:00,0,New,P3,?,?,x"


def refusal(path: str | Path, **changes: object) -> str:
    """Answer the line that refuses a file, without the file's name."""
    with pytest.raises(UnusableInputError) as caught:
        read_log(path, evolve(PROFILE, **changes))
    line = str(caught.value)
    assert "\n" not in line
    return line.partition("`: ")[2]


class TestFiles:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        """Told by name."""
        assert refusal(tmp_path / "none.csv") == "there is no such file"

    def test_a_folder(self, tmp_path: Path) -> None:
        """Never opened."""
        assert refusal(tmp_path) == "it is a folder, not a regular file"

    def test_a_pipe_nobody_writes_to_does_not_hold_the_reader_up(self, tmp_path: Path) -> None:
        """Ends at once."""
        os.mkfifo(tmp_path / "pipe")
        assert refusal(tmp_path / "pipe") == "it is a pipe, not a regular file"

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
    def test_an_endless_device(self) -> None:
        """Ends at once."""
        assert refusal("/dev/zero") == "it is a device, not a regular file"

    def test_a_socket(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever the system says about opening one."""
        monkeypatch.chdir(tmp_path)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket")
            assert refusal("socket")

    def test_a_name_no_file_can_have(self) -> None:
        """A null character ends names early elsewhere, not here."""
        assert refusal("a\0b") == "no file can have such a name"

    def test_an_empty_file(self, tmp_path: Path) -> None:
        """Not even a header."""
        path = tmp_path / "log.csv"
        path.write_bytes(b"")
        assert refusal(path) == "the file is empty"

    def test_a_header_without_rows(self, tmp_path: Path) -> None:
        """Nothing to take in is hardly what was meant."""
        assert refusal(log_file(tmp_path)) == "it has a header and no row"

    @pytest.mark.parametrize("kept", [3, 20, -1, -9])
    def test_a_truncated_gzip(self, tmp_path: Path, kept: int) -> None:
        """Wherever it was cut off, before anything comes of it."""
        path = tmp_path / "log.csv.gz"
        path.write_bytes(gzip.compress("\n".join([HEADER, *[ROW] * 50]).encode())[:kept])
        assert refusal(path) == "the gzip file ends too early; it was cut off"

    def test_a_damaged_gzip(self, tmp_path: Path) -> None:
        """A wrong check sum, and bytes after the end."""
        content = gzip.compress("\n".join([HEADER, *[ROW] * 50]).encode())
        path = tmp_path / "log.csv.gz"
        path.write_bytes(content[:-8] + b"\0" * 8)
        assert refusal(path) == "the gzip file is damaged"
        path.write_bytes(content + b"more")
        assert refusal(path) == "the gzip file is damaged"

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        """The encoding is the profile's to name."""
        path = log_file(tmp_path, ROW)
        path.write_bytes(path.read_bytes() + ROW.replace("x", "ü").encode("latin-1"))
        assert refusal(path) == "it is not text in the encoding the profile names"
        assert read_log(path, evolve(PROFILE, encoding="latin-1")).rows == 2


class TestTables:
    def test_missing_columns_are_all_listed(self, tmp_path: Path) -> None:
        """One line, every name."""
        path = log_file(tmp_path, "x", header="number,opened,Updated,state,priority,note")
        assert refusal(path) == "missing columns: `updated`, `version`, `group`, `solved`"

    def test_another_delimiter_is_guessed_in_the_hint(self, tmp_path: Path) -> None:
        """All columns missing is mostly this."""
        path = log_file(tmp_path, header=HEADER.replace(",", ";"))
        assert refusal(path).endswith("(the cells seem to be separated by `;`, not `,`)")

    def test_doubled_columns(self, tmp_path: Path) -> None:
        """Which of the two would be meant?"""
        assert refusal(log_file(tmp_path, header=HEADER + ",note,state")) == "doubled columns: `note`, `state`"

    def test_a_column_without_a_name(self, tmp_path: Path) -> None:
        """It could not be kept."""
        assert refusal(log_file(tmp_path, header=HEADER + ",")) == "column 10 has no name"

    def test_too_many_columns(self, tmp_path: Path) -> None:
        """A stated cap."""
        wide = HEADER + "".join(f",c{n}" for n in range(1000))
        assert refusal(log_file(tmp_path, header=wide)) == "1009 columns (at most 1000)"

    @pytest.mark.parametrize(("row", "cells"), [(ROW + ",y", 10), (ROW[:-2], 8), ("I-1", 1)])
    def test_a_row_with_another_number_of_cells(self, tmp_path: Path, row: str, cells: int) -> None:
        """A shifted row would put every value under a wrong name."""
        assert refusal(log_file(tmp_path, ROW, row)) == f"line 3: {cells} cells, where 9 are due"

    def test_quotes_that_do_not_close(self, tmp_path: Path) -> None:
        """Named by the line they begin on."""
        assert refusal(log_file(tmp_path, ROW, ROW[:-1] + '"x')).startswith("line 3: ")

    def test_an_endless_cell(self, tmp_path: Path) -> None:
        """Memory is bounded."""
        assert refusal(log_file(tmp_path, ROW, ROW + "y" * 200_000)).startswith("line 3: field larger than")

    def test_an_endless_line(self, tmp_path: Path) -> None:
        """Many cells do not help, and it is not read to its end."""
        found = re.match(r"line 3: (\d+) cells, where 9 are due", refusal(log_file(tmp_path, ROW, "," * 9_000_000)))
        assert found is not None
        assert int(found[1]) < 8_500_000


class TestCells:
    def test_an_unknown_status_lists_the_known_ones(self, tmp_path: Path) -> None:
        """What a status means is never guessed."""
        line = refusal(log_file(tmp_path, ROW, ROW.replace("New", "new")))
        assert line == (
            "line 3, column `state`: `new` is not a status that profile `test` knows "
            "(known: `New`, `Assigned`, `Work`, `Wait`, `Done`, `Closed`)"
        )

    @pytest.mark.parametrize("time", ["31/2/2026 08:00", "1/3/2026 24:00", "1/3/26 08:00", "?", "", "1/3/0026 08:00"])
    def test_an_impossible_time_names_row_and_column(self, tmp_path: Path, time: str) -> None:
        """No time is made up for an update."""
        line = refusal(log_file(tmp_path, ROW, ROW.replace("1/3/2026 08:00,0", f"{time},0")))
        assert line.startswith(f"line 3, column `updated`: `{time}` is not a time")

    def test_an_impossible_receipt_names_row_and_column(self, tmp_path: Path) -> None:
        """The same holds for when the item came in."""
        line = refusal(log_file(tmp_path, ROW.replace("I-1,1/3", "I-1,1/13")))
        assert line.startswith("line 2, column `opened`: `1/13/2026 08:00` is not a time")

    @pytest.mark.parametrize("id", ["", " I-1", "I" * 201, "I\x1b[2J"])
    def test_an_id_that_is_none(self, tmp_path: Path, id: str) -> None:
        """Ids are compared code point by code point, so they must be printable."""
        line = refusal(log_file(tmp_path, ROW.replace("I-1", id)))
        assert line.startswith("line 2, column `number`: ")
        assert "\x1b" not in line
