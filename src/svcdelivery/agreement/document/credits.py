"""Credits of the document: what holds for all of them, and the steps of each target."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from attrs import frozen

from svcdelivery.agreement.credit import (
    BreachCredit,
    CreditSum,
    CreditTerms,
    LateStep,
    PeriodCredit,
    Rounding,
    ShareStep,
    credit_sum,
    currency_code,
)
from svcdelivery.agreement.document.promises import read_share
from svcdelivery.agreement.period import Periods, PeriodUnit
from svcdelivery.documents import Code, Cursor

__all__ = ["Promised", "read_credit", "read_credits", "read_periods"]

_UNITS = tuple(unit.value for unit in PeriodUnit)
_HINT = "a sum, or a percentage of the fee such as `5 %`"


def read_periods(at: Cursor, zone: str) -> Periods | None:
    """Answer the periods a word means, in the zone of the document; None when the key is not given."""
    if not at.is_given:
        return None
    word = at.choice(_UNITS, "period")
    return at.made(lambda: Periods(PeriodUnit(word), zone))


def read_credits(at: Cursor, zone: str) -> CreditTerms | None:
    """Answer what holds for all credits; None when the key is not given: then nothing is ever owed."""
    if not at.is_given:
        return None
    with at.mapping() as fields:
        currency = fields["currency"].converted(currency_code, "the code of a currency") or ""
        words = {rule.value: rule for rule in Rounding}
        rounding = fields["rounding"].choice(tuple(words), "rounding", default=Rounding.HALF_EVEN.value)
        fee: Decimal | None = fields["fee"].decimal(default=None)
        periods = read_periods(fields["period"], zone) or Periods(PeriodUnit.MONTH, zone)
        cap = _read_sum(fields["cap"]) if "cap" in fields else None
    return at.made(lambda: CreditTerms(currency=currency, rounding=words[rounding], fee=fee, periods=periods, cap=cap))


@frozen
class Promised:
    """What targets need to know of the document beside its names.

    Attributes:
        zone: That of the document, in which periods begin.
        credits: What holds for all credits; None where it is not given or could not be read.
        has_credits: Whether it is given.
    """

    zone: str
    credits: CreditTerms | None
    has_credits: bool


def read_credit(at: Cursor, promised: Promised, periods: Periods | None) -> BreachCredit | PeriodCredit | None:
    """Answer the credit of a target whose share is promised in such periods; None when the key is not given."""
    if not at.is_given:
        return None
    terms = promised.credits
    if not promised.has_credits:
        at.refuse(Code.CONTRADICTION, "there are no `credits` for all targets", "give them, with a `currency`")
    with at.mapping() as fields:
        per = fields["per"].choice(("breach", "period"), "kind of credit")
        build = _STEPS.get(per, _late_step)
        steps = [step for entry in fields["steps"].each() if (step := build(entry, terms)) is not None]
        cap = _checked(fields["cap"], terms) if "cap" in fields else None
        if fields["steps"].value == []:
            fields["steps"].refuse(Code.INVALID_VALUE, "a table without steps", "give at least one")
    if per == "period" and periods is None:
        at.refuse(Code.CONTRADICTION, "the share is promised in no period", "give `promised_in`, such as `month`")
    if per == "breach":
        return at.made(lambda: BreachCredit(steps=tuple(steps), cap=cap))  # type: ignore[arg-type]
    return at.made(lambda: PeriodCredit(steps=tuple(steps), cap=cap))  # type: ignore[arg-type]


def _late_step(at: Cursor, terms: CreditTerms | None) -> LateStep | ShareStep | None:
    with at.mapping() as fields:
        late = fields["late"].duration()
        credit = _checked(fields["credit"], terms)
    return at.made(lambda: LateStep(late, credit))  # type: ignore[arg-type]


def _share_step(at: Cursor, terms: CreditTerms | None) -> LateStep | ShareStep | None:
    with at.mapping() as fields:
        below = read_share(fields["below"])
        if "below" not in fields:
            fields["below"].decimal()
        credit = _checked(fields["credit"], terms)
    return at.made(lambda: ShareStep(below, credit))  # type: ignore[arg-type]


_STEPS: dict[str, Callable[[Cursor, CreditTerms | None], LateStep | ShareStep | None]] = {
    "breach": _late_step,
    "period": _share_step,
}


def _checked(at: Cursor, terms: CreditTerms | None) -> CreditSum | None:
    given = _read_sum(at)
    if given is not None and terms is not None:
        at.made(lambda: terms.check(given, ""))
    return given


def _read_sum(at: Cursor) -> CreditSum | None:
    if type(at.value) in (int, Decimal):
        return at.made(lambda: credit_sum(at.value))  # type: ignore[arg-type]
    return at.converted(CreditSum.from_text, _HINT)
