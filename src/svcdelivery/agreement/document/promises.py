"""What the document promises beside targets: whose work is meant, status updates and the survey."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from fractions import Fraction

from attrs import frozen

from svcdelivery.agreement.document.hours import read_moment
from svcdelivery.agreement.duty import REQUESTER, SurveyKind, SurveyTerms, UpdateDuty
from svcdelivery.agreement.exclusion import Exclusion
from svcdelivery.agreement.target import Scope
from svcdelivery.documents import Code, Cursor, Fields
from svcdelivery.errors import quoted
from svcdelivery.timeline import from_micros

__all__ = [
    "KINDS",
    "Names",
    "read_exclusions",
    "read_known",
    "read_satisfaction",
    "read_scope",
    "read_share",
    "read_updates",
]

KINDS = ("request", "incident")
"""The kinds of work a document speaks of."""


_EPOCH = from_micros(0)


@frozen(kw_only=True)
class Names:
    """What may be referred to; None for a part that could not be read."""

    hours: tuple[str, ...] | None
    services: tuple[str, ...] | None
    priorities: tuple[str, ...] | None
    hold_reasons: tuple[str, ...] | None
    measures: tuple[str, ...]
    targets: tuple[str, ...] | None = None


def read_scope(fields: Fields, names: Names) -> Scope:
    """Answer whose work is meant."""
    for key in ("kind", "service", "priority"):
        if fields[key].value == []:
            fields[key].refuse(Code.INVALID_VALUE, "an empty list applies to nothing", "leave the key out for any")
    return Scope(
        kinds=frozenset(_read_kinds(fields["kind"])),
        services=frozenset(read_known(fields["service"], names.services, "service")),
        priorities=frozenset(read_known(fields["priority"], names.priorities, "priority")),
    )


def _read_kinds(at: Cursor) -> list[str]:
    return [kind for entry in at.one_or_each(optional=True) if (kind := entry.choice(KINDS, "kind of work")) in KINDS]


def read_known(at: Cursor, known: Collection[str] | None, what: str) -> list[str]:
    """Answer the names given that are known."""
    # Names that are not known are reported; only known ones go on, so that none is refused a second time.
    named = [entry.known(known, what) for entry in at.one_or_each(optional=True)]
    return [name for name in named if known is not None and name in known]


def read_share(at: Cursor) -> Fraction:
    """Answer the share of a percentage, all of it without one."""
    percent = at.decimal(default=None)
    if percent is None or not at.reader.is_clean(at.steps):
        return Fraction(1)
    if not 0 < percent <= 100:
        at.refuse(Code.INVALID_VALUE, f"{quoted(percent)} is no percentage", "over 0 and at most 100")
        return Fraction(1)
    return Fraction(percent) / 100


def read_exclusions(at: Cursor, zone: str, services: tuple[str, ...] | None) -> tuple[Exclusion, ...]:
    """Answer the time that does not count, of a list of it."""
    found = [_read_exclusion(entry, zone, services) for entry in at.each(optional=True)]
    return tuple(exclusion for exclusion in found if exclusion is not None)


def _read_exclusion(at: Cursor, zone: str, services: tuple[str, ...] | None) -> Exclusion | None:
    with at.mapping() as fields:
        cause = fields["cause"].identifier("the cause of an exclusion")
        start, end = read_moment(fields["from"], zone) or _EPOCH, fields["until"]
        until = read_moment(end, zone) or _EPOCH
        named = read_known(fields["service"], services, "service")
        ground, clause = fields["ground"].text(default=""), fields["clause"].text(default="")
        by = fields["authorized_by"].text(default="")
    return (end if end.is_given else at).made(
        lambda: Exclusion(
            cause=cause,
            start=start,
            until=until,
            services=frozenset(named),
            ground=ground,
            clause=clause,
            authorized_by=by,
        )
    )


def read_updates(at: Cursor, names: Names) -> tuple[UpdateDuty, ...]:
    """Answer the duties to tell the status, of a list of them."""
    duties = [_read_update(entry, names) for entry in at.each(optional=True)]
    return tuple(duty for duty in duties if duty is not None)


def _read_update(at: Cursor, names: Names) -> UpdateDuty | None:
    with at.mapping() as fields:
        every = fields["every"].duration(positive=True)
        first = fields["first"].duration(positive=True, default=None)
        audience = fields["audience"].identifier("an audience", default=REQUESTER)
        plan = fields["plan"].identifier("a communication plan", default=None)
        scope = read_scope(fields, names)
        hours = fields["hours"].known(names.hours, "service hours", default=None)
        clause = fields["clause"].text(default="")
    return at.made(
        lambda: UpdateDuty(
            every=every, scope=scope, hours=hours, clause=clause, first=first, audience=audience, plan=plan
        )
    )


def read_satisfaction(at: Cursor) -> SurveyTerms | None:
    """Answer how satisfaction is asked for, None when the key is not given: then nobody is asked."""
    if not at.is_given:
        return None
    with at.mapping() as fields:
        scale = fields["scale"].whole(2, 10, default=5)
        expires = fields["expires"].duration(positive=True, default=SurveyTerms().expires)
        reminders = [each.duration(positive=True) for each in fields["reminders"].one_or_each(optional=True)]
        cool_down = fields["cool_down"].duration(default=timedelta(0))
        sample = read_share(fields["sample"])
        low = fields["low"].whole(1, 10, default=None)
        kinds = {kind.value: kind for kind in SurveyKind}
        asked = kinds.get(fields["asks"].choice(tuple(kinds), "kind of survey", default="csat"), SurveyKind.CSAT)
    return at.made(
        lambda: SurveyTerms(
            scale=scale,
            expires=expires,
            reminders=reminders,
            cool_down=cool_down,
            sample=sample,
            low=low,
            kind=asked,
        )
    )
