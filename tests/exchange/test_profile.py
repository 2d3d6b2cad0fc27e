"""Profiles: built in by name, or read from a file with all problems at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from svcdelivery.errors import DocumentError, InvalidValueError, UnknownZoneError, UnusableInputError
from svcdelivery.exchange.findings import counts_by_code
from svcdelivery.exchange.log import read_log
from svcdelivery.exchange.profile import SERVICENOW, LogProfile, SourceStatus, load_profile, parse_profile
from svcdelivery.facts import history
from svcdelivery.timeline import parse_instant
from svcdelivery.work import fold_work

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "profiles" / "helpdesk.yaml"

SMALL = """\
name: small
columns: {id: number, updated_at: at, status: state}
statuses: {New: recorded}
"""


class TestExample:
    def test_the_example_profile_reads_the_example_log(self) -> None:
        """Every part of a profile, over two requests."""
        log = read_log(EXAMPLE.with_suffix(".csv"), load_profile(EXAMPLE))
        first, second = log
        assert (first.kind, first.id, len(first.facts)) == ("request", "R-1", 5)
        assert first.facts[0].body.received_at == parse_instant("2026-03-02T07:55:00Z")
        record = fold_work(history("request:R-2", second.facts))
        assert record is not None
        assert (record.status.value, record.hold_reason, record.service) == ("on_hold", "customer", "email")
        assert counts_by_code(log.findings) == (
            ("counter_gap", "1"), ("illegal_jump", "1"), ("looked_ahead", "1"), ("missing_end", "1"), ("tie", "1"),
        )  # fmt: skip

    def test_the_page_about_imports_shows_the_example_as_it_is(self) -> None:
        """A reader can copy either."""
        page = (ROOT / "docs" / "how-to" / "import-a-log.md").read_text(encoding="utf-8")
        assert EXAMPLE.read_text(encoding="utf-8") in page


class TestFiles:
    def test_a_small_profile_leaves_the_rest_to_defaults(self) -> None:
        """ISO times with their offsets, commas, UTF-8, incidents."""
        assert parse_profile(SMALL) == LogProfile(
            name="small", id="number", updated_at="at", status="state", statuses=(SourceStatus("New", "recorded"),)
        )

    def test_all_problems_come_at_once_with_their_places(self) -> None:
        """A profile is written once; mistakes should not be met one by one."""
        text = """\
name: small
kind: incident
times: "%d.%m.%y"
zone: Europe/Pariss
encoding: utf8
columns: {id: number, updated_at: at, prioritty: prio}
statuses:
  New: received
  Wait: {status: in_progress, reason: customer}
look_ahead: {solved: done}
constants: {custommer: acme}
"""
        with pytest.raises(DocumentError) as caught:
            parse_profile(text, source="small.yaml")
        lines = str(caught.value).splitlines()
        assert [line.split()[0] for line in lines] == [
            "small.yaml:3:8:", "small.yaml:4:7:", "small.yaml:5:11:", "small.yaml:6:1:", "small.yaml:6:39:",
            "small.yaml:8:8:", "small.yaml:9:31:", "small.yaml:10:22:", "small.yaml:11:13:",
        ]  # fmt: skip
        assert "did you mean `priority`?" in lines[4]

    @pytest.mark.parametrize(
        ("more", "told"),
        [
            ("statuses: {}", "no status is named"),
            ("delimiter: ab\n" + SMALL.partition("\n")[2], "delimiter: `ab` is not a delimiter"),
            ("constants: {priority: P1}\n" + SMALL.partition("\n")[2].replace("{id", "{priority: p, id"), "given once"),
            ("irregular: [New]\n" + SMALL.partition("\n")[2], "named once"),
            ("columns: {id: '', updated_at: at, status: state}\nstatuses: {New: recorded}", "the name of a column"),
        ],
    )
    def test_what_only_the_whole_shows_is_told_too(self, more: str, told: str) -> None:
        """Parts that are right alone may not fit together."""
        with pytest.raises(DocumentError) as caught:
            parse_profile("name: small\n" + more)
        assert told in str(caught.value)

    def test_a_name_that_is_neither_built_in_nor_a_file(self) -> None:
        """The built-in names are listed."""
        with pytest.raises(UnusableInputError) as caught:
            load_profile("service-now")
        assert str(caught.value) == "`service-now`: there is no such file (built in: `servicenow`)"

    def test_a_file_that_is_no_document(self, tmp_path: Path) -> None:
        """Neither too large nor other than UTF-8."""
        path = tmp_path / "profile.yaml"
        path.write_bytes(b"name: \xff")
        with pytest.raises(UnusableInputError, match="byte 7 is not UTF-8"):
            load_profile(path)
        path.write_bytes(b"#" * 1_000_001)
        with pytest.raises(UnusableInputError, match="larger than 1000000 bytes"):
            load_profile(path)


class TestValues:
    def test_servicenow_is_built_in(self) -> None:
        """Without any file."""
        assert load_profile("servicenow") is SERVICENOW

    def test_naming_keeps_what_is_not_named(self) -> None:
        """A log that names no agreement is told whose it is."""
        named = SERVICENOW.naming(agreement="acme-2026")
        assert named.constants == (("customer", "customer"), ("agreement", "acme-2026"))
        assert named.naming(customer="acme").constants == (("customer", "acme"), ("agreement", "acme-2026"))

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"kind": "problem"}, ""),
            ({"encoding": "utf-7"}, "encoding"),
            ({"delimiter": '"'}, "delimiter"),
            ({"fields": (("owner", "x"),)}, "columns"),
            ({"statuses": ()}, "statuses"),
            ({"statuses": (SourceStatus("New", "received"),)}, "statuses.New"),
            ({"statuses": (SourceStatus("New", "recorded", "customer"),)}, "statuses.New"),
            ({"look_ahead": (("solved", "done"),)}, "look_ahead.solved"),
            ({"times": "%x"}, ""),
        ],
    )
    def test_a_part_that_cannot_be_meant_is_refused(self, changes: dict[str, object], path: str) -> None:
        """With its path."""
        with pytest.raises(InvalidValueError) as caught:
            evolve(SERVICENOW, **changes)
        assert caught.value.path == path

    def test_an_unknown_zone_is_refused(self) -> None:
        """When the profile is made."""
        with pytest.raises(UnknownZoneError):
            evolve(SERVICENOW, zone="Brasil")
