from __future__ import annotations

from pathlib import Path

import pytest

from svcdelivery.errors import UnusableInputError
from svcdelivery.reporting.folder import assembled


def _write(out: Path, *names: str) -> None:
    with assembled(out) as draft:
        for name in names:
            (draft / name).write_text("after")


def _write_and_fail(out: Path) -> None:
    with assembled(out) as draft:
        (draft / "x").write_text("after")
        raise ZeroDivisionError


def test_a_new_folder_appears_with_all_its_files(tmp_path: Path) -> None:
    """Folders above it are made as well."""
    with assembled(tmp_path / "a" / "b") as draft:
        (draft / "x").write_text("1")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a" / "b" / "x").read_text() == "1"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_nothing_is_left_after_an_error(tmp_path: Path) -> None:
    """No half-written report, and the earlier one stays whole."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").write_text("before")
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(tmp_path / "out")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "x"]
    assert (tmp_path / "out" / "x").read_text() == "before"


def test_files_of_the_same_name_are_replaced_and_others_stay(tmp_path: Path) -> None:
    """What else lies in the folder is none of a report's business."""
    (tmp_path / "x").write_text("before")
    (tmp_path / "mine").write_text("mine")
    with assembled(tmp_path) as draft:
        (draft / "x").write_text("after")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"x": "after", "mine": "mine"}


def test_a_folder_in_the_way_stops_all_files(tmp_path: Path) -> None:
    """When one file cannot be placed, those placed before it go back."""
    (tmp_path / "a").write_text("before")
    (tmp_path / "b").mkdir()
    with pytest.raises(UnusableInputError, match="is a folder"):
        _write(tmp_path, "a", "b")
    assert (tmp_path / "a").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """B095: one clear line."""
    (tmp_path / "x").write_text("")
    with pytest.raises(UnusableInputError, match="not a folder"), assembled(tmp_path / "x"):
        pytest.fail("a draft was lent")
    with pytest.raises(UnusableInputError), assembled(tmp_path / "x" / "y"):
        pytest.fail("a draft was lent")
