"""Public holidays as a snapshot: right dates, stated years, refusals in our words."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date

import pytest

from svcdelivery.adapters.holidays import public_holidays
from svcdelivery.errors import InvalidValueError, NotCoveredError, WrongTypeError
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import parse_instant


class TestDates:
    def test_a_country_and_its_years(self) -> None:
        made = public_holidays("FR", years=(2026, 2027))
        assert {date(2026, 7, 14), date(2027, 7, 14), date(2026, 4, 6)} <= made.closed
        assert {day.year for day in made.closed} == {2026, 2027}
        assert made.covered_years == (2026, 2027)
        assert dict(made.names)[date(2026, 7, 14)] == "Fête nationale"

    def test_a_subdivision_has_its_own(self) -> None:
        bavaria = public_holidays("DE", subdivision="BY", years=(2026, 2026))
        assert date(2026, 1, 6) in bavaria.closed
        assert date(2026, 1, 6) not in public_holidays("DE", years=(2026, 2026)).closed

    def test_what_is_observed_in_the_year_before_is_there(self) -> None:
        """New Year's Day of 2028 is a Saturday, made up for on the last Friday of 2027."""
        assert date(2027, 12, 31) in public_holidays("US", years=(2027, 2027)).closed
        assert date(2027, 12, 31) not in public_holidays("US", years=(2027, 2027), observed=False).closed

    def test_categories_and_language(self) -> None:
        bank = public_holidays("FR", years=(2026, 2026), categories=["public"], language="en_US")
        assert dict(bank.names)[date(2026, 7, 14)] == "National Day"

    def test_asking_for_a_date_elsewhere_changes_nothing(self) -> None:
        made = public_holidays("FR", years=(2026, 2026))
        before = made.closed
        assert date(2030, 7, 14) not in made.closed
        assert made.closed == before
        assert made == public_holidays("FR", years=range(2026, 2027))
        assert hash(made) == hash(public_holidays("FR", years=(2026, 2026)))

    def test_service_hours_take_the_snapshot(self) -> None:
        made = public_holidays("FR", years=(2026, 2026))
        hours = ServiceHours.weekly(
            "Europe/Paris", {"mon-fri": "09:00-17:00"}, closed=made.closed, covered_years=made.covered_years
        )
        assert not hours.is_open(parse_instant("2026-07-14T10:00:00+02:00"))
        with pytest.raises(NotCoveredError):
            hours.is_open(parse_instant("2027-07-14T10:00:00+02:00"))


class TestRefusals:
    def test_unknown_ones_are_told_in_our_words(self) -> None:
        with pytest.raises(InvalidValueError, match="`XX` is not a country with known holidays"):
            public_holidays("XX", years=(2026, 2026))
        with pytest.raises(InvalidValueError, match="`ZZ` is not a subdivision of FR"):
            public_holidays("FR", subdivision="ZZ", years=(2026, 2026))
        with pytest.raises(InvalidValueError, match="`nonsense` is not a category"):
            public_holidays("FR", years=(2026, 2026), categories="nonsense")
        with pytest.raises(InvalidValueError, match="`xx` is not a language"):
            public_holidays("FR", years=(2026, 2026), language="xx")

    def test_years_the_package_does_not_know_are_not_taken_for_years_without_holidays(self) -> None:
        with pytest.raises(InvalidValueError, match="years with known holidays in US"):
            public_holidays("US", years=(2099, 2101))

    def test_values_of_another_type(self) -> None:
        with pytest.raises(WrongTypeError):
            public_holidays(None, years=(2026, 2026))  # type: ignore[arg-type]
        with pytest.raises(WrongTypeError):
            public_holidays("FR", years=2026)  # type: ignore[arg-type]

    def test_without_the_extra_it_is_named(self) -> None:
        code = (
            "import sys; sys.modules['holidays'] = None\n"
            "from svcdelivery.adapters.holidays import public_holidays\n"
            "from svcdelivery.errors import ExtraMissingError\n"
            "try:\n    public_holidays('FR', years=(2026, 2026))\n"
            "except ExtraMissingError as error:\n    print(error.extra)\n"
        )
        apart = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
        run = subprocess.run([sys.executable, "-c", code], env=apart, capture_output=True, text=True, check=True)
        assert run.stdout == "calendars\n"
