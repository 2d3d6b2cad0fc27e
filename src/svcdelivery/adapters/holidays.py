"""Public holidays of the `holidays` package, as a snapshot that never changes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from attrs import frozen

from svcdelivery.errors import ExtraMissingError, InvalidValueError, WrongTypeError
from svcdelivery.service_hours import to_years

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["HolidaySnapshot", "public_holidays"]


@frozen(kw_only=True)
class HolidaySnapshot:
    """The public holidays of a place in some years, as one release of the package knows them.

    Attributes:
        closed: The dates; `ServiceHours.weekly` takes them under the same name.
        covered_years: First and last year; every holiday in them is there.
        country: The code that was asked for.
        subdivision: The code of the state, province or canton; empty for the country as a whole.
        names: Date and name, in order of date; several on one date are in one text.
        package_version: The release of the package: another may know other dates.
    """

    closed: frozenset[date]
    covered_years: tuple[int, int]
    country: str
    subdivision: str
    names: tuple[tuple[date, str], ...]
    package_version: str


def public_holidays(
    country: str,
    *,
    years: tuple[int, int] | range,
    subdivision: str = "",
    categories: Iterable[str] | None = None,
    observed: bool = True,
    language: str | None = None,
) -> HolidaySnapshot:
    """Answer the public holidays of a country or one of its parts.

    Args:
        country: ISO 3166-1 code, such as `FR`.
        years: First and last year, both included.
        subdivision: The part of its ISO 3166-2 code after the dash, such as `BY` for Bavaria.
        categories: What the package calls them, such as `public` and `bank`; its own choice when none is given.
        observed: Count the day on which a holiday on a weekend is made up for, where the law says so.
        language: Code of the language of the names; the country's own when none is given.

    Raises:
        InvalidValueError: The package does not know the country, the subdivision, the category, the language, or not
            all the years.
        ExtraMissingError: The extra `calendars` is not installed.
    """
    package = _package()
    kind = _known(package, country, subdivision)
    first, last = _known_years(kind, country, years)
    # A holiday may be observed in the year beside its own.
    around = range(max(first - 1, kind.start_year), min(last + 1, kind.end_year) + 1)
    options: dict[str, Any] = {"subdiv": subdivision or None, "observed": observed}
    options["language"] = _language(kind, language)
    if categories is not None:
        options["categories"] = _categories(kind, categories)
    found = package.country_holidays(country, years=around, expand=False, **options)
    names = tuple(sorted((day, name) for day, name in found.items() if first <= day.year <= last))
    return HolidaySnapshot(
        closed=frozenset(day for day, _ in names),
        covered_years=(first, last),
        country=country,
        subdivision=subdivision,
        names=names,
        package_version=package.__version__,
    )


def _package() -> Any:
    try:
        import holidays
    except ModuleNotFoundError:
        raise ExtraMissingError(extra="calendars", feature="public holidays of a country") from None
    return holidays


def _known(package: Any, country: str, subdivision: str) -> Any:
    for value, expected in ((country, "the code of a country"), (subdivision, "the code of a subdivision")):
        if not isinstance(value, str):
            raise WrongTypeError(expected=expected, value=value)
    if country not in package.list_supported_countries():
        raise InvalidValueError(
            what="a country with known holidays", value=country, hint="an ISO 3166-1 code such as `FR`"
        )
    kind = type(package.country_holidays(country))
    if subdivision and subdivision not in (*kind.subdivisions, *kind.subdivisions_aliases):
        known = ", ".join(kind.subdivisions) or "none is known"
        raise InvalidValueError(what=f"a subdivision of {country} with known holidays", value=subdivision, hint=known)
    return kind


def _known_years(kind: Any, country: str, years: tuple[int, int] | range) -> tuple[int, int]:
    first, last = to_years(years)
    if not kind.start_year <= first <= last <= kind.end_year:
        known = f"{kind.start_year} to {kind.end_year}"
        raise InvalidValueError(
            what=f"a pair of years with known holidays in {country}", value=(first, last), hint=known
        )
    return first, last


def _language(kind: Any, asked: str | None) -> str | None:
    # Left alone, the package asks the machine for its language, and names would differ from one to the next.
    language: str | None = kind.default_language if asked is None else asked
    if asked is not None and asked not in kind.supported_languages:
        known = ", ".join(kind.supported_languages) or "none is known"
        raise InvalidValueError(what="a language of holidays there", value=asked, hint=known)
    return language


def _categories(kind: Any, asked: Iterable[str]) -> tuple[str, ...]:
    given = (asked,) if isinstance(asked, str) else tuple(asked)
    for category in given:
        if category not in kind.supported_categories:
            known = ", ".join(sorted(kind.supported_categories))
            raise InvalidValueError(what="a category of holidays there", value=category, hint=known)
    return given
