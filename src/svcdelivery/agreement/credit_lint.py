"""Second looks at credits: steps out of order, caps that leave nothing, steps that never decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from svcdelivery.agreement.credit import CreditTerms, LateStep, PeriodCredit, ShareStep, shown_percent
from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.agreement.target import ServiceLevelTarget
from svcdelivery.agreement.warning import warning
from svcdelivery.documents import Code, Step
from svcdelivery.errors import Problem

__all__ = ["lint_credits"]

_ORDER = "write the steps as they are reached, each giving more than the one before"


def lint_credits(revision: AgreementRevision) -> Iterator[Problem]:
    """Answer warnings about the credits of a revision; paths are those of the agreement document."""
    if revision.credits is None:
        return
    crediting = [target for target in revision.targets if target.credit is not None]
    if not crediting:
        hint = "give a target its `credit`, or leave the credits out"
        yield warning(Code.IDLE_CREDITS, ("credits",), "no target has a credit", hint)
    for target in crediting:
        yield from _of_target(revision.credits, target)


def _of_target(terms: CreditTerms, target: ServiceLevelTarget) -> Iterator[Problem]:
    assert target.credit is not None, "asked only of targets with a credit"
    at: tuple[Step, ...] = ("targets", target.name, "credit")
    steps: Sequence[LateStep | ShareStep] = target.credit.steps
    sums = [terms.money(step.credit) for step in steps]
    for index, (before, step) in enumerate(pairwise(steps), start=1):
        if not _is_before(before, step):
            message = f"`{step}` stands after `{before}`, which is reached no earlier"
            yield warning(Code.CREDIT_STEPS_OUT_OF_ORDER, (*at, "steps", index), message, _ORDER)
    yield from _unreachable(terms, target, steps, sums)
    yield from _caps(terms, target, min(sums))
    if isinstance(target.credit, PeriodCredit):
        for index, step in enumerate(target.credit.steps):
            if step.below > target.share_promised:
                message = f"`{step}` is reached while the promise of {shown_percent(target.share_promised)} is kept"
                hint = "lower the step, or promise more"
                yield warning(Code.CREDIT_WHILE_KEPT, (*at, "steps", index), message, hint)


def _is_before(before: LateStep | ShareStep, step: LateStep | ShareStep) -> bool:
    """Answer whether a step is reached earlier than another one."""
    if isinstance(before, LateStep) and isinstance(step, LateStep):
        return before.late < step.late
    return isinstance(before, ShareStep) and isinstance(step, ShareStep) and before.below > step.below


def _unreachable(
    terms: CreditTerms, target: ServiceLevelTarget, steps: Sequence[LateStep | ShareStep], sums: Sequence[Decimal]
) -> Iterator[Problem]:
    """A step never decides where another one, reached whenever it is, brings as much; caps counted in."""
    assert target.credit is not None, "asked only of targets with a credit"
    caps = [terms.money(cap) for cap in (target.credit.cap, terms.cap) if cap is not None]
    worth = [min([earned, *caps]) for earned in sums]
    for index, step in enumerate(steps):
        for other, rival in enumerate(steps):
            if other == index or _is_before(step, rival):
                continue
            comes_first = _is_before(rival, step) or other < index
            if worth[other] > worth[index] or (worth[other] == worth[index] and comes_first):
                message = f"`{step}` never decides: `{rival}` brings {terms.shown(worth[other])} already"
                at = ("targets", target.name, "credit", "steps", index)
                yield warning(Code.CREDIT_STEP_UNREACHABLE, at, message, _ORDER)
                break


def _caps(terms: CreditTerms, target: ServiceLevelTarget, least: Decimal) -> Iterator[Problem]:
    assert target.credit is not None, "asked only of targets with a credit"
    hint = "raise the cap, or lower the step"
    if target.credit.cap is not None and terms.money(target.credit.cap) < least:
        at: tuple[Step, ...] = ("targets", target.name, "credit", "cap")
        message = f"the cap of {terms.shown(terms.money(target.credit.cap))} is below every step"
        yield warning(Code.CREDIT_CAP_TOO_LOW, at, message, hint)
    if terms.cap is not None and terms.money(terms.cap) < least:
        message = f"the cap of {terms.shown(terms.money(terms.cap))} is below every step of `{target.name}`"
        yield warning(Code.CREDIT_CAP_TOO_LOW, ("credits", "cap"), message, hint)
