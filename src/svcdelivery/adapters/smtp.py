"""Notices by mail, through an SMTP server, with the standard library alone."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from hashlib import sha256

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError, NotDeliveredError
from svcdelivery.escalation.notices import Outgoing

__all__ = ["SmtpNotifier"]

_TEMPORARY = range(400, 500)


def _mailbox(value: str) -> str:
    _, address = parseaddr(value)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or not value.isprintable():
        raise InvalidValueError(what="a mailbox", value=value, hint="such as `desk@example.org`")
    return value


@frozen(kw_only=True)
class SmtpNotifier:
    """Hands each notice to a mail server as one mail.

    The Message-ID is a digest of the notice's key, the same in every attempt: servers and readers that know it show the
    mail once.

    Attributes:
        host: The server.
        sender: The mailbox mails come from.
        security: `starttls` asks the server to encrypt and refuses to go on without; `tls` is encrypted from the start;
            `none` is for a server on the same machine.
        username: With a password, it logs in.
        timeout: Seconds to wait for the server.
    """

    host: str
    sender: str = field(converter=_mailbox)
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    channel: str = "mail"

    def __attrs_post_init__(self) -> None:
        if self.security not in ("starttls", "tls", "none"):
            raise InvalidValueError(what="a kind of security", value=self.security, hint="starttls, tls or none")

    def send(self, notice: Outgoing) -> None:
        """Hand the mail to the server.

        Raises:
            NotDeliveredError: The server cannot be reached or does not take it; a refusal for good is told as such.
            InvalidValueError: The address is no mailbox.
        """
        mail = self.mail(notice)
        try:
            with self._open() as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise self._failed(notice, "the recipient is refused", again=all(c in _TEMPORARY for c in codes)) from error
        except smtplib.SMTPResponseException as error:
            raise self._failed(notice, f"code {error.smtp_code}", again=error.smtp_code in _TEMPORARY) from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._failed(notice, type(error).__name__, again=True) from error

    def mail(self, notice: Outgoing) -> EmailMessage:
        """Answer the mail as it is sent."""
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = _mailbox(notice.address)
        mail["Subject"] = " ".join(notice.subject.split())
        mail["Date"] = formatdate()
        domain = parseaddr(self.sender)[1].rpartition("@")[2]
        mail["Message-ID"] = f"<{sha256(notice.key.encode()).hexdigest()[:40]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(notice.text)
        return mail

    def _open(self) -> smtplib.SMTP:
        secure = ssl.create_default_context() if self.security != "none" else None
        if self.security == "tls":
            opened: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=secure)
        else:
            opened = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.security == "starttls":
                opened.starttls(context=secure)
            if self.username:
                opened.login(self.username, self.password)
        except BaseException:
            opened.close()
            raise
        return opened

    def _failed(self, notice: Outgoing, problem: str, *, again: bool) -> NotDeliveredError:
        return NotDeliveredError(channel=self.channel, address=notice.address, problem=problem, again=again)
