"""Credits worked out: one for each breach and each share not reached, with its reason, cut to the caps in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import define, evolve, field, frozen

from svcdelivery.agreement.credit import (
    BreachCredit,
    CreditTerms,
    LateStep,
    PeriodCredit,
    ShareStep,
    less,
    shown_percent,
)
from svcdelivery.agreement.period import Period
from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.agreement.target import ServiceLevelTarget
from svcdelivery.errors import InvalidValueError
from svcdelivery.timeline import Instant, format_duration, to_instant

__all__ = ["Caps", "Credit", "Draft", "Missed", "NOTHING", "Reached", "credits_of", "draft_of", "zero"]

NOTHING = Decimal(0)
"""No money, in whatever currency."""

_MICRO = timedelta(microseconds=1)


@frozen(kw_only=True)
class Missed:
    """A breached clock.

    Attributes:
        at: When it fell due.
        late: Counted time past due.
        exempted_by: What excuses it, None where nothing does.
        is_open: Whether it is still open, so that it may yet grow.
    """

    item: str
    target: str
    cycle: int = 1
    at: Instant = field(converter=to_instant)
    late: timedelta
    exempted_by: str | None = None
    is_open: bool = False


@frozen(kw_only=True)
class Reached:
    """How much of the work met a target in one of its periods, as known by an instant."""

    target: str
    period: Period
    met: int
    judged: int
    is_over: bool = True

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.met <= self.judged:
            raise InvalidValueError(what="a part of the whole", value=self.met, path="met", hint=f"0 to {self.judged}")


@frozen(kw_only=True)
class Credit:
    """What is owed for one breach, or for one share not reached; perhaps nothing, and then why.

    Attributes:
        period: The label of the period it is settled in.
        item: The item whose clock was breached, empty where a share was not reached.
        earned: By the steps, rounded as agreed.
        amount: What is owed: what was earned, cut to what the caps leave.
        reason: Why so much, in words.
        is_final: Whether nothing that is still open can change it; as long as earlier facts stay as they are.
    """

    target: str
    clause: str
    period: str
    item: str = ""
    cycle: int = 1
    earned: Decimal
    amount: Decimal
    currency: str
    reason: str
    is_final: bool = True

    def to_data(self) -> dict[str, Any]:
        """Answer the credit for JSON; money is decimal text."""
        return {
            "target": self.target,
            "clause": self.clause,
            "period": self.period,
            "item": self.item,
            "cycle": self.cycle,
            "earned": f"{self.earned:f}",
            "amount": f"{self.amount:f}",
            "currency": self.currency,
            "reason": self.reason,
            "is_final": self.is_final,
        }


def credits_of(
    revision: AgreementRevision, missed: Iterable[Missed] = (), reached: Iterable[Reached] = ()
) -> tuple[Credit, ...]:
    """Answer the credit of each breach and of each period's share, in the order they are settled.

    That is by period, then by target in the order of the agreement, then by time: what a cap leaves goes to the
    earlier. One breach brings one credit: given twice, it counts once, as late as it was. Breaches and shares of
    targets without a credit are left out; without credit terms there are none at all.
    """
    if revision.credits is None:
        return ()
    return tuple(_cut(revision.credits, sorted(_drafts(revision, missed, reached), key=Draft.place)))


@define
class Draft:
    """A credit before the caps."""

    credit: Credit
    target: ServiceLevelTarget
    period: Period
    index: int
    at: Instant

    def place(self) -> tuple[Any, ...]:
        """Answer by what credits are put in the order they are settled in."""
        return (
            self.period.start,
            self.index,
            self.at,
            self.credit.item,
            self.credit.cycle,
            self.credit.earned.copy_negate(),
        )


def _drafts(revision: AgreementRevision, missed: Iterable[Missed], reached: Iterable[Reached]) -> Iterator[Draft]:
    settled: dict[tuple[str, str, int], Missed] = {}
    for breach in missed:
        key = (breach.item, breach.target, breach.cycle)
        known = settled.get(key)
        settled[key] = breach if known is None or known.late < breach.late else known
    for breach in settled.values():
        draft = draft_of(revision, breach)
        if draft is not None:
            yield draft
    for share in reached:
        draft = draft_of(revision, share)
        if draft is not None:
            yield draft


def draft_of(revision: AgreementRevision, event: Missed | Reached) -> Draft | None:
    """Answer the credit of one breach or share before the caps, None where its target has none of that kind."""
    terms = revision.credits
    index = next((i for i, target in enumerate(revision.targets) if target.name == event.target), None)
    if terms is None or index is None:
        return None
    target = revision.targets[index]
    if isinstance(event, Missed) and isinstance(target.credit, BreachCredit):
        at = event.at
        earned, reason = _for_breach(terms, target.credit, event)
        own: dict[str, Any] = {"item": event.item, "cycle": event.cycle, "is_final": not event.is_open}
    elif isinstance(event, Reached) and isinstance(target.credit, PeriodCredit):
        end = event.period.end
        at = event.period.start if end is None else datetime.__sub__(end, _MICRO)
        earned, reason = _for_share(terms, target, target.credit, event)
        own = {"is_final": event.is_over}
    else:
        return None
    period = terms.periods.of(at, revision.term)
    credit = Credit(
        target=target.name,
        clause=target.clause,
        period=period.label,
        earned=earned,
        amount=earned,
        currency=terms.currency,
        reason=reason,
        **own,
    )
    return Draft(credit, target, period, index, at)


def _for_breach(terms: CreditTerms, credit: BreachCredit, breach: Missed) -> tuple[Decimal, str]:
    said = f"{format_duration(breach.late)} too late"
    if breach.exempted_by is not None:
        return zero(terms), f"{said}, exempted: {breach.exempted_by}"
    return _decided(terms, said, credit.steps, [step for step in credit.steps if step.late <= breach.late])


def _for_share(
    terms: CreditTerms, target: ServiceLevelTarget, credit: PeriodCredit, reached: Reached
) -> tuple[Decimal, str]:
    if not reached.judged:
        return zero(terms), f"nothing was judged in {reached.period.label}"
    share = Fraction(reached.met, reached.judged)
    said = (
        f"{reached.met} of {reached.judged} met in {reached.period.label}, {shown_percent(share)} of "
        f"{shown_percent(target.share_promised)} promised"
    )
    return _decided(terms, said, credit.steps, [step for step in credit.steps if share < step.below])


def _decided(
    terms: CreditTerms, said: str, steps: Sequence[LateStep | ShareStep], reached: Sequence[LateStep | ShareStep]
) -> tuple[Decimal, str]:
    if not reached:
        return zero(terms), f"{said}: no step is reached, the first is {steps[0]}"
    # The first among equals; a table whose later steps give less is told by lint, and never takes away.
    step = max(reached, key=lambda step: terms.money(step.credit))
    percent = f", {step.credit} of {terms.shown(terms.fee)}" if step.credit.percent is not None and terms.fee else ""
    return terms.money(step.credit), f"{said}: {step}{percent}"


def zero(terms: CreditTerms) -> Decimal:
    """Answer no money, to the smallest unit of its currency."""
    return NOTHING.quantize(terms.smallest)


# -- caps --------------------------------------------------------------------------------------------------------------


class Caps:
    """What the caps of the periods still leave."""

    def __init__(self, terms: CreditTerms) -> None:
        self._terms = terms
        self._left: dict[tuple[str, str], Decimal] = {}

    def grant(self, period: str, target: ServiceLevelTarget, earned: Decimal) -> tuple[Decimal, str]:
        """Take from what is left, and answer how much of it was granted and which cap cut it."""
        assert target.credit is not None, "only a target with a credit earns one"
        caps = [(target.name, target.credit.cap, f"for {target.name} "), ("", self._terms.cap, "")]
        known = [(key, self._terms.money(cap), words) for key, cap, words in caps if cap is not None]
        granted, cutting = earned, ""
        for key, cap, words in known:
            left = self._left.setdefault((period, key), cap)
            if left < granted:
                granted, cutting = left, f"the cap {words}of {self._terms.shown(cap)} in {period}"
        for key, _, _ in known:
            self._left[period, key] = less(self._left[period, key], granted)
        return granted, cutting


def _cut(terms: CreditTerms, drafts: Iterable[Draft]) -> Iterator[Credit]:
    caps = Caps(terms)
    for draft in drafts:
        granted, cutting = caps.grant(draft.period.label, draft.target, draft.credit.earned)
        reason = f"{draft.credit.reason}; cut to what is left of {cutting}" if cutting else draft.credit.reason
        yield evolve(draft.credit, amount=granted, reason=reason)
