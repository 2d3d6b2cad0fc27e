"""Instants, zones and their text forms: strict in, exact out."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pendulum import DateTime

from svcdelivery.errors import (
    InvalidDurationError,
    InvalidInstantError,
    NaiveTimeError,
    ServiceDeliveryError,
    UnknownZoneError,
    WrongTypeError,
)
from svcdelivery.testing.strategies import instants, rendering_zones, zones
from svcdelivery.timeline import (
    format_duration,
    format_instant,
    from_micros,
    in_zone,
    parse_duration,
    parse_instant,
    to_instant,
    to_micros,
    to_zone,
    tzdata_version,
)

MICRO = timedelta(microseconds=1)
FIRST, LAST = to_micros(datetime.min.replace(tzinfo=UTC)), to_micros(datetime.max.replace(tzinfo=UTC))
any_micros = st.integers(FIRST, LAST)
any_durations = st.timedeltas(timedelta(0), timedelta.max)


class TestInstants:
    @given(any_micros)
    def test_microseconds_there_and_back(self, micros: int) -> None:
        """Every instant of the years 1 to 9999 has one number, and that number one instant."""
        instant = from_micros(micros)
        assert to_micros(instant) == micros
        assert type(instant) is DateTime
        assert instant.tzinfo is from_micros(0).tzinfo

    @given(instants(), rendering_zones())
    def test_the_zone_a_time_is_written_in_is_not_kept(self, at: datetime, zone: tzinfo) -> None:
        """An instant is in UTC, equal to the time it was made of, with the same hash whatever zone it came in."""
        made = to_instant(at.astimezone(zone))
        assert made == at
        assert hash(made) == hash(to_instant(at))
        assert made.utcoffset() == timedelta(0)
        assert to_micros(at.astimezone(zone)) == to_micros(at)

    @given(instants())
    def test_an_instant_is_its_own_instant_and_survives_copies(self, at: datetime) -> None:
        """Nothing is made anew, and a pickled one is equal and can be counted with."""
        instant = to_instant(at)
        assert to_instant(instant) is instant
        for copied in (pickle.loads(pickle.dumps(instant)), copy.deepcopy(instant)):
            assert to_instant(copied) == instant
            assert to_micros(copied) == to_micros(instant)

    def test_the_two_equal_times_of_an_autumn_night_stay_two_instants(self) -> None:
        """Fold says which, and instants tell them apart."""
        zone = ZoneInfo("Europe/Paris")
        first, second = (to_instant(datetime(2026, 10, 25, 2, 30, tzinfo=zone, fold=fold)) for fold in (0, 1))
        assert datetime.__sub__(second, first) == timedelta(hours=1)
        assert len({first, second}) == 2

    @pytest.mark.parametrize("value", ["2026-01-01", 0, None, timedelta(0), datetime(2026, 1, 1).date()])
    def test_what_is_no_time_is_refused(self, value: object) -> None:
        """Nothing is read out of texts or numbers."""
        with pytest.raises(WrongTypeError):
            to_instant(value)  # type: ignore[arg-type]
        with pytest.raises(WrongTypeError):
            to_micros(value)  # type: ignore[arg-type]

    def test_a_naive_time_is_refused(self) -> None:
        """B001: no zone is ever assumed."""
        with pytest.raises(NaiveTimeError, match="no zone given for `2026-04-01T10:00:00`"):
            to_instant(datetime(2026, 4, 1, 10))
        with pytest.raises(NaiveTimeError):
            to_micros(DateTime(2026, 4, 1, 10))

    def test_a_time_that_utc_cannot_show_is_refused_in_our_own_words(self) -> None:
        """At both ends of time."""
        for edge, hours in ((datetime(9999, 12, 31, 23), -14), (datetime(1, 1, 1), 14)):
            with pytest.raises(InvalidInstantError, match="outside years 1 to 9999"):
                to_instant(edge.replace(tzinfo=timezone(timedelta(hours=hours))))


class TestInstantTexts:
    @given(any_micros)
    def test_decoding_an_encoding_gives_the_instant(self, micros: int) -> None:
        """With six digits, in UTC."""
        text = format_instant(from_micros(micros))
        assert parse_instant(text) == from_micros(micros)
        assert len(text) == 27
        assert text.endswith("Z")

    @given(instants(), zones())
    def test_a_clock_of_a_zone_shows_what_the_standard_library_says(self, at: datetime, zone: str) -> None:
        """Also in the hours around a change of the clocks, fold included."""
        shown = in_zone(at, to_zone(zone))
        expected = datetime.fromisoformat(format_instant(at)).astimezone(ZoneInfo(zone))
        assert (shown.replace(tzinfo=None), shown.fold, shown.utcoffset()) == (
            expected.replace(tzinfo=None), expected.fold, expected.utcoffset(),
        )  # fmt: skip
        assert type(shown) is datetime
        assert shown.isoformat() == expected.isoformat()

    @given(instants(), zones())
    def test_in_the_form_of_a_zone_too(self, at: datetime, zone: str) -> None:
        """RFC 9557: offset and zone stand together, also twice in an autumn night."""
        text = format_instant(at, zone=zone)
        assert text.endswith(f"[{zone}]")
        assert parse_instant(text) == at

    @pytest.mark.parametrize(
        ("at", "zone", "text"),
        [
            ("1971-06-01T12:00:00Z", "Africa/Monrovia", "1971-06-01T12:00:00.000000Z[Africa/Monrovia]"),
            ("1900-01-01T00:00:00Z", "Europe/Paris", "1900-01-01T00:00:00.000000Z[Europe/Paris]"),
            ("1971-06-01T12:00:00Z", "Europe/Paris", "1971-06-01T13:00:00.000000+01:00[Europe/Paris]"),
        ],
    )
    def test_a_zone_whose_offset_had_seconds_is_told_in_utc(self, at: str, zone: str, text: str) -> None:
        """The standard knows whole minutes alone; what is written can be read again."""
        assert format_instant(parse_instant(at), zone=zone) == text
        assert parse_instant(text) == parse_instant(at)

    @given(st.lists(any_micros, min_size=2, max_size=6))
    def test_texts_sort_as_their_instants_do(self, micros: list[int]) -> None:
        """So storage may compare them as texts."""
        texts = [format_instant(from_micros(m)) for m in sorted(micros)]
        assert texts == sorted(texts)

    @pytest.mark.parametrize(
        ("text", "same"),
        [
            ("2026-03-29T09:00:00+02:00", "2026-03-29T07:00:00.000000Z"),
            ("2026-03-29t07:00:00.5z", "2026-03-29T07:00:00.500000Z"),
            ("2026-03-29T07:00:00.123456-00:30", "2026-03-29T07:30:00.123456Z"),
            ("2026-01-01T00:00:00+14:00", "2025-12-31T10:00:00.000000Z"),
            ("2026-10-25T02:30:00+01:00[Europe/Paris]", "2026-10-25T01:30:00.000000Z"),
            ("2026-10-25T02:30:00+02:00[!Europe/Paris]", "2026-10-25T00:30:00.000000Z"),
            ("2026-10-25T00:30:00Z[Europe/Paris]", "2026-10-25T00:30:00.000000Z"),
            ("2026-10-25T00:30:00-00:00[Europe/Paris]", "2026-10-25T00:30:00.000000Z"),
        ],
    )
    def test_forms_that_are_accepted(self, text: str, same: str) -> None:
        """RFC 3339 and RFC 9557."""
        assert format_instant(parse_instant(text)) == same

    @pytest.mark.parametrize(
        "text",
        [
            "2026-02-30T00:00:00Z",  # B003
            "2026-13-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T23:59:60Z",
            "2026-01-01T10:00:00.123456789Z",  # B005
            "2026-01-01T10:00:00.Z",
            "2026-01-01T10:00:00,5Z",
            "2026-01-01T10:00:00+25:00",  # B007
            "2026-01-01T10:00:00+14:01",
            "2026-01-01T10:00:00+00:60",
            "2026-01-01T10:00:00+00:00:00.000001",
            "2026-01-01T10:00:00+0100",
            "2026-01-01T10:00:00+01",
            "2026-01-01 10:00:00Z",
            "20260101T100000Z",
            "2026-1-1T10:00:00Z",
            "2026-W01-1T10:00:00Z",
            " 2026-01-01T10:00:00Z",
            "2026-01-01T10:00:00Z\n",
            "2026-01-01T10:00:00Z[Europe/Paris][u-ca=iso8601]",
            "2026-03-29T02:30:00+01:00[Europe/Berlin]",  # B011
            "2026-03-29T02:30:00+02:00[Europe/Berlin]",
            "2026-07-01T10:00:00+01:00[Europe/Berlin]",
            "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59Z[Asia/Tokyo]",
            "٢٠٢٦-01-01T10:00:00Z",
            "now",
            "today",
            "",
            "1767261600",
            pytest.param("2026-01-01T10:00:00Z" * 100, id="long"),
        ],
    )
    def test_forms_that_are_refused(self, text: str) -> None:
        """B003 to B011: nothing is guessed, cut or carried over, and the message is one line that shows the value."""
        with pytest.raises(InvalidInstantError) as caught:
            parse_instant(text)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 600

    @pytest.mark.parametrize("text", ["2026-04-01T10:00", "2026-04-01T10:00:00", "2026-04-01", "2026-04-01T10:00:00.5"])
    def test_a_text_without_offset_is_naive(self, text: str) -> None:
        """B001: told as what it is."""
        with pytest.raises(NaiveTimeError):
            parse_instant(text)

    @pytest.mark.parametrize("value", [None, 5, b"2026-01-01T10:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)])
    def test_only_text_is_parsed(self, value: object) -> None:
        """Everything else is of the wrong type."""
        with pytest.raises(WrongTypeError):
            parse_instant(value)  # type: ignore[arg-type]

    @given(st.text(max_size=40))
    def test_no_text_at_all_brings_down_the_parser(self, text: str) -> None:
        """It answers an instant or one of our errors."""
        for parse in (parse_instant, parse_duration):
            try:
                parse(text)
            except ServiceDeliveryError as error:
                assert "\n" not in str(error)  # noqa: PT017

    def test_a_zone_that_cannot_show_an_instant_is_an_error_of_ours(self) -> None:
        """At the end of time Tokyo is in a year that has no number."""
        with pytest.raises(InvalidInstantError):
            format_instant(from_micros(LAST), zone="Asia/Tokyo")


class TestZones:
    @pytest.mark.parametrize(
        "name",
        [
            "../../etc/passwd", "/etc/passwd", "", "Europe/Berlin\0", "Europe", "europe/berlin", "Europe/Berlin/",
            "zone.tab", "tzdata.zi", "Europe/__init__.py", "__init__", "Mars/Phobos", " UTC", "UTC\n",
            pytest.param("A" * 10_000, id="long"),
            "Europe//Berlin", "Europe\\Berlin", "C:/Windows",
        ],
    )  # fmt: skip
    def test_what_is_no_zone_is_refused_without_a_path(self, name: str) -> None:
        """B009: no file outside the zone data is opened, and none is named."""
        with pytest.raises(UnknownZoneError) as caught:
            to_zone(name)
        assert "site-packages" not in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_zones_come_from_the_tzdata_package_whatever_the_machine_has(self) -> None:
        """Every name of the package is a zone, with the package's own transitions."""
        names = resources.files("tzdata").joinpath("zones").read_text().split()
        assert len(names) > 500
        for name in names[::25]:
            with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
                expected = ZoneInfo.from_file(data, key=name)
            for year in (1950, 2011, 2024, 2040):
                at = datetime(year, 7, 1, 12, tzinfo=UTC)
                assert at.astimezone(to_zone(name)).utcoffset() == at.astimezone(expected).utcoffset()
        assert tzdata_version()[:2] == "20"

    def test_a_zone_is_read_once(self) -> None:
        """The same name is the same zone."""
        assert to_zone("Europe/Paris") is to_zone("Europe/Paris")

    def test_the_package_is_asked_and_not_the_machine(self) -> None:
        """The text of the module opens no folder of the machine's."""
        import svcdelivery.timeline.instant as module

        text = Path(module.__file__ or "").read_text(encoding="utf-8")
        assert "TZPATH" not in text
        assert "/usr/share" not in text

    @pytest.mark.parametrize("value", [None, 5, b"UTC"])
    def test_only_text_names_a_zone(self, value: object) -> None:
        """Everything else is of the wrong type."""
        with pytest.raises(WrongTypeError):
            to_zone(value)  # type: ignore[arg-type]


class TestDurationTexts:
    @given(any_durations)
    def test_decoding_an_encoding_gives_the_duration(self, duration: timedelta) -> None:
        """To the microsecond, up to the longest there is."""
        assert parse_duration(format_duration(duration)) == duration

    @pytest.mark.parametrize(
        ("text", "hours"),
        [("PT8H", 8), ("P2DT4H30M", 52.5), ("P1W", 168), ("P1W2D", 216), ("PT0S", 0), ("PT90M", 1.5), ("P0D", 0)],
    )
    def test_forms_that_are_accepted(self, text: str, hours: float) -> None:
        """Weeks are 168 hours, days are 24."""
        assert parse_duration(text) == timedelta(hours=hours)

    @pytest.mark.parametrize(
        "text",
        [
            "PT", "P", "-PT4H", "PT4H30",  # B025
            "P1M", "P1Y", "P1Y2M", "P1M1D",  # B027
            "+PT4H", "PT-4H", "4H", "pt4h", "PT4.5H", "PT1.1234567S", "P1.5D", "PT4H ", "PT1H1H", "PT1M1H", "P1DT",
            "P1WT", "", "8:00", "PT" + "9" * 90 + "H", pytest.param("P" + "9" * 5000 + "D", id="long"), "P٤D",
        ],
    )  # fmt: skip
    def test_forms_that_are_refused(self, text: str) -> None:
        """B025, B027: half a text, signs, and months and years, which have no fixed length."""
        with pytest.raises(InvalidDurationError) as caught:
            parse_duration(text)
        assert "\n" not in str(caught.value)

    def test_the_refusal_says_why(self) -> None:
        """Negative, or without fixed length."""
        with pytest.raises(InvalidDurationError, match="negative durations are not accepted"):
            parse_duration("-PT4H")
        for text in ("P1M", "P1Y"):
            with pytest.raises(InvalidDurationError, match="months and years have no fixed length"):
                parse_duration(text)
        with pytest.raises(WrongTypeError):
            parse_duration(8)  # type: ignore[arg-type]

    def test_a_negative_duration_can_be_shown(self) -> None:
        """For differences in messages; it is not read back."""
        assert format_duration(timedelta(hours=-4)) == "-PT4H"
        assert format_duration(timedelta(microseconds=-1)) == "-PT0.000001S"
