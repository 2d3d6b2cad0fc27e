"""Service credits: what the provider owes for promises not kept, by steps, in exact decimals, up to a cap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Context, Decimal
from enum import Enum
from fractions import Fraction
from functools import reduce
from typing import Any, ClassVar

from attrs import Attribute, field, frozen
from attrs.converters import optional

from svcdelivery.agreement.period import Periods, PeriodUnit
from svcdelivery.errors import InvalidDurationError, InvalidValueError, WrongTypeError
from svcdelivery.facts import keeping_tuples
from svcdelivery.timeline import format_duration

__all__ = [
    "BreachCredit",
    "CreditSum",
    "CreditTerms",
    "LateStep",
    "PeriodCredit",
    "Rounding",
    "ShareStep",
    "added",
    "credit_sum",
    "currency_code",
    "less",
    "shown_percent",
    "sums_of",
]

# Far more digits than money has, so that only the rounding that was agreed ever rounds.
_EXACT = Context(prec=200)
_DIGITS_MOST = 30
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_NUMBER = re.compile(r"\d{1,30}(\.\d{1,30})?", re.ASCII)
_HINT_SUM = "a sum such as 250 or 99.50, or a percentage of the fee such as `5 %`"

# ISO 4217: currencies whose smallest unit is not a hundredth.
_PLACES = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}  # fmt: skip


class Rounding(Enum):
    """How a credit is brought to the smallest unit of its currency."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    HALF_DOWN = "half_down"
    UP = "up"
    DOWN = "down"


@frozen
class CreditSum:
    """So much money, or so many per cent of the fee; its text form is `250.00` or `5 %`."""

    amount: Decimal | None = None
    percent: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        given = [value for value in (self.amount, self.percent) if value is not None]
        if len(given) != 1:
            raise InvalidValueError(what="a sum", value=str(given or ""), hint=_HINT_SUM)
        if type(given[0]) is not Decimal:
            raise WrongTypeError(expected="a decimal number", value=given[0])
        if not given[0].is_finite() or given[0] <= 0:
            raise InvalidValueError(what="a sum", value=str(given[0]), hint="more than nothing")
        if given[0].adjusted() >= _DIGITS_MOST:
            raise InvalidValueError(what="a sum", value=str(given[0]), hint=f"at most {_DIGITS_MOST} digits")
        if self.percent is not None and self.percent > 100:
            raise InvalidValueError(what="a percentage of the fee", value=str(self), hint="at most 100 %")

    @classmethod
    def from_text(cls, text: str) -> CreditSum:
        """Answer the sum of a text.

        Raises:
            InvalidValueError: Another form, or nothing.
        """
        number, sign, rest = text.partition("%")
        number = number.rstrip(" ") if sign else number
        if rest or not _NUMBER.fullmatch(number):
            raise InvalidValueError(what="a sum", value=text, hint=_HINT_SUM)
        return cls(percent=Decimal(number)) if sign else cls(amount=Decimal(number))

    def __str__(self) -> str:
        return f"{self.percent:f} %" if self.percent is not None else f"{self.amount:f}"


def credit_sum(value: CreditSum | Decimal | int | str) -> CreditSum:
    """Answer the sum that a number or a text means."""
    if isinstance(value, CreditSum):
        return value
    if type(value) in (int, Decimal):
        return CreditSum(amount=Decimal(value))
    if isinstance(value, str):
        return CreditSum.from_text(value)
    raise WrongTypeError(expected=_HINT_SUM, value=value)


def _not_negative(_step: object, attribute: Attribute[timedelta], value: timedelta) -> None:
    if type(value) is not timedelta:
        raise WrongTypeError(expected="an exact duration (timedelta)", value=value, path=attribute.name)
    if value < timedelta(0):
        raise InvalidDurationError(
            value=format_duration(value), path=attribute.name, problem="negative durations are not accepted"
        )


def _share(_step: object, attribute: Attribute[Fraction], value: Fraction) -> None:
    if not 0 < value <= 1:
        raise InvalidValueError(what="a share", value=value, path=attribute.name, hint="over 0 and at most 1")


@frozen
class LateStep:
    """From so much counted time past due on, so much; a breach is late by nothing at least."""

    late: timedelta = field(validator=_not_negative)
    credit: CreditSum = field(converter=credit_sum)

    def __str__(self) -> str:
        return f"from {format_duration(self.late)} too late"


@frozen
class ShareStep:
    """Where less than a share of the work met the goal, so much."""

    below: Fraction = field(validator=_share)
    credit: CreditSum = field(converter=credit_sum)

    def __str__(self) -> str:
        return f"below {shown_percent(self.below)}"


def shown_percent(share: Fraction) -> str:
    """Answer a share as per cent: exactly where decimals can say it, else with two places, rounded down."""
    hundredths = share * 100
    for places in range(7):
        if (hundredths * 10**places).denominator == 1:
            return f"{Decimal(int(hundredths * 10**places)).scaleb(-places, _EXACT):f} %"
    return f"{Decimal(int(hundredths * 100)).scaleb(-2, _EXACT):f} %"


def _some(_credit: object, attribute: Attribute[tuple[Any, ...]], value: tuple[Any, ...]) -> None:
    if not value:
        raise InvalidValueError(what="a table of steps", value="", path=attribute.name, problem="it has no step")


@frozen(kw_only=True, field_transformer=keeping_tuples)
class BreachCredit:
    """A credit for each breach of a target, by how late it was.

    Attributes:
        steps: Of those reached, the one that gives most decides.
        cap: The most for all breaches of the target in one period of the credits.
    """

    plain_tag: ClassVar[str] = "breach"

    steps: tuple[LateStep, ...] = field(validator=_some)
    cap: CreditSum | None = field(default=None, converter=optional(credit_sum))


@frozen(kw_only=True, field_transformer=keeping_tuples)
class PeriodCredit:
    """A credit for each period in which the promised share was not reached, by the share that was.

    Attributes:
        steps: Of those reached, the one that gives most decides.
        cap: The most in one period of the credits.
    """

    plain_tag: ClassVar[str] = "period"

    steps: tuple[ShareStep, ...] = field(validator=_some)
    cap: CreditSum | None = field(default=None, converter=optional(credit_sum))


def currency_code(text: str) -> str:
    """Answer the currency a text names.

    Raises:
        InvalidValueError: Not three capital letters.
    """
    if not isinstance(text, str):
        raise WrongTypeError(expected="the code of a currency", value=text)
    if not _CURRENCY.fullmatch(text):
        raise InvalidValueError(what="a currency", value=text, hint="three letters such as `EUR`")
    return text


def _fee(_terms: object, attribute: Attribute[Decimal | None], value: Decimal | None) -> None:
    if value is not None and type(value) is not Decimal:
        raise WrongTypeError(expected="a decimal number", value=value, path=attribute.name)
    if value is not None and (not value.is_finite() or value <= 0):
        raise InvalidValueError(what="a fee", value=str(value), path=attribute.name, hint="more than nothing")
    if value is not None and value.adjusted() >= _DIGITS_MOST:
        hint = f"at most {_DIGITS_MOST} digits"
        raise InvalidValueError(what="a fee", value=str(value), path=attribute.name, hint=hint)


@frozen(kw_only=True)
class CreditTerms:
    """What holds for all credits of an agreement.

    Attributes:
        currency: An ISO 4217 code; its smallest unit is what credits are rounded to.
        rounding: Applied to each credit once, when its step is known; sums of credits need none.
        fee: The fee of one period, that percentages are of; None where credits are sums of money alone.
        periods: Those that fees are paid and caps hold for. A credit belongs to the period the breach began in, one for
            a share to the period in which that share's own period ends.
        cap: The most for all credits of one period.
    """

    currency: str = field(converter=currency_code)
    rounding: Rounding = Rounding.HALF_EVEN
    fee: Decimal | None = field(default=None, validator=_fee)
    periods: Periods = Periods(PeriodUnit.MONTH)
    cap: CreditSum | None = field(default=None, converter=optional(credit_sum))

    def __attrs_post_init__(self) -> None:
        self.check(self.cap, "cap")

    @property
    def smallest(self) -> Decimal:
        """The smallest unit of the currency, such as 0.01."""
        return Decimal(1).scaleb(-_PLACES.get(self.currency, 2))

    def check(self, given: CreditSum | None, path: str) -> None:
        """Refuse a percentage where there is no fee it could be of.

        Raises:
            InvalidValueError: It is one, and there is none.
        """
        if given is not None and given.percent is not None and self.fee is None:
            raise InvalidValueError(
                what="a sum without a fee", value=str(given), path=path, hint="give the `fee` it is a percentage of"
            )

    def money(self, given: CreditSum) -> Decimal:
        """Answer the rounded money a sum means."""
        if given.amount is not None:
            exact = given.amount
        else:
            assert given.percent is not None, "a sum is one of the two"
            assert self.fee is not None, "a revision refuses percentages without a fee"
            exact = _EXACT.multiply(self.fee, given.percent).scaleb(-2, _EXACT)
        return exact.quantize(self.smallest, rounding=f"ROUND_{self.rounding.name}", context=_EXACT)

    def shown(self, money: Decimal) -> str:
        """Answer money with its currency, such as `1250.00 EUR`."""
        return f"{money:f} {self.currency}"


def added(amounts: Iterable[Decimal]) -> Decimal:
    """Answer the sum of amounts to the last digit, whatever context for decimals the caller has set."""
    return reduce(_EXACT.add, amounts, Decimal(0))


def less(amount: Decimal, taken: Decimal) -> Decimal:
    """Answer what is left of an amount, to the last digit as `added`."""
    return _EXACT.subtract(amount, taken)


def sums_of(credit: BreachCredit | PeriodCredit) -> Iterator[tuple[str, CreditSum]]:
    """Answer every sum of a credit with its path."""
    steps: Sequence[LateStep | ShareStep] = credit.steps
    for index, step in enumerate(steps):
        yield f"steps[{index}].credit", step.credit
    if credit.cap is not None:
        yield "cap", credit.cap
