"""Second looks at what backs a promise: chains that cannot keep it, parties whose clocks stand still more often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from svcdelivery.agreement.feasibility import Late, backing_of, late_chain
from svcdelivery.agreement.goal import Within
from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.agreement.target import ServiceLevelTarget
from svcdelivery.agreement.warning import warning
from svcdelivery.documents import Code
from svcdelivery.errors import Problem
from svcdelivery.timeline import format_duration, from_micros, in_zone, to_zone

__all__ = ["lint_backing"]


def lint_backing(revision: AgreementRevision) -> Iterator[Problem]:
    """Answer what does not add up between promises and what backs them."""
    for target in revision.targets:
        if target.backing is not None or not isinstance(target.goal, Within):
            continue
        chain = backing_of(revision, target)
        late = late_chain(revision, target, chain)
        if late is not None:
            hint = "let them promise less time, or promise more yourself"
            yield warning(Code.CHAIN_TOO_LONG, ("targets", target.name), _told(revision, target, chain, late), hint)
        for part in chain:
            yield from _pauses(target, part)


def _told(
    revision: AgreementRevision, target: ServiceLevelTarget, chain: Sequence[ServiceLevelTarget], late: Late
) -> str:
    goals = [part.goal.duration for part in chain if isinstance(part.goal, Within)]
    assert isinstance(target.goal, Within), "only such targets have a chain"
    sums = f"it promises {format_duration(target.goal.duration)}, and what backs it"
    total = f"sums to {format_duration(sum(goals, timedelta(0)))}"
    hours = revision.service_hours(target.hours)
    zone = to_zone("UTC" if hours is None else hours.zone)
    received, due, done = (f"{in_zone(from_micros(at), zone):%a %Y-%m-%d %H:%M}" for at in _instants(late))
    return f"{sums} {total}: received {received} it is due {due}, and they may take until {done}"


def _instants(late: Late) -> tuple[int, int, int]:
    return late.received, late.due, late.done


def _pauses(target: ServiceLevelTarget, part: ServiceLevelTarget) -> Iterator[Problem]:
    assert part.backing is not None, "a part of a chain backs something"
    more = sorted(part.pause_on - target.pause_on - part.backing.hold_reasons)
    if more:
        reasons = ", ".join(f"`{reason}`" for reason in more)
        message = f"it stands still on hold for {reasons}, and `{target.name}`, which it supports, runs on"
        yield warning(Code.BACKING_RESTS, ("targets", part.name, "pause_on"), message, "pause both, or neither of them")
