from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError
from svcdelivery.quality import MeasureDefinition
from svcdelivery.reporting.figures import Figure, FigureUnit, mean, nearest_rank, rank_of, share, shown_hours

ANY = MeasureDefinition(name="any", question="", formula="", unit="")
COUNTS = st.integers(0, 10**6)


class TestShares:
    @given(COUNTS, COUNTS)
    def test_a_share_shows_a_percentage_only_with_a_denominator(self, part: int, rest: int) -> None:
        """`no data` where nothing was counted, `%` everywhere else."""
        figure = share("x", part, part + rest, of=ANY)
        assert (figure.shown == "no data") is (figure.denominator == 0)
        assert figure.shown.endswith("%") is (figure.denominator > 0)

    @given(COUNTS, COUNTS)
    def test_a_shown_share_is_never_over_the_exact_one(self, part: int, rest: int) -> None:
        """Rounded down; 100 % means all of them."""
        figure = share("x", part, part + rest + 1, of=ANY)
        shown = Fraction(Decimal(figure.shown.removesuffix(" %")))
        assert shown <= 100 * Fraction(part, part + rest + 1) < shown + Fraction(1, 10)
        assert figure.shown != "100 %"

    def test_excluding_nothing_changes_nothing(self) -> None:
        """A reason that left out nothing leaves no trace."""
        assert share("x", 1, 2, of=ANY, excluded=[("cancelled", 0)]) == share("x", 1, 2, of=ANY)

    @pytest.mark.parametrize(("part", "whole"), [(2, 1), (-1, 1), (0, -1)])
    def test_a_part_over_the_whole_is_refused(self, part: int, whole: int) -> None:
        """No figure says what cannot be."""
        with pytest.raises(InvalidValueError):
            share("x", part, whole, of=ANY)

    def test_a_figure_without_denominator_has_no_value(self) -> None:
        """Nobody can write 0 % of nothing by hand either."""
        with pytest.raises(InvalidValueError):
            Figure(name="x", numerator=0, denominator=0, value=Fraction(0), unit=FigureUnit.SHARE, convention="")

    def test_each_figure_says_what_it_was_taken_from(self) -> None:
        """A part of a whole, a sum over a number, a rank among values."""
        assert share("x", 3, 4000, of=ANY).counted == "3 of 4,000"
        assert mean("x", 14, 3, of=ANY).counted == "sum 14, n 3"
        assert nearest_rank("x", [1, 2, 3], 50, of=ANY).counted == "rank 2 of 3"

    def test_data_hold_no_floats(self) -> None:
        """Values leave as text, exact to the places stated."""
        assert share("x", 2, 3, of=ANY).to_data()["value"] == "0.666666"
        assert mean("x", 14, 3, of=ANY).to_data()["shown"] == "4.66"


class TestPercentiles:
    @given(st.lists(st.integers(0, 10**12), min_size=1), st.integers(1, 99))
    def test_a_percentile_is_one_of_the_values_with_that_share_at_or_below(self, values: list[int], p: int) -> None:
        """Nearest rank: nothing is interpolated."""
        figure = nearest_rank("p", sorted(values), p, of=ANY)
        micros = [v for v in values if timedelta(microseconds=v) == figure.value]
        at_or_below = sum(v <= micros[0] for v in values)
        below = sum(v < micros[0] for v in values)
        assert 100 * at_or_below >= p * len(values) > 100 * below

    @pytest.mark.parametrize("percent", [0, 100, 101, -1, True, Decimal("NaN"), float("nan"), 50.0])
    def test_a_percentile_that_is_none_is_refused(self, percent: object) -> None:
        """B105: 0, 100, 101 and NaN are no percentiles, and no float is exact."""
        with pytest.raises(InvalidValueError, match="is not a percentile"):
            rank_of(percent, 10)  # type: ignore[arg-type]

    def test_no_values_give_no_percentile(self) -> None:
        """B103: nothing to rank, nothing to show."""
        figure = nearest_rank("p", [], 50, of=ANY)
        assert (figure.value, figure.numerator, figure.denominator, figure.shown) == (None, 0, 0, "no data")


def test_a_percentile_of_no_values_has_no_rank() -> None:
    """A rank needs something to rank."""
    with pytest.raises(InvalidValueError, match="number of values"):
        rank_of(50, 0)


@pytest.mark.parametrize(
    ("duration", "hours", "days"),
    [
        (timedelta(hours=43, minutes=30), "43 h 30 min", "1 d 19 h 30 min"),
        (timedelta(seconds=61, microseconds=999_999), "1 min 1 s", "1 min 1 s"),
        (timedelta(0), "0 s", "0 s"),
        (timedelta(days=3, seconds=5), "72 h 5 s", "3 d"),
    ],
)
def test_durations_are_shown_in_hours_or_days(duration: timedelta, hours: str, days: str) -> None:
    """A day of service hours is no day, so counted time is shown in hours."""
    assert shown_hours(duration) == hours
    assert shown_hours(duration, days=True) == days
