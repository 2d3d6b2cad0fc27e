"""What happens to an invitation to say how a delivery was."""

from __future__ import annotations

from typing import ClassVar

from attrs import field, frozen

from svcdelivery.facts import STREAM, fact_type, personal
from svcdelivery.timeline import Instant

__all__ = ["SurveyAnswered", "SurveyInvited", "SurveyReminded", "SurveyWithdrawn"]


@fact_type("satisfaction.invited/1")
@frozen(kw_only=True)
class SurveyInvited:
    """The requester was asked, in the transaction of the delivery itself."""

    token: str
    requester: str
    scale: int
    expires_at: Instant


@fact_type("satisfaction.answered/1")
@frozen(kw_only=True)
class SurveyAnswered:
    """The requester answered; one answer a token."""

    signals: ClassVar[tuple[str, ...]] = ("rated",)

    token: str
    score: int
    comment: str = field(default="", metadata=personal(subject=STREAM))


@fact_type("satisfaction.withdrawn/1")
@frozen(kw_only=True)
class SurveyWithdrawn:
    """The invitation no longer stands: what it asked about was reopened."""

    token: str


@fact_type("satisfaction.reminded/1")
@frozen(kw_only=True)
class SurveyReminded:
    """Who has not answered was reminded, for the first time or another."""

    token: str
    number: int
