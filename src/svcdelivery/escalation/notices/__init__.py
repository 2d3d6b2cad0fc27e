"""Notices: what is queued for whom, how a queue comes down, how often one is told, in which words, and the way out."""

from __future__ import annotations

from svcdelivery.escalation.notices.contacts import Contact, Contacts, OneChannel
from svcdelivery.escalation.notices.facts import NoticeDelivered, NoticeDropped, NoticeFailed, notices_stream
from svcdelivery.escalation.notices.limits import RateLimit, RateRule
from svcdelivery.escalation.notices.merging import (
    Merged,
    digest_pages,
    drop_overtaken,
    in_sending_order,
    merge_pages,
)
from svcdelivery.escalation.notices.message import Notice, NoticeKind
from svcdelivery.escalation.notices.port import Notifier, Outgoing
from svcdelivery.escalation.notices.recipients import Concerned, Roster, recipients
from svcdelivery.escalation.notices.rosters import OpenRoster, StaticRoster
from svcdelivery.escalation.notices.standard import ANYBODY, STANDARD_TEXTS
from svcdelivery.escalation.notices.templates import NoticeText, Rendered, Templates

__all__ = [
    "ANYBODY",
    "STANDARD_TEXTS",
    "Concerned",
    "Contact",
    "Contacts",
    "Merged",
    "Notice",
    "NoticeDelivered",
    "NoticeDropped",
    "NoticeFailed",
    "NoticeKind",
    "NoticeText",
    "Notifier",
    "OneChannel",
    "OpenRoster",
    "Outgoing",
    "RateLimit",
    "RateRule",
    "Rendered",
    "Roster",
    "StaticRoster",
    "Templates",
    "digest_pages",
    "drop_overtaken",
    "in_sending_order",
    "merge_pages",
    "notices_stream",
    "recipients",
]
