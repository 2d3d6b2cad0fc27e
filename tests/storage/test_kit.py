"""The kit says what a store keeps: in a report, from a command line, and as tests of pytest."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from attrs import evolve

from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Capability
from svcdelivery.testing.conformance import SCENARIOS, check, in_folders
from svcdelivery.testing.conformance.__main__ import main
from svcdelivery.testing.conformance.kit import Scenario
from svcdelivery.testing.conformance.model import told

CHOSEN = tuple(one for one in SCENARIOS if one.topic in {"shape", "versions", "erasure"})


class Empty:
    """A first draft."""


class Renamed(MemoryStore):
    """Takes its arguments by other names."""

    def unit(self, tenant, *, writable=True):
        return super().unit(tenant, write=writable)


class Feedless(MemoryStore):
    """Has units without a feed, and timers that take no limit."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            parts = {name: getattr(unit, name) for name in ("journal", "records", "marks", "outbox")}
            yield SimpleNamespace(**parts, timers=Unlimited(unit.timers))


class Unlimited:
    def __init__(self, timers):
        self.arm, self.of, self.next_due, self.settle = timers.arm, timers.of, timers.next_due, timers.settle
        self.claim = timers.claim

    def due(self, upto):
        return ()


class Crashing(MemoryStore):
    def tenants(self):
        return [] / 0


class Hanging(MemoryStore):
    for_long = threading.Event()

    def tenants(self):
        self.for_long.wait(60)
        return super().tenants()


class TestReport:
    def test_a_sound_store_passes(self):
        """No false alarm; what a store does not offer is said, not counted against it; the figures come last."""
        report = check(lambda: MemoryStore)
        assert report.ok, str(report)
        required = sum(not one.needs for one in SCENARIOS)
        offered = sum(bool(one.needs) and one.needs <= MemoryStore().capabilities for one in SCENARIOS)
        absent = len(SCENARIOS) - required - offered
        figures = f"required: {required} kept, 0 not kept; optional: {offered} kept, 0 not kept, {absent} not offered"
        assert str(report).splitlines()[-1] == figures

    def test_what_is_missing_is_named_with_what_it_is_for(self):
        """An empty class is told what a store has."""
        text = str(check(lambda: Empty, CHOSEN, first=True))
        assert "> store.unit(tenant, write=): Open a transaction; it commits when the block ends" in text
        assert text.endswith(f"{len(CHOSEN) - 1} left out")

    def test_parts_and_names_of_arguments_are_looked_at(self):
        """What the other scenarios would stumble over is said at once."""
        renamed, *_ = check(lambda: Renamed, CHOSEN, first=True).broken
        assert renamed.complaint == "the protocol has more:\nstore.unit does not take `write`"
        feedless, *_ = check(lambda: Feedless, CHOSEN, first=True).broken
        assert feedless.complaint == (
            "the protocol has more:\nunit.feed: All facts by position.\ntimers.due does not take `limit`"
        )

    def test_topics_and_complaints_read_one_below_the_other(self):
        """The layout, once in full."""
        chosen = named("a_key_applies_once", "blank_keys_are_refused")
        erasure = tuple(one for one in SCENARIOS if one.topic == "erasure")
        report = check(lambda: Unmarked, (*chosen, *erasure))
        assert (
            str(report)
            == """\
required
  keys        1 of 2 kept
    NOT KEPT  a_key_applies_once
              The same key and intent again writes nothing and answers the first receipt, replayed.
              > `replayed` of a second receipt: expected True, got False

optional
  erasure     not offered: erasure

required: 1 kept, 1 not kept; optional: 0 kept, 0 not kept, 3 not offered"""
        )
        assert [one["outcome"] for one in report.as_plain()["scenarios"]] == ["not kept", "kept", *["not offered"] * 3]

    def test_a_foreign_error_is_shown_with_the_line_it_comes_from(self):
        """An adapter's own mistake is found without a debugger."""
        (result,) = check(lambda: Crashing, named("a_new_tenant_is_empty")).broken
        assert result.complaint.startswith("TypeError: unsupported operand")
        assert "(test_kit.py, line " in result.complaint
        assert result.complaint.endswith(", in tenants)")

    def test_a_store_that_hangs_is_left_behind(self):
        """The kit complains and goes on."""
        try:
            report = check(lambda: Hanging, named("a_new_tenant_is_empty", "a_key_applies_once"), patience_seconds=1.5)
        finally:
            Hanging.for_long.set()
        assert [(one.kept, one.complaint) for one in report.results] == [
            (True, ""),
            (False, "it did not end within 3 seconds"),
        ]

    def test_the_model_is_told_stories_last(self):
        """Only where every scenario is kept; the shortest story that was found is part of the complaint."""
        chosen = named("a_key_applies_once")
        assert str(check(lambda: MemoryStore, chosen, stories=3)).splitlines()[2] == "  model       1 kept"
        broken = told(lambda: Unmarked, stories=400, steps=20)
        assert broken.broken
        first, *story = broken.complaint.splitlines()
        assert first.startswith("the replayed receipt: expected")
        assert story[-1].startswith("append(")
        assert check(lambda: Empty, chosen, stories=3).left_out == 1

    def test_scenarios_have_names_and_promises(self):
        """Each can be told from the others and says what it is about."""
        assert len({one.name for one in SCENARIOS}) == len(SCENARIOS)
        assert all(one.promise.endswith(".") and one.topic for one in SCENARIOS)

    def test_places_are_folders_of_their_own(self, tmp_path):
        """Each is new, and is the same each time its factory is called."""
        places = in_folders(lambda folder: folder, tmp_path)
        first, second = places(), places()
        assert first() == first() != second()
        assert list(first().iterdir()) == []


class TestCommandLine:
    def test_a_sound_store_is_reported_and_the_answer_is_zero(self, capsys):
        """The model is part of it."""
        assert main(["svcdelivery.storage.memory:MemoryStore", "--stories", "2"]) == 0
        text = capsys.readouterr().out
        assert "  model       1 kept" in text
        assert text.splitlines()[-1].startswith("required: ")

    def test_a_store_in_a_folder_is_given_one(self, capsys):
        """A function with one argument is called with a folder; what breaks is an answer of 1, also as JSON."""
        assert main([f"{__name__}:in_folder", "--topic", "durable", "--json"]) == 1
        (one,) = json.loads(capsys.readouterr().out)["scenarios"]
        assert (one["outcome"], one["topic"]) == ("not kept", "durable")
        assert main([f"{__name__}:in_folder", "--topic", "keys", "--first"]) == 0

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            (
                "nowhere:Store",
                "there is no module `nowhere` (run it in the folder of the module, or name that in PYTHON",
            ),
            ("json", "a store is named as MODULE:STORE (as in `my_store:MyStore`)"),
            (":x", "a store is named as MODULE:STORE (as in `my_store:MyStore`)"),
            ("sqlite:///x.db", "a store is named as MODULE:STORE (as in `my_store:MyStore`)"),
            ("./my_store.py:Mine", "it names a file (a module, as in `my_store:Mine`)"),
            ("json:__name__", "it cannot be called (a class or function that opens a store)"),
            ("builtins:dict", "it does not say what it takes (name a function of a folder that opens the store)"),
            (f"{__name__}:Forgetfull", "there is no `Forgetfull` in it (`Forgetful`"),
            (f"{__name__}:opens_with_more", "it takes more than a folder: `other`, `url` (name a function of a folder"),
            (f"{__name__}:opens_nothing", "it answers None in place of a store"),
            (f"{__name__}:leaves", "it cannot be opened: SystemExit: 3 (test_kit.py, line "),
            (f"{__name__}:fails", "it cannot be opened: OSError: the disk burns (test_kit.py, line "),
            (
                "odd_module:Store",
                "`odd_module` cannot be imported: RuntimeError: boom (odd_module.py, line 1",
            ),
            ("needy_module:Store", "there is no module `not_there_at_all` (`needy_module` imports it)"),
        ],
    )
    def test_what_is_no_store_is_wrong_use(self, name, said, capsys, tmp_path, monkeypatch):
        """One line that says what would do, and the answer 2."""
        (tmp_path / "odd_module.py").write_text("raise RuntimeError('boom')")
        (tmp_path / "needy_module.py").write_text("import not_there_at_all")
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(SystemExit) as error:
            main([name])
        assert error.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"error: `{name}`: {said}")

    @pytest.mark.parametrize(
        ("option", "value", "said"),
        [
            ("--stories", "-1", "`-1` is no number of stories (0 or more)"),
            ("--stories", "x", "`x` is no number of stories (0 or more)"),
            ("--patience", "0", "`0` is no number of seconds (more than 0, 86400 at most)"),
            ("--patience", "nan", "`nan` is no number of seconds (more than 0, 86400 at most)"),
            ("--patience", "soon", "`soon` is no number of seconds (more than 0, 86400 at most)"),
            ("--topic", "keyz", "invalid choice: 'keyz' (choose from 'shape', "),
        ],
    )
    def test_options_that_make_no_sense_are_wrong_use(self, option, value, said, capsys):
        """One line, and the answer 2."""
        with pytest.raises(SystemExit) as error:
            main(["svcdelivery.storage.memory:MemoryStore", f"{option}={value}"])
        assert error.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"error: argument {option}: {said}")

    def test_a_store_that_leaves_the_program_is_a_complaint(self):
        """The kit stays."""
        (result,) = check(lambda: leaves, named("a_new_tenant_is_empty")).broken
        assert result.complaint.startswith("SystemExit: 3 (test_kit.py, line ")

    def test_the_core_needs_neither_pytest_nor_hypothesis(self):
        """Checked in a program of its own."""
        program = (
            "import sys, svcdelivery.testing.conformance as kit; from svcdelivery.storage.memory import MemoryStore; "
            "assert kit.check(lambda: MemoryStore).ok; assert not {'pytest', 'hypothesis'} & set(sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def named(*names) -> tuple[Scenario, ...]:
    return tuple(one for one in SCENARIOS if one.name in names)


def opens_with_more(folder, other, *, url):
    return MemoryStore()


def opens_nothing(folder):
    return None


def leaves():
    sys.exit(3)


def fails():
    raise OSError("the disk burns")


def in_folder(folder):
    assert list(folder.iterdir()) == []
    return Forgetful()


class Forgetful(MemoryStore):
    """Says that it is durable."""

    @property
    def capabilities(self):
        return frozenset({*super().capabilities, Capability.DURABLE})


class Unmarked(MemoryStore):
    """Says of no receipt that it is replayed."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            yield evolve(unit, journal=UnmarkedJournal(unit.journal))


class UnmarkedJournal:
    def __init__(self, journal):
        self.load, self.receipt, self._append = journal.load, journal.receipt, journal.append

    def append(self, writes, *, key, intent, now):
        return evolve(self._append(writes, key=key, intent=intent, now=now), replayed=False)
