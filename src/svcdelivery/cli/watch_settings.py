"""Settings of `svcdelivery watch`: whom roles and teams mean, and how people are told, from a YAML or JSON file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from attrs import frozen

from svcdelivery.adapters.console import ConsoleNotifier
from svcdelivery.adapters.smtp import SmtpNotifier
from svcdelivery.adapters.webhook import WebhookNotifier
from svcdelivery.documents import Cursor, Fields, parse_document, read_form
from svcdelivery.escalation.notices import Contacts, Notifier, OneChannel, OpenRoster, Roster, StaticRoster
from svcdelivery.exchange.text_file import read_text

__all__ = ["WatchSettings", "console_settings", "load_settings", "silent_settings"]

PASSWORD, SECRET = "SVCDELIVERY_SMTP_PASSWORD", "SVCDELIVERY_WEBHOOK_SECRET"
"""Where secrets come from: the environment, never a file or a command line that others can read."""

_SECURITY = ("starttls", "tls", "none")
_PORT_MOST = 65_535


@frozen(kw_only=True)
class WatchSettings:
    """How the watch finds people and tells them."""

    contacts: Contacts | None
    notifiers: tuple[Notifier, ...] = ()
    roster: Roster = OpenRoster()


def console_settings(*, to_errors: bool) -> WatchSettings:
    """Answer settings by which everybody is told on the terminal, under their own names."""
    stream = sys.stderr if to_errors else sys.stdout
    notifiers = (ConsoleNotifier(stream=stream), ConsoleNotifier(stream=stream, channel="webhook"))
    return WatchSettings(contacts=OneChannel("console"), notifiers=notifiers)


def silent_settings() -> WatchSettings:
    """Answer settings by which it is recorded whom the desk would tell, and nobody is told."""
    return WatchSettings(contacts=None)


def load_settings(path: Path) -> WatchSettings:
    """Answer the settings a file has.

    Raises:
        UnusableInputError: It cannot be read.
        DocumentError: Every problem of the file, each with line and column.
    """
    return read_form(parse_document(read_text(path), str(path), keep_going=True), _read)


def _read(_root: Cursor, fields: Fields) -> WatchSettings:
    with fields["watch"].mapping() as watch:
        return _settings(watch)


def _settings(watch: Fields) -> WatchSettings:
    smtp = _smtp(watch["smtp"]) if "smtp" in watch else None
    with watch["webhook"].mapping(optional=True) as fields:
        insecure = fields["insecure"].truth(default=False)
    webhook = WebhookNotifier(secret=os.environ.get(SECRET, ""), insecure=bool(insecure))
    console = ConsoleNotifier()
    notifiers: tuple[Notifier, ...] = (console, webhook) if smtp is None else (console, webhook, smtp)
    channels = [notifier.channel for notifier in notifiers]
    usual = "console" if smtp is None else smtp.channel
    channel = watch["channel"].choice(channels, "a channel", default=usual)
    suffix = watch["suffix"].text(default="")
    roster = StaticRoster(
        roles=_lists(watch["roles"]),
        teams=_lists(watch["teams"]),
        managers={person: at.identifier("a person") for person, at in watch["managers"].entries(optional=True)},
        away=[at.identifier("a person") for at in watch["away"].each(optional=True)],
    )
    return WatchSettings(contacts=OneChannel(channel, suffix), notifiers=notifiers, roster=roster)


def _lists(at: Cursor) -> dict[str, list[str]]:
    return {
        name: [person.identifier("a person") for person in people.one_or_each()]
        for name, people in at.entries(optional=True)
    }


def _smtp(at: Cursor) -> SmtpNotifier | None:
    with at.mapping() as fields:
        host = fields["host"].identifier("a host")
        sender = fields["from"].text()
        port = fields["port"].whole(1, _PORT_MOST, default=587)
        security = fields["security"].choice(_SECURITY, "a kind of security", default="starttls")
        username = fields["username"].text(default="")
    password = os.environ.get(PASSWORD, "")
    return at.made(
        lambda: SmtpNotifier(
            host=host, sender=sender, port=port, security=security, username=username, password=password
        )
    )
