"""Messages of the desk: what is put into the outbox, for whom, in which words, in the transaction of its facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from attrs import frozen

from svcdelivery.agreement import REQUESTER
from svcdelivery.desk.command.engine import Engine
from svcdelivery.errors import NotFoundError
from svcdelivery.escalation.notices import ANYBODY, Contact, NoticeKind, Rendered
from svcdelivery.satisfaction import Survey, SurveyInvited
from svcdelivery.storage.protocol import Message
from svcdelivery.timeline import Instant, format_instant
from svcdelivery.work import Work

__all__ = ["Telling", "about_work", "reachable", "survey_told"]

_ID_MOST = 200


def reachable(engine: Engine, recipients: Iterable[str], at: Instant) -> tuple[str, ...]:
    """Answer those of the recipients who can be reached; all of them, where the desk tells nobody by itself."""
    contacts = engine.contacts
    return tuple(name for name in recipients if contacts is None or contacts.contacts(name, at))


@frozen(kw_only=True)
class Telling:
    """One thing to tell about one item.

    Attributes:
        about: Which text.
        key: The same whenever this is told; with the recipient and the channel it names the message.
        stream: The item.
        values: What the text speaks of.
        number: The place of a status in the item's history.
        survey: The token of the survey it invites to; it is not sent once that is over.
    """

    kind: NoticeKind
    about: str
    key: str
    stream: str
    service: str
    values: Mapping[str, str]
    audience: str = ANYBODY
    number: int = 0
    survey: str = ""

    def messages(self, engine: Engine, recipients: Iterable[str], at: Instant) -> Iterator[Message]:
        """Answer a message for each way each recipient is reached."""
        if engine.contacts is None:
            return
        for recipient in dict.fromkeys(recipients):
            for contact in engine.contacts.contacts(recipient, at):
                yield self._message(self._said(engine, contact), recipient, contact, at)

    def _said(self, engine: Engine, contact: Contact) -> Rendered:
        try:
            said = engine.texts.text(self.about, audience=self.audience, language=contact.language)
        except NotFoundError:
            said = engine.texts.text(self.about, audience=ANYBODY, language=contact.language)
        return engine.texts.render(self.about, audience=said.audience, language=contact.language, values=self.values)

    def _message(self, said: Rendered, recipient: str, contact: Contact, at: Instant) -> Message:
        id = f"{self.key}|{contact.channel}|{recipient}"
        data = {
            "kind": self.kind.value,
            "recipient": recipient,
            "address": contact.address,
            "subject": said.subject,
            "text": said.text,
            "service": self.service,
            "created_at": format_instant(at),
            "number": self.number,
            "survey": self.survey,
        }
        return Message(
            id=id if len(id) <= _ID_MOST else sha256(id.encode()).hexdigest(),
            topic=contact.channel,
            stream=self.stream,
            due_at=at,
            data=data,
            personal=(("address", recipient), ("subject", self.stream), ("text", self.stream)),
        )


def survey_told(about: str, stream: str, work: Work, survey: Survey | SurveyInvited, *, number: int = 0) -> Telling:
    """Answer what the requester is told of a survey."""
    values = about_work(
        stream, work, token=survey.token, scale=str(survey.scale), expires_at=format_instant(survey.expires_at)
    )
    return Telling(
        kind=NoticeKind.SURVEY,
        about=about,
        key=f"survey|{survey.token}|{number}",
        stream=stream,
        service=work.service,
        values=values,
        audience=REQUESTER,
        survey=survey.token,
    )


def about_work(stream: str, work: Work, **more: str) -> dict[str, str]:
    """Answer what texts can say of an item."""
    return {
        "item": stream.replace(":", " ", 1),
        "summary": work.summary,
        "customer": work.customer,
        "service": work.service,
        "requester": work.requester,
        "priority": work.priority or "no priority",
        "status": work.status.value,
        "owner": work.assignee or work.team or "nobody",
        **more,
    }
