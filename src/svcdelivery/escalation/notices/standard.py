"""The texts that are sent where a host gives none of its own."""

from __future__ import annotations

from svcdelivery.escalation.notices.templates import NoticeText, Templates

__all__ = ["ANYBODY", "STANDARD_TEXTS"]

ANYBODY = "anybody"
"""The audience whose text stands in for that of any other."""


def _text(about: str, subject: str, text: str, audience: str = ANYBODY) -> NoticeText:
    return NoticeText(audience=audience, about=about, language="en", subject=subject, text=text)


STANDARD_TEXTS = Templates((
    _text("page", "$item: $summary", "$item ($priority) for $customer needs you: $reason. Due since $due_at. $summary"),
    _text("still_on_it", "$item: $reason", "You took on $item ($priority) for $customer. $reason"),
    _text("update_missed", "$item: the status was due", "$audience was to be told the status of $item by $due_at."),
    _text("action_overdue", "$item: it was to be done by $due_at", "$owner was to see by $due_at that: $summary"),
    _text("waiver_ended", "$item: its waiver has ended", "Nothing was to be done about it until now: $summary"),
    _text("status", "$item: $summary", "$text"),
    _text("survey", "How was it? $item", "$item is done. Please rate it from 1 to $scale by $expires_at: $token"),
    _text("survey_reminder", "How was it? $item", "Please rate $item from 1 to $scale by $expires_at: $token"),
    _text("digest", "$count items need you", "$items"),
))  # fmt: skip
"""Every text a desk needs, in English, for anybody."""
