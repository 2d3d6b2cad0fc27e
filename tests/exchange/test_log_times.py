"""Times in logs: forms read as `strptime` reads them, in the log's zone."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError, UnknownZoneError
from svcdelivery.exchange.log_times import time_reader
from svcdelivery.timeline import format_instant, to_micros

FORMS = (
    "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S.%f", "%d.%m.%Y %H.%M", "%Y%m%d %H", "%d %b %Y, %H:%M",
)  # fmt: skip


def read(form: str, zone: str | None, text: str) -> str:
    return format_instant(time_reader(form, zone)(text).instant)


class TestForms:
    @given(st.sampled_from(FORMS), st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))
    def test_what_a_form_writes_it_reads(self, form: str, moment: datetime) -> None:
        """The standard library is the judge of both."""
        text = moment.strftime(form)
        told = time_reader(form, "Etc/UTC")(text)
        assert told.instant.replace(tzinfo=None) == datetime.strptime(text, form)  # noqa: DTZ007 - wall time on both sides
        assert told.micros == to_micros(told.instant)

    @pytest.mark.parametrize(
        ("form", "text", "instant"),
        [
            ("iso", "2026-03-29T09:00:00+02:00", "2026-03-29T07:00:00.000000Z"),
            ("iso", "2026-03-29 09:00:00.25Z", "2026-03-29T09:00:00.250000Z"),
            ("iso", "2026-03-29T09:00", "2026-03-29T07:00:00.000000Z"),
            ("%Y-%m-%d %H:%M %z", "2026-03-29 09:00 -0330", "2026-03-29T12:30:00.000000Z"),
            ("%d/%m/%Y %I:%M %p", "1/7/2026 12:05 am", "2026-06-30T22:05:00.000000Z"),
            ("%d %b %Y %H:%M %%", "1 Dec 2026 12:05 %", "2026-12-01T11:05:00.000000Z"),
        ],
    )
    def test_an_offset_goes_before_the_zone(self, form: str, text: str, instant: str) -> None:
        """Wall time is the zone's alone where the text does not say otherwise."""
        assert read(form, "Europe/Paris", text) == instant

    @pytest.mark.parametrize(
        ("text", "instant", "doubt"),
        [
            ("29/3/2026 02:30", "2026-03-29T01:00:00.000000Z", "left this time out"),
            ("29/3/2026 03:00", "2026-03-29T01:00:00.000000Z", ""),
            ("25/10/2026 02:00", "2026-10-25T00:00:00.000000Z", "twice"),
            ("25/10/2026 02:59", "2026-10-25T00:59:00.000000Z", "twice"),
            ("25/10/2026 03:00", "2026-10-25T02:00:00.000000Z", ""),
        ],
    )
    def test_gaps_and_repeats_follow_the_one_rule_and_are_told(self, text: str, instant: str, doubt: str) -> None:
        """The first instant at which the wall clock reads that time or later."""
        told = time_reader("%d/%m/%Y %H:%M", "Europe/Paris")(text)
        assert format_instant(told.instant) == instant
        assert doubt in told.doubt
        assert bool(doubt) is bool(told.doubt)


class TestRefusals:
    @pytest.mark.parametrize(
        ("form", "why"),
        [
            ("%d/%m/%y %H:%M", "`%y` is not read"),
            ("%d/%m/%Y", "needs year, month, day and hour"),
            ("%d/%m/%Y %I:%M", "needs year, month, day and hour"),
            ("%d/%m/%b/%Y %H", "needs year, month, day and hour"),
            ("%d/%m/%Y %H %H", "stands twice"),
            ("%d/%m/%Y %H %", "`%` is not read"),
            ("", "needs year, month, day and hour"),
        ],
    )
    def test_a_form_that_gives_no_instant(self, form: str, why: str) -> None:
        """Told when the profile is read, not at row one million."""
        with pytest.raises(InvalidValueError, match="is not a form of times") as caught:
            time_reader(form, "Etc/UTC")
        assert why in str(caught.value)

    def test_an_unknown_zone(self) -> None:
        """Never taken for UTC."""
        with pytest.raises(UnknownZoneError):
            time_reader("iso", "Europe/Pariss")

    @pytest.mark.parametrize(
        ("form", "text"),
        [
            ("iso", "2026-02-30T09:00Z"),
            ("iso", "2026-02-03T09:60Z"),
            ("iso", "2026-02-03T09:00:60Z"),
            ("iso", "2026-02-03T09:00+14:01"),
            ("iso", "2026-02-03T09:00"),
            ("iso", "2026-02-03"),
            ("iso", "9" * 10_000),
            ("%d/%m/%Y %I:%M %p %z", "1/1/2026 13:00 PM Z"),
            ("%d %b %Y %H:%M %z", "1 Xyz 2026 13:00 Z"),
            ("%d/%m/%Y %H:%M %z", "1/1/1799 13:00 Z"),
            ("%d/%m/%Y %H:%M %z", "٣/1/2026 13:00 Z"),
        ],
    )
    def test_a_text_that_is_no_time(self, form: str, text: str) -> None:
        """Without a zone, a time without an offset is none either."""
        with pytest.raises(InvalidValueError):
            time_reader(form, None)(text)
