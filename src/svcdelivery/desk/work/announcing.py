"""What requesters and subscribers are told of a command, in its transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from svcdelivery.agreement import REQUESTER
from svcdelivery.communication import StatusTold, subscribers_of
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.work.telling import Telling, about_work, survey_told
from svcdelivery.escalation.notices import NoticeKind
from svcdelivery.identity import Actor, ActorKind
from svcdelivery.satisfaction import SurveyInvited
from svcdelivery.storage.protocol import Message, Unit
from svcdelivery.timeline import Instant
from svcdelivery.work import Audience, Cancelled, Fulfilled, MessagePosted, Rejected, Resolved, Work

__all__ = ["announced"]


def announced(
    engine: Engine, unit: Unit, work: Work, bodies: Sequence[Any], *, stream: str, by: Actor, now: Instant
) -> list[Message]:
    """Answer the messages that go out with what is recorded.

    The requester hears what staff write to them, and that the work is done, turned down or given up; subscribers hear
    what is put out for their audience. Nobody is told what they said themselves.

    Args:
        work: As it will be; its version stands on the messages.
    """
    if engine.contacts is None:
        return []
    found: list[Message] = []
    for body in bodies:
        if isinstance(body, SurveyInvited):
            telling = survey_told("survey", stream, work, body)
            found += telling.messages(engine, (body.requester,), now)
        for kind, audience, text in _told(body, by):
            telling = Telling(
                kind=kind,
                about="status",
                key=f"{stream}|{work.version}|{audience}",
                stream=stream,
                service=work.service,
                values=about_work(stream, work, text=text, audience=audience),
                audience=audience,
                number=work.version,
            )
            found += telling.messages(engine, _hearers(engine, unit, audience, work, by), now)
    return found


def _told(body: Any, by: Actor) -> Iterator[tuple[NoticeKind, str, str]]:
    match body:
        case MessagePosted(audience=Audience.REQUESTER, text=text) if by.kind is ActorKind.STAFF:
            yield NoticeKind.MESSAGE, REQUESTER, text
        case StatusTold(audience=audience, text=text):
            yield NoticeKind.STATUS, audience, text
        case Fulfilled(outcome=outcome) | Resolved(outcome=outcome):
            yield NoticeKind.STATUS, REQUESTER, f"It is done. {outcome}".rstrip()
        case Rejected(ground=ground):
            yield NoticeKind.STATUS, REQUESTER, f"It was turned down. {ground}".rstrip()
        case Cancelled(ground=ground):
            yield NoticeKind.STATUS, REQUESTER, f"It was given up. {ground}".rstrip()
        case _:  # whatever else is recorded is told to nobody outside
            pass


def _hearers(engine: Engine, unit: Unit, audience: str, work: Work, by: Actor) -> tuple[str, ...]:
    told = (work.requester,) if audience == REQUESTER and work.requester != by.id else ()
    subscriptions = engine.subscriptions(unit)
    return (*told, *subscribers_of(subscriptions, audience=audience, service=work.service, but_for=by.id))
