"""What surveys add up to: CSAT, CES and NPS, never without how many said it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from fractions import Fraction
from math import isqrt

from attrs import frozen

from svcdelivery.satisfaction.survey import Survey

__all__ = ["SatisfactionSummary", "is_satisfied", "summarize", "wilson"]


@frozen(kw_only=True)
class SatisfactionSummary:
    """What surveys say, never without how many said it.

    Attributes:
        invited: Invitations that stand, those withdrawn left out.
        satisfied: Answers in the best scores of their scale; see `is_satisfied`.
        mean: The mean score; of answers to how easy it was, the CES. None without answers, and where they are on
            several scales: scores of two scales are not added up.
        promoters: Answers of 9 and 10 on a scale of 10; detractors are those of 6 and less.
        of_ten: Answers on a scale of 10, which NPS is of.
        slowest: The longest from a delivery to its invitation; None where there is none.
    """

    invited: int
    withdrawn: int
    answered: int
    satisfied: int
    mean: Fraction | None
    promoters: int = 0
    detractors: int = 0
    of_ten: int = 0
    slowest: timedelta | None = None

    @property
    def nps(self) -> Fraction | None:
        """Promoters less detractors, of all answers on a scale of 10, times 100; None without such answers."""
        return Fraction(100 * (self.promoters - self.detractors), self.of_ten) if self.of_ten else None

    @property
    def csat_interval(self) -> tuple[Fraction, Fraction] | None:
        """Between which shares the satisfied lie with 95 % confidence, by Wilson; None without answers."""
        return wilson(self.satisfied, self.answered) if self.answered else None

    @property
    def response_rate(self) -> Fraction | None:
        """Answers per invitation, None without invitations."""
        return Fraction(self.answered, self.invited) if self.invited else None

    @property
    def csat(self) -> Fraction | None:
        """The share of satisfied answers, None without answers."""
        return Fraction(self.satisfied, self.answered) if self.answered else None


def is_satisfied(score: int, scale: int) -> bool:
    """Answer whether a score is one of the two best of its scale; of up to three scores only the best is."""
    return score > scale - (2 if scale > _FEW else 1)


def summarize(surveys: Iterable[Survey]) -> SatisfactionSummary:
    """Answer what the surveys add up to; those withdrawn are counted apart."""
    all_of_them = list(surveys)
    standing = [survey for survey in all_of_them if not survey.withdrawn]
    scored = [(survey.score, survey.scale) for survey in standing if survey.score is not None]
    return SatisfactionSummary(
        invited=len(standing),
        withdrawn=len(all_of_them) - len(standing),
        answered=len(scored),
        satisfied=sum(is_satisfied(score, scale) for score, scale in scored),
        mean=_mean(scored),
        promoters=sum(scale == _OF_TEN and score >= 9 for score, scale in scored),
        detractors=sum(scale == _OF_TEN and score <= 6 for score, scale in scored),
        of_ten=sum(scale == _OF_TEN for _, scale in scored),
        slowest=max((survey.latency for survey in all_of_them if survey.latency is not None), default=None),
    )


def _mean(scored: Sequence[tuple[int, int]]) -> Fraction | None:
    scales = {scale for _, scale in scored}
    return Fraction(sum(score for score, _ in scored), len(scored)) if len(scales) == 1 else None


_OF_TEN = 10
_FEW = 3
# The 97.5 % point of the normal distribution, in millionths.
_Z = Fraction(1_959_964, 1_000_000)
_PRECISION = 10**12


def wilson(hits: int, tries: int) -> tuple[Fraction, Fraction]:
    """Answer the 95 % interval of a share by Wilson's score, to a millionth of a millionth; it lies within 0 and 1."""
    share, square = Fraction(hits, tries), _Z * _Z
    center = (share + square / (2 * tries)) / (1 + square / tries)
    under = share * (1 - share) / tries + square / (4 * tries * tries)
    # Rounded up, so that the interval never leaves out the share itself.
    root = Fraction(isqrt(under.numerator * _PRECISION * _PRECISION // under.denominator) + 1, _PRECISION)
    half = _Z * root / (1 + square / tries)
    return max(Fraction(0), center - half), min(Fraction(1), center + half)
