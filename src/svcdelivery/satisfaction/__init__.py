"""Satisfaction: the invitation that goes out with each delivery, its one answer, and what the answers add up to.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 9
"""

from __future__ import annotations

from svcdelivery.satisfaction.facts import SurveyAnswered, SurveyInvited, SurveyReminded, SurveyWithdrawn
from svcdelivery.satisfaction.summary import SatisfactionSummary, is_satisfied, summarize, wilson
from svcdelivery.satisfaction.survey import (
    Survey,
    answer_survey,
    invitation,
    invite,
    is_low,
    is_sampled,
    next_reminder,
    open_survey,
    remind,
    surveys_of,
)

__all__ = [
    "SatisfactionSummary",
    "Survey",
    "SurveyAnswered",
    "SurveyInvited",
    "SurveyReminded",
    "SurveyWithdrawn",
    "answer_survey",
    "invitation",
    "invite",
    "is_low",
    "is_sampled",
    "is_satisfied",
    "next_reminder",
    "open_survey",
    "remind",
    "summarize",
    "surveys_of",
    "wilson",
]
